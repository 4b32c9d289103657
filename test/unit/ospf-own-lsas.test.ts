import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lsdb, LsdbEntry } from '../../src/ospf/lsdb.js';
import type { Router } from '../../src/ospf/router.js';
import { encodeExternalLsa } from '../../src/wire/ospf/external-lsa.js';
import { encodeLsa, LSA_EXTERNAL, LSA_ROUTER, lsaHeaderAt } from '../../src/wire/ospf/lsa.js';
import { encodeRouterLsa } from '../../src/wire/ospf/router-lsa.js';
import { hostStub, OspfNetwork } from '../support/ospf-network.js';
import { Bench, headerOf, OWN_ID, Peer, requestsIn, routerLsa, updatesIn } from '../support/ospf-peer.js';

const PEER = 0x09090909;

function externalLsa(id: number, advertisingRouter: number): Uint8Array {
  return encodeLsa(
    { age: 1, options: 2, type: LSA_EXTERNAL, id, advertisingRouter, sequence: 0x80000001 | 0 },
    encodeExternalLsa({ networkMask: 0xffffffff, metricType: 1, metric: 1, forwardingAddress: 0, tag: 0 }),
  );
}

function entryOf(bytes: Uint8Array): LsdbEntry {
  return new LsdbEntry({ header: lsaHeaderAt(bytes, 0), body: { kind: 'opaque' } }, bytes, 0, 'flooded');
}

/** The LSA as it lies in memory, which nobody outside may touch. */
function storedBytes(bench: Bench, routerId: number): Uint8Array {
  const { router } = bench.instance as unknown as { readonly router: Router };
  const entry = router.areas.get(0)?.lsdb.get({ type: LSA_ROUTER, id: routerId, advertisingRouter: routerId });
  if (entry === undefined) throw new Error('the LSA is not in the database');
  return entry.bytes;
}

test('MaxAge LSAs may be removed when they leave the last retransmission list, and are looked at only then', () => {
  const lsdb = new Lsdb();
  const entry = entryOf(routerLsa(1, 1, [], 3600));
  const other = entryOf(routerLsa(2, 1, [], 3600));
  lsdb.install(entry, 0);
  lsdb.install(other, 0);
  for (let neighbor = 0; neighbor < 2; neighbor++) entry.awaitAcknowledgment();
  assert.deepEqual(lsdb.takeReleased(), [other]);
  assert.equal(lsdb.hasReleased, false);
  entry.endWait();
  assert.equal(lsdb.hasReleased, false);
  entry.endWait();
  assert.deepEqual(lsdb.takeReleased(), [entry]);
  lsdb.install(entryOf(routerLsa(1, 2)), 0);
  assert.equal(lsdb.hasReleased, false, 'an instance that lives has taken its place');
});

test('an LSA that was damaged in memory is told, thrown away and read again from a neighbor', () => {
  const bench = new Bench();
  const peer = new Peer(bench, PEER);
  peer.becomeFull();
  const lsa = routerLsa(7, 1, [{ type: 3, id: 0xc0000007, data: 0xffffffff, metric: 1 }]);
  peer.update(lsa);
  bench.pass(2000);
  for (const update of updatesIn(bench.sent())) peer.acknowledge(update);
  storedBytes(bench, 7)[30] ^= 4;
  bench.take('event');
  for (let at = 0; at < 310 && bench.lsa(1, 7, 7) !== undefined; at++) {
    bench.pass(1000);
    peer.hello();
  }
  assert.deepEqual(
    bench
      .take('event')
      .filter(({ name }) => name === 'lsa-damaged')
      .map(({ detail }) => detail),
    [{ type: 1, id: '0.0.0.7', advertisingRouter: '0.0.0.7' }],
  );
  assert.equal(bench.state(PEER), 'ExStart');
  peer.sequence += 10;
  peer.description(7, peer.sequence);
  peer.description(1, peer.sequence + 1, [headerOf(lsa)]);
  assert.deepEqual(
    requestsIn(bench.sent()).map(({ id }) => id),
    [7],
  );
  peer.update(lsa);
  assert.equal(bench.state(PEER), 'Full');
  assert.notEqual(bench.lsa(1, 7, 7), undefined);
});

