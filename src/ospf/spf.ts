/**
 * Shortest paths over the link state database (RFC 2328 section 16.1, first stage): routers and transit networks are
 * the vertices. All of it lives in typed arrays that are kept between runs, so every index below is in range by
 * construction and is read with `!`.
 */
import { IndexHeap } from '../base/heap.js';
import { LSA_NETWORK, LSA_ROUTER } from '../wire/ospf/lsa.js';
import { LINK_POINT_TO_POINT, LINK_STUB, LINK_TRANSIT, type RouterLink } from '../wire/ospf/router-lsa.js';
import type { Lsdb, LsdbEntry } from './lsdb.js';

/** The distance of what cannot be reached. Paths stay below: 65,535 for each of fewer than 65,536 routers. */
export const UNREACHABLE = 0xffffffff;

/** A way out of the root: to the vertex of a neighbor, at the cost of the interface. */
export interface RootEdge {
  readonly vertex: number;
  readonly cost: number;
}

/** The graph of one moment. Edges are there only if both ends describe them. */
export class Graph {
  /** The LSA of each vertex; networks come first. The root may have none yet. */
  readonly entries: (LsdbEntry | undefined)[] = [];
  readonly routers = new Map<number, number>();
  /** The edges of vertex v are those from `firstEdge[v]` to before `firstEdge[v + 1]`. */
  firstEdge = new Uint32Array(1);
  edgeTo = new Uint32Array(0);
  edgeCost = new Uint32Array(0);
  root = 0;
  private readonly networks = new Map<number, number[]>();
  private edgeCount = 0;

  get vertexCount(): number {
    return this.entries.length;
  }

  /** Reads the database as it is at `nowMs`. LSAs at MaxAge count as gone. */
  build(lsdb: Lsdb, rootRouterId: number, nowMs: number): void {
    this.entries.length = 0;
    this.routers.clear();
    this.networks.clear();
    for (const entry of lsdb.ofType(LSA_NETWORK)) {
      if (!entry.isMaxAge(nowMs)) this.addNetwork(entry);
    }
    for (const entry of lsdb.ofType(LSA_ROUTER)) {
      if (!entry.isMaxAge(nowMs)) this.addRouter(entry.advertisingRouter, entry);
    }
    if (!this.routers.has(rootRouterId)) this.addRouter(rootRouterId, undefined);
    this.root = this.routers.get(rootRouterId) ?? 0;
    this.addEdges();
  }

  /** True if the router-LSA of `vertex` has a point-to-point link to `routerId`. */
  hasPointToPointLink(vertex: number, routerId: number): boolean {
    return this.hasLink(vertex, LINK_POINT_TO_POINT, routerId);
  }

  private addNetwork(entry: LsdbEntry): void {
    const vertices = this.networks.get(entry.id);
    if (vertices === undefined) this.networks.set(entry.id, [this.entries.length]);
    else vertices.push(this.entries.length);
    this.entries.push(entry);
  }

  private addRouter(routerId: number, entry: LsdbEntry | undefined): void {
    this.routers.set(routerId, this.entries.length);
    this.entries.push(entry);
  }

  private addEdges(): void {
    if (this.firstEdge.length <= this.vertexCount) this.firstEdge = new Uint32Array(2 * this.vertexCount + 1);
    this.edgeCount = 0;
    for (let vertex = 0; vertex < this.vertexCount; vertex++) {
      this.firstEdge[vertex] = this.edgeCount;
      const entry = this.entries[vertex];
      if (entry?.body.kind === 'network') this.addNetworkEdges(entry, entry.body.attachedRouters);
      if (entry?.body.kind === 'router') this.addRouterEdges(entry, entry.body.links);
    }
    this.firstEdge[this.vertexCount] = this.edgeCount;
  }

  private addNetworkEdges(entry: LsdbEntry, attachedRouters: readonly number[]): void {
    for (const routerId of attachedRouters) {
      const to = this.routers.get(routerId);
      if (to !== undefined && this.hasLink(to, LINK_TRANSIT, entry.id)) this.addEdge(to, 0);
    }
  }

  private addRouterEdges(entry: LsdbEntry, links: readonly RouterLink[]): void {
    for (const link of links) {
      if (link.type === LINK_TRANSIT) this.addTransitEdges(entry.advertisingRouter, link);
      else if (link.type !== LINK_STUB) this.addLinkEdge(entry.advertisingRouter, link);
    }
  }

