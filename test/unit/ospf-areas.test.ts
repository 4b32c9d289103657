import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OspfAreaConfig, OspfExternal } from '../../src/ospf/messages.js';
import { encodeExternalLsa } from '../../src/wire/ospf/external-lsa.js';
import { encodeLsa, type LsaHeader } from '../../src/wire/ospf/lsa.js';
import { encodeSummaryLsa } from '../../src/wire/ospf/summary-lsa.js';
import { areaConfig } from '../support/ospf-config.js';
import { hostStub, OspfNetwork, type SimulatedRouter } from '../support/ospf-network.js';
import {
  acknowledgmentsIn,
  Bench,
  headerOf,
  hellosIn,
  interfaceConfig,
  Peer,
  requestsIn,
} from '../support/ospf-peer.js';

const SUMMARY = 3;
const ASBR_SUMMARY = 4;
const EXTERNAL = 5;
const NSSA_EXTERNAL = 7;
const HOST = 0xc0000000;
/** The first sequence number. */
const FIRST = 0x80000001 | 0;

/** LSAs of one type that `router` has in an area, as ID/mask, metric and advertising router. */
function summaries(network: OspfNetwork, router: SimulatedRouter, area: number, type = SUMMARY): string[] {
  return router.instance.database(network.nowMs).flatMap((lsa) => {
    if (lsa.area !== area || lsa.type !== type || lsa.age === 3600 || lsa.body.kind !== 'summary') return [];
    return [`${hex(lsa.id)}/${hex(lsa.body.networkMask)} ${lsa.body.metric} from ${lsa.advertisingRouter}`];
  });
}

function hex(value: number): string {
  return value.toString(16);
}

function flags(network: OspfNetwork, router: SimulatedRouter, area: number): number | undefined {
  const lsa = router.instance
    .database(network.nowMs)
    .find((entry) => entry.area === area && entry.type === 1 && entry.id === router.config.routerId);
  return lsa?.body.kind === 'router' ? lsa.body.flags : undefined;
}

function route(router: SimulatedRouter, address: number): string | undefined {
  const found = router.routes.find(({ prefix }) => prefix.address === address);
  return found && `${found.pathType} ${found.cost}`;
}

function areaOf(router: SimulatedRouter, id: number, change: Partial<OspfAreaConfig>): OspfAreaConfig[] {
  const others = router.config.otherAreas ?? [];
  return others.map((area) => (area.id === id ? { ...area, ...change } : area));
}

/** Router 1 in the backbone, router 2 at the border, router 3 in area 1; each with a host route of its own. */
function threeRouters(change: Partial<OspfAreaConfig> = {}) {
  const network = new OspfNetwork();
  const [one, border, three] = [1, 2, 3].map((routerId) =>
    network.addRouter(`r${routerId}`, {
      routerId,
      area: routerId === 3 ? 1 : 0,
      stubs: [hostStub(HOST + routerId, routerId)],
    }),
  );
  network.configure(border, { otherAreas: [areaConfig(1, change)] });
  network.configure(three, { areaOptions: change });
  const inBackbone = network.connect(one, border);
  const inArea = network.connect(border, three, { area: 1, costs: [7, 7] });
  network.run(8000);
  return { network, one, border, three, inBackbone, inArea };
}

test('a border router tells each area of the networks of the others, and of its own only in its router-LSA', () => {
  const { network, one, border, three } = threeRouters();
  assert.equal(flags(network, border, 0), 1, 'B');
  assert.equal(flags(network, border, 1), 1);
  assert.equal(flags(network, one, 0), 0);
  assert.deepEqual(summaries(network, three, 1), ['a000000/fffffffc 10 from 2', 'c0000001/ffffffff 11 from 2']);
  assert.deepEqual(summaries(network, one, 0), ['a000004/fffffffc 7 from 2', 'c0000003/ffffffff 10 from 2']);
  assert.equal(route(three, HOST + 1), 'inter-area 18');
  assert.equal(route(three, HOST + 2), 'intra-area 9');
  assert.equal(route(one, HOST + 3), 'inter-area 20');
  assert.ok(network.databasesAgree());
});