test('an LSA of our own that was damaged gets a new instance', () => {
  const bench = new Bench({ stubs: [hostStub(9)] });
  const peer = new Peer(bench, PEER);
  peer.becomeFull();
  bench.pass(2000);
  for (const update of updatesIn(bench.sent())) peer.acknowledge(update);
  const before = bench.ownLsa();
  storedBytes(bench, OWN_ID)[30] ^= 4;
  for (let at = 0; at < 310; at++) {
    bench.pass(1000);
    peer.hello();
  }
  assert.equal(bench.ownLsa()?.sequence, (before?.sequence ?? 0) + 1);
  assert.equal(bench.ownLsa()?.checksum, headerOf(storedBytes(bench, OWN_ID)).checksum);
  assert.equal(bench.take('event').filter(({ name }) => name === 'lsa-damaged').length, 1);
  assert.equal(bench.state(PEER), 'Full');
});

test('one router may have half of the database, and what is refused is told once in ten seconds', () => {
  const bench = new Bench();
  const peer = new Peer(bench, PEER);
  peer.becomeFull();
  bench.pass(2000);
  for (let id = 1; id <= 26_000; id += 50) {
    peer.update(...Array.from({ length: 50 }, (_, index) => externalLsa(id + index, 7)));
    bench.outputs = bench.outputs.filter(({ kind }) => kind === 'event');
  }
  const held = bench.instance.database(bench.nowMs).filter((lsa) => lsa.advertisingRouter === 7).length;
  assert.equal(held, 25_000);
  const full = () => bench.take('event').filter(({ name }) => name === 'database-full');
  assert.deepEqual(
    full().map(({ detail }) => detail),
    [{ interface: 'eth0', source: '10.0.0.2', limit: 25_000 }],
  );
  peer.update(externalLsa(1, 8));
  assert.notEqual(bench.lsa(LSA_EXTERNAL, 1, 8), undefined, 'others have room');
  assert.equal(bench.state(PEER), 'Full');
  bench.pass(10_000);
  peer.hello();
  peer.update(externalLsa(30_000, 7));
  assert.equal(full().length, 1);
});

test('LSAs are counted over all areas', () => {
  const network = new OspfNetwork();
  const one = network.addRouter('one', { routerId: 1 });
  const two = network.addRouter('two', { routerId: 2 });
  network.connect(one, two, { area: 0 });
  network.connect(one, two, { area: 1 });
  network.run(5000);
  assert.equal(one.instance.statistics().lsas, 2 + 2 + 2 * 2, 'router-LSAs and summaries of either area');
});

test('if the flush of the last sequence number comes back, the next beginning waits until it has died out', () => {
  const bench = new Bench();
  const peer = new Peer(bench, PEER);
  peer.becomeFull();
  bench.pass(7000);
  bench.sent();
  const last = (age: number) =>
    encodeLsa(
      { age, options: 2, type: LSA_ROUTER, id: OWN_ID, advertisingRouter: OWN_ID, sequence: 0x7fffffff },
      encodeRouterLsa({ flags: 0, links: [] }),
    );
  peer.update(last(3));
  bench.pass(3000);
  peer.acknowledge(headerOf(last(3600)));
  assert.equal(bench.ownLsa()?.sequence, 0x80000001 | 0, 'at first at once');
  bench.pass(5000);
  peer.hello();
  bench.sent();
  peer.update(last(3600));
  assert.deepEqual(updatesIn(bench.sent()), [], 'only acknowledged: it is gone here');
  bench.pass(14_900);
  assert.equal(bench.ownLsa(), undefined);
  bench.pass(200);
  assert.equal(bench.ownLsa()?.sequence, 0x80000001 | 0);
});
