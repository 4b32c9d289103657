import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COALESCE_UDP } from '../../src/forward/coalesce-kind.js';
import { decodeIpv4, fillIpv4Checksum } from '../../src/wire/ipv4.js';
import { hex, toHex } from '../support/hex.js';
import { arpFrame, BENCH_LINKS, ethernetFrame, PlaneBench, packet } from '../support/plane-bench.js';
import { datagram } from '../support/train.js';

function bench(): PlaneBench {
  const made = new PlaneBench();
  made.connect();
  made.route('203.0.113.9/32', ['deliver']);
  return made;
}

const ospf = (destination: string, payload = Uint8Array.of(2, 1, 0, 4)): Uint8Array =>
  packet({ source: '10.0.2.9', destination, protocol: 89, ttl: 1, payload });

test('a packet for a VIP is delivered to the virtual link untouched, whatever its TTL', () => {
  const made = bench();
  for (const ttl of [64, 1, 0]) made.receivePacket(1, packet({ ttl }));
  assert.deepEqual(
    made.sent(0).map((sent) => toHex(sent.packet)),
    [64, 1, 0].map((ttl) => toHex(packet({ ttl }))),
  );
  assert.equal(made.count(1, 'deliveredPackets'), 3);
});

test('datagrams of a flow that come together are delivered as one where the virtual link coalesces', () => {
  const links = BENCH_LINKS.map((link, index) => (index === 0 ? { ...link, coalesce: COALESCE_UDP } : link));
  const made = new PlaneBench({}, links);
  made.connect();
  made.route('203.0.113.1/32', ['deliver']);
  const frames = [1, 2, 3].map((byte) => ethernetFrame(1, datagram(Uint8Array.of(byte, byte))));
  made.receive(1, ...frames);
  const [sent, ...more] = made.sent(0);
  assert.deepEqual(more, []);
  assert.equal(toHex(sent.packet.subarray(28)), '010102020303');
  assert.equal(toHex(sent.virtio), '01051c00020014000600');
  assert.equal(made.count(1, 'deliveredPackets'), 3);
  assert.equal(made.count(0, 'txPackets'), 1);
  assert.equal(made.count(0, 'txBytes'), 34);
  assert.equal(made.count(0, 'coalescedPackets'), 2);
  made.receive(1, frames[0]);
  assert.deepEqual(made.sent(0)[0].packet, datagram(Uint8Array.of(1, 1)));
});

test('what is neither echo nor OSPF for the router is delivered to the kernel', () => {
  const made = bench();
  made.receivePacket(1, packet({ destination: '10.0.1.1' }));
  made.receivePacket(1, packet({ destination: '192.0.2.1', protocol: 6 }));
  assert.equal(made.sent(0).length, 2);
});

test('OSPF by multicast and by unicast is punted whole, with the link that it came in by', () => {
  const made = bench();
  assert.equal(made.engine.takeNewsPending(), false);
  made.receive(2, ethernetFrame(2, ospf('224.0.0.5'), hex('01005e000005')));
  made.receive(2, ethernetFrame(2, ospf('224.0.0.6'), hex('01005e000006')));
  made.receivePacket(1, ospf('10.0.2.1'));
  assert.equal(made.engine.takeNewsPending(), true);
  assert.equal(made.engine.takeNewsPending(), false);
  assert.deepEqual(made.punts(), [
    { link: 2, packet: ospf('224.0.0.5') },
    { link: 2, packet: ospf('224.0.0.6') },
    { link: 1, packet: ospf('10.0.2.1') },
  ]);
  assert.equal(made.count(2, 'puntedPackets'), 2);
  assert.deepEqual(made.sent(0), []);
});

test('a full ring of punts drops and counts', () => {
  const made = new PlaneBench({ puntBytes: 64 });
  made.connect();
  made.receivePacket(2, ospf('224.0.0.5'));
  made.receivePacket(2, ospf('224.0.0.5'));
  assert.deepEqual(made.drops(), { '2 punt-full': 1 });
  assert.equal(made.punts().length, 1);
});

test('a link that floods the control plane costs its own packets and no others', () => {
  const made = bench();
  for (let sent = 0; sent < 1500; sent++) made.receive(2, ethernetFrame(2, ospf('224.0.0.5'), hex('01005e000005')));
  made.receive(1, ethernetFrame(1, ospf('224.0.0.5'), hex('01005e000005')));
  assert.deepEqual(made.drops(), { '2 punt-rate': 500 });
  assert.deepEqual(
    made
      .punts()
      .map(({ link }) => link)
      .slice(-2),
    [2, 1],
  );
  made.pass(1000);
  for (let sent = 0; sent < 10; sent++) made.receive(2, ethernetFrame(2, ospf('224.0.0.5'), hex('01005e000005')));
  assert.equal(made.punts().length, 5);
});

/** `payload` as fragments: [offset in bytes, length]. */
function fragments(payload: Uint8Array, pieces: readonly (readonly [number, number])[], id = 9): Uint8Array[] {
  return pieces.map(([offset, length]) =>
    packet({
      source: '10.0.2.9',
      destination: '224.0.0.5',
      protocol: 89,
      identification: id,
      fragmentOffset: offset,
      moreFragments: offset + length < payload.length,
      payload: payload.subarray(offset, offset + length),
    }),
  );
}

const LONG = Uint8Array.from({ length: 3000 }, (_, i) => i % 251);

