import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SeededRandom } from '../../src/base/random.js';
import { SharedRing } from '../../src/base/ring.js';
import { BfdSession } from '../../src/bfd/session.js';
import { type BfdChange, BfdChangeWriter, takeBfdChange } from '../../src/forward/bfd-change.js';
import { BfdDeputyTable, DEPUTY_FRAME_BYTES } from '../../src/forward/bfd-deputy-table.js';
import { BfdTable } from '../../src/forward/bfd-table.js';
import { type BfdPacket, decodeBfd, encodeBfd } from '../../src/wire/bfd.js';
import { decodeIpv4, encodeIpv4 } from '../../src/wire/ipv4.js';
import { isMalformed } from '../../src/wire/malformed.js';
import { decodeUdp, encodeUdp } from '../../src/wire/udp.js';
import { bfdPacket, MS, SECOND } from '../support/bfd-pair.js';
import { toHex } from '../support/hex.js';
import { arpFrame, ethernetFrame, ip, PlaneBench, packet } from '../support/plane-bench.js';

/*
 * BFD sessions inside the forwarding engine: a neighbor 10.0.1.9 on link 1, and 10.0.2.9 on link 2 as another way.
 */

const DESCRIPTOR = {
  link: 1,
  local: ip('10.0.1.1'),
  peer: ip('10.0.1.9'),
  discriminator: 0x0a,
  minTxUs: 50 * MS,
  minRxUs: 50 * MS,
  multiplier: 3,
};

interface Datagram {
  readonly ttl?: number;
  readonly source?: string;
  readonly sourcePort?: number;
}

class BfdBench extends PlaneBench {
  private readonly bfdChanges = new SharedRing(this.memory.bfdChanges);

  constructor() {
    super();
    this.connect();
    this.learn(1, '10.0.1.9', '10.0.1.8');
    this.learn(2, '10.0.2.9');
  }

  define(fields: Partial<typeof DESCRIPTOR> = {}, slot = 0): void {
    this.engine.bfdDefined(slot, { ...DESCRIPTOR, ...fields }, this.nowUs);
  }

  /** A Control packet of the neighbor comes in. */
  hear(fields: Partial<BfdPacket>, datagram: Datagram = {}): void {
    this.hearBytes(encodeBfd(bfdPacket(fields)), datagram);
  }

  hearBytes(bytes: Uint8Array, { ttl = 255, source = '10.0.1.9', sourcePort = 32_768 }: Datagram = {}): void {
    const ends = [ip(source), ip('10.0.1.1')] as const;
    const payload = encodeUdp({ sourcePort, destinationPort: 3784, payload: bytes }, ...ends);
    this.receivePacket(1, packet({ source, destination: '10.0.1.1', ttl, payload }));
  }

  /** Brings the session up. */
  bringUp(): void {
    this.define();
    this.hear({ state: 1 });
    this.hear({ state: 2, yourDiscriminator: 0x0a });
    this.hear({ state: 3, yourDiscriminator: 0x0a, final: true });
    this.changes();
    this.sent(1);
  }

  changes(): BfdChange[] {
    const changes: BfdChange[] = [];
    for (let change = takeBfdChange(this.bfdChanges); change !== undefined; change = takeBfdChange(this.bfdChanges)) {
      changes.push(change);
    }
    return changes;
  }

  /** The Control packets that a link has sent. */
  told(): BfdPacket[] {
    return this.sent(1).flatMap((carried) => {
      const whole = decodeIpv4(carried.packet);
      if (isMalformed(whole) || whole.protocol !== 17) return [];
      const datagram = decodeUdp(whole.payload, whole.source, whole.destination);
      const control = isMalformed(datagram) ? datagram : decodeBfd(datagram.payload);
      return isMalformed(control) ? assert.fail(control.malformed) : [control];
    });
  }

