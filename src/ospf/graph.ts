/**
 * The graph of an area (RFC 2328 section 2.1): routers and transit networks are the vertices, and an edge is there only
 * if the LSAs of both its ends describe it (section 16.1, step 2b). All of it lives in arrays that are kept between
 * runs, so every index below is in range by construction and is read with `!`.
 */
import { PairIndex } from '../base/pair-index.js';
import { LSA_NETWORK, LSA_ROUTER } from '../wire/ospf/lsa.js';
import { LINK_POINT_TO_POINT, LINK_STUB, LINK_TRANSIT, LINK_VIRTUAL } from '../wire/ospf/router-lsa.js';
import type { Lsdb, LsdbEntry } from './lsdb.js';

export const NO_VERTEX = -1;

/** Second halves of the keys of vertices. */
const ROUTER = 0;
const NETWORK = 1;

export class Graph {
  /** The LSA of each vertex; networks come first. The root may have none yet. */
  readonly entries: (LsdbEntry | undefined)[] = [];
  vertexCount = 0;
  networkCount = 0;
  root = 0;
  /** The edges of vertex v are those from `firstEdge[v]` to before `firstEdge[v + 1]`. */
  firstEdge = new Uint32Array(1);
  edgeTo = new Uint32Array(0);
  edgeCost = new Uint32Array(0);

  private readonly keys = new PairIndex();
  private vertexOfKey = new Int32Array(0);
  /** Of network-LSAs with one link state ID, which have different advertising routers, the next; or NO_VERTEX. */
  private sameNetwork = new Int32Array(0);
  /** Edges as one end describes them, by that end in the order of vertices, before it is known whether the other does. */
  private readonly halves = new HalfEdges();
  private nowMs = 0;

  /** Reads the database as it is at `nowMs`. LSAs at MaxAge count as gone. */
  build(lsdb: Lsdb, rootRouterId: number, nowMs: number): void {
    const before = this.vertexCount;
    this.vertexCount = 0;
    this.keys.clear();
    this.nowMs = nowMs;
    lsdb.visitType(LSA_NETWORK, this.addNetwork);
    this.networkCount = this.vertexCount;
    lsdb.visitType(LSA_ROUTER, this.addRouter);
    if (this.routerVertex(rootRouterId) === NO_VERTEX) this.setVertex(rootRouterId, ROUTER, this.addVertex(undefined));
    this.root = this.routerVertex(rootRouterId);
    for (let vertex = this.vertexCount; vertex < before; vertex++) this.entries[vertex] = undefined;
    this.describeEdges();
    this.keepWholeEdges();
  }

  /** Takes newer instances of the LSAs of the same routers, whose edges are what they were. */
  refresh(lsdb: Lsdb, nowMs: number): void {
    this.nowMs = nowMs;
    lsdb.visitType(LSA_ROUTER, this.replaceRouter);
  }

  /** NO_VERTEX if there is no such router. */
  routerVertex(routerId: number): number {
    return this.vertexAt(routerId, ROUTER);
  }

  /** The first vertex of a transit network, by the address of its designated router; more by `nextNetworkVertex`. */
  networkVertex(networkId: number): number {
    return this.vertexAt(networkId, NETWORK);
  }

  nextNetworkVertex(vertex: number): number {
    return this.sameNetwork[vertex]!;
  }

  /** True if the router-LSA of `vertex` has a point-to-point link to `routerId`. */
  hasPointToPointLink(vertex: number, routerId: number): boolean {
    const body = this.entries[vertex]?.body;
    if (body?.kind !== 'router') return false;
    return body.links.some((link) => link.type === LINK_POINT_TO_POINT && link.id === routerId);
  }

  /** True if the network-LSA of `vertex` lists `routerId`. */
  networkHas(vertex: number, routerId: number): boolean {
    const body = this.entries[vertex]?.body;
    return body?.kind === 'network' && body.attachedRouters.includes(routerId);
  }

  private vertexAt(id: number, kind: number): number {
    const key = this.keys.find(id, kind);
    return key < 0 ? NO_VERTEX : this.vertexOfKey[key]!;
  }

  private readonly addNetwork = (entry: LsdbEntry): void => {
    if (entry.isMaxAge(this.nowMs)) return;
    const vertex = this.addVertex(entry);
    const same = this.networkVertex(entry.id);
    this.setVertex(entry.id, NETWORK, vertex);
    if (this.sameNetwork.length <= vertex) this.sameNetwork = grown(this.sameNetwork, vertex);
    this.sameNetwork[vertex] = same;
  };

  private readonly addRouter = (entry: LsdbEntry): void => {
    if (!entry.isMaxAge(this.nowMs)) this.setVertex(entry.advertisingRouter, ROUTER, this.addVertex(entry));
  };

  private readonly replaceRouter = (entry: LsdbEntry): void => {
    const vertex = this.routerVertex(entry.advertisingRouter);
    if (vertex !== NO_VERTEX && !entry.isMaxAge(this.nowMs)) this.entries[vertex] = entry;
  };

  private addVertex(entry: LsdbEntry | undefined): number {
    this.entries[this.vertexCount] = entry;
    return this.vertexCount++;
  }

  private setVertex(id: number, kind: number, vertex: number): void {
    const key = this.keys.add(id, kind);
    if (this.vertexOfKey.length <= key) this.vertexOfKey = grown(this.vertexOfKey, key);
    this.vertexOfKey[key] = vertex;
  }

