import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onesComplementSum } from '../../src/base/checksum.js';
import { decodeIpv4, type Ipv4Packet, pseudoHeaderSum } from '../../src/wire/ipv4.js';
import { hex, toHex } from '../support/hex.js';
import { arpFrame, BENCH_LINKS, type Carried, ip, PlaneBench, packet } from '../support/plane-bench.js';

/** Routes: 203.0.113/24 by link 2 (MTU 1500, takes offload), 203.0.114/24 by link 3 (MTU 1400, does not). */
function bench(): PlaneBench {
  const made = new PlaneBench();
  made.connect();
  made.route('203.0.113.0/24', ['via 10.0.2.9 on 2']);
  made.route('203.0.114.0/24', ['via 10.0.3.9 on 3']);
  made.learn(2, '10.0.2.9');
  made.learn(3, '10.0.3.9');
  return made;
}

const SLOW = '203.0.114.9';

function decoded(sent: readonly Carried[]): Ipv4Packet[] {
  return sent.map((one) => {
    const fields = decodeIpv4(one.packet);
    assert.ok('payload' in fields, toHex(one.packet));
    return fields;
  });
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const BODY = Uint8Array.from({ length: 3000 }, (_, i) => (i * 7) % 256);

test('a packet over the MTU is cut in units of 8 bytes', () => {
  const made = bench();
  made.receivePacket(1, packet({ destination: SLOW, payload: BODY }));
  const pieces = decoded(made.sent(3));
  assert.deepEqual(
    pieces.map((piece) => [piece.fragmentOffset, piece.payload.length, piece.moreFragments, piece.ttl]),
    [
      [0, 1376, true, 63],
      [1376, 1376, true, 63],
      [2752, 248, false, 63],
    ],
  );
  assert.deepEqual(join(pieces.map((piece) => piece.payload)), BODY);
  assert.ok(pieces.every((piece) => piece.identification === 0x1234));
  assert.equal(made.count(3, 'fragmentedPackets'), 1);
  assert.equal(made.count(3, 'fragmentsSent'), 3);
});

test('a middle fragment that is cut again keeps its place and its flag', () => {
  const made = bench();
  const payload = BODY.subarray(0, 1480);
  made.receivePacket(1, packet({ destination: SLOW, payload, fragmentOffset: 1480, moreFragments: true }));
  assert.deepEqual(
    decoded(made.sent(3)).map((piece) => [piece.fragmentOffset, piece.payload.length, piece.moreFragments]),
    [
      [1480, 1376, true],
      [2856, 104, true],
    ],
  );
});

test('options: those with the copied bit go into every fragment, the others only into the first', () => {
  const made = bench();
  // There is no room left in the first of them, which the router counts in it.
  const options = hex('4404 0501 94040000 01 8203aa 00000000');
  made.receivePacket(1, packet({ destination: SLOW, payload: BODY, options }));
  const [first, ...later] = decoded(made.sent(3));
  assert.equal(toHex(first.options), '4404051194040000018203aa00000000');
  for (const piece of later) assert.equal(toHex(piece.options), '940400008203aa00');
  assert.deepEqual(join([first, ...later].map((piece) => piece.payload)), BODY);
});

test('the DF bit is obeyed', () => {
  const made = bench();
  made.receivePacket(1, packet({ destination: SLOW, payload: BODY, dontFragment: true }));
  assert.deepEqual(made.sent(3), []);
  assert.equal(made.drops()['1 fragmentation-needed'], 1);
});

const TCP_HEADER = '12340050 10000000 20000000 50 99 ffff 0000 0000';

/** A super-packet of TCP as a sender with offload makes it: the checksum is that of the pseudo-header. */
function tcpSuper(destination: string, payload: Uint8Array, flags = 0x99, dontFragment = true): Uint8Array {
  const segment = join([hex(TCP_HEADER), payload]);
  segment[13] = flags;
  const partial = fold(pseudoHeaderSum(ip('198.51.100.7'), ip(destination), 6, segment.length));
  segment.set([partial >> 8, partial & 0xff], 16);
  return packet({ destination, protocol: 6, payload: segment, dontFragment });
}

function fold(sum: number): number {
  return sum > 0xffff ? fold((sum & 0xffff) + (sum >>> 16)) : sum;
}

/** NEEDS_CSUM; GSO TCPv4; header length 40, segment size 1000, checksum from 20 at 16. */
const TCP_GSO = hex('01 01 2800 e803 1400 1000');
/** NEEDS_CSUM alone, for UDP. */
const UDP_PARTIAL = hex('01 00 0000 0000 1400 0600');
/** GSO UDP_L4: header length 28, segment size 600. */
const UDP_GSO = hex('01 05 1c00 5802 1400 0600');

test('a super-packet passes whole where the link takes it', () => {
  const made = bench();
  made.receivePacket(1, tcpSuper('203.0.113.9', BODY), TCP_GSO);
  const [sent, ...more] = made.sent(2);
  assert.deepEqual(more, []);
  assert.equal(sent.packet.length, 3040);
  assert.deepEqual(sent.virtio, TCP_GSO);
  assert.equal(decoded([sent])[0].ttl, 63);
});

test('a super-packet of TCP is segmented where the link does not take it', () => {
  const made = bench();
  made.receivePacket(1, tcpSuper(SLOW, BODY.subarray(0, 2500)), TCP_GSO);
  const sent = made.sent(3);
  const segments = decoded(sent);
  assert.deepEqual(
    segments.map((one) => [one.payload.length - 20, one.identification, one.ttl]),
    [
      [1000, 0x1234, 63],
      [1000, 0x1235, 63],
      [500, 0x1236, 63],
    ],
  );
  assert.deepEqual(
    segments.map((one) => toHex(one.payload.subarray(4, 14))),
    // CWR (80) only in the first, PSH (08) and FIN (01) only in the last, ACK (10) in all
    ['10000000200000005090', '100003e8200000005010', '100007d0200000005019'],
  );
  for (const one of segments) {
    const pseudo = pseudoHeaderSum(one.source, one.destination, 6, one.payload.length);
    assert.equal(onesComplementSum(one.payload, 0, one.payload.length, pseudo), 0xffff);
  }
  assert.deepEqual(join(segments.map((one) => one.payload.subarray(20))), BODY.subarray(0, 2500));
  assert.ok(sent.every((one) => one.virtio.every((byte) => byte === 0)));
  assert.equal(made.count(3, 'segmentsSent'), 3);
});

test('a super-packet whose segments are over the MTU: DF decides', () => {
  const made = bench();
  const gso = TCP_GSO.slice();
  gso.set([0xa4, 0x05], 4); // 1444: packets of 1484
  made.receivePacket(1, tcpSuper(SLOW, BODY), gso);
  assert.deepEqual(made.drops(), { '1 fragmentation-needed': 1, '0 no-route': 1 });
  made.receivePacket(1, tcpSuper(SLOW, BODY, 0x10, false), gso);
  const pieces = decoded(made.sent(3));
  assert.deepEqual(
    pieces.map((piece) => [piece.identification, piece.fragmentOffset, piece.moreFragments]),
    [
      [0x1234, 0, true],
      [0x1234, 1376, false],
      [0x1235, 0, true],
      [0x1235, 1376, false],
      [0x1236, 0, false],
    ],
  );
  assert.equal(
    pieces.reduce((sum, piece) => sum + piece.payload.length, 0),
    3000 + 3 * 20,
  );
});

test('a train of UDP datagrams is segmented too', () => {
  const made = bench();
  const payload = join([hex('1234 0035 05e4 0000'), BODY.subarray(0, 1500)]);
  made.receivePacket(1, packet({ destination: SLOW, payload }), UDP_GSO);
  const datagrams = decoded(made.sent(3));
  assert.deepEqual(
    datagrams.map((one) => toHex(one.payload.subarray(0, 6))),
    ['123400350260', '123400350260', '123400350134'],
  );
  for (const one of datagrams) {
    const pseudo = pseudoHeaderSum(one.source, one.destination, 17, one.payload.length);
    assert.equal(onesComplementSum(one.payload, 0, one.payload.length, pseudo), 0xffff);
  }
});

test('a partial checksum passes where the link takes it and is completed where not', () => {
  const made = bench();
  for (const destination of ['203.0.113.9', SLOW]) {
    const payload = hex('1234 0035 000c 0000 01020304');
    const partial = fold(pseudoHeaderSum(ip('198.51.100.7'), ip(destination), 17, 12));
    payload.set([partial >> 8, partial & 0xff], 6);
    made.receivePacket(1, packet({ destination, payload }), UDP_PARTIAL);
  }
  const [passed] = made.sent(2);
  assert.deepEqual(passed.virtio, UDP_PARTIAL);
  const [completed] = made.sent(3);
  const { source, destination, payload } = decoded([completed])[0];
  assert.equal(onesComplementSum(payload, 0, 12, pseudoHeaderSum(source, destination, 17, 12)), 0xffff);
  assert.deepEqual(completed.virtio, new Uint8Array(10));
});

test('virtio headers that contradict the packet are dropped', () => {
  const made = bench();
  const contradictions: [Uint8Array, string][] = [
    [tcpSuper(SLOW, BODY), '01 05 2800 e803 1400 1000'], // says UDP
    [tcpSuper(SLOW, BODY), '01 04 2800 e803 1400 1000'], // says IPv6
    [tcpSuper(SLOW, BODY), '01 03 2800 e803 1400 1000'], // UFO
    [tcpSuper(SLOW, BODY), '01 01 2800 0000 1400 1000'], // no size
    [tcpSuper(SLOW, BODY), '01 01 2800 0100 1400 1000'], // 3000 segments
    [tcpSuper(SLOW, BODY), '01 01 2800 e803 1400 ff0f'], // checksum outside
  ];
  for (const [bytes, virtio] of contradictions) made.receivePacket(1, bytes, hex(virtio));
  assert.deepEqual(made.drops(), { '1 bad-offload': contradictions.length });
  assert.deepEqual(made.sent(3), []);
});

test('what a link without offload receives has no virtio header, whatever lay in its place', () => {
  const made = bench();
  made.receivePacket(1, tcpSuper('203.0.113.9', BODY), TCP_GSO);
  made.sent(2);
  made.receivePacket(3, packet(), TCP_GSO);
  assert.deepEqual(made.sent(2)[0].virtio, new Uint8Array(10));
});

test('a super-packet for the kernel is delivered whole', () => {
  const made = bench();
  made.route('203.0.115.9/32', ['deliver']);
  made.receivePacket(1, tcpSuper('203.0.115.9', BODY), TCP_GSO);
  const [sent] = made.sent(0);
  assert.equal(sent.packet.length, 3040);
  assert.deepEqual(sent.virtio, TCP_GSO);
});

test('a super-packet that waited for its neighbor goes out with its virtio header', () => {
  const made = bench();
  made.receivePacket(1, tcpSuper('10.0.2.40', BODY), TCP_GSO);
  made.sent(2);
  made.receive(2, arpFrame(2, 'reply', '10.0.2.40', '10.0.2.1'));
  const [sent] = made.sent(2);
  assert.equal(sent.packet.length, 3040);
  assert.deepEqual(sent.virtio, TCP_GSO);
});

test('65,535 bytes are segmented for a link in one go', () => {
  const made = bench();
  const body = Uint8Array.from({ length: 65_495 }, (_, i) => i % 253);
  const gso = TCP_GSO.slice();
  gso.set([0x78, 0x02], 4); // 632
  made.receivePacket(1, tcpSuper(SLOW, body), gso);
  const segments = decoded(made.sent(3));
  assert.equal(segments.length, Math.ceil(65_495 / 632));
  assert.deepEqual(join(segments.map((one) => one.payload.subarray(20))), body);
});

test('a link with an MTU below the least there may be is cut for as if it had that', () => {
  const made = new PlaneBench({}, [...BENCH_LINKS.slice(0, 3), { address: '10.0.3.1/24', mtu: 20 }]);
  made.connect();
  made.route('203.0.114.0/24', ['via 10.0.3.9 on 3']);
  made.learn(3, '10.0.3.9');
  made.receivePacket(1, packet({ destination: SLOW, payload: BODY.subarray(0, 100), options: new Uint8Array(40) }));
  assert.deepEqual(
    decoded(made.sent(3)).map((piece) => [piece.fragmentOffset, piece.payload.length, piece.moreFragments]),
    [
      [0, 8, true],
      [8, 48, true],
      [56, 44, false],
    ],
  );
});

test('a train of UDP datagrams over the MTU is cut twice if it may be', () => {
  const made = bench();
  const payload = join([hex('1234 0035 0bb8 0000'), BODY.subarray(0, 2900)]);
  const gso = UDP_GSO.slice();
  gso.set([0xaa, 0x05], 4); // 1450: packets of 1478
  made.receivePacket(1, packet({ destination: SLOW, payload }), gso);
  const pieces = decoded(made.sent(3));
  assert.deepEqual(
    pieces.map((piece) => [piece.identification, piece.fragmentOffset, piece.payload.length]),
    [
      [0x1234, 0, 1376],
      [0x1234, 1376, 82],
      [0x1235, 0, 1376],
      [0x1235, 1376, 82],
    ],
  );
  for (const start of [0, 2]) {
    const datagram = join([pieces[start].payload, pieces[start + 1].payload]);
    const { source, destination } = pieces[start];
    const pseudo = pseudoHeaderSum(source, destination, 17, datagram.length);
    assert.equal(onesComplementSum(datagram, 0, datagram.length, pseudo), 0xffff);
    assert.deepEqual(datagram.subarray(8), BODY.subarray(start * 725, start * 725 + 1450));
  }
  assert.equal(made.drops()['1 bad-offload'], undefined);
});