  /** The link by which a packet in transit leaves, or the reason why it does not. */
  wayTo(destination: string): number | string {
    const before = JSON.stringify(this.drops());
    this.sent(1);
    this.sent(2);
    this.receivePacket(3, packet({ source: '10.0.3.7', destination }));
    for (const link of [1, 2]) if (this.sent(link).some(({ packet: { length } }) => length === 32)) return link;
    return Object.keys(this.drops()).find((key) => !before.includes(key)) ?? 'nowhere';
  }
}

const alive: Partial<BfdPacket> = { state: 3, yourDiscriminator: 0x0a };

test('the first packet, byte for byte: TTL 255, internetwork control, a port of the range', () => {
  const bench = new BfdBench();
  bench.define();
  bench.pass(0);
  const [{ frame }] = bench.sent(1);
  assert.equal(
    toHex(frame),
    '06000a000109' +
      '020000000001' +
      '0800' +
      '45c0003400000000ff11a4ef0a0001010a000109' +
      'c0000ec80020f1d1' +
      '20480318' +
      '0000000a00000000' +
      '000f42400000c35000000000',
  );
});

test('a neighbor whose MAC address is not known is asked for it, and then gets the packet', () => {
  const bench = new BfdBench();
  bench.define({ peer: ip('10.0.1.77') });
  bench.pass(0);
  assert.deepEqual(
    bench.sent(1).map(({ frame }) => toHex(frame.subarray(12, 14))),
    ['0806'],
  );
  bench.receive(1, arpFrame(1, 'reply', '10.0.1.77', '10.0.1.1'));
  assert.deepEqual(
    bench.told().map(({ state, myDiscriminator }) => [state, myDiscriminator]),
    [[1, 0x0a]],
  );
});

test('two sessions come up by what they send each other, and the main thread hears of each step', () => {
  const bench = new BfdBench();
  bench.define();
  bench.hear({ state: 1 });
  bench.hear({ state: 2, yourDiscriminator: 0x0a });
  assert.equal(bench.engine.takeNewsPending(), true);
  assert.equal(bench.engine.takeNewsPending(), false);
  assert.deepEqual(
    bench.changes().map(({ slot, from, to, lost, atUs }) => [slot, from, to, lost, atUs]),
    [
      [0, 1, 2, false, bench.nowUs],
      [0, 2, 3, false, bench.nowUs],
    ],
  );
});

