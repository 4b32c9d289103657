/**
 * The graph of an area (RFC 2328 section 2.1): routers and transit networks are the vertices. It is kept between runs, and
 * of the database only what has changed is read again, unless vertices come or go. Every index below is in range by
 * construction and is read with `!`.
 */
import { PairIndex } from '../base/pair-index.js';
import { LSA_NETWORK, LSA_ROUTER } from '../wire/ospf/lsa.js';
import { LINK_POINT_TO_POINT, LINK_STUB, LINK_TRANSIT } from '../wire/ospf/router-lsa.js';
import { Edges } from './edges.js';
import type { Lsdb, LsdbEntry } from './lsdb.js';
import type { LsaName } from './topology-journal.js';

export const NO_VERTEX = -1;

/** Second halves of the keys of vertices. */
const ROUTER = 0;
const NETWORK = 1;

export class Graph {
  /** The LSA of each vertex; networks come first. The root may have none yet. */
  readonly entries: (LsdbEntry | undefined)[] = [];
  /** By vertex the flags of its router-LSA; 0 for networks. */
  flags = new Uint8Array(0);
  vertexCount = 0;
  networkCount = 0;
  root = 0;
  readonly edges = new Edges();
  /** The vertices whose LSA is another since the `read` before the last, if they have kept their numbers. */
  readonly changed: number[] = [];

  private readonly keys = new PairIndex();
  private vertexOfKey = new Int32Array(0);
  /** Of network-LSAs with one link state ID, which have different advertising routers, the next; or NO_VERTEX. */
  private sameNetwork = new Int32Array(0);
  private nowMs = 0;
  /** What has been read, and up to where in its journal. */
  private lsdb: Lsdb | undefined = undefined;
  private rootRouterId = 0;
  private position = 0;

  /**
   * Brings the graph to what the database says at `nowMs`. LSAs at MaxAge count as gone. Returns false if all vertices have
   * kept their numbers.
   */
  read(lsdb: Lsdb, rootRouterId: number, nowMs: number): boolean {
    this.nowMs = nowMs;
    this.changed.length = 0;
    if (this.isKnown(lsdb, rootRouterId) && this.readChanges(lsdb)) return false;
    this.changed.length = 0;
    this.position = lsdb.topologyJournal.end;
    this.build(lsdb, rootRouterId, nowMs);
    return true;
  }

  /** Reads the whole database. */
  build(lsdb: Lsdb, rootRouterId: number, nowMs: number): void {
    const before = this.vertexCount;
    this.lsdb = lsdb;
    this.rootRouterId = rootRouterId;
    this.nowMs = nowMs;
    this.vertexCount = 0;
    this.keys.clear();
    lsdb.visitType(LSA_NETWORK, this.addNetwork);
    this.networkCount = this.vertexCount;
    lsdb.visitType(LSA_ROUTER, this.addRouter);
    if (this.routerVertex(rootRouterId) === NO_VERTEX) this.setVertex(rootRouterId, ROUTER, this.addVertex(undefined));
    this.root = this.routerVertex(rootRouterId);
    for (let vertex = this.vertexCount; vertex < before; vertex++) this.entries[vertex] = undefined;
    if (this.flags.length < this.vertexCount) this.flags = new Uint8Array(2 * this.vertexCount);
    this.edges.clear(this.vertexCount);
    for (let vertex = 0; vertex < this.vertexCount; vertex++) {
      this.addEdges(vertex);
      this.edges.describe(vertex);
    }
    this.edges.match();
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
    for (const { type, id } of body.links) if (type === LINK_POINT_TO_POINT && id === routerId) return true;
    return false;
  }

  /** True if the network-LSA of `vertex` lists `routerId`. */
  networkHas(vertex: number, routerId: number): boolean {
    const body = this.entries[vertex]?.body;
    return body?.kind === 'network' && body.attachedRouters.includes(routerId);
  }

  /** It was read before, and its journal has all that has happened since: what has come to MaxAge by now may not be there. */
  private isKnown(lsdb: Lsdb, rootRouterId: number): boolean {
    if (lsdb !== this.lsdb || rootRouterId !== this.rootRouterId) return false;
    return (lsdb.nextExpiryMs() ?? Number.POSITIVE_INFINITY) > this.nowMs;
  }

  /** Reads again what the journal names. Returns false if it has forgotten some of it, or all is better read anew. */
  private readChanges(lsdb: Lsdb): boolean {
    const { topologyJournal } = lsdb;
    for (; this.position < topologyJournal.end; this.position++) {
      const name = topologyJournal.at(this.position);
      if (name === undefined || !this.update(name, lsdb)) return false;
    }
    return true;
  }

  /** Reads one LSA again. Returns false if vertices come or go, or all is better read anew. */
  private update(name: LsaName, lsdb: Lsdb): boolean {
    const vertex = this.vertexOf(name);
    const known = vertex === NO_VERTEX ? undefined : this.entries[vertex];
    const entry = known === undefined ? lsdb.get(name) : lsdb.instanceLike(known);
    const isThere = entry !== undefined && !entry.isMaxAge(this.nowMs);
    if (vertex === NO_VERTEX) return !isThere;
    if (!isThere && vertex !== this.root) return false;
    const current = isThere ? entry : undefined;
    if (known === current) return true;
    this.entries[vertex] = current;
    this.changed.push(vertex);
    this.addEdges(vertex);
    return this.edges.update(vertex);
  }

  private vertexOf({ type, id, advertisingRouter }: LsaName): number {
    if (type === LSA_ROUTER) return this.routerVertex(advertisingRouter);
    let vertex = this.networkVertex(id);
    while (vertex !== NO_VERTEX && this.entries[vertex]?.advertisingRouter !== advertisingRouter) {
      vertex = this.nextNetworkVertex(vertex);
    }
    return vertex;
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

  private addVertex(entry: LsdbEntry | undefined): number {
    this.entries[this.vertexCount] = entry;
    return this.vertexCount++;
  }

  private setVertex(id: number, kind: number, vertex: number): void {
    const key = this.keys.add(id, kind);
    if (this.vertexOfKey.length <= key) this.vertexOfKey = grown(this.vertexOfKey, key);
    this.vertexOfKey[key] = vertex;
  }

  /** Tells `edges` what the LSA of a vertex describes. */
  private addEdges(vertex: number): void {
    const body = this.entries[vertex]?.body;
    this.flags[vertex] = body?.kind === 'router' ? body.flags : 0;
    if (body?.kind === 'network') {
      for (const routerId of body.attachedRouters) this.addEdge(this.routerVertex(routerId), 0, LINK_TRANSIT);
    } else if (body?.kind === 'router') {
      for (const { type, id, metric } of body.links) {
        if (type === LINK_TRANSIT) this.addTransitEdges(id, metric);
        else if (type !== LINK_STUB) this.addEdge(this.routerVertex(id), metric, type);
      }
    }
  }

  private addTransitEdges(networkId: number, metric: number): void {
    let network = this.networkVertex(networkId);
    while (network !== NO_VERTEX) {
      this.addEdge(network, metric, LINK_TRANSIT);
      network = this.nextNetworkVertex(network);
    }
  }

  /** `to` may be NO_VERTEX: then the other end describes nothing. */
  private addEdge(to: number, cost: number, linkType: number): void {
    if (to !== NO_VERTEX) this.edges.add(to, cost, linkType);
  }
}

/** A larger copy with room for `index`. */
function grown(array: Int32Array<ArrayBuffer>, index: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(64, 2 * index));
  larger.set(array);
  return larger;
}
