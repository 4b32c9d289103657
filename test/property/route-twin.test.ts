import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatPrefix } from '../../src/base/prefix.js';
import { MAX_NEXT_HOPS } from '../../src/ospf/constants.js';
import type { OspfNextHop } from '../../src/ospf/messages.js';
import type { RouteInput } from '../../src/ospf/route-input.js';
import { RouteTable } from '../../src/ospf/route-table.js';
import { routeWorkOf } from '../../src/ospf/route-work.js';
import { SpfSchedule } from '../../src/ospf/spf-schedule.js';
import { SPF_DELAYS } from '../support/ospf-config.js';
import { isHere, plainTable } from '../support/plain-routes.js';
import { type World, WorldDatabases, world } from '../support/route-world.js';

const EVERYTHING = { from: 'dijkstra', areas: undefined } as const;

/** Only what must agree: the twin finds no repair paths. */
function found(table: RouteTable) {
  return table
    .list()
    .map(({ prefix, repair: _, nextHops, ...route }) => [formatPrefix(prefix), { ...route, nextHops: texts(nextHops) }])
    .sort(byFirst);
}

function expected(input: RouteInput) {
  return [...plainTable(input).routes]
    .filter(([, route]) => !isHere(route))
    .map(([prefix, { nextHops, ...route }]) => [prefix, { ...route, nextHops: [...nextHops].sort() }])
    .sort(byFirst);
}

function foundRouters(table: RouteTable) {
  return [...table.routers()].map(({ nextHops, ...entry }) => ({ ...entry, nextHops: texts(nextHops) })).sort(byId);
}

function expectedRouters(input: RouteInput) {
  const { routers } = plainTable(input);
  return routers.map(({ nextHops, ...entry }) => ({ ...entry, nextHops: [...nextHops].sort() })).sort(byId);
}

function texts(nextHops: readonly OspfNextHop[]): string[] {
  assert.ok(nextHops.length <= MAX_NEXT_HOPS);
  return nextHops.map((hop) => `${hop.interface} ${hop.via}`).sort();
}

type Identified = { readonly routerId: number; readonly areaId: number; readonly pathType: string };

function byId(a: Identified, b: Identified): number {
  return a.routerId - b.routerId || a.areaId - b.areaId || (a.pathType < b.pathType ? -1 : 1);
}

function byFirst([a]: unknown[], [b]: unknown[]): number {
  return String(a) < String(b) ? -1 : 1;
}

function databasesOf(content: World): WorldDatabases {
  const databases = new WorldDatabases(content.graph.length);
  databases.install(content, () => {});
  return databases;
}

test('routes of several areas are those of the twin, whatever the databases say', () => {
  fc.assert(
    fc.property(world, (content) => {
      const input = databasesOf(content).inputOf(content);
      const table = new RouteTable();
      table.calculate(EVERYTHING, input);
      assert.deepEqual(found(table), expected(input));
      assert.deepEqual(foundRouters(table), expectedRouters(input));
    }),
    { numRuns: 3000, seed: 1 },
  );
});

/** Of a second world only some parts come, so that there is work for every stage alone. */
const change = fc.record({
  world,
  takes: fc.record({
    graph: fc.boolean(),
    flags: fc.boolean(),
    stubs: fc.boolean(),
    summaries: fc.boolean(),
    externals: fc.boolean(),
    nssaExternals: fc.boolean(),
  }),
});

test('after changes, and no more work than they ask for, routes are what they are from the beginning', () => {
  let partial = 0;
  fc.assert(
    fc.property(world, fc.array(change, { minLength: 1, maxLength: 3 }), (first, changes) => {
      const areas = first.graph.length;
      const databases = databasesOf(first);
      const table = new RouteTable();
      table.calculate(EVERYTHING, databases.inputOf(first));
      let current = first;
      for (const { world: next, takes } of changes) {
        const schedule = new SpfSchedule(() => SPF_DELAYS);
        const isSameSize = next.graph.length === areas;
        const before = current;
        current = {
          readsBackboneOnly: first.readsBackboneOnly,
          kinds: first.kinds,
          graph: takes.graph && isSameSize ? next.graph : current.graph,
          contents: before.contents.map((contents, index) => ({
            flags: takes.flags && isSameSize ? next.contents[index].flags : contents.flags,
            stubs: takes.stubs && isSameSize ? next.contents[index].stubs : contents.stubs,
            summaries: takes.summaries && isSameSize ? next.contents[index].summaries : contents.summaries,
            nssaExternals:
              takes.nssaExternals && isSameSize ? next.contents[index].nssaExternals : contents.nssaExternals,
          })),
          externals: takes.externals ? next.externals : current.externals,
        };
        databases.install(current, (old, entry, area) => {
          const work = routeWorkOf(old, entry, 0);
          if (work !== undefined) schedule.request(work, 0, area);
        });
        // Adjacencies of the root itself; its stubs are in its router-LSA.
        if (current.graph !== before.graph) schedule.request('dijkstra', 0);
        const due = schedule.take(0);
        const input = databases.inputOf(current);
        const { dijkstraRuns } = table;
        const told = due === undefined ? undefined : table.calculate(due, input);
        if (due !== undefined && table.dijkstraRuns === dijkstraRuns) partial++;
        const beginning = new RouteTable();
        beginning.calculate(EVERYTHING, input);
        assert.deepEqual(table.list(), beginning.list());
        assert.deepEqual(foundRouters(table), foundRouters(beginning));
        if (told !== undefined) assert.deepEqual(told, table.list());
      }
    }),
    { numRuns: 1500, seed: 2 },
  );
  assert.ok(partial > 300, `only ${partial} calculations without Dijkstra`);
});