describe('when a neighbor is lost', () => {
  test('routes take another path in the same instant, and the neighbor comes back when it speaks again', () => {
    const bench = new BfdBench();
    bench.route('203.0.113.0/24', ['via 10.0.1.9 on 1'], 'via 10.0.2.9 on 2');
    bench.bringUp();
    bench.pass(150 * MS - 1);
    assert.equal(bench.wayTo('203.0.113.9'), 1);
    bench.pass(1);
    assert.equal(bench.wayTo('203.0.113.9'), 2);
    assert.deepEqual(
      bench.changes().map(({ from, to, diagnostic, lost }) => [from, to, diagnostic, lost]),
      [[3, 1, 1, true]],
    );
    bench.hear({ state: 1 });
    bench.hear({ state: 2, yourDiscriminator: 0x0a });
    assert.equal(bench.wayTo('203.0.113.9'), 1);
  });

  test('other neighbors on the link stay, as does the neighbor itself for packets to its own address', () => {
    const bench = new BfdBench();
    bench.route('203.0.113.0/24', ['via 10.0.1.9 on 1']);
    bench.route('198.51.100.0/24', ['via 10.0.1.8 on 1']);
    bench.bringUp();
    bench.pass(150 * MS);
    assert.equal(bench.wayTo('203.0.113.9'), '3 neighbor-lost');
    assert.equal(bench.wayTo('198.51.100.9'), 1);
    assert.equal(bench.wayTo('10.0.1.9'), 1);
    bench.inject(1, '10.0.1.9', packet({ destination: '10.0.1.9', protocol: 89, ttl: 1 }));
    assert.equal(bench.sent(1).length, 1);
  });

  test('a route that comes later finds the neighbor lost', () => {
    const bench = new BfdBench();
    bench.bringUp();
    bench.pass(150 * MS);
    bench.route('203.0.113.0/24', ['via 10.0.1.9 on 1'], 'via 10.0.2.9 on 2');
    assert.equal(bench.wayTo('203.0.113.9'), 2);
  });

  test('ARP does not bring it back: it is lost while its link goes down and up, and its MAC address is learnt', () => {
    const bench = new BfdBench();
    bench.route('203.0.113.0/24', ['via 10.0.1.9 on 1'], 'via 10.0.2.9 on 2');
    bench.bringUp();
    bench.pass(150 * MS);
    bench.setUp(1, false);
    bench.setUp(1, true);
    bench.learn(1, '10.0.1.9');
    assert.equal(bench.wayTo('203.0.113.9'), 2);
  });

  test('a neighbor that says that it was switched off is not lost', () => {
    const bench = new BfdBench();
    bench.route('203.0.113.0/24', ['via 10.0.1.9 on 1'], 'via 10.0.2.9 on 2');
    bench.bringUp();
    bench.hear({ state: 0, diagnostic: 7, yourDiscriminator: 0x0a });
    assert.deepEqual(
      bench.changes().map(({ from, to, lost }) => [from, to, lost]),
      [[3, 1, false]],
    );
    bench.pass(10 * SECOND);
    assert.equal(bench.wayTo('203.0.113.9'), 1);
  });

  test('a session that was never up takes nothing away', () => {
    const bench = new BfdBench();
    bench.route('203.0.113.0/24', ['via 10.0.1.9 on 1'], 'via 10.0.2.9 on 2');
    bench.define();
    bench.pass(10 * SECOND);
    assert.equal(bench.wayTo('203.0.113.9'), 1);
  });

  test('it is not lost for silence while nobody listened, of one detection time at most', () => {
    const bench = new BfdBench();
    bench.bringUp();
    bench.engine.excuseBfd(40 * MS);
    assert.equal(bench.engine.isBfdOverdue(bench.nowUs + 190 * MS - 1), false);
    bench.engine.excuseBfd(10 * SECOND);
    assert.equal(bench.engine.isBfdOverdue(bench.nowUs + 300 * MS - 1), false);
    assert.equal(bench.engine.isBfdOverdue(bench.nowUs + 300 * MS), true);
  });

  test('it is overdue before the time is used, so that packets that wait can be taken first', () => {
    const bench = new BfdBench();
    bench.bringUp();
    assert.equal(bench.engine.isBfdOverdue(bench.nowUs + 150 * MS - 1), false);
    assert.equal(bench.engine.isBfdOverdue(bench.nowUs + 150 * MS), true);
  });
});

test('a neighbor that is lost is asked for by broadcast: it may be at another MAC address', () => {
  const bench = new BfdBench();
  bench.route('203.0.113.0/24', ['via 10.0.1.9 on 1'], 'via 10.0.2.9 on 2');
  bench.bringUp();
  bench.pass(150 * MS - 1);
  bench.sent(1);
  bench.pass(1);
  const requests = bench.sent(1).filter(({ frame }) => toHex(frame.subarray(12, 14)) === '0806');
  assert.deepEqual(
    requests.map(({ frame }) => toHex(frame.subarray(0, 6))),
    ['ffffffffffff'],
  );
});

