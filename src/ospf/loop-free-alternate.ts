import { LINK_TRANSIT, MAX_LINK_METRIC } from '../wire/ospf/router-lsa.js';
import type { Advertisers } from './advertisers.js';
import { MAX_REPAIR_NEIGHBORS, MAX_REPAIR_VERTICES } from './constants.js';
import { type Graph, NO_VERTEX } from './graph.js';
import { type NextHopSets, NO_NEXT_HOPS } from './next-hop-sets.js';
import type { PathTable } from './path-table.js';
import { type RootEdge, SpfTree, UNREACHABLE } from './spf.js';

const NOBODY: readonly Candidate[] = [];

/** A neighbor that may take what another one can no longer be given. */
interface Candidate {
  readonly vertex: number;
  readonly cost: number;
  /** The set of it alone. */
  readonly nextHops: number;
  readonly interface: string;
}

/**
 * Loop-free alternates against the loss of a link (RFC 5286): a neighbor N may take what went to D if its own shortest
 * path to D does not lead back here, that is D(N, D) < D(N, S) + D(S, D). If the link that is lost is a network of many
 * routers, N's path must not cross that either (section 3.3 there).
 *
 * All distances are as N sees them, from the LSAs. That is what N forwards by, also in host mode, where this router's own
 * paths are shorter than what its LSA says. They are calculated when the first route asks for them.
 */
export class LoopFreeAlternates {
  private readonly sets: NextHopSets;
  private readonly graph: Graph;
  /** Cheapest first. */
  private candidates: readonly Candidate[] = [];
  /** Edges to networks, by interface. */
  private readonly networks = new Map<string, RootEdge>();
  /** Distances from each candidate, in their order; parallel links share one tree. Empty until they are asked for. */
  private trees: SpfTree[] = [];
  /** Distances from this router, as its neighbors see them. */
  private readonly fromRoot: SpfTree;
  private readonly pool: SpfTree[] = [];

  constructor(sets: NextHopSets, graph: Graph) {
    this.sets = sets;
    this.graph = graph;
    this.fromRoot = new SpfTree(sets);
  }

  /** The graph has changed; `edges` are the root's. */
  start(edges: readonly RootEdge[]): void {
    this.trees.length = 0;
    this.networks.clear();
    this.candidates = leadOverOneLink(edges) ? NOBODY : this.candidatesBehind(edges);
  }

  /** False if no route can have a repair path. */
  get arePossible(): boolean {
    return this.candidates.length > 0;
  }

  /** Notes repair paths for the paths of an area in `table` that have one next hop only. */
  repair(table: PathTable, advertisers: Advertisers, area: number): void {
    if (!this.arePossible) return;
    for (let prefix = 0; prefix < table.cost.length; prefix++) {
      if (!table.has(prefix) || table.area[prefix] !== area) continue;
      const primary = this.sets.only(table.nextHops[prefix]!);
      if (primary === undefined) continue;
      table.repair[prefix] = this.find(advertisers, prefix, primary.interface, table.cost[prefix]!);
    }
  }

  /** The set of the candidate with the shortest path of those allowed, if the link that is lost led there at `cost`. */
  private find(advertisers: Advertisers, prefix: number, lostInterface: string, cost: number): number {
    if (this.trees.length === 0) this.calculate();
    const lostNetwork = this.networks.get(lostInterface);
    const fromRoot = distanceTo(this.fromRoot, advertisers, prefix);
    let best = NO_NEXT_HOPS;
    let bestCost = Number.POSITIVE_INFINITY;
    for (const [index, candidate] of this.candidates.entries()) {
      const tree = this.trees[index];
      if (tree === undefined || candidate.interface === lostInterface) continue;
      const fromNeighbor = distanceTo(tree, advertisers, prefix);
      if (candidate.cost + fromNeighbor >= bestCost || fromNeighbor === Number.POSITIVE_INFINITY) continue;
      if (fromNeighbor >= distance(tree, this.graph.root) + fromRoot) continue;
      // The network is on a shortest path of ours: what is beyond it is as far as our path without our own link.
      if (lostNetwork && fromNeighbor >= distance(tree, lostNetwork.vertex) + cost - lostNetwork.cost) continue;
      if (!this.canBeTrusted(candidate.vertex, advertisers, prefix)) continue;
      if (!this.staysWhereItGoes(tree, fromNeighbor, advertisers, prefix)) continue;
      best = candidate.nextHops;
      bestCost = candidate.cost + fromNeighbor;
    }
    return best;
  }

