import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatPrefix, parsePrefix } from '../../src/base/prefix.js';
import { linkStateIds } from '../../src/ospf/link-state-id.js';
import type { OspfExternal } from '../../src/ospf/messages.js';
import { encodeExternalLsa } from '../../src/wire/ospf/external-lsa.js';
import { encodeLsa, LSA_EXTERNAL } from '../../src/wire/ospf/lsa.js';
import { toHex } from '../support/hex.js';
import { areaConfig } from '../support/ospf-config.js';
import { OspfNetwork, type SimulatedRouter } from '../support/ospf-network.js';
import { Bench, interfaceConfig, OWN_ID, Peer, updatesIn } from '../support/ospf-peer.js';

const PEER = 0x09090909;
const FIRST = 0x80000001 | 0;

function external(text: string, change: Partial<OspfExternal> = {}): OspfExternal {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new Error(`${text} is no prefix`);
  return { prefix, metric: 20, metricType: 2, tag: 0, ...change };
}

/** As ID/mask, of those that are not at MaxAge. */
function externals(bench: Bench): string[] {
  return bench.instance.database(bench.nowMs).flatMap(({ type, age, id, body }) => {
    if (type !== LSA_EXTERNAL || age === 3600 || body.kind !== 'external') return [];
    return [`${id.toString(16)}/${body.networkMask.toString(16)} ${body.metric}`];
  });
}

function fullBench(routes: readonly OspfExternal[]) {
  const bench = new Bench({ externals: routes });
  const peer = new Peer(bench, PEER);
  peer.becomeFull();
  bench.pass(2000);
  for (const update of updatesIn(bench.sent())) peer.acknowledge(update);
  return { bench, peer };
}

function asRouters() {
  const network = new OspfNetwork();
  const [one, two, three] = [1, 2, 3].map((routerId) => network.addRouter(`r${routerId}`, { routerId }));
  network.connect(one, two);
  network.connect(two, three);
  return { network, one, three };
}

function sequenceAt(network: OspfNetwork, router: SimulatedRouter, id: number): number | undefined {
  return router.instance
    .database(network.nowMs)
    .find((lsa) => lsa.type === LSA_EXTERNAL && lsa.id === id && lsa.age < 3600)?.sequence;
}

test('a route of other origin becomes an AS-external LSA, byte by byte, and its router an AS boundary router', () => {
  const bench = new Bench();
  const peer = new Peer(bench, PEER);
  peer.becomeFull();
  bench.pass(2000);
  bench.sent();
  bench.configure({ externals: [external('192.0.2.0/24', { tag: 0x01020304 })] });
  const [update] = bench.sent();
  // Behind the number of LSAs and the router-LSA.
  const lsa = toHex(update.body.subarray(4 + 48));
  const fields = [
    ['age, options, type', '00010205'],
    ['link state ID', 'c0000200'],
    ['advertising router', '05050505'],
    ['sequence number', '80000001'],
    ['checksum, length', 'dffd0024'],
    ['mask', 'ffffff00'],
    ['E, metric', '80000014'],
    ['forwarding address', '00000000'],
    ['tag', '01020304'],
  ];
  assert.deepEqual(
    fields.map(([name], index) => [name, lsa.slice(8 * index, 8 * index + 8)]),
    fields,
  );
  assert.equal(lsa.length, 2 * 36);
  const own = bench.ownLsa()?.body;
  assert.equal(own?.kind === 'router' && own.flags, 2);
});

test('externals that change are told again, those that are gone are flushed with their body', () => {
  const { bench, peer } = fullBench([external('10.1.0.0/16'), external('10.2.0.0/16', { metricType: 1 })]);
  assert.deepEqual(externals(bench), ['a010000/ffff0000 20', 'a020000/ffff0000 20']);
  bench.pass(2000);
  bench.configure({ externals: [external('10.2.0.0/16', { metricType: 1, metric: 30 })] });
  const told = updatesIn(bench.sent());
  assert.deepEqual(
    told.map(({ type, id, age, length, sequence }) => [type, id, age, length, sequence - FIRST]),
    [
      [LSA_EXTERNAL, 0x0a020000, 1, 36, 1],
      [LSA_EXTERNAL, 0x0a010000, 3600, 36, 0],
    ],
  );
  peer.acknowledge(...told);
  assert.deepEqual(externals(bench), ['a020000/ffff0000 30']);
  assert.equal(bench.lsa(LSA_EXTERNAL, 0x0a010000, OWN_ID), undefined);
});

