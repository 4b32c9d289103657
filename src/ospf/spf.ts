/**
 * Shortest paths over the graph of an area (RFC 2328 section 16.1, first stage). All of it lives in typed arrays that
 * are kept between runs, so every index below is in range by construction and is read with `!`.
 */
import { IndexHeap } from '../base/heap.js';
import { LINK_TRANSIT } from '../wire/ospf/router-lsa.js';
import type { Graph } from './graph.js';
import { type NextHopSets, NO_NEXT_HOPS } from './next-hop-sets.js';

/** The distance of what cannot be reached. Paths stay below: 65,535 for each of fewer than 65,536 routers. */
export const UNREACHABLE = 0xffffffff;

/** A way out of the root: to a neighbor or a transit network, at the cost of the interface. */
export interface RootEdge {
  readonly vertex: number;
  readonly cost: number;
  /** To a neighbor its next hop, to a network the link itself. */
  readonly nextHops: number;
  /** The name of the one that it leads over. */
  readonly interface: string;
}

/** Distances from one vertex, and the next hops on all shortest paths. */
export class SpfTree {
  /** By vertex. */
  distance = new Uint32Array(0);
  /** By vertex a set of `NextHopSets`. */
  nextHops = new Uint32Array(0);
  private readonly sets: NextHopSets;
  /** By vertex 1 for networks that the root is attached to, by what it says itself. */
  private isAttached = new Uint8Array(0);
  private heap = new IndexHeap(0);

  constructor(sets: NextHopSets) {
    this.sets = sets;
  }

  /** Dijkstra's algorithm from `source`, whose edges are those of the graph; next hops are not looked for. */
  run(graph: Graph, source: number): void {
    this.start(graph, source);
    this.relaxEdges(graph, source);
    this.finish(graph);
  }

  /** The same from the root, with other edges out of it than the graph has. */
  runFromRoot(graph: Graph, edges: readonly RootEdge[]): void {
    this.start(graph, graph.root);
    for (const { vertex, cost, nextHops } of edges) {
      if (vertex < graph.networkCount) this.isAttached[vertex] = 1;
      this.relax(vertex, cost, nextHops);
    }
    this.finish(graph);
  }

  private start(graph: Graph, source: number): void {
    const count = graph.vertexCount;
    if (this.distance.length < count) {
      this.distance = new Uint32Array(2 * count);
      this.nextHops = new Uint32Array(2 * count);
      this.isAttached = new Uint8Array(2 * count);
      this.heap = new IndexHeap(2 * count);
    }
    this.distance.fill(UNREACHABLE, 0, count);
    this.nextHops.fill(NO_NEXT_HOPS, 0, count);
    this.isAttached.fill(0, 0, count);
    this.heap.clear();
    this.distance[source] = 0;
  }

  private finish(graph: Graph): void {
    for (let vertex = this.heap.pop(); vertex >= 0; vertex = this.heap.pop()) {
      if (this.isAttached[vertex] === 1) this.crossLink(graph, vertex);
      else this.relaxEdges(graph, vertex);
    }
  }

  private relaxEdges(graph: Graph, vertex: number): void {
    const base = this.distance[vertex]!;
    const nextHops = this.nextHops[vertex]!;
    const { first, end, to, cost } = graph.edges;
    const last = end[vertex]!;
    for (let edge = first[vertex]!; edge < last; edge++) this.relax(to[edge]!, base + cost[edge]!, nextHops);
  }

  /**
   * From a network that the root is attached to, the next hop is the router behind it, at the addresses on that network
   * that its own LSA gives (16.1.1).
   */
  private crossLink(graph: Graph, network: number): void {
    const base = this.distance[network]!;
    const nextHops = this.nextHops[network]!;
    const networkId = graph.entries[network]!.id;
    const last = graph.edges.end[network]!;
    for (let edge = graph.edges.first[network]!; edge < last; edge++) {
      const to = graph.edges.to[edge]!;
      const body = graph.entries[to]?.body;
      if (body?.kind !== 'router') continue;
      for (const { type, id, data } of body.links) {
        if (type !== LINK_TRANSIT || id !== networkId || data === 0) continue;
        this.relax(to, base, this.sets.across(nextHops, data));
      }
    }
  }

  /**
   * A path to a vertex. Of several of the same length all count, unless the vertex is finished already, which takes an
   * edge of cost 0: from a network, which the heap lets out before routers, so that none is missed.
   */
  private relax(to: number, distance: number, nextHops: number): void {
    const known = this.distance[to]!;
    if (distance > known) return;
    if (distance < known) {
      this.distance[to] = distance;
      this.nextHops[to] = nextHops;
      this.heap.push(to, distance);
    } else if (this.nextHops[to] !== nextHops && this.heap.contains(to)) {
      this.nextHops[to] = this.sets.union(this.nextHops[to]!, nextHops);
    }
  }
}
