import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checksum } from '../../src/base/checksum.js';
import { decodeIpv4 } from '../../src/wire/ipv4.js';
import { hex, toHex } from '../support/hex.js';
import { arpFrame, ethernetFrame, hostMac, ip, PlaneBench, packet, routerMac } from '../support/plane-bench.js';

function transitBench(): PlaneBench {
  const bench = new PlaneBench();
  bench.connect();
  bench.route('203.0.113.0/24', ['via 10.0.2.9 on 2']);
  bench.learn(2, '10.0.2.9');
  return bench;
}

test('a transit packet leaves with new MAC addresses, the TTL less one and the right checksum', () => {
  const bench = transitBench();
  bench.receive(
    1,
    hex(`020000000001 060000000001 0800
         4500 0020 1234 0000 4011 0255 c6336407 cb007109
         1234 0035 000c 0000 01020304`),
  );
  assert.deepEqual(
    bench.sent(2).map(({ frame }) => toHex(frame)),
    ['06000a0002090200000000020800' + '45000020123400003f110355c6336407cb007109' + '12340035000c000001020304'],
  );
  assert.deepEqual(bench.drops(), {});
  assert.equal(bench.count(1, 'rxPackets'), 1);
  assert.equal(bench.count(2, 'txBytes') > 32, true);
  assert.equal(bench.table.packets[bench.path('via 10.0.2.9 on 2')], 1);
});

test('the checksum stays right whatever it was', () => {
  const bench = transitBench();
  const packets = Array.from({ length: 0x10000 / 64 }, (_, i) => packet({ identification: i * 64 + 7 }));
  for (const identification of findIdentifications([0x0000, 0x0001, 0xfefe, 0xfeff, 0xff00, 0xfffe])) {
    packets.push(packet({ identification }));
  }
  for (const one of packets) bench.receivePacket(1, one);
  const sent = bench.sent(2);
  assert.equal(sent.length, packets.length);
  for (const { packet: one } of sent) assert.equal(checksum(one, 0, 20), 0);
});

/** Identifications with which the usual packet has one of these checksums. */
function findIdentifications(checksums: readonly number[]): number[] {
  const found: number[] = [];
  for (let identification = 0; identification < 0x10000; identification++) {
    const bytes = packet({ identification });
    if (checksums.includes((bytes[10] << 8) | bytes[11])) found.push(identification);
  }
  assert.ok(found.length >= 4);
  return found;
}

test('padding of a short frame is left off', () => {
  const bench = transitBench();
  const padded = new Uint8Array(46);
  padded.set(packet());
  bench.receivePacket(1, padded);
  assert.equal(bench.sent(2)[0].packet.length, 32);
});

test('TTL 1 and 0 end here with Time Exceeded, TTL 2 goes on as 1', () => {
  const bench = transitBench();
  bench.learn(1, '10.0.1.7');
  bench.route('198.51.100.0/24', ['via 10.0.1.7 on 1']);
  for (const ttl of [0, 1, 2]) bench.receivePacket(1, packet({ ttl }));
  assert.deepEqual(
    bench.sent(2).map((sent) => sent.packet[8]),
    [1],
  );
  assert.deepEqual(bench.drops(), { '1 ttl-exceeded': 2 });
  assert.equal(bench.sent(1).length, 2);
});

test('packets of the own kernel keep their TTL, also 1', () => {
  const bench = transitBench();
  bench.receivePacket(0, packet({ ttl: 1 }));
  assert.equal(bench.sent(2)[0].packet[8], 1);
});

test('unknown options pass unchanged, source routes and broken options do not', () => {
  const bench = transitBench();
  const routerAlert = hex('94040000');
  const unknown = hex('9e04abcd');
  bench.receivePacket(1, packet({ options: routerAlert }));
  bench.receivePacket(1, packet({ options: unknown }));
  bench.receivePacket(1, packet({ options: hex('8307040a00020900') }));
  bench.receivePacket(1, packet({ options: hex('01890704 0a000209') }));
  bench.receivePacket(1, packet({ options: hex('94ff0000') }));
  assert.deepEqual(
    bench.sent(2).map((sent) => toHex(sent.packet.subarray(20, 24))),
    ['94040000', '9e04abcd'],
  );
  // The errors about them have no route back.
  assert.deepEqual(bench.drops(), { '1 source-route': 2, '1 bad-options': 1, '0 no-route': 3 });
});

test('blackhole is silent, prohibit and no route say so', () => {
  const bench = transitBench();
  bench.learn(1, '10.0.1.7');
  bench.route('198.51.100.0/24', ['via 10.0.1.7 on 1']);
  bench.route('10.66.0.0/16', ['blackhole']);
  bench.route('10.77.0.0/16', ['prohibit']);
  for (const destination of ['10.66.0.1', '10.77.0.1', '10.88.0.1']) bench.receivePacket(1, packet({ destination }));
  assert.deepEqual(bench.drops(), { '1 blackhole': 1, '1 prohibited': 1, '1 no-route': 1 });
  assert.deepEqual(
    bench.sent(1).map((sent) => toHex(sent.packet.subarray(20, 22))),
    ['030d', '0300'],
  );
});

