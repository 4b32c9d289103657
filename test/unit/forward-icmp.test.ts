import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checksum } from '../../src/base/checksum.js';
import { ICMP_ERRORS_BURST, ICMP_ERRORS_PER_SECOND } from '../../src/forward/icmp-error.js';
import { decodeIcmp, encodeIcmp } from '../../src/wire/icmpv4.js';
import { hex, toHex } from '../support/hex.js';
import { ip, PlaneBench, packet } from '../support/plane-bench.js';

function bench(): PlaneBench {
  const made = new PlaneBench();
  made.connect();
  made.route('198.51.100.0/24', ['via 10.0.1.7 on 1']);
  made.learn(1, '10.0.1.7');
  return made;
}

test('an error, byte for byte: from the link it leaves by, precedence 6, the packet as it was received', () => {
  const made = bench();
  made.route('203.0.113.0/24', ['via 10.0.2.9 on 2']);
  made.receivePacket(1, packet({ ttl: 1 }));
  const [error] = made.sent(1);
  assert.equal(toHex(error.frame.subarray(0, 14)), '06000a000107' + '020000000001' + '0800');
  assert.equal(checksum(error.packet, 0, 20), 0);
  assert.equal(
    toHex(error.packet.subarray(0, 10)) + toHex(error.packet.subarray(12, 20)),
    '45c0003c00010000' + '4001' + '0a000101' + 'c6336407',
  );
  assert.deepEqual(decodeIcmp(error.packet.subarray(20)), { type: 11, code: 0, rest: 0, body: packet({ ttl: 1 }) });
});

test('a long packet is quoted up to 576 bytes in all', () => {
  const made = bench();
  const long = packet({ ttl: 1, payload: new Uint8Array(1400).fill(7) });
  made.receivePacket(1, long);
  const [error] = made.sent(1);
  assert.equal(error.packet.length, 576);
  assert.deepEqual(error.packet.subarray(28), long.subarray(0, 548));
});

test('no errors about what must not be answered', () => {
  const made = bench();
  const icmpError = encodeIcmp({ type: 3, code: 1, rest: 0, body: packet() });
  const redirect = encodeIcmp({ type: 5, code: 1, rest: 0, body: packet() });
  made.receivePacket(1, packet({ ttl: 1, protocol: 1, payload: icmpError }));
  made.receivePacket(1, packet({ ttl: 1, protocol: 1, payload: redirect }));
  made.receivePacket(1, packet({ ttl: 1, protocol: 1, payload: new Uint8Array(0) }));
  made.receivePacket(1, packet({ ttl: 1, fragmentOffset: 8 }));
  assert.deepEqual(made.sent(1), []);
  assert.deepEqual(made.drops(), { '1 no-route': 4 });
  const request = encodeIcmp({ type: 8, code: 0, rest: 1, body: new Uint8Array(4) });
  made.receivePacket(1, packet({ ttl: 1, protocol: 1, payload: request }));
  made.receivePacket(1, packet({ ttl: 1, moreFragments: true, payload: new Uint8Array(16) }));
  assert.equal(made.sent(1).length, 2);
});

test('errors are limited in rate for each kind, and the limit is counted', () => {
  const made = bench();
  made.route('203.0.113.0/24', ['via 10.0.2.9 on 2']);
  made.learn(2, '10.0.2.9');
  for (let i = 0; i < ICMP_ERRORS_BURST + 10; i++) made.receivePacket(1, packet({ ttl: 1 }));
  assert.equal(made.sent(1).length, ICMP_ERRORS_BURST);
  assert.equal(made.count(1, 'icmpRateLimited'), 10);
  made.receivePacket(1, packet({ destination: '10.99.0.1' }));
  assert.equal(made.sent(1).length, 1);
  made.nowUs += 5e6 / ICMP_ERRORS_PER_SECOND;
  for (let i = 0; i < 10; i++) made.receivePacket(1, packet({ ttl: 1 }));
  assert.equal(made.sent(1).length, 5);
});

test('fragmentation needed names the MTU of the next hop', () => {
  const made = bench();
  made.route('203.0.113.0/24', ['via 10.0.3.9 on 3']);
  made.learn(3, '10.0.3.9');
  made.receivePacket(1, packet({ dontFragment: true, payload: new Uint8Array(1381) }));
  const [error] = made.sent(1);
  assert.equal(toHex(error.packet.subarray(20, 22)), '0304');
  assert.equal(toHex(error.packet.subarray(24, 28)), '00000578');
  assert.deepEqual(made.drops(), { '1 fragmentation-needed': 1 });
  made.receivePacket(1, packet({ dontFragment: true, payload: new Uint8Array(1380) }));
  assert.equal(made.sent(3).length, 1);
});

test('errors about the own kernel go back to it, from no address of its own', () => {
  const made = bench();
  made.route('203.0.113.0/24', ['via 10.0.3.9 on 3']);
  made.learn(3, '10.0.3.9');
  const big = packet({ source: '192.0.2.1', dontFragment: true, payload: new Uint8Array(1480) });
  made.receivePacket(0, big);
  const [error] = made.sent(0);
  assert.equal(toHex(error.packet.subarray(12, 20)), 'c0000008' + 'c0000201');
  assert.equal(toHex(error.packet.subarray(20, 22)), '0304');
  assert.deepEqual(made.sent(1), []);
});

const ECHO = encodeIcmp({ type: 8, code: 0, rest: 0x00070001, body: hex('00112233445566778899') });

test('a ping to an address of the router is answered in full', () => {
  const made = bench();
  made.receivePacket(1, packet({ destination: '10.0.2.1', protocol: 1, ttl: 1, payload: ECHO }));
  const [reply] = made.sent(1);
  assert.equal(checksum(reply.packet, 0, 20), 0);
  assert.equal(reply.packet[8], 64);
  assert.equal(toHex(reply.packet.subarray(12, 20)), '0a000201' + 'c6336407');
  assert.deepEqual(decodeIcmp(reply.packet.subarray(20)), {
    type: 0,
    code: 0,
    rest: 0x00070001,
    body: hex('00112233445566778899'),
  });
  assert.equal(made.count(1, 'icmpEchoRepliesSent'), 1);
});

test('a ping with a wrong ICMP checksum is dropped', () => {
  const made = bench();
  const wrong = ECHO.slice();
  wrong[12] ^= 1;
  made.receivePacket(1, packet({ destination: '10.0.2.1', protocol: 1, payload: wrong }));
  assert.deepEqual(made.drops(), { '1 bad-icmp': 1 });
});

test('pings in fragments or with options are left to the kernel', () => {
  const made = bench();
  made.receivePacket(1, packet({ destination: '10.0.2.1', protocol: 1, payload: ECHO, moreFragments: true }));
  made.receivePacket(1, packet({ destination: '10.0.2.1', protocol: 1, payload: ECHO, options: hex('01010101') }));
  assert.equal(made.sent(0).length, 2);
  assert.equal(made.count(1, 'deliveredPackets'), 2);
});

test('the source of an error is the address of the link by which it leaves', () => {
  const made = bench();
  made.receivePacket(1, packet({ ttl: 1 }));
  const error = made.sent(1)[0].packet;
  assert.equal(new DataView(error.buffer).getUint32(12), ip('10.0.1.1'));
});