test('a network that is gone is not told of any more, one at another cost at that', () => {
  const { network, one, border, three, inBackbone } = threeRouters();
  network.configure(one, { stubs: [hostStub(HOST + 1, 21), hostStub(HOST + 9)] });
  network.run(network.nowMs + 3000);
  assert.deepEqual(summaries(network, three, 1), [
    'a000000/fffffffc 10 from 2',
    'c0000001/ffffffff 31 from 2',
    'c0000009/ffffffff 10 from 2',
  ]);
  network.configure(one, { stubs: [hostStub(HOST + 9)] });
  network.run(network.nowMs + 3000);
  assert.deepEqual(summaries(network, three, 1), ['a000000/fffffffc 10 from 2', 'c0000009/ffffffff 10 from 2']);
  assert.equal(route(three, HOST + 1), undefined);
  network.setCarrier(inBackbone, false);
  network.run(network.nowMs + 3000);
  assert.deepEqual(summaries(network, three, 1), [], 'cut off from the backbone it is no border router');
  assert.equal(flags(network, border, 1), 0);
  network.setCarrier(inBackbone, true);
  network.run(network.nowMs + 8000);
  assert.equal(flags(network, border, 1), 1);
  assert.equal(route(three, HOST + 9), 'inter-area 17');
});

test('what is learned from the backbone goes on into other areas, and never back', () => {
  const network = new OspfNetwork();
  const [far, left, right, near] = [1, 2, 3, 4].map((routerId) =>
    network.addRouter(`r${routerId}`, {
      routerId,
      area: routerId % 3 === 1 ? routerId : 0,
      stubs: [hostStub(HOST + routerId)],
    }),
  );
  network.connect(far, left, { area: 1 });
  network.connect(left, right);
  network.connect(left, right, { costs: [30, 30] });
  network.connect(right, near, { area: 4 });
  network.run(10_000);
  assert.equal(route(near, HOST + 1), 'inter-area 30');
  assert.equal(route(far, HOST + 4), 'inter-area 30');
  for (const router of [left, right]) {
    const own = summaries(network, router, 0).filter((lsa) => lsa.endsWith(`from ${router.config.routerId}`));
    const area = router === left ? 1 : 4;
    const wire = router === left ? 'a000000' : 'a00000c';
    assert.deepEqual(own, [
      `${wire}/fffffffc 10 from ${router.config.routerId}`,
      `${hex(HOST + area)}/ffffffff 10 from ${router.config.routerId}`,
    ]);
  }
  assert.ok(network.databasesAgree());
});

test('of two border routers of an area neither tells what the other says', () => {
  const network = new OspfNetwork();
  const inside = network.addRouter('inside', { routerId: 1, area: 1, stubs: [hostStub(HOST + 1)] });
  const borders = [2, 3].map((routerId) => network.addRouter(`b${routerId}`, { routerId }));
  const outside = network.addRouter('outside', { routerId: 4, stubs: [hostStub(HOST + 4)] });
  for (const border of borders) {
    network.connect(inside, border, { area: 1 });
    network.connect(border, outside);
  }
  network.run(10_000);
  assert.deepEqual(
    outside.routes.find(({ prefix }) => prefix.address === HOST + 1)?.nextHops.map((hop) => hop.interface),
    ['eth1', 'eth3'],
  );
  const told = summaries(network, outside, 0).filter((lsa) => lsa.startsWith(hex(HOST + 1)));
  assert.deepEqual(
    told,
    [2, 3].map((routerId) => `${hex(HOST + 1)}/ffffffff 10 from ${routerId}`),
  );
  assert.deepEqual(
    summaries(network, inside, 1).filter((lsa) => lsa.startsWith(hex(HOST + 1))),
    [],
  );
});

test('AS boundary routers are told of in other areas, for what they tell of the outside', () => {
  const { network, one, border, three, inArea } = threeRouters();
  const external: OspfExternal = { prefix: { address: 0x0b000000, length: 8 }, metric: 20, metricType: 2, tag: 9 };
  network.configure(three, { externals: [external] });
  network.run(network.nowMs + 3000);
  assert.equal(flags(network, three, 1), 2, 'E');
  assert.deepEqual(summaries(network, one, 0, ASBR_SUMMARY), ['3/0 7 from 2']);
  assert.deepEqual(summaries(network, three, 1, ASBR_SUMMARY), []);
  assert.equal(route(one, 0x0b000000), 'external-2 17');
  assert.equal(route(border, 0x0b000000), 'external-2 7');
  network.configure(three, { externals: [] });
  network.run(network.nowMs + 6000);
  assert.deepEqual(summaries(network, one, 0, ASBR_SUMMARY), []);
  assert.equal(route(one, 0x0b000000), undefined);
  network.setCarrier(inArea, false);
  network.run(network.nowMs + 3000);
  assert.deepEqual(summaries(network, one, 0), []);
});