test('flows spread over equal paths and each keeps its own', () => {
  const bench = new PlaneBench();
  bench.connect();
  const vias = ['via 10.0.2.9 on 2', 'via 10.0.3.9 on 3'];
  bench.route('203.0.113.0/24', vias);
  bench.learn(2, '10.0.2.9');
  bench.learn(3, '10.0.3.9');
  for (let port = 0; port < 200; port++) {
    for (let again = 0; again < 3; again++) {
      bench.receivePacket(1, packet({ payload: Uint8Array.of(0, port, 0, 53, 0, 8, 0, 0) }));
    }
  }
  const byLink = [bench.sent(2), bench.sent(3)].map((sent) => sent.map(({ packet: one }) => one[21]));
  assert.equal(byLink[0].length + byLink[1].length, 600);
  assert.ok(byLink[0].length > 180 && byLink[1].length > 180, `${byLink[0].length} and ${byLink[1].length}`);
  const ports = new Set(byLink[0]);
  assert.ok(byLink[1].every((port) => !ports.has(port)));
});

test('fragments of one datagram take one path', () => {
  const bench = new PlaneBench();
  bench.connect();
  bench.route('203.0.113.0/24', ['via 10.0.2.9 on 2', 'via 10.0.3.9 on 3']);
  bench.learn(2, '10.0.2.9');
  bench.learn(3, '10.0.3.9');
  for (let port = 0; port < 64; port++) {
    const payload = Uint8Array.of(0, port, 0, 53, 0, 16, 0, 0);
    bench.receivePacket(1, packet({ payload, moreFragments: true }));
    bench.receivePacket(1, packet({ payload: Uint8Array.of(port, 0, 0, 0, 0, 0, 0, 0), fragmentOffset: 8 }));
  }
  assert.ok(bench.sent(2).length === 0 || bench.sent(3).length === 0);
});

test('when a link is lost, the next packet takes the other path, then the repair path, then none', () => {
  const bench = new PlaneBench();
  bench.connect();
  bench.route('203.0.113.0/24', ['via 10.0.2.9 on 2', 'via 10.0.2.10 on 2'], 'via 10.0.3.9 on 3');
  bench.learn(2, '10.0.2.9', '10.0.2.10');
  bench.learn(3, '10.0.3.9');
  bench.setUp(2, false);
  bench.receivePacket(1, packet());
  const [repaired] = bench.sent(3);
  assert.deepEqual(repaired.frame.subarray(0, 6), hostMac('10.0.3.9'));
  bench.setUp(3, false);
  bench.receivePacket(1, packet());
  // The error about it has no route back.
  assert.deepEqual(bench.drops(), { '1 link-down': 1, '0 no-route': 1 });
});

test('of equal paths the one whose neighbor is known is taken while the other is being resolved', () => {
  const bench = new PlaneBench();
  bench.connect();
  bench.route('203.0.113.0/24', ['via 10.0.2.9 on 2', 'via 10.0.3.9 on 3']);
  bench.learn(3, '10.0.3.9');
  bench.sent(2);
  for (let port = 0; port < 32; port++) {
    bench.receivePacket(1, packet({ payload: Uint8Array.of(0, port, 0, 53, 0, 8, 0, 0) }));
  }
  assert.equal(bench.sent(3).length, 32);
  assert.deepEqual(bench.sent(2), []);
});

test('a link that comes back is resolved anew and takes its flows again', () => {
  const bench = transitBench();
  bench.setUp(2, false);
  bench.setUp(2, true);
  const asked = bench.sent(2).map(({ packet: one }) => ip('10.0.2.9') === new DataView(one.buffer).getUint32(24));
  assert.deepEqual(asked, [false, true]); // the announcement of 10.0.2.1, then the question
  bench.receivePacket(1, packet());
  assert.deepEqual(bench.sent(2), []);
  bench.receive(2, arpFrame(2, 'reply', '10.0.2.9', '10.0.2.1'));
  assert.equal(bench.sent(2).length, 1);
});

test('more packets than a batch are all forwarded in order', () => {
  const bench = transitBench();
  const frames = Array.from({ length: 150 }, (_, i) => packet({ identification: i }));
  for (const one of frames) bench.receivePacket(1, one);
  const order = bench.sent(2).map(({ packet: one }) => decodeIpv4(one));
  assert.deepEqual(
    order.map((one) => ('identification' in one ? one.identification : -1)),
    Array.from({ length: 150 }, (_, i) => i),
  );
});

test('a batch that grows on the way out is sent in order', () => {
  const bench = transitBench();
  bench.route('203.0.114.0/24', ['via 10.0.3.9 on 3']);
  bench.learn(3, '10.0.3.9');
  const batch = Array.from({ length: 64 }, (_, i) =>
    packet({ destination: '203.0.114.9', identification: i, payload: new Uint8Array(i === 0 ? 4000 : 8) }),
  );
  const virtio = new Uint8Array(10);
  bench.receiveBatch(
    1,
    batch.map((one) => ({ bytes: ethernetFrame(1, one), virtio })),
  );
  assert.deepEqual(
    bench.sent(3).map(({ packet: one }) => one[5]),
    [0, 0, 0, ...Array.from({ length: 63 }, (_, i) => i + 1)],
  );
});

test('a link that takes no more drops what is left and counts it', () => {
  const bench = transitBench();
  for (let i = 0; i < 5000; i++) bench.receivePacket(1, packet());
  assert.equal(bench.sent(2).length, 4096);
  assert.deepEqual(bench.drops(), { '2 transmit-full': 904 });
});

test('the router MAC address of the link out is the source', () => {
  const bench = transitBench();
  bench.receivePacket(1, packet());
  assert.deepEqual(bench.sent(2)[0].frame.subarray(6, 12), routerMac(2));
});
