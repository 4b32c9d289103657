import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { writeU16, writeU32 } from '../../src/base/bytes.js';
import type { RejectionCheck } from '../../src/ospf/rejection.js';
import { sealWithDigest } from '../../src/wire/ospf/authentication.js';
import { lsaChecksum } from '../../src/wire/ospf/fletcher.js';
import { encodeOspfPacket, writeOspfChecksum } from '../../src/wire/ospf/header.js';
import { encodeHello } from '../../src/wire/ospf/hello.js';
import { LSA_OPAQUE_AREA, LSA_OPAQUE_LINK, LSA_ROUTER, type LsaHeader } from '../../src/wire/ospf/lsa.js';
import { encodeLinkStateUpdate } from '../../src/wire/ospf/lsupd.js';
import { hex } from '../support/hex.js';
import { lan } from '../support/ospf-lan.js';
import { Bench, interfaceConfig, OWN_ADDRESS, OWN_ID, Peer, routerLsa, updatesIn } from '../support/ospf-peer.js';

/*
 * What has broken routers before, sent by a neighbor that is Full: it costs the packet, or the LSA, that it is in. The
 * neighbor stays Full, the reason is counted, nothing is installed, and nothing goes on to the other neighbor.
 * ospf-malformed.test.ts has what the decoders say of more of the kind.
 */

const PEER = 0x09090909;
const SIDE = 0x0b0b0b0b;
const FAR = 0x07070707;

const HELLO = 1;
const DESCRIPTION = 2;
const REQUEST = 3;
const UPDATE = 4;
const ACK = 5;

interface Scene {
  readonly bench: Bench;
  readonly peer: Peer;
}

function scene(): Scene {
  const wire = interfaceConfig({ name: 'eth1', address: { address: 0x0a000101, prefixLength: 30 } });
  const bench = new Bench({ interfaces: [interfaceConfig(), wire] });
  const peer = new Peer(bench, PEER);
  const side = new Peer(bench, SIDE, 'eth1', 0x0a000102);
  peer.becomeFull();
  side.becomeFull();
  for (let round = 0; round < 6; round++) {
    bench.pass(1000);
    const headers = updatesIn(bench.sent());
    peer.acknowledge(...headers);
    side.acknowledge(...headers);
  }
  peer.hello();
  side.hello();
  bench.outputs = [];
  return { bench, peer };
}

/** What the database has, apart from ages. */
function contents(bench: Bench): string[] {
  return bench.instance
    .database(bench.nowMs)
    .map(({ type, id, advertisingRouter, sequence }) => `${type} ${id} ${advertisingRouter} ${sequence}`);
}

type Counters = { readonly [check in RejectionCheck]?: number };
type Case = readonly [name: string, send: (scene: Scene) => void, counters: Counters];

/** The packet of each case changes nothing but the counters. */
function costsNothingElse(title: string, cases: readonly Case[]): void {
  describe(title, () => {
    for (const [name, send, counters] of cases) {
      it(name, () => {
        const { bench, peer } = scene();
        const before = contents(bench);
        send({ bench, peer });
        assert.deepEqual(bench.instance.rejectionCounters(), counters);
        assert.equal(bench.state(PEER), 'Full');
        assert.equal(bench.state(SIDE), 'Full');
        assert.deepEqual(contents(bench), before);
        assert.deepEqual(bench.sent(), []);
        assert.deepEqual(bench.take('neighbor'), []);
        const events = bench.take('event').map((event) => event.name);
        assert.ok(!events.includes('defect'));
        const isRejected = Object.values(counters).length > 0;
        assert.equal(events.includes('packet-rejected'), isRejected && counters.neighbor === undefined);
      });
    }
  });
}

