import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ICMP_ERRORS_BURST, REDIRECTS_BURST } from '../../src/forward/icmp-error.js';
import type { LinkPolicy } from '../../src/forward/link-policy.js';
import { decodeIcmp, encodeIcmp } from '../../src/wire/icmpv4.js';
import { hex } from '../support/hex.js';
import { ip, type PlaneBench, packet, routerMac } from '../support/plane-bench.js';
import { errors, ipOf, options, router } from '../support/policy-router.js';

/* The ICMP of rfc1812.test.ts: one test a line. */

describe('redirects, 5.2.7.2 and 4.3.3.2', () => {
  /** 203.0.113.0/24 is behind 10.0.1.9, on the link of the host 10.0.1.50. */
  function onOneLink(policy: Partial<LinkPolicy> = { redirects: true }): PlaneBench {
    const made = router(policy);
    made.route('203.0.113.0/24', ['via 10.0.1.9 on 1']);
    made.learn(1, '10.0.1.9', '10.0.1.50');
    return made;
  }
  const HOST = { source: '10.0.1.50' };

  test('a host is told of the next hop on its own subnet, code 1, and its packet goes on', () => {
    const made = onOneLink();
    made.receivePacket(1, packet(HOST));
    const [redirect, forwarded] = made.sent(1);
    const { source, destination, payload } = ipOf(redirect);
    assert.deepEqual([source, destination], [ip('10.0.1.1'), ip('10.0.1.50')]);
    assert.deepEqual(decodeIcmp(payload), { type: 5, code: 1, rest: ip('10.0.1.9'), body: packet(HOST) });
    assert.equal(ipOf(forwarded).ttl, 63);
    assert.equal(made.count(1, 'icmpRedirectsSent'), 1);
  });

  test('of a neighbor on the subnet itself', () => {
    const made = onOneLink();
    made.receivePacket(1, packet({ ...HOST, destination: '10.0.1.9' }));
    assert.equal(errors(made)[0], '05010a000109');
  });

  test('of the next hop of the default route', () => {
    const made = onOneLink();
    made.route('0.0.0.0/0', ['via 10.0.1.9 on 1']);
    made.receivePacket(1, packet({ ...HOST, destination: '172.16.0.1' }));
    assert.equal(errors(made)[0], '05010a000109');
  });

  test('off by default', () => {
    const made = onOneLink({});
    made.receivePacket(1, packet(HOST));
    assert.deepEqual(
      made.sent(1).map((sent) => ipOf(sent).ttl),
      [63],
    );
  });

  test('not if the source is elsewhere, another link is the way, or the packet ends here', () => {
    const made = onOneLink();
    made.route('203.0.114.0/24', ['via 10.0.2.9 on 2']);
    made.receivePacket(1, packet());
    made.receivePacket(1, packet({ ...HOST, destination: '203.0.114.1' }));
    made.receivePacket(1, packet({ ...HOST, destination: '10.0.1.255' }));
    made.receivePacket(1, packet({ ...HOST, destination: '10.0.1.1' }));
    made.receivePacket(1, packet({ ...HOST, ttl: 1 }));
    assert.equal(made.count(1, 'icmpRedirectsSent'), 0);
  });

  test('not about source routes, ICMP errors, later fragments, nor to a repair path', () => {
    const made = onOneLink();
    made.route('203.0.115.0/24', ['via 10.0.2.9 on 2'], 'via 10.0.1.9 on 1');
    made.setUp(2, false);
    made.receivePacket(1, packet({ ...HOST, destination: '203.0.115.1' }));
    made.receivePacket(1, options('8307040a00020900', HOST));
    const error = encodeIcmp({ type: 3, code: 1, rest: 0, body: packet() });
    made.receivePacket(1, packet({ ...HOST, protocol: 1, payload: error }));
    made.receivePacket(1, packet({ ...HOST, fragmentOffset: 8 }));
    assert.equal(made.count(1, 'icmpRedirectsSent'), 0);
  });

  test('they are limited in rate', () => {
    const made = onOneLink();
    for (let i = 0; i < REDIRECTS_BURST + 10; i++) made.receivePacket(1, packet(HOST));
    assert.equal(made.count(1, 'icmpRedirectsSent'), REDIRECTS_BURST);
    assert.equal(made.sent(1).length, 2 * REDIRECTS_BURST + 10);
    made.nowUs += 1_000_000;
    made.receivePacket(1, packet(HOST));
    assert.equal(made.count(1, 'icmpRedirectsSent'), REDIRECTS_BURST + 1);
  });
});

