import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Graph, NO_VERTEX } from '../../src/ospf/graph.js';
import { Lsdb } from '../../src/ospf/lsdb.js';
import { LSA_ROUTER } from '../../src/wire/ospf/lsa.js';
import {
  encodeRouterLsa,
  LINK_POINT_TO_POINT,
  LINK_VIRTUAL,
  ROUTER_IS_BORDER,
} from '../../src/wire/ospf/router-lsa.js';
import { lsdbEntry } from '../support/lsdb-entry.js';

const ROOT = 1;

type Link = readonly [to: number, metric: number, type?: number];

function tell(lsdb: Lsdb, router: number, links: readonly Link[], flags = 0, age = 1): void {
  const described = links.map(([id, metric, type = LINK_POINT_TO_POINT]) => ({ type, id, data: 1, metric }));
  const name = { type: LSA_ROUTER, id: router, advertisingRouter: router };
  lsdb.install(lsdbEntry(name, encodeRouterLsa({ flags, links: described }), age), 0);
}

/** `FROM-TO METRIC` for each edge, sorted. */
function edgesOf(graph: Graph): string[] {
  const idOf = (vertex: number) => graph.entries[vertex]?.advertisingRouter ?? ROOT;
  const edges: string[] = [];
  for (let vertex = 0; vertex < graph.vertexCount; vertex++) {
    for (let edge = graph.edges.first[vertex]; edge < graph.edges.end[vertex]; edge++) {
      edges.push(`${idOf(vertex)}-${idOf(graph.edges.to[edge])} ${graph.edges.cost[edge]}`);
    }
  }
  return edges.sort();
}

test('of changes only what they touch is read again, and both ends must describe an edge', () => {
  const lsdb = new Lsdb();
  const graph = new Graph();
  tell(lsdb, 1, [[2, 10]]);
  tell(lsdb, 2, [
    [1, 20],
    [3, 30],
  ]);
  tell(lsdb, 3, []);
  assert.equal(graph.read(lsdb, ROOT, 0), true);
  assert.deepEqual(edgesOf(graph), ['1-2 10', '2-1 20']);
  tell(lsdb, 3, [
    [2, 40],
    [2, 41],
    [3, 1],
    [9, 1],
  ]);
  assert.equal(graph.read(lsdb, ROOT, 0), false);
  assert.deepEqual(graph.changed, [graph.routerVertex(3)]);
  assert.deepEqual(edgesOf(graph), ['1-2 10', '2-1 20', '2-3 30', '3-2 40', '3-2 41', '3-3 1']);
  tell(lsdb, 3, [[2, 42]], ROUTER_IS_BORDER);
  assert.equal(graph.read(lsdb, ROOT, 0), false);
  assert.deepEqual(edgesOf(graph), ['1-2 10', '2-1 20', '2-3 30', '3-2 42']);
  assert.equal(graph.flags[graph.routerVertex(3)], ROUTER_IS_BORDER);
  tell(lsdb, 2, [[3, 31]]);
  assert.equal(graph.read(lsdb, ROOT, 0), false);
  assert.deepEqual(edgesOf(graph), ['2-3 31', '3-2 42']);
  assert.equal(graph.read(lsdb, ROOT, 0), false);
  assert.deepEqual(graph.changed, []);
});

test('a virtual link and another one do not make an edge, before and after a change', () => {
  const lsdb = new Lsdb();
  const graph = new Graph();
  tell(lsdb, 1, [[2, 10, LINK_VIRTUAL]]);
  tell(lsdb, 2, [[1, 20]]);
  graph.read(lsdb, ROOT, 0);
  assert.deepEqual(edgesOf(graph), []);
  tell(lsdb, 2, [
    [1, 20],
    [1, 21, LINK_VIRTUAL],
  ]);
  assert.equal(graph.read(lsdb, ROOT, 0), false);
  assert.deepEqual(edgesOf(graph), ['1-2 10', '2-1 21']);
});

test('routers that come, go or grow too old make a new beginning', () => {
  const lsdb = new Lsdb();
  const graph = new Graph();
  tell(lsdb, 2, [], 0, 3500);
  assert.equal(graph.read(lsdb, ROOT, 0), true);
  assert.equal(graph.vertexCount, 2, 'the root is there without an LSA');
  tell(lsdb, 1, []);
  assert.equal(graph.read(lsdb, ROOT, 0), false, 'the root has its place');
  tell(lsdb, 3, []);
  assert.equal(graph.read(lsdb, ROOT, 0), true);
  const [third] = [...lsdb].filter(({ id }) => id === 3);
  lsdb.remove(third);
  assert.equal(graph.read(lsdb, ROOT, 0), true);
  assert.equal(graph.routerVertex(3), NO_VERTEX);
  assert.equal(graph.read(lsdb, ROOT, 99_000), false);
  assert.equal(graph.read(lsdb, ROOT, 100_000), true, 'router 2 is at MaxAge, whether anybody was told or not');
  assert.equal(graph.routerVertex(2), NO_VERTEX);
  assert.equal(graph.read(new Lsdb(), ROOT, 0), true, 'another database');
});

test('a graph that has missed more than the journal keeps reads all; one that grows keeps its memory in bounds', () => {
  const lsdb = new Lsdb();
  const graph = new Graph();
  tell(lsdb, 1, []);
  tell(lsdb, 2, []);
  graph.read(lsdb, ROOT, 0);
  for (let metric = 1; metric <= 3000; metric++) tell(lsdb, 2, [[1, metric]]);
  tell(lsdb, 1, [[2, 7]]);
  assert.equal(graph.read(lsdb, ROOT, 0), true);
  assert.deepEqual(edgesOf(graph), ['1-2 7', '2-1 3000']);
  for (let round = 0; round < 2000; round++) {
    const links = Array.from({ length: 1 + ((round * 7) % 50) }, (): Link => [1, round]);
    tell(lsdb, 2, links);
    graph.read(lsdb, ROOT, 0);
    assert.equal(edgesOf(graph).length, 1 + links.length);
  }
  assert.ok(graph.edges.to.length <= 1000, `room for ${graph.edges.to.length} of 51 edges`);
});
