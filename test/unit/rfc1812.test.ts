import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checksum } from '../../src/base/checksum.js';
import { hex, toHex } from '../support/hex.js';
import { BENCH_LINKS, ethernetFrame, ip, PlaneBench, packet } from '../support/plane-bench.js';
import { errors, ipOf, options, router } from '../support/policy-router.js';

/*
 * The requirements on a router's forwarding, one test a line: RFC 1812 by section, and what came after it; its ICMP is in
 * rfc1812-icmp.test.ts. The files named forward-*.test.ts go into the depth of each.
 */

/** The options of the only packet that link 2 has sent, its header whole. */
function passedOptions(made: PlaneBench): string {
  const sent = made.sent(2);
  assert.equal(sent.length, 1);
  const one = ipOf(sent[0]);
  assert.equal(checksum(sent[0].packet, 0, 20 + one.options.length), 0);
  return toHex(one.options);
}

describe('validation and local delivery', () => {
  test('5.2.2 a header that is wrong in any way is dropped without an answer, and counted', () => {
    const made = router();
    const wrong = [hex('65'), hex('44'), hex('450000ff')].map((start) => {
      const bytes = packet();
      bytes.set(start);
      return bytes;
    });
    for (const bytes of [...wrong, packet().subarray(0, 19)]) made.receivePacket(1, bytes);
    assert.deepEqual(made.drops(), {
      '1 frame-too-short': 1,
      '1 bad-version': 1,
      '1 bad-header-length': 1,
      '1 bad-total-length': 1,
    });
    assert.deepEqual(made.sent(1), []);
  });

  test('5.2.3 what is for the router is delivered before its TTL is looked at', () => {
    const made = router();
    for (const ttl of [1, 0]) made.receivePacket(1, packet({ destination: '10.0.2.1', ttl }));
    assert.deepEqual(
      made.sent(0).map((sent) => ipOf(sent).ttl),
      [1, 0],
    );
  });

  test('5.3.4 link broadcast and link multicast with a unicast destination go nowhere, and are not answered', () => {
    const made = router();
    for (const mac of ['ffffffffffff', '01005e000001']) {
      for (const ttl of [1, 64]) made.receive(1, ethernetFrame(1, packet({ ttl }), hex(mac)));
    }
    assert.deepEqual(made.drops(), { '1 link-broadcast': 4 });
    assert.deepEqual([...made.sent(1), ...made.sent(2)], []);
  });

  test('5.3.5, RFC 2644: directed broadcasts are off', () => {
    const made = router();
    for (const destination of ['10.0.2.255', '10.0.2.0']) made.receivePacket(1, packet({ destination }));
    assert.deepEqual(made.drops(), { '1 directed-broadcast': 2 });
    assert.deepEqual([...made.sent(1), ...made.sent(2)], []);
  });

  test('5.3.7 martian sources and destinations are dropped', () => {
    const made = router();
    for (const source of [
      '0.0.0.1',
      '127.0.0.1',
      '224.0.0.9',
      '240.0.0.1',
      '255.255.255.255',
      '10.0.2.1',
      '10.0.2.255',
    ]) {
      made.receivePacket(1, packet({ source }));
    }
    for (const destination of ['0.0.0.1', '127.0.0.1', '240.0.0.1', '255.255.255.255']) {
      made.receivePacket(1, packet({ destination }));
    }
    assert.deepEqual(made.drops(), { '1 martian-source': 7, '1 martian-destination': 4 });
    assert.deepEqual([...made.sent(1), ...made.sent(2)], []);
  });

  test('RFC 3021: both addresses of a /31 are hosts', () => {
    const links = BENCH_LINKS.map((link, index) => (index === 2 ? { ...link, address: '10.0.2.1/31' } : link));
    const made = new PlaneBench({}, links);
    made.route('10.0.2.0/31', ['on 2']);
    made.learn(2, '10.0.2.0');
    made.receivePacket(1, packet({ destination: '10.0.2.0' }));
    made.receivePacket(2, packet({ source: '10.0.2.0', destination: '10.0.2.0' }));
    assert.equal(made.sent(2).length, 2);
    assert.deepEqual(made.drops(), {});
  });
});