  private addTransitEdges(routerId: number, link: RouterLink): void {
    for (const to of this.networks.get(link.id) ?? []) {
      const body = this.entries[to]?.body;
      if (body?.kind === 'network' && body.attachedRouters.includes(routerId)) this.addEdge(to, link.metric);
    }
  }

  /** Point-to-point and virtual links are links to routers. */
  private addLinkEdge(routerId: number, link: RouterLink): void {
    const to = this.routers.get(link.id);
    if (to !== undefined && this.hasLink(to, link.type, routerId)) this.addEdge(to, link.metric);
  }

  private hasLink(vertex: number, type: number, id: number): boolean {
    const body = this.entries[vertex]?.body;
    return body?.kind === 'router' && body.links.some((link) => link.type === type && link.id === id);
  }

  private addEdge(to: number, cost: number): void {
    if (this.edgeCount === this.edgeTo.length) {
      this.edgeTo = grown(this.edgeTo);
      this.edgeCost = grown(this.edgeCost);
    }
    this.edgeTo[this.edgeCount] = to;
    this.edgeCost[this.edgeCount] = cost;
    this.edgeCount++;
  }
}

/** Distances from one vertex, and which of its ways out lead to each other vertex on a shortest path. */
export class SpfTree {
  /** By vertex. */
  distance = new Uint32Array(0);
  /** `words` words of bits for each vertex: bit i is root edge i. */
  hops = new Uint32Array(0);
  words = 0;
  private heap = new IndexHeap(0);

  /** Dijkstra's algorithm from `source`, whose edges are those of the graph. */
  run(graph: Graph, source: number): void {
    this.start(graph, source, 0);
    for (let edge = graph.firstEdge[source]!; edge < graph.firstEdge[source + 1]!; edge++) {
      this.relax(graph.edgeTo[edge]!, graph.edgeCost[edge]!, source);
    }
    this.finish(graph);
  }

  /** The same with other edges out of the source than the graph has: `edges`, whose use is noted in `hops`. */
  runFrom(graph: Graph, source: number, edges: readonly RootEdge[]): void {
    this.start(graph, source, Math.ceil(edges.length / 32));
    edges.forEach((edge, index) => {
      this.relax(edge.vertex, edge.cost, source);
      if (edge.cost === this.distance[edge.vertex]) {
        this.hops[edge.vertex * this.words + (index >>> 5)]! |= 1 << (index & 31);
      }
    });
    this.finish(graph);
  }

  private start(graph: Graph, source: number, words: number): void {
    const count = graph.vertexCount;
    this.words = words;
    if (this.distance.length < count) this.distance = new Uint32Array(2 * count);
    if (this.hops.length < count * words) this.hops = new Uint32Array(2 * count * words);
    if (this.heap.capacity < count) this.heap = new IndexHeap(2 * count);
    this.distance.fill(UNREACHABLE, 0, count);
    this.hops.fill(0, 0, count * words);
    this.heap.clear();
    this.distance[source] = 0;
  }

  private finish(graph: Graph): void {
    for (let vertex = this.heap.pop(); vertex >= 0; vertex = this.heap.pop()) {
      const base = this.distance[vertex]!;
      const end = graph.firstEdge[vertex + 1]!;
      for (let edge = graph.firstEdge[vertex]!; edge < end; edge++) {
        this.relax(graph.edgeTo[edge]!, base + graph.edgeCost[edge]!, vertex);
      }
    }
  }

  /**
   * A path to `to` by way of `from`. Of several of the same length all count, unless `to` is finished already, which
   * takes an edge of cost 0: from a network, which the heap lets out before routers, so that none is missed.
   */
  private relax(to: number, distance: number, from: number): void {
    const known = this.distance[to]!;
    if (distance > known || (distance === known && !this.heap.contains(to))) return;
    if (distance < known) {
      this.distance[to] = distance;
      this.heap.push(to, distance);
      this.hops.fill(0, to * this.words, (to + 1) * this.words);
    }
    for (let word = 0; word < this.words; word++) {
      this.hops[to * this.words + word]! |= this.hops[from * this.words + word]!;
    }
  }
}

function grown(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(Math.max(64, 2 * array.length));
  larger.set(array);
  return larger;
}