test('a stub area has no externals, and a default route in their place', () => {
  const { network, one, border, three } = threeRouters({ kind: 'stub', defaultCost: 5 });
  const external: OspfExternal = { prefix: { address: 0x0b000000, length: 8 }, metric: 20, metricType: 1, tag: 0 };
  network.configure(one, { externals: [external] });
  network.configure(border, { externals: [{ ...external, prefix: { address: 0x0c000000, length: 8 } }] });
  network.configure(three, { externals: [{ ...external, prefix: { address: 0x0d000000, length: 8 } }] });
  network.run(network.nowMs + 5000);
  assert.equal(flags(network, border, 0), 3, 'B and E');
  assert.equal(flags(network, border, 1), 1, 'no E in a stub area');
  assert.equal(flags(network, three, 1), 0);
  const types = new Set(three.instance.database(network.nowMs).map((lsa) => lsa.type));
  assert.deepEqual([...types].sort(), [1, 3]);
  assert.deepEqual(summaries(network, three, 1), [
    '0/0 5 from 2',
    'a000000/fffffffc 10 from 2',
    'c0000001/ffffffff 11 from 2',
  ]);
  assert.ok(
    three.instance.database(network.nowMs).every((lsa) => lsa.options === 0),
    'E clear in all LSAs',
  );
  assert.equal(route(three, 0), 'inter-area 12');
  assert.equal(route(border, 0), undefined);
  assert.equal(route(one, 0x0d000000), undefined);
  assert.equal(route(one, 0x0c000000), 'external-1 30');
  network.configure(border, { otherAreas: areaOf(border, 1, { summaries: false, defaultCost: 6 }) });
  network.run(network.nowMs + 5000);
  assert.deepEqual(summaries(network, three, 1), ['0/0 6 from 2']);
  assert.equal(route(three, 0), 'inter-area 13');
  assert.deepEqual(three.statesOf(2).slice(-1), ['Full'], 'the adjacency has not noticed');
  assert.equal(three.statesOf(2).filter((state) => state === 'Full').length, 1);
});

test('in a stub area E is clear in Hellos, and externals are neither described nor given nor taken', () => {
  const inStub = interfaceConfig({ name: 'eth1', address: { address: 0x0a000005, prefixLength: 30 } });
  const externals = [{ prefix: { address: 0x0b000000, length: 8 }, metric: 1, metricType: 1, tag: 0 }] as const;
  const bench = new Bench({ externals, otherAreas: [areaConfig(1, { kind: 'stub', interfaces: [inStub] })] });
  bench.carrier('eth1', true);
  const hellos = bench.sent().filter((packet) => packet.interface === 'eth1');
  assert.deepEqual(
    hellosIn(hellos).map(({ options }) => options),
    [0],
  );
  const peer = new Peer(bench, 0x09090909, 'eth1', 0x0a000006);
  peer.area = 1;
  peer.hello([], { options: 0x02 });
  assert.deepEqual(
    bench.instance.rejections().map(({ check }) => check),
    ['external-option'],
  );
  peer.becomeFull([], { options: 0 });
  assert.equal(bench.state(peer.routerId), 'Full');
  const external = bench.lsa(EXTERNAL, 0x0b000000, bench.config.routerId);
  assert.ok(external !== undefined);
  peer.update(
    encodeLsa(
      { age: 1, options: 2, type: EXTERNAL, id: 0x0e000000, advertisingRouter: 7, sequence: -9 },
      encodeExternalLsa({ networkMask: 0xff000000, metricType: 1, metric: 1, forwardingAddress: 0, tag: 0 }),
    ),
  );
  assert.equal(bench.instance.database(bench.nowMs).filter((lsa) => lsa.type === EXTERNAL).length, 1);
  assert.deepEqual(bench.instance.rejections().at(-1)?.check, 'lsa');
  peer.request([external]);
  assert.equal(bench.state(peer.routerId), 'ExStart', 'BadLSReq');
  bench.pass(2000);
  peer.sequence += 10;
  bench.sent();
  peer.description(7, peer.sequence, [], { options: 0x40 });
  peer.description(1, peer.sequence + 1, [{ ...external, id: 0x0e000000, advertisingRouter: 7 }], { options: 0x40 });
  assert.equal(bench.state(peer.routerId), 'ExStart', 'SeqNumberMismatch');
});