  private calculate(): void {
    this.fromRoot.run(this.graph, this.graph.root);
    const byVertex = new Map<number, SpfTree>();
    for (const { vertex } of this.candidates) {
      let tree = byVertex.get(vertex);
      if (tree === undefined) {
        tree = this.treeOf(byVertex.size);
        tree.run(this.graph, vertex);
        byVertex.set(vertex, tree);
      }
      this.trees.push(tree);
    }
  }

  private candidatesBehind(edges: readonly RootEdge[]): readonly Candidate[] {
    const candidates: Candidate[] = [];
    for (const edge of edges) {
      if (this.sets.only(edge.nextHops) !== undefined) candidates.push(edge);
      else candidates.push(...this.neighborsAcross(edge));
    }
    return leadOverOneLink(candidates) ? NOBODY : this.nearest(candidates);
  }

  private *neighborsAcross(edge: RootEdge): IterableIterator<Candidate> {
    const { graph, sets } = this;
    this.networks.set(edge.interface, edge);
    const networkId = graph.entries[edge.vertex]?.id;
    const { first, end, to } = graph.edges;
    for (let at = first[edge.vertex]!; at < end[edge.vertex]!; at++) {
      const vertex = to[at] ?? NO_VERTEX;
      const body = graph.entries[vertex]?.body;
      if (vertex === graph.root || body?.kind !== 'router') continue;
      for (const { type, id, data } of body.links) {
        if (type !== LINK_TRANSIT || id !== networkId || data === 0) continue;
        yield { vertex, cost: edge.cost, nextHops: sets.across(edge.nextHops, data), interface: edge.interface };
      }
    }
  }

  /** As many as the calculation may look at: each takes a tree of its own. */
  private nearest(candidates: readonly Candidate[]): Candidate[] {
    const affordable = Math.floor(MAX_REPAIR_VERTICES / this.graph.vertexCount);
    const sorted = [...candidates].sort((a, b) => a.cost - b.cost);
    return sorted.slice(0, Math.min(MAX_REPAIR_NEIGHBORS, affordable));
  }

  /** All routers that are nearest, from where `tree` has its root, keep the packet. */
  private staysWhereItGoes(tree: SpfTree, nearest: number, advertisers: Advertisers, prefix: number): boolean {
    for (let entry = advertisers.first(prefix); entry !== 0; entry = advertisers.next(entry)) {
      const vertex = advertisers.vertex(entry);
      if (distance(tree, vertex) + advertisers.metric(entry) > nearest) continue;
      if (!this.canBeTrusted(vertex, advertisers, prefix)) return false;
    }
    return true;
  }

  /**
   * False for a stub router (RFC 6987) that may send the packet on: it must not carry the traffic of others, and a lasthop
   * in host mode prefers other paths than its LSA shows. It may be given what it surely keeps.
   */
  private canBeTrusted(vertex: number, advertisers: Advertisers, prefix: number): boolean {
    return !this.hidesItsPaths(vertex) || isBestAt(advertisers, prefix, vertex);
  }

  private hidesItsPaths(vertex: number): boolean {
    const { first, end, cost } = this.graph.edges;
    const last = end[vertex]!;
    for (let edge = first[vertex]!; edge < last; edge++) {
      if (cost[edge] !== MAX_LINK_METRIC) return false;
    }
    return last > first[vertex]!;
  }

  private treeOf(index: number): SpfTree {
    const tree = this.pool[index] ?? new SpfTree(this.sets);
    this.pool[index] = tree;
    return tree;
  }
}

function leadOverOneLink(ways: readonly { readonly interface: string }[]): boolean {
  for (const way of ways) if (way.interface !== ways[0]!.interface) return false;
  return true;
}

/** True if the router has the prefix itself and nobody has it at a lower metric, so that it surely keeps the packet. */
function isBestAt(advertisers: Advertisers, prefix: number, vertex: number): boolean {
  let own = Number.POSITIVE_INFINITY;
  let lowest = Number.POSITIVE_INFINITY;
  for (let entry = advertisers.first(prefix); entry !== 0; entry = advertisers.next(entry)) {
    const metric = advertisers.metric(entry);
    lowest = Math.min(lowest, metric);
    if (advertisers.vertex(entry) === vertex) own = Math.min(own, metric);
  }
  return own === lowest && own !== Number.POSITIVE_INFINITY;
}

function distanceTo(tree: SpfTree, advertisers: Advertisers, prefix: number): number {
  let shortest = Number.POSITIVE_INFINITY;
  for (let entry = advertisers.first(prefix); entry !== 0; entry = advertisers.next(entry)) {
    shortest = Math.min(shortest, distance(tree, advertisers.vertex(entry)) + advertisers.metric(entry));
  }
  return shortest;
}

function distance(tree: SpfTree, vertex: number): number {
  const value = tree.distance[vertex]!;
  return value === UNREACHABLE ? Number.POSITIVE_INFINITY : value;
}