describe('what the deputy is left', () => {
  /** The frame that the deputy would send, and when; undefined if it has nothing to do. */
  function entrusted(bench: BfdBench): { frame: string; dueUs: number } | undefined {
    const table = new BfdDeputyTable(bench.memory.bfdDeputy);
    const frame = new Uint8Array(DEPUTY_FRAME_BYTES);
    return table.copyFrame(0, frame, 0) === 1 ? { frame: toHex(frame), dueUs: table.dueUs[0] } : undefined;
  }

  test('is the last packet of a session that is Up, and the time when the next one is late', () => {
    const bench = new BfdBench();
    bench.bringUp();
    bench.hear(alive);
    bench.pass(50 * MS);
    const sentAtUs = bench.nowUs;
    const [last] = bench.sent(1).slice(-1);
    const left = entrusted(bench);
    assert.equal(left?.frame, toHex(last.frame));
    assert.ok(left.dueUs > sentAtUs + 37.5 * MS - 50 * MS && left.dueUs <= sentAtUs + 62.5 * MS, `${left.dueUs}`);
    assert.equal(bench.engine.takeDeputyPending(), true);
    assert.equal(bench.engine.takeDeputyPending(), false);
  });

  test('is nothing while a session is not Up, and nothing once it is lost or removed', () => {
    const bench = new BfdBench();
    bench.define();
    bench.pass(2 * SECOND);
    assert.equal(entrusted(bench), undefined);
    bench.bringUp();
    bench.hear(alive);
    bench.pass(50 * MS);
    assert.notEqual(entrusted(bench), undefined);
    bench.pass(150 * MS);
    assert.equal(entrusted(bench), undefined);
    const other = new BfdBench();
    other.bringUp();
    other.pass(50 * MS);
    assert.notEqual(entrusted(other), undefined);
    other.engine.bfdRemoved(0, other.nowUs);
    assert.equal(entrusted(other), undefined);
  });

  test('is nothing for a peer that wants no more packets', () => {
    const bench = new BfdBench();
    bench.bringUp();
    bench.pass(50 * MS);
    assert.notEqual(entrusted(bench), undefined);
    bench.hear({ ...alive, requiredMinRxUs: 0 });
    assert.equal(entrusted(bench), undefined);
  });

  test('has neither Poll nor Final', () => {
    const bench = new BfdBench();
    bench.bringUp();
    bench.hear({ ...alive, poll: true });
    bench.pass(0);
    assert.equal(bench.told().at(-1)?.final, true);
    assert.equal(entrusted(bench), undefined);
    bench.pass(50 * MS);
    assert.notEqual(entrusted(bench), undefined);
    bench.define({ minTxUs: 20 * MS });
    bench.pass(50 * MS);
    assert.equal(bench.told().at(-1)?.poll, true);
    assert.equal(entrusted(bench), undefined);
  });
});

test('how late packets were sent and how long the peer was silent is noted', () => {
  const bench = new BfdBench();
  const table = new BfdTable(bench.memory.bfd);
  bench.bringUp();
  bench.pass(50 * MS);
  bench.hear(alive);
  bench.nowUs += 70 * MS;
  bench.hear(alive);
  bench.pass(0);
  assert.equal(table.longestSilenceUs[0], 70 * MS);
  assert.ok(table.latestSendUs[0] >= 20 * MS && table.latestSendUs[0] <= 32.5 * MS, `${table.latestSendUs[0]}`);
});

test('changes for which the ring has no room become one, from the first state to the last', () => {
  const ring = new SharedRing(new SharedArrayBuffer(SharedRing.bytesFor(64)));
  const writer = new BfdChangeWriter(ring);
  const timers = { minTxUs: MS, minRxUs: MS, multiplier: 3 };
  const session = new BfdSession(1, timers, new SeededRandom(1), 0);
  const change = (state: number) => {
    const before = session.state;
    session.state = state;
    writer.changed(7, before, session, 0);
  };
  for (const state of [2, 3, 1, 2, 3]) change(state);
  assert.equal(writer.isBehind, true);
  const take = () => {
    const taken = takeBfdChange(ring);
    return taken === undefined ? undefined : taken.isEnd ? 'end' : `${taken.from} to ${taken.to}`;
  };
  assert.deepEqual([take(), take(), take()], ['1 to 2', '2 to 3', undefined]);
  writer.catchUp(7, session, 0);
  assert.deepEqual([take(), take(), writer.isBehind], ['3 to 3', undefined, false]);
  for (const state of [1, 2, 3]) change(state);
  writer.ended(7);
  assert.deepEqual([take(), take(), take()], ['3 to 1', '1 to 2', undefined]);
  writer.catchUp(7, undefined, 0);
  assert.deepEqual([take(), take(), writer.isBehind], ['end', undefined, false]);
});

