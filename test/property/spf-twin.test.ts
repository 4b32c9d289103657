import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MAX_NEXT_HOPS } from '../../src/ospf/constants.js';
import { Graph, NO_VERTEX } from '../../src/ospf/graph.js';
import { Lsdb } from '../../src/ospf/lsdb.js';
import { NextHopSets } from '../../src/ospf/next-hop-sets.js';
import { SpfTree, UNREACHABLE } from '../../src/ospf/spf.js';
import { LSA_NETWORK, LSA_ROUTER } from '../../src/wire/ospf/lsa.js';
import { encodeNetworkLsa } from '../../src/wire/ospf/network-lsa.js';
import { encodeRouterLsa, type RouterLink } from '../../src/wire/ospf/router-lsa.js';
import { lsdbEntry } from '../support/lsdb-entry.js';

/** Random databases of routers, point-to-point links and transit networks, many of them in pieces. */
interface Topology {
  readonly routers: number;
  readonly wires: readonly { readonly a: number; readonly b: number; readonly costs: readonly [number, number] }[];
  readonly lans: readonly { readonly members: readonly number[]; readonly cost: number }[];
  /** Links that are described by one end only. */
  readonly halves: readonly { readonly a: number; readonly b: number }[];
}

const topology: fc.Arbitrary<Topology> = fc.integer({ min: 1, max: 24 }).chain((routers) => {
  const router = fc.integer({ min: 0, max: routers - 1 });
  const cost = fc.integer({ min: 1, max: 4 });
  return fc.record({
    routers: fc.constant(routers),
    wires: fc.array(fc.record({ a: router, b: router, costs: fc.tuple(cost, cost) }), { maxLength: 2 * routers }),
    lans: fc.array(fc.record({ members: fc.uniqueArray(router, { minLength: 1, maxLength: 5 }), cost }), {
      maxLength: 4,
    }),
    halves: fc.array(fc.record({ a: router, b: router }), { maxLength: 3 }),
  });
});

const idOf = (router: number) => 0x0a000000 + router * 7919;
const lanOf = (index: number) => 0xac100001 + 256 * index;

function databaseOf(world: Topology): Lsdb {
  const lsdb = new Lsdb();
  update(lsdb, world);
  return lsdb;
}

/** Brings a database to what it is to be; LSAs that say the same as before stay. */
function update(lsdb: Lsdb, { routers, wires, lans, halves }: Topology): void {
  const unwanted = new Set(lsdb);
  const install = (type: number, id: number, advertisingRouter: number, body: Uint8Array) => {
    const entry = lsdbEntry({ type, id, advertisingRouter }, body);
    const old = lsdb.get(entry);
    if (old !== undefined) unwanted.delete(old);
    if (old === undefined || Buffer.compare(old.bytes, entry.bytes) !== 0) lsdb.install(entry, 0);
  };
  const wired = new Set(wires.flatMap(({ a, b }) => [`${a} ${b}`, `${b} ${a}`]));
  for (let router = 0; router < routers; router++) {
    const links: RouterLink[] = [];
    const link = (to: number, metric: number) => links.push({ type: 1, id: idOf(to), data: 1, metric });
    for (const { a, b, costs } of wires) {
      if (a === b) continue;
      if (a === router) link(b, costs[0]);
      if (b === router) link(a, costs[1]);
    }
    for (const { a, b } of halves) if (a === router && a !== b && !wired.has(`${a} ${b}`)) link(b, 1);
    lans.forEach(({ members, cost }, index) => {
      if (members.includes(router)) links.push({ type: 2, id: lanOf(index), data: lanOf(index), metric: cost });
    });
    install(LSA_ROUTER, idOf(router), idOf(router), encodeRouterLsa({ flags: 0, links }));
  }
  lans.forEach(({ members }, index) => {
    const body = encodeNetworkLsa({ networkMask: 0xffffff00, attachedRouters: members.map(idOf) });
    install(LSA_NETWORK, lanOf(index), idOf(members[0]), body);
  });
  for (const entry of unwanted) lsdb.remove(entry);
}