test('what belongs into an NSSA alone is not taken from a neighbor in another area', () => {
  const bench = new Bench();
  const peer = new Peer(bench, 0x09090909);
  peer.becomeFull([]);
  peer.update(
    encodeLsa(
      { age: 1, options: 8, type: NSSA_EXTERNAL, id: 0x0e000000, advertisingRouter: peer.routerId, sequence: -9 },
      encodeExternalLsa({ networkMask: 0xff000000, metricType: 1, metric: 1, forwardingAddress: 0, tag: 0 }),
    ),
  );
  assert.deepEqual(
    bench.instance.database(bench.nowMs).filter(({ type }) => type === NSSA_EXTERNAL),
    [],
  );
  assert.equal(bench.instance.rejections().at(-1)?.expected, 'no LSA of type 7 outside an NSSA');
});

test('a host in two areas is no way from one to the other', () => {
  const { network, one, border, three } = threeRouters();
  network.configure(border, { hostMode: true });
  network.run(network.nowMs + 5000);
  assert.equal(flags(network, border, 0), 0);
  assert.deepEqual(summaries(network, one, 0), []);
  assert.deepEqual(summaries(network, three, 1), []);
  assert.equal(route(one, HOST + 2), 'intra-area 12', 'what it hosts itself is known in both');
  assert.equal(route(three, HOST + 2), 'intra-area 9');
  assert.equal(route(border, HOST + 1), 'intra-area 11');
  assert.equal(route(border, HOST + 3), 'intra-area 10');
});

test('an interface moves to another area, an area becomes a stub area, goes and comes back', () => {
  const { network, one, border, three } = threeRouters();
  const inBackbone = border.config.interfaces;
  const [inArea] = border.config.otherAreas?.[0]?.interfaces ?? [];
  network.configure(border, { otherAreas: [areaConfig(2, { interfaces: [inArea] })] });
  network.configure(three, { area: 2 });
  network.run(network.nowMs + 8000);
  assert.deepEqual(summaries(network, three, 2), ['a000000/fffffffc 10 from 2', 'c0000001/ffffffff 11 from 2']);
  assert.equal(route(one, HOST + 3), 'inter-area 20');
  assert.equal(one.statesOf(2).filter((state) => state === 'Full').length, 1, 'the backbone has not noticed');
  const stub = { kind: 'stub', summaries: false } as const;
  network.configure(three, { areaOptions: stub });
  network.configure(border, { otherAreas: [areaConfig(2, { ...stub, interfaces: [inArea] })] });
  network.run(network.nowMs + 8000);
  assert.deepEqual(summaries(network, three, 2), ['0/0 1 from 2']);
  assert.equal(route(one, HOST + 3), 'inter-area 20');
  network.configure(border, { otherAreas: [] });
  network.run(network.nowMs + 5000);
  assert.equal(flags(network, border, 0), 0);
  assert.deepEqual(summaries(network, one, 0), []);
  assert.equal(border.instance.interfaces(network.nowMs).length, 1);
  network.configure(border, { interfaces: [...inBackbone, inArea] });
  network.configure(three, { area: 0, areaOptions: {} });
  network.run(network.nowMs + 8000);
  assert.equal(route(one, HOST + 3), 'intra-area 20');
  assert.ok(network.databasesAgree([network.wires[0]]));
});

test('a border router that starts again takes its summaries up, and flushes what is no longer true', () => {
  const { network, one, border, three } = threeRouters();
  const sequence = (id: number) =>
    three.instance.database(network.nowMs).find((lsa) => lsa.type === SUMMARY && lsa.id === id && lsa.age < 3600)
      ?.sequence;
  for (const cost of [1, 2, 3]) {
    network.configure(one, { stubs: [hostStub(HOST + 1, cost), hostStub(HOST + 8)] });
    network.run(network.nowMs + 6000);
  }
  const before = sequence(HOST + 1) ?? 0;
  assert.ok(before > FIRST + 1);
  border.paused = true;
  network.configure(one, { stubs: [hostStub(HOST + 1, 3), hostStub(HOST + 7)] });
  network.run(network.nowMs + 2000);
  border.paused = false;
  network.restart(border, true);
  const untilMs = network.nowMs + 20_000;
  const isLost = network.runUntil(() => route(three, HOST + 1) !== 'inter-area 20', untilMs);
  assert.ok(!isLost, 'resumed, it is a path all the time');
  network.run(untilMs);
  assert.equal(sequence(HOST + 1), before + 1);
  assert.equal(sequence(HOST + 8), undefined);
  assert.equal(route(three, HOST + 7), 'inter-area 17');
  assert.ok(network.databasesAgree());
});