test('a neighbor that changes its mind faster than the main thread reads leaves nothing out at the end', () => {
  const bench = new BfdBench();
  bench.bringUp();
  for (let i = 0; i < 4999; i++) bench.hear({ state: i % 2 === 0 ? 1 : 2, yourDiscriminator: 0x0a });
  const told = bench.changes();
  assert.ok(told.length < 5000, 'the ring was not full');
  assert.equal(told.at(-1)?.to, 3);
  bench.pass(10 * MS);
  assert.deepEqual(
    bench.changes().map(({ from, to, lost }) => [from, to, lost]),
    [[3, 1, true]],
  );
});

describe('the end of a session', () => {
  test('the neighbor is told three times, then the slot is free; its routes stay', () => {
    const bench = new BfdBench();
    bench.route('203.0.113.0/24', ['via 10.0.1.9 on 1'], 'via 10.0.2.9 on 2');
    bench.bringUp();
    bench.engine.bfdRemoved(0, bench.nowUs);
    assert.deepEqual(bench.changes(), []);
    bench.pass(20 * MS);
    assert.deepEqual(
      bench.told().map(({ state, diagnostic }) => [state, diagnostic]),
      [0, 1, 2].map(() => [0, 7]),
    );
    assert.deepEqual(
      bench.changes().map(({ slot, isEnd }) => [slot, isEnd]),
      [[0, true]],
    );
    assert.equal(bench.wayTo('203.0.113.9'), 1);
  });

  test('a neighbor that was lost stays lost for five seconds, while routes are calculated', () => {
    const bench = new BfdBench();
    bench.route('203.0.113.0/24', ['via 10.0.1.9 on 1'], 'via 10.0.2.9 on 2');
    bench.bringUp();
    bench.pass(SECOND);
    bench.engine.bfdRemoved(0, bench.nowUs);
    bench.pass(5 * SECOND - 1);
    assert.equal(bench.wayTo('203.0.113.9'), 2);
    bench.pass(1);
    assert.equal(bench.wayTo('203.0.113.9'), 1);
  });

  test('a new session begins while the old one still says goodbye', () => {
    const bench = new BfdBench();
    bench.route('203.0.113.0/24', ['via 10.0.1.9 on 1'], 'via 10.0.2.9 on 2');
    bench.bringUp();
    bench.hear({ state: 1, diagnostic: 1, yourDiscriminator: 0x0a });
    assert.equal(bench.wayTo('203.0.113.9'), 2);
    bench.engine.bfdRemoved(0, bench.nowUs);
    bench.define({ discriminator: 0x0b }, 1);
    assert.equal(bench.wayTo('203.0.113.9'), 1);
    bench.hear({ state: 1, yourDiscriminator: 0x0a });
    assert.equal(bench.wayTo('203.0.113.9'), 1);
    bench.pass(SECOND);
    assert.equal(bench.wayTo('203.0.113.9'), 1);
  });

  test('unless a new session begins: whoever wants it has heard from the neighbor', () => {
    const bench = new BfdBench();
    bench.route('203.0.113.0/24', ['via 10.0.1.9 on 1'], 'via 10.0.2.9 on 2');
    bench.bringUp();
    bench.pass(SECOND);
    bench.engine.bfdRemoved(0, bench.nowUs);
    bench.define({ discriminator: 0x0b }, 1);
    assert.equal(bench.wayTo('203.0.113.9'), 1);
    bench.pass(10 * SECOND);
    assert.equal(bench.wayTo('203.0.113.9'), 1);
  });
});