test('an external that comes and goes is told at the pace that its receivers take', () => {
  const { bench, peer } = fullBench([]);
  const toldMs: string[] = [];
  const startMs = bench.nowMs;
  for (let round = 0; round < 250; round++) {
    bench.configure({ externals: round % 2 === 0 ? [external('10.1.0.0/16')] : [] });
    for (const update of updatesIn(bench.sent())) {
      if (update.type === LSA_EXTERNAL)
        toldMs.push(`${update.age === 3600 ? 'gone' : 'there'} ${bench.nowMs - startMs}`);
      peer.acknowledge(update);
    }
    bench.pass(100);
  }
  assert.deepEqual(
    toldMs,
    [0, 1200, 2400, 3600, 5000, 10_000, 15_000, 20_000].flatMap((ms) => [`there ${ms}`, `gone ${ms + 1100}`]),
  );
});

test('ten thousand externals: all are told, changed and refreshed, in packets that they share', () => {
  const many = (metric: number) =>
    Array.from({ length: 10_000 }, (_, index) =>
      external(formatPrefix({ address: 0x0b000000 + 256 * index, length: 24 }), { metric }),
    );
  const network = asRouters();
  network.network.configure(network.one, { externals: many(1) });
  network.network.run(60_000);
  assert.equal(network.three.routes.filter(({ pathType }) => pathType === 'external-2').length, 10_000);
  let packets = 0;
  network.network.onSend = (router, { payload }) => {
    if (router === network.one && payload[1] === 4) packets++;
  };
  network.network.configure(network.one, { externals: many(2) });
  network.network.run(90_000);
  assert.ok(network.three.routes.every(({ type2Cost }) => type2Cost === undefined || type2Cost === 2));
  assert.ok(packets < 300, `${packets} packets for 10,000 changes`);
  packets = 0;
  network.network.run(1_900_000);
  assert.equal(sequenceAt(network.network, network.three, 0x0b000000), FIRST + 2);
  assert.ok(packets < 600, `${packets} packets for 10,000 refreshes`);
  network.network.configure(network.one, { externals: [] });
  network.network.run(1_960_000);
  assert.equal(network.three.routes.filter(({ pathType }) => pathType === 'external-2').length, 0);
  assert.equal(network.one.instance.statistics().lsas, 3);
});

test('after a restart externals are taken up with the next number, and those nobody wants any more are flushed', () => {
  const { network, one, three } = asRouters();
  network.configure(one, { externals: [external('10.1.0.0/16'), external('10.2.0.0/16')] });
  network.run(5000);
  network.configure(one, { externals: [external('10.1.0.0/16', { metric: 5 }), external('10.2.0.0/16')] });
  network.run(10_000);
  assert.equal(sequenceAt(network, three, 0x0a010000), FIRST + 1);
  one.config = { ...one.config, externals: [external('10.1.0.0/16', { metric: 5 })] };
  network.restart(one);
  network.run(20_000);
  assert.equal(sequenceAt(network, three, 0x0a010000), FIRST + 2);
  assert.equal(sequenceAt(network, three, 0x0a020000), undefined);
  assert.ok(network.databasesAgree());
});

test("another's flush of an external of ours is answered with a new instance", () => {
  const { bench, peer } = fullBench([external('10.1.0.0/16')]);
  const lsa = (age: number, sequence: number, metric: number) =>
    encodeLsa(
      { age, options: 2, type: LSA_EXTERNAL, id: 0x0a010000, advertisingRouter: OWN_ID, sequence },
      encodeExternalLsa({ networkMask: 0xffff0000, metricType: 2, metric, forwardingAddress: 0, tag: 0 }),
    );
  bench.pass(5000);
  peer.hello();
  peer.update(lsa(3600, FIRST, 20));
  assert.deepEqual(
    updatesIn(bench.sent()).map(({ age, sequence }) => [age, sequence]),
    [[1, FIRST + 1]],
  );
  const own = bench.lsa(LSA_EXTERNAL, 0x0a010000, OWN_ID);
  assert.ok(own !== undefined);
  peer.acknowledge(own);
  bench.pass(6000);
  peer.hello();
  bench.sent();
  peer.update(lsa(5, 0x7fffffff, 99));
  const [flushed] = updatesIn(bench.sent());
  assert.deepEqual([flushed.age, flushed.sequence], [3600, 0x7fffffff], 'the number has run out');
  bench.pass(3000);
  peer.acknowledge(flushed);
  assert.deepEqual(
    updatesIn(bench.sent()).map(({ age, sequence }) => [age, sequence]),
    [[1, FIRST]],
  );
  assert.deepEqual(externals(bench), ['a010000/ffff0000 20']);
});

