import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillIpv4Checksum } from '../../src/wire/ipv4.js';
import { hex } from '../support/hex.js';
import { ethernetFrame, PlaneBench, packet, routerMac } from '../support/plane-bench.js';

function bench(): PlaneBench {
  const made = new PlaneBench();
  made.connect();
  made.route('0.0.0.0/0', ['via 10.0.2.9 on 2']);
  made.learn(2, '10.0.2.9');
  return made;
}

/** The usual packet with some bytes changed; the checksum made right again unless it is one of them. */
function changed(changes: { readonly [offset: number]: number }): Uint8Array {
  const bytes = packet();
  for (const [offset, value] of Object.entries(changes)) bytes[Number(offset)] = value;
  if (!(10 in changes)) fillIpv4Checksum(bytes, 0);
  return bytes;
}

const BAD_FRAMES: readonly [string, Uint8Array, string][] = [
  ['19 bytes', packet().subarray(0, 19), 'frame-too-short'],
  ['nothing', new Uint8Array(0), 'frame-too-short'],
  ['version 6', changed({ 0: 0x65 }), 'bad-version'],
  ['version 0', changed({ 0: 0x05 }), 'bad-version'],
  ['a header of 16 bytes', changed({ 0: 0x44 }), 'bad-header-length'],
  ['a header beyond the packet', changed({ 0: 0x4f }), 'frame-too-short'],
  ['a total length below the header', changed({ 3: 19 }), 'bad-total-length'],
  ['a total length beyond the packet', changed({ 3: 33 }), 'bad-total-length'],
  ['a wrong checksum', changed({ 10: 0xff }), 'bad-checksum'],
  ['a wrong checksum and options', corrupt(packet({ options: hex('94040000') })), 'bad-checksum'],
];

function corrupt(bytes: Uint8Array): Uint8Array {
  bytes[11] ^= 1;
  return bytes;
}

for (const [what, bytes, reason] of BAD_FRAMES) {
  test(`${what}: ${reason}`, () => {
    const made = bench();
    made.receivePacket(1, bytes);
    assert.deepEqual(made.drops(), { [`1 ${reason}`]: 1 });
    assert.deepEqual(made.sent(2), []);
  });
}

const MARTIAN_SOURCES = ['0.0.0.0', '0.1.2.3', '127.0.0.1', '224.0.0.5', '240.0.0.1', '255.255.255.255'];

test('impossible sources are dropped on every link', () => {
  for (const link of [0, 1]) {
    const made = bench();
    for (const source of MARTIAN_SOURCES) made.receivePacket(link, packet({ source }));
    assert.deepEqual(made.drops(), { [`${link} martian-source`]: MARTIAN_SOURCES.length });
  }
});

test('own addresses and the broadcast addresses of own subnets are no sources, on whatever link', () => {
  const made = bench();
  const sources = ['10.0.1.1', '10.0.1.0', '10.0.1.255', '10.0.2.1', '10.0.3.255', '192.0.2.1'];
  for (const source of sources) made.receivePacket(1, packet({ source }));
  assert.deepEqual(made.drops(), { '1 martian-source': 6 });
  made.receivePacket(1, packet({ source: '10.0.1.254' }));
  made.receivePacket(0, packet({ source: '10.0.1.1' }));
  assert.equal(made.sent(2).length, 2);
});

test('the addresses of a link that is down are nobody’s', () => {
  const made = bench();
  made.setUp(3, false);
  made.receivePacket(1, packet({ source: '10.0.3.1' }));
  assert.equal(made.sent(2).length, 1);
  made.setUp(3, true);
  made.receivePacket(1, packet({ source: '10.0.3.1' }));
  assert.deepEqual(made.drops(), { '1 martian-source': 1 });
});

test('a link with two subnets knows the martians of both', () => {
  const made = bench();
  made.links.define(1, {
    ifindex: 2,
    mtu: 1500,
    ethernet: true,
    offload: true,
    mac: routerMac(1),
    addresses: [
      { address: 0x0a000101, prefixLength: 24 },
      { address: 0x0a000501, prefixLength: 31 },
    ],
  });
  made.engine.linkChanged(1, made.nowUs);
  for (const source of ['10.0.1.255', '10.0.5.1']) made.receivePacket(1, packet({ source }));
  assert.deepEqual(made.drops(), { '1 martian-source': 2 });
  made.receivePacket(1, packet({ source: '10.0.5.0' })); // a /31 has no broadcast address
  assert.equal(made.sent(2).length, 1);
});

test('impossible destinations are dropped', () => {
  const made = bench();
  for (const destination of ['0.0.0.1', '127.0.0.1', '240.0.0.1', '255.255.255.255']) {
    made.receivePacket(1, packet({ destination }));
  }
  assert.deepEqual(made.drops(), { '1 martian-destination': 4 });
});

test('frames for other machines, other protocols and by link broadcast go nowhere', () => {
  const made = bench();
  const other = Uint8Array.of(2, 0, 0, 0, 0, 9);
  const broadcast = new Uint8Array(6).fill(0xff);
  made.receive(1, ethernetFrame(1, packet(), other));
  made.receive(1, ethernetFrame(1, packet(), broadcast));
  made.receive(1, ethernetFrame(1, packet(), hex('01005e000005')));
  const ipv6 = ethernetFrame(1, packet());
  ipv6.set([0x86, 0xdd], 12);
  made.receive(1, ipv6);
  assert.deepEqual(made.drops(), { '1 not-for-us': 1, '1 link-broadcast': 2, '1 unknown-ethertype': 1 });
  assert.deepEqual(made.sent(2), []);
});

test('multicast other than OSPF is not forwarded', () => {
  const made = bench();
  made.receive(1, ethernetFrame(1, packet({ destination: '224.0.0.1' }), hex('01005e000001')));
  made.receivePacket(1, packet({ destination: '239.1.2.3' }));
  made.receivePacket(0, packet({ destination: '224.0.0.5', protocol: 89 }));
  assert.deepEqual(made.drops(), { '0 multicast': 1, '1 multicast': 2 });
});

test('bytes and packets are counted as received, padding included', () => {
  const made = bench();
  const padded = new Uint8Array(46);
  padded.set(packet());
  made.receivePacket(1, padded);
  assert.equal(made.count(1, 'rxPackets'), 1);
  assert.equal(made.count(1, 'rxBytes'), 46);
});

test('a frame without a whole Ethernet header takes no bytes off the counter', () => {
  const made = bench();
  made.receivePacket(1, packet());
  made.receive(1, new Uint8Array(10));
  assert.equal(made.count(1, 'rxPackets'), 2);
  assert.equal(made.count(1, 'rxBytes'), 32);
  assert.deepEqual(made.drops(), { '1 frame-too-short': 1 });
});