describe('source validation, 5.3.8 and RFC 3704', () => {
  const STRICT = { sourceValidation: 'strict' } as const;
  const LOOSE = { sourceValidation: 'loose' } as const;

  test('off: any source that is not a martian', () => {
    const made = router();
    for (const source of ['198.51.100.7', '203.0.113.5', '192.0.2.77']) made.receivePacket(1, packet({ source }));
    assert.equal(made.sent(2).length, 3);
  });

  test('strict: the route back leads over the link', () => {
    const made = router(STRICT);
    for (const source of ['198.51.100.7', '10.0.1.50', '203.0.113.5', '192.0.2.77', '10.0.2.9']) {
      made.receivePacket(1, packet({ source }));
    }
    assert.deepEqual(
      made.sent(2).map((sent) => ipOf(sent).source),
      [ip('198.51.100.7'), ip('10.0.1.50')],
    );
    assert.deepEqual(made.drops(), { '1 source-validation': 3 });
    assert.deepEqual(made.sent(1), []);
  });

  test('strict: any equal path and the repair path will do', () => {
    const made = router(STRICT);
    made.route('192.0.2.64/26', ['via 10.0.2.9 on 2', 'via 10.0.1.7 on 1']);
    made.route('192.0.2.128/26', ['via 10.0.2.9 on 2'], 'via 10.0.1.7 on 1');
    for (const source of ['192.0.2.77', '192.0.2.130']) made.receivePacket(1, packet({ source }));
    assert.deepEqual(made.drops(), {});
    assert.equal(made.sent(2).length, 2);
  });

  test('loose: there is a route, and it is no blackhole', () => {
    const made = router(LOOSE);
    made.route('192.0.2.64/26', ['blackhole']);
    for (const source of ['203.0.113.5', '192.0.2.77', '172.16.0.1']) made.receivePacket(1, packet({ source }));
    assert.equal(made.sent(2).length, 1);
    assert.deepEqual(made.drops(), { '1 source-validation': 2 });
  });

  test('the default route is a route like any other', () => {
    const made = router(STRICT);
    made.route('0.0.0.0/0', ['via 10.0.1.7 on 1']);
    made.receivePacket(1, packet({ source: '172.16.0.1' }));
    made.route('0.0.0.0/0', ['via 10.0.2.9 on 2']);
    made.receivePacket(1, packet({ source: '172.16.0.1' }));
    assert.equal(made.sent(2).length, 1);
    assert.deepEqual(made.drops(), { '1 source-validation': 1 });
  });

  test('it holds for what is delivered here too, but not for another link or the own kernel', () => {
    const made = router(STRICT);
    made.route('192.0.2.9/32', ['deliver']);
    made.receivePacket(1, packet({ source: '172.16.0.1', destination: '192.0.2.9' }));
    made.receivePacket(2, packet({ source: '172.16.0.1', destination: '192.0.2.9' }));
    made.receivePacket(0, packet({ source: '192.0.2.9' }));
    assert.equal(made.sent(0).length, 1);
    assert.equal(made.sent(2).length, 1);
    assert.deepEqual(made.drops(), { '1 source-validation': 1 });
  });

  test('OSPF of a neighbor to which there is no route yet is heard', () => {
    const made = router(STRICT);
    made.receivePacket(1, packet({ source: '192.0.2.200', destination: '10.0.1.1', protocol: 89 }));
    made.receivePacket(1, packet({ source: '192.0.2.200', protocol: 89 }));
    assert.equal(made.punts().length, 1);
    assert.deepEqual(made.drops(), { '1 source-validation': 1 });
  });
});

describe('TTL, routes, MTU', () => {
  test('5.3.1 TTL 1 and 0 end here with Time Exceeded, TTL 2 goes on as 1 with the checksum right', () => {
    const made = router();
    for (const ttl of [0, 1, 2]) made.receivePacket(1, packet({ ttl }));
    assert.deepEqual(errors(made), ['0b0000000000', '0b0000000000']);
    const [sent] = made.sent(2);
    assert.equal(ipOf(sent).ttl, 1);
    assert.equal(checksum(sent.packet, 0, 20), 0);
  });

  test('5.2.7.1 no route: network unreachable; prohibited: 13; a blackhole is silent', () => {
    const made = router();
    made.route('10.66.0.0/16', ['blackhole']);
    made.route('10.77.0.0/16', ['prohibit']);
    for (const destination of ['10.88.0.1', '10.77.0.1', '10.66.0.1']) made.receivePacket(1, packet({ destination }));
    assert.deepEqual(errors(made), ['030000000000', '030d00000000']);
  });

  test('5.2.7.1 a host that does not answer ARP is unreachable', () => {
    const made = router();
    made.receivePacket(1, packet({ destination: '10.0.2.99' }));
    made.pass(5_000_000);
    assert.deepEqual(errors(made), ['030100000000']);
    assert.deepEqual(made.drops(), { '1 neighbor-unreachable': 1 });
  });

  test('RFC 1191: DF and too large is answered with the MTU of the link out', () => {
    const made = router();
    made.route('203.0.114.0/24', ['via 10.0.3.9 on 3']);
    made.learn(3, '10.0.3.9');
    made.receivePacket(1, packet({ destination: '203.0.114.1', dontFragment: true, payload: new Uint8Array(1400) }));
    assert.deepEqual(errors(made), ['030400000578']);
  });

  test('4.2.2.7 without DF the packet is fragmented, each piece with its own checksum', () => {
    const made = router();
    made.route('203.0.114.0/24', ['via 10.0.3.9 on 3']);
    made.learn(3, '10.0.3.9');
    made.receivePacket(1, packet({ destination: '203.0.114.1', payload: new Uint8Array(1400) }));
    const sent = made.sent(3);
    assert.deepEqual(
      sent.map((one) => [ipOf(one).fragmentOffset, ipOf(one).moreFragments, ipOf(one).payload.length]),
      [
        [0, true, 1376],
        [1376, false, 24],
      ],
    );
    for (const one of sent) assert.equal(checksum(one.packet, 0, 20), 0);
  });

  test('one path for the first fragment of a datagram and all others', () => {
    const made = router();
    made.route('203.0.113.0/24', ['via 10.0.2.9 on 2', 'via 10.0.3.9 on 3']);
    made.learn(3, '10.0.3.9');
    for (let port = 0; port < 32; port++) {
      made.receivePacket(1, packet({ payload: Uint8Array.of(0, port, 0, 53, 0, 16, 0, 0), moreFragments: true }));
      made.receivePacket(1, packet({ payload: new Uint8Array(8).fill(port), fragmentOffset: 8 }));
    }
    assert.deepEqual([made.sent(2).length, made.sent(3).length].toSorted(), [0, 64]);
  });
});