/** All distances between routers, by Floyd and Warshall; a LAN costs what its members pay to enter it. */
function plainDistances({ routers, wires, lans, halves }: Topology): number[][] {
  const distance = Array.from({ length: routers }, (_, a) =>
    Array.from({ length: routers }, (_, b) => (a === b ? 0 : Number.POSITIVE_INFINITY)),
  );
  const offer = (a: number, b: number, cost: number) => {
    if (a !== b) distance[a][b] = Math.min(distance[a][b], cost);
  };
  for (const { a, b, costs } of wires) {
    offer(a, b, costs[0]);
    offer(b, a, costs[1]);
  }
  // Two halves that happen to meet make a whole.
  for (const { a, b } of halves) {
    const meets = halves.some((other) => other.a === b && other.b === a);
    const isWired = wires.some((wire) => (wire.a === a && wire.b === b) || (wire.a === b && wire.b === a));
    if (meets && !isWired) offer(a, b, 1);
  }
  for (const { members, cost } of lans) for (const a of members) for (const b of members) offer(a, b, cost);
  for (let via = 0; via < routers; via++) {
    for (let a = 0; a < routers; a++)
      for (let b = 0; b < routers; b++) offer(a, b, distance[a][via] + distance[via][b]);
  }
  return distance;
}

test('distances are those of the twin, in graphs that are in pieces too', () => {
  const graph = new Graph();
  const sets = new NextHopSets();
  const tree = new SpfTree(sets);
  fc.assert(
    fc.property(topology, (world) => {
      const plain = plainDistances(world);
      graph.build(databaseOf(world), idOf(0), 0);
      for (let source = 0; source < world.routers; source++) {
        tree.run(graph, vertexOf(graph, source));
        for (let router = 0; router < world.routers; router++) {
          const found = tree.distance[vertexOf(graph, router)];
          assert.equal(found === UNREACHABLE ? Number.POSITIVE_INFINITY : found, plain[source][router]);
        }
      }
    }),
    { numRuns: 400, seed: 1 },
  );
});

test('a graph that is brought up to date is the one that is built from the beginning', () => {
  let updates = 0;
  fc.assert(
    fc.property(topology, fc.array(topology, { minLength: 1, maxLength: 4 }), (first, others) => {
      const lsdb = databaseOf(first);
      const graph = new Graph();
      assert.equal(graph.read(lsdb, idOf(0), 0), true);
      const tree = new SpfTree(new NextHopSets());
      for (const { wires, halves, lans } of others) {
        // The same routers, and often the same networks: then no vertex is new.
        const within = (router: number) => router < first.routers;
        const world = {
          routers: first.routers,
          wires: wires.filter(({ a, b }) => within(a) && within(b)),
          halves: halves.filter(({ a, b }) => within(a) && within(b)),
          lans: lans.length % 2 === 0 ? first.lans : lans.filter(({ members }) => members.every(within)),
        };
        update(lsdb, world);
        if (!graph.read(lsdb, idOf(0), 0)) updates++;
        const plain = plainDistances(world);
        for (let source = 0; source < world.routers; source++) {
          tree.run(graph, vertexOf(graph, source));
          for (let router = 0; router < world.routers; router++) {
            const found = tree.distance[vertexOf(graph, router)];
            assert.equal(found === UNREACHABLE ? Number.POSITIVE_INFINITY : found, plain[source][router]);
          }
        }
      }
    }),
    { numRuns: 400, seed: 3 },
  );
  assert.ok(updates > 100, `only ${updates} times without a new beginning`);
});

test('first hops are all those, and only those, that begin a shortest path', () => {
  const graph = new Graph();
  const sets = new NextHopSets();
  const tree = new SpfTree(sets);
  fc.assert(
    fc.property(topology, (world) => {
      // Without LANs every neighbor of the root is one end of a wire.
      const wired = { ...world, lans: [], halves: [] };
      const plain = plainDistances(wired);
      const ways = wired.wires.flatMap(({ a, b, costs }) => {
        if (a === b) return [];
        return a === 0 ? [{ to: b, cost: costs[0] }] : b === 0 ? [{ to: a, cost: costs[1] }] : [];
      });
      graph.build(databaseOf(wired), idOf(0), 0);
      tree.runFromRoot(
        graph,
        ways.map(({ to, cost }, index) => ({
          vertex: vertexOf(graph, to),
          cost,
          nextHops: sets.single('eth0', 1 + index),
          interface: 'eth0',
        })),
      );
      for (let router = 1; router < wired.routers; router++) {
        const expected = ways.flatMap(({ to, cost }, index) => {
          return plain[0][router] < Infinity && cost + plain[to][router] === plain[0][router] ? [1 + index] : [];
        });
        const found = sets.list(tree.nextHops[vertexOf(graph, router)]).map(({ via }) => via);
        assert.deepEqual(found, expected.slice(0, MAX_NEXT_HOPS));
      }
    }),
    { numRuns: 400, seed: 2 },
  );
});

function vertexOf(graph: Graph, router: number): number {
  const vertex = graph.routerVertex(idOf(router));
  assert.notEqual(vertex, NO_VERTEX);
  return vertex;
}
