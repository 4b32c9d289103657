import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LsdbEntry } from '../../src/ospf/lsdb.js';
import { routeWorkOf } from '../../src/ospf/route-work.js';
import { SpfSchedule } from '../../src/ospf/spf-schedule.js';
import { encodeExternalLsa } from '../../src/wire/ospf/external-lsa.js';
import { encodeNetworkLsa } from '../../src/wire/ospf/network-lsa.js';
import { encodeRouterLsa, type RouterLink } from '../../src/wire/ospf/router-lsa.js';
import { encodeSummaryLsa } from '../../src/wire/ospf/summary-lsa.js';
import { lsdbEntry } from '../support/lsdb-entry.js';
import { SPF_DELAYS } from '../support/ospf-config.js';

const toRouter: RouterLink = { type: 1, id: 9, data: 1, metric: 10 };
const toLan: RouterLink = { type: 2, id: 0x0a090002, data: 0x0a090001, metric: 10 };
const vip: RouterLink = { type: 3, id: 0xc0000201, data: 0xffffffff, metric: 0 };

const entry = (type: number, body: Uint8Array, age = 1, options = 2) =>
  lsdbEntry({ type, id: 2, advertisingRouter: 2, options }, body, age);
const router = (flags: number, ...links: RouterLink[]) => entry(1, encodeRouterLsa({ flags, links }));
const network = (...attachedRouters: number[]) =>
  entry(2, encodeNetworkLsa({ networkMask: 0xffffff00, attachedRouters }));
const summary = (type: 3 | 4, metric: number, age = 1) =>
  entry(type, encodeSummaryLsa({ networkMask: 0, metric }), age);
const external = (type: 5 | 7, tag: number, options = 2) => {
  const body = { networkMask: 0, metricType: 1 as const, metric: 1, forwardingAddress: 0, tag };
  return entry(type, encodeExternalLsa(body), 1, options);
};

const cases: readonly (readonly [string, LsdbEntry | undefined, LsdbEntry, ReturnType<typeof routeWorkOf>])[] = [
  ['a router is new', undefined, router(0, vip), 'dijkstra'],
  ['a router-LSA is refreshed', router(0, toRouter, vip), router(0, toRouter, vip), undefined],
  ['a virtual IP is gone', router(0, toRouter, vip), router(0, toRouter), 'stubs'],
  ['a router has become a border router', router(0, toRouter), router(1, toRouter), 'stubs'],
  ['a link is gone', router(0, toRouter, vip), router(0, vip), 'dijkstra'],
  ['a link has another metric', router(0, toRouter), router(0, { ...toRouter, metric: 11 }), 'dijkstra'],
  ['a router has another address on a network', router(0, toLan), router(0, { ...toLan, data: 7 }), 'dijkstra'],
  ['a network-LSA is refreshed', network(1, 2), network(1, 2), undefined],
  ['a network has another router', network(1, 2), network(1, 2, 3), 'dijkstra'],
  ['a network of another area is new', undefined, summary(3, 1), 'summaries'],
  ['a summary is refreshed', summary(3, 1), summary(3, 1), undefined],
  ['a summary has another metric', summary(3, 1), summary(3, 2), 'summaries'],
  ['a summary is flushed', summary(3, 1), summary(3, 1, 3600), 'summaries'],
  ['an AS boundary router of another area is new', undefined, summary(4, 1), 'summaries'],
  ['an external is new', undefined, external(5, 1), 'externals'],
  ['an external has another tag', external(5, 1), external(5, 2), 'externals'],
  ['an external of an NSSA is new', undefined, external(7, 1), 'externals'],
  ['an external of an NSSA is refreshed', external(7, 1), external(7, 1), undefined],
  ['an external of an NSSA gets its P bit', external(7, 1, 0), external(7, 1, 8), 'externals'],
  ['an opaque LSA is new', undefined, entry(10, new Uint8Array(8)), undefined],
];

for (const [what, old, next, work] of cases) {
  test(`${what}: ${work ?? 'nothing'} to calculate`, () => {
    assert.equal(routeWorkOf(old, next, 0), work);
  });
}

test('work of one run begins at the first stage that was asked for, in all areas that were named', () => {
  const schedule = new SpfSchedule(() => SPF_DELAYS);
  schedule.request('externals', 0);
  schedule.request('dijkstra', 0, 1);
  schedule.request('stubs', 0, 3);
  schedule.request('dijkstra', 0, 2);
  assert.deepEqual(schedule.take(0), { from: 'dijkstra', areas: new Set([1, 2]) });
  schedule.request('summaries', 0, 1);
  schedule.request('externals', 0);
  assert.deepEqual(schedule.take(20), { from: 'summaries', areas: new Set() });
  schedule.request('dijkstra', 40, 1);
  schedule.request('dijkstra', 40);
  assert.deepEqual(schedule.take(80), { from: 'dijkstra', areas: undefined });
  assert.equal(schedule.take(1000), undefined);
});

test('the first run after a quiet second is at once, the next ones soon, and those of a network without rest later', () => {
  const schedule = new SpfSchedule(() => SPF_DELAYS);
  const delays: number[] = [];
  let nowMs = 5000;
  for (let run = 0; run < 29; run++) {
    schedule.request('stubs', nowMs);
    const dueMs = schedule.nextAtMs() ?? assert.fail();
    delays.push(dueMs - nowMs);
    assert.equal(schedule.take(dueMs - 1), undefined);
    assert.ok(schedule.take(dueMs) !== undefined && schedule.isIdle);
    nowMs = dueMs;
  }
  assert.deepEqual(delays, [0, ...new Array(25).fill(20), 320, 320, 320]);
  schedule.request('stubs', nowMs + 1000);
  assert.equal(schedule.nextAtMs(), nowMs + 1000);
});

test('a run that waits keeps its time, whatever happens meanwhile', () => {
  const schedule = new SpfSchedule(() => SPF_DELAYS);
  schedule.request('stubs', 0);
  schedule.take(0);
  schedule.request('stubs', 490);
  schedule.request('stubs', 505);
  assert.equal(schedule.nextAtMs(), 510);
});

test('changed delays hold from the next change of the network on', () => {
  let delays = SPF_DELAYS;
  const schedule = new SpfSchedule(() => delays);
  schedule.request('stubs', 0);
  schedule.take(0);
  delays = { ...SPF_DELAYS, shortMs: 50 };
  schedule.request('stubs', 10);
  assert.equal(schedule.nextAtMs(), 60);
});