describe('IP options, 5.3.13', () => {
  test('5.3.13.1 one that is not known passes unchanged', () => {
    const made = router();
    made.receivePacket(1, options('9e04abcd'));
    assert.equal(passedOptions(made), '9e04abcd');
  });

  test('5.3.13.4, RFC 7126: source routes are refused, and the sender is told so', () => {
    const made = router();
    made.receivePacket(1, options('8307040a00020900'));
    made.receivePacket(1, options('018907040a000209'));
    assert.deepEqual(made.drops(), { '1 source-route': 2 });
    assert.deepEqual(errors(made), ['030500000000', '030500000000']);
    assert.deepEqual(made.sent(2), []);
  });

  test('5.3.13.5 Record Route gets the address of the link out', () => {
    const made = router();
    made.receivePacket(1, options('070b04 00000000 00000000 00'));
    assert.equal(passedOptions(made), '070b080a0002010000000000');
  });

  test('5.3.13.5 also by the default route', () => {
    const made = router();
    made.route('0.0.0.0/0', ['via 10.0.2.9 on 2']);
    made.receivePacket(1, options('070704 00000000 00', { destination: '172.16.0.1' }));
    assert.equal(passedOptions(made), '0707080a00020100');
  });

  test('5.3.13.5 a full Record Route passes unchanged', () => {
    const made = router();
    made.receivePacket(1, options('070708 01020304 00'));
    assert.equal(passedOptions(made), '0707080102030400');
  });

  test('5.3.13.6 Timestamp: time alone, address and time, only who was asked; a full one counts', () => {
    const made = router();
    // The plane's own milliseconds, marked as not counted from midnight UT.
    made.nowUs = 0x1234 * 1000;
    made.receivePacket(1, options('44080500 00000000'));
    assert.equal(passedOptions(made), '4408090080001234');
    made.receivePacket(1, options('440c0501 00000000 00000000'));
    assert.equal(passedOptions(made), '440c0d010a00020180001234');
    made.receivePacket(1, options('440c0503 0a000301 00000000'));
    assert.equal(passedOptions(made), '440c0d030a00030180001234');
    made.receivePacket(1, options('440c0503 0a000377 00000000'));
    assert.equal(passedOptions(made), '440c05030a00037700000000');
    made.receivePacket(1, options('44080910 00000001'));
    assert.equal(passedOptions(made), '4408092000000001');
  });

  test('4.3.3.5 an option that is wrong: Parameter Problem that points at it', () => {
    const made = router();
    const wrong: readonly (readonly [string, string])[] = [
      ['94ff0000', '15'], // longer than the header
      ['94010000', '15'], // shorter than itself
      ['01070200', '16'], // a route of no length
      ['07070300 00000000', '16'], // before the first address
      ['07070600 00000000', '16'], // half an address left
      ['4408 0502 00000000', '17'], // an unknown flag
      ['4408 09f0 00000000', '17'], // overflow of the overflow
      ['4408 0501 00000000', '16'], // no room for both
    ];
    for (const [text, pointer] of wrong) {
      made.receivePacket(1, options(text));
      assert.deepEqual(errors(made), [`0c00${pointer}000000`], text);
    }
    assert.deepEqual(made.drops(), { '1 bad-options': wrong.length });
  });

  test('what is delivered here, what ends here and what the own kernel sends is not written to', () => {
    const made = router();
    made.receivePacket(1, options('070704 00000000 00', { destination: '10.0.2.1' }));
    assert.equal(toHex(ipOf(made.sent(0)[0]).options), '0707040000000000');
    made.receivePacket(1, options('070704 00000000 00', { ttl: 1 }));
    assert.equal(toHex(made.sent(1)[0].packet.subarray(48, 56)), '0707040000000000');
    made.receivePacket(0, options('070704 00000000 00', { source: '192.0.2.1' }));
    assert.equal(passedOptions(made), '0707040000000000');
  });

  test('RFC 7126: a link may leave options alone, or drop what has any', () => {
    const passing = router({ ipOptions: 'pass' });
    passing.receivePacket(1, options('070704 00000000 00'));
    assert.equal(passedOptions(passing), '0707040000000000');
    const dropping = router({ ipOptions: 'drop' });
    dropping.receivePacket(1, options('01010100'));
    dropping.receivePacket(1, packet());
    assert.equal(dropping.sent(2).length, 1);
    assert.deepEqual(dropping.drops(), { '1 options': 1 });
  });
});
