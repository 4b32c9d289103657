import { MAX_LINK_METRIC } from '../wire/ospf/router-lsa.js';
import type { Destination } from './route-table.js';
import { type Graph, type RootEdge, SpfTree, UNREACHABLE } from './spf.js';

/**
 * Loop-free alternates against the loss of a link (RFC 5286): a neighbor N may take what went to D if its own shortest
 * path to D does not lead back here, that is D(N, D) < D(N, S) + D(S, D).
 *
 * All three distances are as N sees them, from the LSAs. That is what N forwards by, also in host mode, where this
 * router's own paths are shorter than what its LSA says.
 */
export class LoopFreeAlternates {
  private edges: readonly RootEdge[] = [];
  /** Distances from each neighbor, in the order of the edges; parallel links share one tree. */
  private trees: SpfTree[] = [];
  /** Distances from this router, as its neighbors see them. */
  private readonly fromRoot = new SpfTree();
  private readonly pool: SpfTree[] = [];

  /** Runs SPF from each neighbor. `edges` are the root's, in the order of its first hops. */
  calculate(graph: Graph, edges: readonly RootEdge[]): void {
    this.edges = edges;
    this.trees = [];
    if (edges.length < 2) return;
    this.fromRoot.run(graph, graph.root);
    const byVertex = new Map<number, SpfTree>();
    for (const { vertex } of edges) {
      let tree = byVertex.get(vertex);
      if (tree === undefined) {
        tree = this.treeOf(byVertex.size);
        tree.run(graph, vertex);
        byVertex.set(vertex, tree);
      }
      this.trees.push(tree);
    }
  }

  /** The edge to use for `destination` when edge `primary` is down: the one with the shortest path of those allowed. */
  find(graph: Graph, destination: Destination, primary: number): number | undefined {
    let best: number | undefined;
    let bestCost = Number.POSITIVE_INFINITY;
    const fromRoot = distanceTo(this.fromRoot, destination);
    this.trees.forEach((tree, index) => {
      const edge = this.edges[index];
      if (index === primary || edge === undefined) return;
      const fromNeighbor = distanceTo(tree, destination);
      const back = distance(tree, graph.root);
      if (fromNeighbor === Number.POSITIVE_INFINITY || fromNeighbor >= back + fromRoot) return;
      if (hidesItsPaths(graph, edge.vertex) && !isBestAt(destination, edge.vertex)) return;
      if (edge.cost + fromNeighbor >= bestCost) return;
      best = index;
      bestCost = edge.cost + fromNeighbor;
    });
    return best;
  }

  private treeOf(index: number): SpfTree {
    let tree = this.pool[index];
    if (tree === undefined) {
      tree = new SpfTree();
      this.pool[index] = tree;
    }
    return tree;
  }
}

/**
 * True for a stub router (RFC 6987): it must not carry the traffic of others, and a lasthop in host mode prefers other
 * paths than its LSA shows. It may still be given what it has itself.
 */
function hidesItsPaths(graph: Graph, vertex: number): boolean {
  const from = graph.firstEdge[vertex] ?? 0;
  const to = graph.firstEdge[vertex + 1] ?? from;
  return to > from && graph.edgeCost.subarray(from, to).every((cost) => cost === MAX_LINK_METRIC);
}

/** True if the router has the prefix itself and nobody has it at a lower metric, so that it surely keeps the packet. */
function isBestAt(destination: Destination, vertex: number): boolean {
  const metric = destination.metrics[destination.vertices.indexOf(vertex)];
  return metric !== undefined && destination.metrics.every((other) => other >= metric);
}

function distanceTo(tree: SpfTree, destination: Destination): number {
  let shortest = Number.POSITIVE_INFINITY;
  destination.vertices.forEach((vertex, index) => {
    shortest = Math.min(shortest, distance(tree, vertex) + (destination.metrics[index] ?? 0));
  });
  return shortest;
}

function distance(tree: SpfTree, vertex: number): number {
  const value = tree.distance[vertex] ?? UNREACHABLE;
  return value === UNREACHABLE ? Number.POSITIVE_INFINITY : value;
}