// -- LSAs that an area must not have: RFC 2328 section 13 (3), RFC 3101 section 2.3.

const FAR = 0x07070707;

/** An LSA of any type from far away; the body is that of its type, or none. */
function farLsa(type: number): Uint8Array {
  const external = { networkMask: 0xff000000, metricType: 1, metric: 1, forwardingAddress: 0, tag: 0 } as const;
  const body: { readonly [type: number]: Uint8Array } = {
    3: encodeSummaryLsa({ networkMask: 0xff000000, metric: 1 }),
    4: encodeSummaryLsa({ networkMask: 0, metric: 1 }),
    5: encodeExternalLsa(external),
    7: encodeExternalLsa(external),
  };
  const header = { age: 1, options: 0, type, id: 0x0e000000, advertisingRouter: FAR, sequence: FIRST };
  return encodeLsa(header, body[type] ?? new Uint8Array(4));
}

/** The instance, at the border of the backbone and an area of `kind`, and a neighbor in that area. */
function inAreaOf(kind: OspfAreaConfig['kind']) {
  const inArea = interfaceConfig({ name: 'eth1', address: { address: 0x0a000005, prefixLength: 30 } });
  const bench = new Bench({ otherAreas: [areaConfig(1, { kind, interfaces: [inArea] })] });
  bench.carrier('eth1', true);
  const peer = new Peer(bench, 0x09090909, 'eth1', 0x0a000006);
  peer.area = 1;
  return { bench, peer, options: kind === 'stub' ? 0 : 2 };
}

const STUB_REFUSAL = 'no LSA of AS scope in a stub area';
const REFUSALS: readonly (readonly [OspfAreaConfig['kind'], number, string])[] = [
  ['normal', 7, 'no LSA of type 7 outside an NSSA'],
  ['stub', 7, 'no LSA of type 7 outside an NSSA'],
  ['stub', 4, 'no LSA of type 4 in a stub area'],
  ['stub', 5, STUB_REFUSAL],
  ['stub', 11, STUB_REFUSAL],
  ['normal', 6, 'LSA type is unknown'],
  ['normal', 8, 'LSA type is unknown'],
  ['normal', 12, 'LSA type is unknown'],
];

for (const [kind, type, refusal] of REFUSALS) {
  test(`an LSA of type ${type} in a ${kind} area is not stored or acknowledged, but counted and explained`, () => {
    const { bench, peer, options } = inAreaOf(kind);
    peer.becomeFull([], { options });
    bench.pass(2000);
    bench.sent();
    peer.update(farLsa(type), farLsa(3));
    bench.pass(1500);
    const stored = bench.instance.database(bench.nowMs).filter((lsa) => lsa.advertisingRouter === FAR);
    assert.deepEqual(
      stored.map((lsa) => lsa.type),
      [SUMMARY],
      'what comes with it is taken',
    );
    assert.deepEqual(
      acknowledgmentsIn(bench.sent()).map((header) => header.type),
      [SUMMARY],
    );
    const [rejection, ...others] = bench.instance.rejections();
    assert.deepEqual([rejection.check, rejection.expected, rejection.count, others], ['lsa', refusal, 1, []]);
    const findings = bench.instance.diagnosis('eth1', bench.nowMs) ?? [];
    assert.ok(
      findings.some(({ code, evidence }) => code === 'lsa' && evidence.includes(refusal)),
      JSON.stringify(findings),
    );
    assert.equal(bench.state(peer.routerId), 'Full');
  });
}

test('what is left of an area of another kind is described in vain, and costs no adjacency', () => {
  for (const [kind, type] of [
    ['normal', 7],
    ['stub', 4],
    ['stub', 7],
  ] as const) {
    const { bench, peer, options } = inAreaOf(kind);
    const described: LsaHeader = headerOf(farLsa(type));
    peer.hello([bench.config.routerId], { options });
    peer.description(7, peer.sequence, [], { options: 0x40 | options });
    peer.description(1, peer.sequence + 1, [described], { options: 0x40 | options });
    assert.equal(bench.state(peer.routerId), 'Full', `type ${type} in a ${kind} area`);
    assert.deepEqual(requestsIn(bench.sent()), []);
    assert.deepEqual(
      bench.instance.rejections().map(({ check, count }) => [check, count]),
      [['lsa', 1]],
    );
  }
});