  private describeEdges(): void {
    const { halves } = this;
    halves.start(this.vertexCount);
    for (let vertex = 0; vertex < this.vertexCount; vertex++) {
      halves.begin(vertex);
      const entry = this.entries[vertex];
      if (entry?.body.kind === 'network') {
        for (const routerId of entry.body.attachedRouters) {
          halves.add(vertex, this.routerVertex(routerId), 0, LINK_TRANSIT);
        }
      } else if (entry?.body.kind === 'router') {
        for (const link of entry.body.links) {
          if (link.type === LINK_TRANSIT) this.describeTransit(vertex, link.id, link.metric);
          else if (link.type !== LINK_STUB) halves.add(vertex, this.routerVertex(link.id), link.metric, link.type);
        }
      }
    }
    halves.begin(this.vertexCount);
  }

  private describeTransit(vertex: number, networkId: number, metric: number): void {
    let network = this.networkVertex(networkId);
    while (network !== NO_VERTEX) {
      this.halves.add(vertex, network, metric, LINK_TRANSIT);
      network = this.nextNetworkVertex(network);
    }
  }

  private keepWholeEdges(): void {
    const { halves } = this;
    halves.match();
    if (this.firstEdge.length <= this.vertexCount) this.firstEdge = new Uint32Array(2 * this.vertexCount + 1);
    if (this.edgeTo.length < halves.count) {
      this.edgeTo = new Uint32Array(2 * halves.count);
      this.edgeCost = new Uint32Array(2 * halves.count);
    }
    let edge = 0;
    for (let vertex = 0; vertex < this.vertexCount; vertex++) {
      this.firstEdge[vertex] = edge;
      const end = halves.first[vertex + 1]!;
      for (let half = halves.first[vertex]!; half < end; half++) {
        if (halves.isMatched[half] === 0) continue;
        this.edgeTo[edge] = halves.to[half]!;
        this.edgeCost[edge] = halves.cost[half]!;
        edge++;
      }
    }
    this.firstEdge[this.vertexCount] = edge;
  }
}

/** Edges as their tails describe them; `match` finds those whose heads do too, in time proportional to their number. */
class HalfEdges {
  count = 0;
  /** Those of vertex v are from `first[v]` to before `first[v + 1]`. */
  first = new Uint32Array(1);
  to = new Int32Array(0);
  cost = new Int32Array(0);
  isMatched = new Uint8Array(0);
  private from = new Int32Array(0);
  private isVirtual = new Uint8Array(0);
  private vertexCount = 0;
  /** Lists of the half edges that lead to a vertex. */
  private lastInto = new Int32Array(0);
  private nextInto = new Int32Array(0);
  /** The last vertex that was found to have an edge to this one: by a virtual link, and by any other. */
  private seenFrom = new Int32Array(0);
  private seenVirtuallyFrom = new Int32Array(0);

  start(vertexCount: number): void {
    this.vertexCount = vertexCount;
    this.count = 0;
    if (this.first.length <= vertexCount) {
      const length = 2 * vertexCount + 1;
      this.first = new Uint32Array(length);
      this.lastInto = new Int32Array(length);
      this.seenFrom = new Int32Array(length);
      this.seenVirtuallyFrom = new Int32Array(length);
    }
    this.lastInto.fill(-1, 0, vertexCount);
    this.seenFrom.fill(NO_VERTEX, 0, vertexCount);
    this.seenVirtuallyFrom.fill(NO_VERTEX, 0, vertexCount);
  }

  /** What is added from now on is described by `vertex`. */
  begin(vertex: number): void {
    this.first[vertex] = this.count;
  }

  /** `to` may be NO_VERTEX: then the other end describes nothing. */
  add(from: number, to: number, cost: number, type: number): void {
    if (to === NO_VERTEX) return;
    const half = this.count++;
    if (half === this.to.length) this.grow();
    this.from[half] = from;
    this.to[half] = to;
    this.cost[half] = cost;
    this.isVirtual[half] = type === LINK_VIRTUAL ? 1 : 0;
    this.isMatched[half] = 0;
    this.nextInto[half] = this.lastInto[to]!;
    this.lastInto[to] = half;
  }

  match(): void {
    for (let vertex = 0; vertex < this.vertexCount; vertex++) {
      for (let half = this.first[vertex]!; half < this.first[vertex + 1]!; half++) {
        const seen = this.isVirtual[half] === 1 ? this.seenVirtuallyFrom : this.seenFrom;
        seen[this.to[half]!] = vertex;
      }
      for (let half = this.lastInto[vertex]!; half >= 0; half = this.nextInto[half]!) {
        const seen = this.isVirtual[half] === 1 ? this.seenVirtuallyFrom : this.seenFrom;
        if (seen[this.from[half]!] === vertex) this.isMatched[half] = 1;
      }
    }
  }

  private grow(): void {
    this.from = grown(this.from, this.count);
    this.to = grown(this.to, this.count);
    this.cost = grown(this.cost, this.count);
    this.nextInto = grown(this.nextInto, this.count);
    const isMatched = new Uint8Array(this.to.length);
    isMatched.set(this.isMatched);
    this.isMatched = isMatched;
    const isVirtual = new Uint8Array(this.to.length);
    isVirtual.set(this.isVirtual);
    this.isVirtual = isVirtual;
  }
}

/** A larger copy with room for `index`. */
function grown(array: Int32Array<ArrayBuffer>, index: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(64, 2 * index));
  larger.set(array);
  return larger;
}