describe('packets that are not taken', () => {
  const otherwise = (at: number, ...values: readonly number[]): Uint8Array => {
    const bytes = encodeBfd(bfdPacket(alive));
    bytes.set(values, at);
    return bytes;
  };
  const cases: readonly (readonly [string, Uint8Array, Datagram, string])[] = [
    ['a TTL of 254', otherwise(0), { ttl: 254 }, 'bfd-ttl'],
    ['23 bytes', otherwise(0).subarray(0, 23), {}, 'bfd-too-short'],
    ['version 0', otherwise(0, 0x00), {}, 'bfd-bad-version'],
    ['a length beyond the datagram', otherwise(3, 25), {}, 'bfd-bad-length'],
    ['multiplier 0', otherwise(2, 0), {}, 'bfd-zero-multiplier'],
    ['multipoint', otherwise(1, 0xc1), {}, 'bfd-multipoint'],
    ['discriminator 0', otherwise(4, 0, 0, 0, 0), {}, 'bfd-zero-discriminator'],
    ['Poll and Final', otherwise(1, 0xf0), {}, 'bfd-poll-and-final'],
    ['Up without our discriminator', otherwise(8, 0, 0, 0, 0), {}, 'bfd-state-without-discriminator'],
    ['a discriminator that is not ours', otherwise(8, 0, 0, 0, 9), {}, 'bfd-no-session'],
    ['another source', otherwise(0), { source: '10.0.1.8' }, 'bfd-no-session'],
    [
      'an authentication section',
      encodeBfd(bfdPacket({ ...alive, authentication: Uint8Array.of(1, 4, 1, 120) })),
      {},
      'bfd-authentication',
    ],
  ];
  for (const [name, bytes, datagram, reason] of cases) {
    test(`${name}: ${reason}`, () => {
      const bench = new BfdBench();
      bench.bringUp();
      bench.pass(149 * MS);
      bench.hearBytes(bytes, datagram);
      assert.deepEqual(bench.drops(), { [`1 ${reason}`]: 1 });
      bench.pass(MS);
      assert.equal(bench.changes().at(-1)?.to, 1, 'it kept the session up');
    });
  }

  test('a wrong checksum: bad-udp', () => {
    const bench = new BfdBench();
    bench.bringUp();
    const ends = [ip('10.0.1.9'), ip('10.0.1.1')] as const;
    const payload = encodeUdp({ sourcePort: 49_152, destinationPort: 3784, payload: otherwise(0) }, ...ends);
    payload[20] ^= 1;
    bench.receivePacket(1, packet({ source: '10.0.1.9', destination: '10.0.1.1', ttl: 255, payload }));
    assert.deepEqual(bench.drops(), { '1 bad-udp': 1 });
  });

  test('ten thousand a second of each kind cost only themselves', () => {
    const bench = new BfdBench();
    bench.bringUp();
    for (let at = 0; at < SECOND; at += 100) {
      const [, bytes, datagram] = cases[(at / 100) % cases.length];
      bench.hearBytes(bytes, datagram);
      if (at % (40 * MS) === 0) bench.hear(alive);
      bench.pass(100);
    }
    assert.deepEqual(bench.changes(), []);
  });

  test('the port of BFD at a VIP is the business of the host behind it', () => {
    const bench = new BfdBench();
    bench.route('203.0.113.9/32', ['deliver']);
    const payload = encodeUdp(
      { sourcePort: 49_152, destinationPort: 3784, payload: otherwise(0) },
      ip('10.0.1.9'),
      ip('203.0.113.9'),
    );
    bench.receive(
      1,
      ethernetFrame(1, encodeIpv4({ ...whole(), source: ip('10.0.1.9'), destination: ip('203.0.113.9'), payload })),
    );
    assert.equal(bench.sent(0).length, 1);
  });
});

function whole() {
  const decoded = decodeIpv4(packet({}));
  return isMalformed(decoded) ? assert.fail(decoded.malformed) : decoded;
}
