import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareInstances } from '../../src/ospf/lsdb.js';
import { encodeLsa, LSA_NETWORK, type LsaHeader } from '../../src/wire/ospf/lsa.js';
import { encodeNetworkLsa } from '../../src/wire/ospf/network-lsa.js';
import { encodeRouterLsa } from '../../src/wire/ospf/router-lsa.js';
import { hostStub, OspfNetwork } from '../support/ospf-network.js';
import {
  Bench,
  headerOf,
  interfaceConfig,
  OWN_ADDRESS,
  OWN_ID,
  Peer,
  routerLsa,
  updatesIn,
} from '../support/ospf-peer.js';

const PEER = 0x09090909;
const FAR = 0x07070707;

function header(change: Partial<LsaHeader>): LsaHeader {
  return {
    age: 1,
    options: 2,
    type: 1,
    id: 1,
    advertisingRouter: 1,
    sequence: -5,
    checksum: 100,
    length: 24,
    ...change,
  };
}

test('the more recent instance: sequence, checksum, MaxAge, then age (section 13.1)', () => {
  const newer = [
    [{ sequence: 1 }, { sequence: -1 }],
    [{ sequence: 0x7fffffff }, { sequence: 0x80000001 | 0 }],
    [{ checksum: 0x8000 }, { checksum: 0x7fff }],
    [{ age: 3600 }, { age: 1 }],
    [{ age: 10 }, { age: 911 }],
  ] as const;
  for (const [a, b] of newer) {
    assert.ok(compareInstances(header(a), header(b)) > 0);
    assert.ok(compareInstances(header(b), header(a)) < 0);
  }
  assert.equal(compareInstances(header({ age: 10 }), header({ age: 910 })), 0);
  assert.equal(compareInstances(header({ age: 3600 }), header({ age: 3600 })), 0);
});

test('an LSA grows to MaxAge, is flooded with its body and removed', () => {
  const bench = new Bench({ interfaces: [interfaceConfig({ deadIntervalSeconds: 5000 })] });
  const peer = new Peer(bench, PEER);
  peer.hello([OWN_ID], { deadIntervalSeconds: 5000 });
  peer.description(7, 700);
  peer.description(1, 701);
  const lsa = routerLsa(FAR, 1, [{ type: 3, id: 0, data: 0, metric: 1 }], 1000);
  peer.update(lsa);
  bench.pass(2_599_000);
  assert.equal(bench.lsa(1, FAR, FAR)?.age, 3599);
  bench.sent();
  bench.pass(1000);
  const flushed = updatesIn(bench.sent()).filter((update) => update.id === FAR);
  assert.deepEqual(flushed, [{ ...headerOf(lsa), age: 3600 }]);
  assert.equal(bench.lsa(1, FAR, FAR)?.age, 3600);
  peer.acknowledge(...flushed);
  assert.equal(bench.lsa(1, FAR, FAR), undefined);
});

test('our LSA is refreshed after 28 to 29 minutes with the next sequence number and no route calculation', () => {
  const bench = new Bench({ interfaces: [interfaceConfig({ deadIntervalSeconds: 5000 })] });
  const peer = new Peer(bench, PEER);
  peer.hello([OWN_ID], { deadIntervalSeconds: 5000 });
  peer.description(7, 700);
  peer.description(1, 701);
  bench.pass(100);
  const first = bench.ownLsa()?.sequence;
  assert.equal(first, 0x80000001 | 0);
  for (const update of updatesIn(bench.sent())) peer.acknowledge(update);
  bench.pass(10_000);
  const { dijkstraRuns } = bench.instance.statistics();
  bench.pass(1_680_000 - 10_000 - 1);
  assert.equal(bench.ownLsa()?.sequence, first);
  bench.pass(60_001);
  assert.equal(bench.ownLsa()?.sequence, 0x80000002 | 0);
  assert.ok((bench.ownLsa()?.age ?? 3600) <= 60);
  assert.equal(bench.instance.statistics().dijkstraRuns, dijkstraRuns);
});

test('databases still agree after hours of refreshes', () => {
  const network = new OspfNetwork(3);
  const routers = [1, 2, 3, 4].map((routerId) =>
    network.addRouter(`r${routerId}`, { routerId, stubs: [hostStub(routerId)] }),
  );
  for (const [a, b] of [
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 0],
  ])
    network.connect(routers[a], routers[b]);
  network.run(5 * 3_600_000);
  assert.ok(network.databasesAgree());
  for (const router of routers) {
    assert.equal(router.instance.database(network.nowMs).length, 4);
    assert.ok(router.instance.database(network.nowMs).every((lsa) => lsa.age <= 1750));
    assert.equal(router.routes.length, 5);
  }
});

test('when the sequence number has run out, the LSA is flushed everywhere before it begins again', () => {
  const bench = new Bench();
  const peer = new Peer(bench, PEER);
  peer.becomeFull();
  bench.pass(7000);
  bench.sent();
  // As left by a forger (CVE-2017-3224), or by 4 billion changes.
  peer.update(
    encodeLsa(
      { age: 3, options: 2, type: 1, id: OWN_ID, advertisingRouter: OWN_ID, sequence: 0x7fffffff },
      encodeRouterLsa({ flags: 0, links: [] }),
    ),
  );
  const flushed = updatesIn(bench.sent());
  assert.deepEqual(
    flushed.map((update) => [update.sequence, update.age, update.length]),
    [[0x7fffffff, 3600, 24]],
  );
  bench.pass(3000);
  assert.equal(bench.ownLsa()?.age, 3600, 'it waits for the acknowledgment');
  bench.sent();
  peer.acknowledge(...flushed);
  const begun = updatesIn(bench.sent());
  assert.deepEqual(
    begun.map((update) => [update.sequence, update.age]),
    [[0x80000001 | 0, 1]],
  );
});

test('LSAs that claim to be ours and are not wanted are flushed', () => {
  const bench = new Bench();
  const peer = new Peer(bench, PEER);
  peer.becomeFull();
  bench.pass(50);
  assert.equal(bench.take('converged').length, 1, 'before, it is not known what is wanted');
  bench.sent();
  const network = (id: number, advertisingRouter: number) =>
    encodeLsa(
      { age: 1, options: 2, type: LSA_NETWORK, id, advertisingRouter, sequence: -10 },
      encodeNetworkLsa({ networkMask: 0xffffff00, attachedRouters: [advertisingRouter, PEER] }),
    );
  peer.update(network(0x0a0a0a0a, OWN_ID), network(OWN_ADDRESS, FAR), network(0x0b0b0b0b, FAR));
  assert.deepEqual(
    updatesIn(bench.sent()).map((update) => [update.id, update.advertisingRouter, update.age]),
    [
      [0x0a0a0a0a, OWN_ID, 3600],
      [OWN_ADDRESS, FAR, 3600],
    ],
    'from before a restart, and of our address under another router ID',
  );
});