describe('ICMP errors, 4.3.2', () => {
  test('4.3.2.3 as much of the packet as fits 576 bytes, as it was received', () => {
    const made = router();
    const long = packet({ ttl: 1, payload: new Uint8Array(1400).fill(7) });
    made.receivePacket(1, long);
    const [{ packet: error }] = made.sent(1);
    assert.equal(error.length, 576);
    assert.deepEqual(error.subarray(28), long.subarray(0, 548));
  });

  test('4.3.2.4 from the address of the link by which the error leaves', () => {
    const made = router();
    // The way back to 198.51.100.7 is link 1.
    made.receivePacket(2, packet({ ttl: 1, destination: '203.0.113.77' }));
    assert.deepEqual(
      made.sent(1).map((sent) => ipOf(sent).source),
      [ip('10.0.1.1')],
    );
  });

  test('4.3.2.4 of equal ways back, from the one that is taken', () => {
    const made = router();
    made.route('198.51.100.0/24', ['via 10.0.2.9 on 2', 'via 10.0.3.9 on 3']);
    made.learn(3, '10.0.3.9');
    for (let host = 1; host < 64; host++) made.receivePacket(1, packet({ ttl: 1, source: `198.51.100.${host}` }));
    for (const link of [2, 3]) {
      const sources = new Set(made.sent(link).map((sent) => ipOf(sent).source));
      assert.deepEqual([...sources], [ip(`10.0.${link}.1`)]);
    }
  });

  test('from the link that the packet came in by, where that is asked for', () => {
    const made = router({ icmpSource: 'ingress' });
    made.route('198.51.100.0/24', ['via 10.0.2.9 on 2']);
    made.receivePacket(1, packet({ ttl: 1 }));
    assert.deepEqual(
      made.sent(2).map((sent) => ipOf(sent).source),
      [ip('10.0.1.1')],
    );
  });

  test('4.3.2.5 precedence 6, and a TTL of its own', () => {
    const made = router();
    made.receivePacket(1, packet({ ttl: 1 }));
    const { tos, ttl } = ipOf(made.sent(1)[0]);
    assert.deepEqual([tos, ttl], [0xc0, 64]);
  });

  test('4.3.2.7 never about ICMP errors, later fragments, broadcast and multicast, or what comes from no host', () => {
    const made = router();
    const error = encodeIcmp({ type: 11, code: 0, rest: 0, body: packet() });
    made.receivePacket(1, packet({ ttl: 1, protocol: 1, payload: error }));
    made.receivePacket(1, packet({ ttl: 1, fragmentOffset: 8 }));
    made.receivePacket(1, packet({ ttl: 1, destination: '224.1.2.3' }));
    made.receivePacket(1, options('94ff0000', { destination: '224.1.2.3' }));
    made.receivePacket(1, packet({ ttl: 1, destination: '255.255.255.255' }));
    made.receivePacket(1, packet({ ttl: 1, source: '10.0.1.255' }));
    made.receivePacket(1, options('94ff0000', { source: '10.0.1.1' }));
    assert.deepEqual(made.sent(1), []);
  });

  test('4.3.2.8 each kind has its limit, and each link', () => {
    const made = router();
    for (let i = 0; i < ICMP_ERRORS_BURST + 10; i++) made.receivePacket(1, packet({ ttl: 1 }));
    assert.equal(made.sent(1).length, ICMP_ERRORS_BURST);
    assert.equal(made.count(1, 'icmpRateLimited'), 10);
    made.receivePacket(1, packet({ destination: '10.88.0.1' }));
    made.receivePacket(1, options('94ff0000'));
    made.receivePacket(2, packet({ ttl: 1 }));
    assert.deepEqual(errors(made), ['030000000000', '0c0015000000', '0b0000000000']);
  });

  test('RFC 6633: no Source Quench when a link takes no more', () => {
    const made = router();
    for (let i = 0; i < 4200; i++) made.receivePacket(1, packet());
    assert.ok(made.drops()['2 transmit-full'] > 0);
    assert.deepEqual(made.sent(1), []);
  });

  test('RFC 4884: the length octet of our errors is 0, and an extension in transit stays as it is', () => {
    const made = router();
    made.receivePacket(1, packet({ ttl: 1, payload: new Uint8Array(300) }));
    assert.equal(made.sent(1)[0].packet[25], 0);
    const body = new Uint8Array(140).fill(9);
    body.set(hex('2000 0000 0008 0101 00064000'), 128);
    const extended = encodeIcmp({ type: 11, code: 0, rest: 32 << 16, body });
    made.receivePacket(1, packet({ protocol: 1, payload: extended }));
    assert.deepEqual(ipOf(made.sent(2)[0]).payload, extended);
  });

  test('an error goes to the neighbor on the way back, with the router as its Ethernet source', () => {
    const made = router();
    made.receivePacket(1, packet({ ttl: 1 }));
    assert.deepEqual(made.sent(1)[0].frame.subarray(6, 12), routerMac(1));
  });
});