test('without an area that takes them there are no externals, and they come back with one', () => {
  const inStub = interfaceConfig({ name: 'eth1', address: { address: 0x0a000005, prefixLength: 30 } });
  const otherAreas = [areaConfig(1, { kind: 'stub', interfaces: [inStub] })];
  const { bench, peer } = fullBench([external('10.1.0.0/16')]);
  peer.update(
    encodeLsa(
      { age: 1, options: 2, type: LSA_EXTERNAL, id: 0x0e000000, advertisingRouter: PEER, sequence: FIRST },
      encodeExternalLsa({ networkMask: 0xff000000, metricType: 1, metric: 1, forwardingAddress: 0, tag: 0 }),
    ),
  );
  assert.equal(externals(bench).length, 2);
  const { area, interfaces } = bench.config;
  bench.configure({ area: 1, areaOptions: { kind: 'stub' }, interfaces: [inStub] });
  bench.pass(2000);
  assert.deepEqual(externals(bench), []);
  bench.configure({ area, areaOptions: {}, interfaces, otherAreas });
  assert.deepEqual(externals(bench), ['a010000/ffff0000 20']);
});

test('link state IDs of networks that differ in the mask only (appendix E)', () => {
  const ids = (...texts: string[]) => {
    const items = texts.map((text) => ({ prefix: parsePrefix(text)! }));
    return [...linkStateIds(items)].map(([item, id]) => `${formatPrefix(item.prefix)} ${id?.toString(16)}`).sort();
  };
  assert.deepEqual(ids('10.0.0.0/8', '11.0.0.0/8'), ['10.0.0.0/8 a000000', '11.0.0.0/8 b000000']);
  const nested = ['10.0.0.0/16 a00ffff', '10.0.0.0/24 a0000ff', '10.0.0.0/8 a000000'];
  assert.deepEqual(ids('10.0.0.0/8', '10.0.0.0/16', '10.0.0.0/24'), nested);
  assert.deepEqual(ids('10.0.0.0/24', '10.0.0.0/8', '10.0.0.0/16'), nested, 'in any order');
  assert.deepEqual(
    ids('10.0.0.0/24', '10.0.0.0/32', '10.0.0.255/32'),
    ['10.0.0.0/24 a0000fe', '10.0.0.0/32 a000000', '10.0.0.255/32 a0000ff'],
    'host routes have no other',
  );
  assert.deepEqual(ids('0.0.0.0/0', '0.0.0.0/1'), ['0.0.0.0/0 0', '0.0.0.0/1 7fffffff']);
  assert.deepEqual(
    ids('10.0.0.0/31', '10.0.0.0/32', '10.0.0.1/32'),
    ['10.0.0.0/31 undefined', '10.0.0.0/32 a000000', '10.0.0.1/32 a000001'],
    'three networks, two IDs',
  );
});

test('networks that differ in the mask only are all told of, and the smaller ones give way', () => {
  const { bench, peer } = fullBench([external('10.0.0.0/16', { metric: 16 })]);
  assert.deepEqual(externals(bench), ['a000000/ffff0000 16']);
  bench.pass(2000);
  bench.configure({ externals: [external('10.0.0.0/16', { metric: 16 }), external('10.0.0.0/8', { metric: 8 })] });
  peer.acknowledge(...updatesIn(bench.sent()));
  assert.deepEqual(externals(bench), ['a000000/ff000000 8', 'a00ffff/ffff0000 16']);
  bench.configure({
    externals: Array.from({ length: 3 }, (_, index) => external(['10.0.0.0/31', '10.0.0.0/32', '10.0.0.1/32'][index])),
  });
  assert.equal(bench.take('event').filter(({ name }) => name === 'link-state-id-taken').length, 1);
});