for (const [order, pieces] of [
  ['in order', [0, 1480, 1480, 1480, 2960, 40]],
  ['backwards', [2960, 40, 1480, 1480, 0, 1480]],
  ['one twice', [0, 1480, 0, 1480, 2960, 40, 1480, 1480]],
] as const) {
  test(`fragments of OSPF are put together: ${order}`, () => {
    const made = bench();
    const pairs = Array.from({ length: pieces.length / 2 }, (_, i) => [pieces[i * 2], pieces[i * 2 + 1]] as const);
    for (const fragment of fragments(LONG, pairs)) made.receivePacket(2, fragment);
    const [punt, ...more] = made.punts();
    assert.deepEqual(more, []);
    const whole = decodeIpv4(punt.packet);
    assert.ok('payload' in whole);
    assert.deepEqual(whole.payload, LONG);
    assert.equal(whole.moreFragments || whole.fragmentOffset > 0, false);
    assert.deepEqual(made.drops(), {});
  });
}

test('fragments that overlap, contradict or go beyond the end are refused', () => {
  const made = bench();
  const [a, , c] = fragments(LONG, [
    [0, 1480],
    [1480, 1480],
    [2960, 40],
  ]);
  const overlap = fragments(LONG, [[1472, 1488]])[0];
  made.receivePacket(2, a);
  made.receivePacket(2, overlap);
  assert.deepEqual(made.drops(), { '2 bad-reassembly': 2 });
  made.receivePacket(2, c);
  const beyond = packet({
    source: '10.0.2.9',
    destination: '224.0.0.5',
    protocol: 89,
    identification: 9,
    fragmentOffset: 4000,
  });
  made.receivePacket(2, beyond);
  const odd = fragments(LONG, [[0, 1479]], 10)[0];
  made.receivePacket(2, odd);
  const huge = packet({ source: '10.0.2.9', destination: '224.0.0.5', protocol: 89, fragmentOffset: 65_528 });
  made.receivePacket(2, huge);
  assert.deepEqual(made.drops(), { '2 bad-reassembly': 6 });
  assert.deepEqual(made.punts(), []);
});

test('a last fragment that ends before others do is refused, and no gap is taken for data', () => {
  const made = bench();
  const [first, third] = fragments(LONG.subarray(0, 160), [
    [0, 8],
    [24, 8],
  ]);
  const last = fragments(LONG.subarray(0, 20), [[16, 4]])[0];
  for (const fragment of [first, third, last]) made.receivePacket(2, fragment);
  assert.deepEqual(made.punts(), []);
  assert.deepEqual(made.drops(), { '2 bad-reassembly': 3 });
});

test('reassembly is bounded in number and time', () => {
  const made = bench();
  const halves = (id: number): Uint8Array[] =>
    fragments(
      LONG.subarray(0, 160),
      [
        [0, 80],
        [80, 80],
      ],
      id,
    );
  for (let id = 1; id <= 9; id++) {
    made.nowUs += 1000;
    made.receivePacket(2, halves(id)[0]);
  }
  // The ninth took the place of the first.
  for (let id = 2; id <= 9; id++) made.receivePacket(2, halves(id)[1]);
  assert.equal(made.punts().length, 8);
  made.receivePacket(2, halves(1)[1]);
  assert.deepEqual(made.punts(), []);
  made.receivePacket(2, halves(20)[0]);
  made.nowUs += 16e6;
  made.receivePacket(2, halves(20)[1]);
  assert.deepEqual(made.punts(), []);
  assert.deepEqual(made.drops(), { '2 incomplete-reassembly': 2 });
});

test('fragments for the kernel go to it unchanged', () => {
  const made = bench();
  const fragment = packet({ destination: '10.0.1.1', moreFragments: true, payload: new Uint8Array(16) });
  made.receivePacket(1, fragment);
  assert.deepEqual(made.sent(0)[0].packet, fragment);
});

test('an injected packet goes to the multicast MAC address, or to the neighbor when it is known', () => {
  const made = bench();
  made.inject(2, '0.0.0.0', ospf('224.0.0.5'));
  const [hello] = made.sent(2);
  assert.equal(toHex(hello.frame.subarray(0, 14)), '01005e000005' + '020000000002' + '0800');
  assert.deepEqual(hello.packet, ospf('224.0.0.5'));
  made.inject(2, '10.0.2.9', ospf('10.0.2.9'));
  assert.equal(made.sent(2).length, 1); // the question
  made.receive(2, arpFrame(2, 'reply', '10.0.2.9', '10.0.2.1'));
  assert.deepEqual(made.sent(2)[0].packet, ospf('10.0.2.9'));
  assert.equal(made.count(2, 'injectedPackets'), 2);
});

test('an injected packet larger than the MTU is fragmented', () => {
  const made = bench();
  made.inject(2, '0.0.0.0', ospf('224.0.0.5', LONG));
  const sent = made.sent(2);
  assert.deepEqual(
    sent.map((one) => one.packet.length),
    [1500, 1500, 60],
  );
  assert.ok(sent.every((one) => toHex(one.frame.subarray(0, 6)) === '01005e000005'));
});

test('what cannot be injected is counted on the virtual link', () => {
  const made = bench();
  const broken = ospf('224.0.0.5');
  broken[3] += 1;
  fillIpv4Checksum(broken, 0);
  made.inject(2, '0.0.0.0', broken);
  made.inject(9, '0.0.0.0', ospf('224.0.0.5'));
  made.setUp(2, false);
  made.inject(2, '0.0.0.0', ospf('224.0.0.5'));
  assert.deepEqual(made.drops(), { '0 bad-total-length': 1, '0 link-down': 2 });
});