const zeros = (length: number) => new Uint8Array(length);
const joined = (...parts: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
const packet = (type: number, body: Uint8Array, routerId = PEER, area = 0) =>
  encodeOspfPacket(type, routerId, area, body);

/** `original` with other bytes from `at`, and the checksum right again. */
function changed(original: Uint8Array, at: number, bytes: Uint8Array): Uint8Array {
  const copy = original.slice();
  copy.set(bytes, at);
  writeOspfChecksum(copy, Math.min((copy[2] << 8) | copy[3], copy.length));
  return copy;
}

const hello = {
  networkMask: 0xfffffffc,
  helloIntervalSeconds: 10,
  options: 2,
  priority: 1,
  deadIntervalSeconds: 40,
  designatedRouter: 0,
  backupDesignatedRouter: 0,
  neighbors: [OWN_ID],
};
const helloPacket = packet(HELLO, encodeHello(hello));
const raw =
  (bytes: Uint8Array) =>
  ({ peer }: Scene) =>
    peer.sendRaw(bytes);
const MALFORMED: Counters = { malformed: 1 };

costsNothingElse('P1: packets that are too short, or lie about their length', [
  ['no bytes', raw(zeros(0)), MALFORMED],
  ['23 bytes', raw(helloPacket.slice(0, 23)), MALFORMED],
  ['length 0', raw(changed(helloPacket, 2, hex('0000'))), MALFORMED],
  ['length beyond the datagram', raw(changed(helloPacket, 2, hex('0034'))), MALFORMED],
  ['length not a multiple of 4', raw(changed(helloPacket, 2, hex('002e'))), MALFORMED],
]);

costsNothingElse('P2: headers of another kind', [
  ['version 3', raw(changed(helloPacket, 0, hex('03'))), MALFORMED],
  ['type 0', raw(changed(helloPacket, 1, hex('00'))), MALFORMED],
  ['type 6', raw(changed(helloPacket, 1, hex('06'))), MALFORMED],
  ['authentication type 1', raw(changed(helloPacket, 14, hex('0001'))), { 'authentication-type': 1 }],
  ['authentication type 3', raw(changed(helloPacket, 14, hex('0003'))), { 'authentication-type': 1 }],
  ['instance 1 of RFC 6549', raw(changed(helloPacket, 14, hex('0100'))), { 'authentication-type': 1 }],
  ['another area', raw(packet(HELLO, encodeHello(hello), PEER, 1)), { area: 1 }],
  ['router ID 0', raw(packet(HELLO, encodeHello(hello), 0)), { 'router-id': 1 }],
  [
    'a router ID that is no neighbor',
    raw(packet(UPDATE, encodeLinkStateUpdate([routerLsa(FAR, 1)]), FAR)),
    { neighbor: 1 },
  ],
  [
    'our own address as its source',
    ({ bench }) => new Peer(bench, PEER, 'eth0', OWN_ADDRESS).update(routerLsa(FAR, 1)),
    { source: 1 },
  ],
  ['a destination that is not ours', ({ peer }) => peer.sendRaw(helloPacket, 0x0a000063), { destination: 1 }],
]);

it('P2: on a LAN, a source outside of the subnet is no neighbor', () => {
  const { bench, dr } = lan('DROther');
  const before = contents(bench);
  new Peer(bench, dr.routerId, 'eth0', 0x0b000001).update(routerLsa(FAR, 1));
  assert.deepEqual(bench.instance.rejectionCounters(), { source: 1 });
  assert.equal(bench.state(dr.routerId), 'Full');
  assert.deepEqual(contents(bench), before);
});

it('P2: our own router ID at another address is told, and costs nothing', () => {
  const { bench } = scene();
  bench.handle({
    ...{ kind: 'packet', interface: 'eth0', source: 0x0a000002, destination: 0xe0000005 },
    payload: packet(UPDATE, encodeLinkStateUpdate([routerLsa(FAR, 1)]), OWN_ID),
  });
  assert.deepEqual(bench.instance.rejectionCounters(), { 'router-id': 1 });
  assert.equal(bench.state(PEER), 'Full');
  assert.ok(bench.take('event').some(({ name }) => name === 'duplicate-router-id'));
});

const badHello = (change: object) => raw(packet(HELLO, encodeHello({ ...hello, ...change })));

costsNothingElse('P3: Hellos', [
  ['16 bytes of body', raw(packet(HELLO, zeros(16))), MALFORMED],
  ['a mask with a hole', badHello({ networkMask: 0xff00ff00 }), MALFORMED],
  ['HelloInterval 0', badHello({ helloIntervalSeconds: 0 }), { 'hello-interval': 1 }],
  ['RouterDeadInterval 2^32 - 1', badHello({ deadIntervalSeconds: 0xffffffff }), { 'dead-interval': 1 }],
  ['without E', badHello({ options: 0 }), { 'external-option': 1 }],
  ['with N', badHello({ options: 0x0a }), { 'nssa-option': 1 }],
  ['with all options that mean nothing here', badHello({ options: 0xf7 }), {}],
  [
    'a thousand neighbors, and us',
    badHello({ neighbors: [...Array.from({ length: 1000 }, (_, id) => id), OWN_ID] }),
    {},
  ],
]);

const send =
  (type: number, body: Uint8Array) =>
  ({ peer }: Scene) =>
    peer.send(type, body);

costsNothingElse('P4, P5, P14: descriptions, requests and acknowledgments that cannot be read, or ask for nothing', [
  ['a description of 4 bytes', send(DESCRIPTION, zeros(4)), MALFORMED],
  ['a description with 19 bytes of a header', send(DESCRIPTION, zeros(8 + 16)), MALFORMED],
  ['a description for a larger MTU', send(DESCRIPTION, hex('ffff 42 07 00000001')), { mtu: 1 }],
  ['a request of 8 bytes', send(REQUEST, zeros(8)), MALFORMED],
  ['a request for nothing', send(REQUEST, zeros(0)), {}],
  ['12 of 20 bytes of an acknowledgment', send(ACK, zeros(12)), MALFORMED],
  ['an acknowledgment of an LSA shorter than its header', send(ACK, zeros(20)), MALFORMED],
  [
    'acknowledgments of what was never sent',
    send(ACK, joined(...Array.from({ length: 500 }, () => routerLsa(FAR, 1).slice(0, 20)))),
    {},
  ],
]);

/** What RFC 2328 answers by beginning the exchange anew (10.6, 10.7): that is all it costs. */
describe('P4, P5: what ends an exchange by the specification', () => {
  for (const [name, type, body] of [
    ['a description with I, M and MS', DESCRIPTION, hex('05dc 42 07 00001000')],
    ['a description that is not the last one', DESCRIPTION, hex('05dc 42 01 00001000')],
    ['a request for LS type 0', REQUEST, hex('00000000 01010101 01010101')],
    ['a request for LS type 2^32 - 1', REQUEST, hex('ffffffff 01010101 01010101')],
    ['a request for an LSA that is not there', REQUEST, hex('00000001 07070707 07070707')],
  ] as const) {
    it(name, () => {
      const { bench, peer } = scene();
      const before = contents(bench);
      peer.send(type, body);
      assert.equal(bench.state(PEER), 'ExStart');
      assert.equal(bench.state(SIDE), 'Full');
      peer.sequence += 1000;
      bench.pass(900);
      peer.exchange([], bench.sent());
      assert.equal(bench.state(PEER), 'Full');
      assert.deepEqual(contents(bench), before, 'it was told as Full throughout');
    });
  }
});

const one = routerLsa(FAR, 1);

function updateOf(count: number, ...lsas: readonly Uint8Array[]) {
  const head = zeros(4);
  writeU32(head, 0, count);
  return send(UPDATE, joined(head, ...lsas));
}

function ofLength(length: number): Uint8Array {
  const copy = one.slice();
  writeU16(copy, 18, length);
  return copy;
}

costsNothingElse('P6: Link State Updates', [
  ['no body', send(UPDATE, zeros(0)), MALFORMED],
  ['count 0 and nothing', updateOf(0), {}],
  ['count 0 and an LSA', updateOf(0, one), MALFORMED],
  ['count 2^32 - 1 and one LSA', updateOf(0xffffffff, one), MALFORMED],
  ['LSA length 0', updateOf(1, ofLength(0)), MALFORMED],
  ['LSA length 19', updateOf(1, ofLength(19)), MALFORMED],
  ['LSA length beyond the packet', updateOf(1, ofLength(28)), MALFORMED],
  ['the second LSA cut short: not even the first counts', updateOf(2, one, one.slice(0, 12)), MALFORMED],
]);

/** An LSA with right length and checksum. */
function lsa(type: number, body: string, header: { id?: number; age?: number; sequence?: number } = {}): Uint8Array {
  const content = hex(body);
  const bytes = zeros(20 + content.length);
  writeU16(bytes, 0, header.age ?? 1);
  bytes[2] = 0x02;
  bytes[3] = type;
  writeU32(bytes, 4, header.id ?? FAR);
  writeU32(bytes, 8, FAR);
  writeU32(bytes, 12, header.sequence ?? 0x80000001);
  bytes.set(content, 20);
  writeU16(bytes, 18, bytes.length);
  writeU16(bytes, 16, lsaChecksum(bytes));
  return bytes;
}

const bad = (name: string, bytes: Uint8Array): Case => [name, ({ peer }) => peer.update(bytes), { lsa: 1 }];

costsNothingElse('P6 to P11: LSAs that nobody should pass on', [
  ...[0, 6, 8, 12, 255].map((type) => bad(`LS type ${type}`, lsa(type, '00000000'))),
  bad('router-LSA without a body', lsa(1, '')),
  bad('more links in the count than there are', lsa(1, '0000 0002 01010101 0a000001 0100000a')),
  bad('fewer links in the count than there are', lsa(1, '0000 0000 01010101 0a000001 0100000a')),
  bad('255 TOS entries that are not there', lsa(1, '0000 0001 01010101 0a000001 01ff000a')),
  bad('link type 5', lsa(1, '0000 0001 01010101 0a000001 0500000a')),
  bad('a router-LSA of another than its advertising router', lsa(1, '0000 0000', { id: PEER })),
  bad('network-LSA with nobody attached', lsa(2, 'ffffff00')),
  bad('network-LSA with a hole in the mask', lsa(2, 'ff00ff00 01010101')),
  bad('summary with a hole in the mask', lsa(3, 'ff00ff00 0000000a')),
  bad('external of 12 bytes', lsa(5, 'ffffff00 8000000a 00000000')),
  bad('external with a third of a TOS entry', lsa(5, 'ffffff00 8000000a 00000000 00000000 00000000')),
  bad('checksum 0', changedLsa(one, 16, '0000')),
  bad('a wrong checksum', changedLsa(one, 16, '1234')),
  bad('a bit flipped in the body', changedLsa(one, 21, '01')),
]);

function changedLsa(original: Uint8Array, at: number, bytes: string): Uint8Array {
  const copy = original.slice();
  copy.set(hex(bytes), at);
  return copy;
}

it('P6: of an update with a bad LSA the good ones are taken', () => {
  const { bench, peer } = scene();
  peer.update(lsa(6, '00000000'), one, changedLsa(one, 16, '0000'));
  assert.deepEqual(bench.instance.rejectionCounters(), { lsa: 2 });
  assert.ok(bench.lsa(LSA_ROUTER, FAR, FAR) !== undefined);
  assert.equal(bench.state(PEER), 'Full');
});

describe('P10: ages and numbers', () => {
  for (const age of [3601, 0x8000, 0x8001, 0xffff]) {
    it(`age ${age} is MaxAge: of what nobody has it is acknowledged and forgotten`, () => {
      const { bench, peer } = scene();
      const before = contents(bench);
      peer.update(routerLsa(FAR, 1, [], age));
      assert.deepEqual(contents(bench), before);
      assert.deepEqual(
        bench.sent().map(({ interface: name, type }) => [name, type]),
        [['eth0', ACK]],
      );
      assert.equal(bench.state(PEER), 'Full');
    });
  }

  /** 0x7fffffff on the wire. */
  const LAST = 0xffffffff;

  for (const age of [10, 3600]) {
    it(`an LSA of ours with the last number, age ${age}, is gone everywhere before ours begins anew`, () => {
      const { bench, peer } = scene();
      const links = bench.ownLsa()?.body;
      peer.update(routerLsa(OWN_ID, LAST, [], age));
      bench.pass(2000);
      const flush = bench.ownLsa();
      assert.deepEqual([flush?.sequence, flush?.age], [0x7fffffff, 3600]);
      const told = updatesIn(bench.sent()).filter((header) => header.advertisingRouter === OWN_ID);
      assert.ok(told.length > 0 && told.every((header) => header.age === 3600));
      acknowledgeAll(bench, peer, told);
      bench.pass(6000);
      assert.equal(bench.ownLsa()?.sequence, 0x80000001 | 0);
      assert.deepEqual(bench.ownLsa()?.body, links);
      assert.equal(bench.state(PEER), 'Full');
      assert.equal(bench.state(SIDE), 'Full');
    });
  }

  it('an LSA of another with the last number is its business: it is stored and passed on', () => {
    const { bench, peer } = scene();
    peer.update(routerLsa(FAR, LAST));
    assert.equal(bench.lsa(LSA_ROUTER, FAR, FAR)?.sequence, 0x7fffffff);
    assert.equal(bench.state(PEER), 'Full');
    bench.pass(2000);
    peer.update(routerLsa(FAR, 1));
    assert.equal(bench.lsa(LSA_ROUTER, FAR, FAR)?.sequence, 0x7fffffff);
  });
});

function acknowledgeAll(bench: Bench, peer: Peer, headers: readonly LsaHeader[]): void {
  peer.acknowledge(...headers);
  new Peer(bench, SIDE, 'eth1', 0x0a000102).acknowledge(...headers);
}

it('P11: opaque LSAs are stored and passed on whatever is in them', () => {
  const { bench, peer } = scene();
  const bodies = ['', '0001ffff 00000000', '00000000', 'ffffffff ffffffff'];
  peer.update(...bodies.map((body, index) => lsa(LSA_OPAQUE_AREA, body, { id: index + 1 })));
  assert.deepEqual(bench.instance.rejectionCounters(), {});
  assert.deepEqual(
    bodies.map((_, index) => bench.lsa(LSA_OPAQUE_AREA, index + 1, FAR) !== undefined),
    bodies.map(() => true),
  );
  const told = bench.sent().filter(({ interface: name }) => name === 'eth1');
  assert.equal(updatesIn(told).length, bodies.length);
  assert.equal(bench.state(PEER), 'Full');
});

it('P12: whatever trails a packet, the packet counts', () => {
  for (const trailer of ['fff60003 00010004 00000001', '00000000', '0000ffff 0001ffff', '00']) {
    const { bench, peer } = scene();
    bench.pass(20_000);
    peer.sendRaw(joined(helloPacket, hex(trailer)));
    bench.pass(30_000);
    assert.equal(bench.state(PEER), 'Full', trailer);
    assert.deepEqual(bench.instance.rejectionCounters(), {});
  }
});

describe('P13: authentication, from where a neighbor is', () => {
  const key = { id: 1, algorithm: 'md5' as const, secret: Uint8Array.of(1, 2, 3) };
  const always = { fromMs: 0, untilMs: Number.POSITIVE_INFINITY };
  const plain = packet(UPDATE, encodeLinkStateUpdate([one]));
  const sealed = sealWithDigest(plain, key, 900);

  class SealedPeer extends Peer {
    packetSequence = 500;
    override sendRaw(payload: Uint8Array): void {
      super.sendRaw(sealWithDigest(payload, key, this.packetSequence++));
    }
    replay(payload: Uint8Array): void {
      super.sendRaw(payload);
    }
  }

  for (const [name, bytes, check] of [
    ['none', plain, 'authentication-type'],
    ['a digest cut short', sealed.slice(0, -1), 'authentication-digest'],
    ['a digest of another packet', changedLsa(sealed, sealed.length - 1, '00'), 'authentication-digest'],
    ['a digest of 0 bytes', changedLsa(sealed, 19, '00'), 'authentication-algorithm'],
    ['a digest of 255 bytes', changedLsa(sealed, 19, 'ff'), 'authentication-algorithm'],
    ['a key that nobody knows', changedLsa(sealed, 18, '07'), 'authentication-key'],
    ['a number from before', sealWithDigest(plain, key, 400), 'authentication-sequence'],
  ] as const) {
    it(name, () => {
      const keys = [{ ...key, send: always, accept: always }];
      const bench = new Bench({ interfaces: [interfaceConfig({ authentication: { kind: 'cryptographic', keys } })] });
      const peer = new SealedPeer(bench, PEER);
      peer.becomeFull();
      peer.replay(bytes);
      assert.deepEqual(bench.instance.rejectionCounters(), { [check]: 1 });
      assert.equal(bench.state(PEER), 'Full');
      assert.equal(bench.lsa(LSA_ROUTER, FAR, FAR), undefined);
      peer.update(one);
      assert.ok(bench.lsa(LSA_ROUTER, FAR, FAR) !== undefined, 'what is authentic still counts');
    });
  }
});

it('P14: router IDs that change with every Hello do not push out a neighbor that is Full', () => {
  const { bench } = scene();
  for (let id = 1; id <= 1000; id++) {
    new Peer(bench, 0x30000000 + id, 'eth0', 0x0a000003).hello();
    bench.outputs = [];
  }
  assert.equal(bench.state(PEER), 'Full');
  assert.equal(bench.instance.neighbors(bench.nowMs).length, 3, 'of one address only the last is kept');
  for (let id = 1; id <= 1000; id++) new Peer(bench, 0x30000000 + id, 'eth0', 0x0a010000 + id).hello();
  assert.equal(bench.state(PEER), 'Full');
  assert.ok(bench.instance.neighbors(bench.nowMs).length <= 351);
  assert.ok((bench.instance.rejectionCounters()['neighbor-limit'] ?? 0) >= 600);
});

it('P15: a grace-LSA that cannot be read is stored, and the neighbor gets no grace', () => {
  for (const body of ['', '0001ffff 00000078', '00010000 00020001 01000000', '00090000 00090000']) {
    const { bench, peer } = scene();
    const grace = lsa(LSA_OPAQUE_LINK, body, { id: 0x03000000 });
    writeU32(grace, 8, PEER);
    writeU16(grace, 16, lsaChecksum(grace));
    peer.update(grace);
    assert.deepEqual(bench.instance.rejectionCounters(), { lsa: 1 });
    assert.equal(bench.state(PEER), 'Full');
    peer.hello([]);
    assert.equal(bench.state(PEER), 'Init');
  }
});
