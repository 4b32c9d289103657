import { lengthOfMask, type Prefix } from '../base/prefix.js';
import { LINK_STUB, type RouterLink } from '../wire/ospf/router-lsa.js';
import { MAX_NEXT_HOPS } from './constants.js';
import { LoopFreeAlternates } from './loop-free-alternate.js';
import type { Lsdb } from './lsdb.js';
import type { OspfNextHop, OspfRoute } from './messages.js';
import { Graph, type RootEdge, SpfTree, UNREACHABLE } from './spf.js';
import type { RouteWork } from './spf-schedule.js';

/** An adjacency of this router, as a way out. */
export interface FirstHop {
  readonly interface: string;
  readonly via: number;
  readonly routerId: number;
  /** Of the interface as configured, whatever host mode makes of it in the router-LSA. */
  readonly cost: number;
}

/** What routes are calculated from. */
export interface RouteInput {
  readonly routerId: number;
  readonly areas: readonly AreaInput[];
  /** LSAs of AS scope. */
  readonly externals: Lsdb;
  readonly nowMs: number;
}

/** One attached area. */
export interface AreaInput {
  readonly id: number;
  readonly lsdb: Lsdb;
  readonly firstHops: readonly FirstHop[];
  /** Stub links of this router itself: no route leads away to what is here at no higher cost. */
  readonly ownStubs: readonly RouterLink[];
}

/** A prefix, and all routers and networks that have it. */
export interface Destination {
  readonly prefix: Prefix;
  /** Lowest distance. */
  cost: number;
  /** Vertices at that distance. */
  nearest: number[];
  /** Vertices that have the prefix, and the metrics at which they do. */
  readonly vertices: number[];
  readonly metrics: number[];
}

/**
 * The routes of the area (RFC 2328 section 16.1, both stages). Distances to routers are kept, so that a change of stubs
 * takes the second stage only.
 */
export class RouteTable {
  /** Runs of the first stage, and of the second alone. */
  dijkstraRuns = 0;
  stubRuns = 0;
  private readonly graph = new Graph();
  private readonly tree = new SpfTree();
  private readonly alternates = new LoopFreeAlternates();
  /** Of the last run of the first stage: those whose neighbors describe the link too. */
  private firstHops: readonly FirstHop[] = [];
  private routes = new Map<number, OspfRoute>();

  /** Calculates the routes; returns the whole table if it differs from what it was. */
  calculate(work: RouteWork, input: RouteInput): readonly OspfRoute[] | undefined {
    if (work === 'dijkstra') this.findPaths(input);
    else this.refreshVertices(input);
    if (work === 'dijkstra') this.dijkstraRuns++;
    else this.stubRuns++;
    const before = this.routes;
    this.routes = this.routesTo(this.destinations(input));
    return sameRoutes(before, this.routes) ? undefined : this.list();
  }

  /** Longest prefixes first: virtual IPs are what waits most. */
  list(): readonly OspfRoute[] {
    return [...this.routes.values()].sort(
      (a, b) => b.prefix.length - a.prefix.length || a.prefix.address - b.prefix.address,
    );
  }

  private findPaths(input: RouteInput): void {
    this.graph.build(onlyArea(input).lsdb, input.routerId, input.nowMs);
    const firstHops: FirstHop[] = [];
    const edges: RootEdge[] = [];
    for (const hop of onlyArea(input).firstHops) {
      const vertex = this.graph.routers.get(hop.routerId);
      if (vertex === undefined || !this.graph.hasPointToPointLink(vertex, input.routerId)) continue;
      firstHops.push(hop);
      edges.push({ vertex, cost: hop.cost });
    }
    this.firstHops = firstHops;
    this.tree.runFrom(this.graph, this.graph.root, edges);
    this.alternates.calculate(this.graph, edges);
  }

  /** Vertices are the same routers as before, with newer LSAs. */
  private refreshVertices(input: RouteInput): void {
    const { entries } = this.graph;
    for (let vertex = 0; vertex < entries.length; vertex++) {
      const old = entries[vertex];
      if (old !== undefined) entries[vertex] = onlyArea(input).lsdb.get(old) ?? old;
    }
  }

  private destinations(input: RouteInput): Destination[] {
    const found = new Map<number, Destination>();
    for (let vertex = 0; vertex < this.graph.vertexCount; vertex++) {
      const distance = this.tree.distance[vertex] ?? UNREACHABLE;
      const entry = this.graph.entries[vertex];
      if (vertex === this.graph.root || distance === UNREACHABLE || entry === undefined) continue;
      if (entry.body.kind === 'network') {
        addDestination(found, entry.id, entry.body.networkMask, { vertex, distance, metric: 0 });
      } else if (entry.body.kind === 'router') {
        for (const link of entry.body.links) {
          if (link.type === LINK_STUB) {
            addDestination(found, link.id, link.data, { vertex, distance, metric: link.metric });
          }
        }
      }
    }
    const { root } = this.graph;
    for (const link of onlyArea(input).ownStubs) {
      // Only in competition: what nobody else has needs no route.
      const key = keyOf(link.id, link.data);
      if (key !== undefined && found.has(key)) {
        addDestination(found, link.id, link.data, { vertex: root, distance: 0, metric: link.metric });
      }
    }
    return [...found.values()];
  }

  private routesTo(destinations: readonly Destination[]): Map<number, OspfRoute> {
    const routes = new Map<number, OspfRoute>();
    for (const destination of destinations) {
      if (destination.nearest.includes(this.graph.root)) continue;
      const hops = this.firstHopsTo(destination);
      const { prefix, cost } = destination;
      const nextHops = hops.slice(0, MAX_NEXT_HOPS).map((index) => this.nextHop(index));
      const [only] = hops;
      const repair =
        hops.length === 1 && only !== undefined ? this.alternates.find(this.graph, destination, only) : undefined;
      routes.set(keyOfPrefix(prefix), {
        prefix,
        cost,
        pathType: 'intra-area',
        area: undefined,
        type2Cost: undefined,
        tag: undefined,
        nextHops,
        repair: repair === undefined ? undefined : this.nextHop(repair),
      });
    }
    return routes;
  }

  /** Indices of the first hops on the shortest paths to the nearest vertices, in order. */
  private firstHopsTo(destination: Destination): number[] {
    const { words, hops } = this.tree;
    const indices: number[] = [];
    for (let index = 0; index < this.firstHops.length; index++) {
      const bit = 1 << (index & 31);
      const word = index >>> 5;
      if (destination.nearest.some((vertex) => ((hops[vertex * words + word] ?? 0) & bit) !== 0)) indices.push(index);
    }
    return indices;
  }

  private nextHop(index: number): OspfNextHop {
    const hop = this.firstHops[index];
    if (hop === undefined) throw new RangeError(`first hop ${index}, expected less than ${this.firstHops.length}`);
    return { interface: hop.interface, via: hop.via };
  }
}

function onlyArea(input: RouteInput): AreaInput {
  return input.areas[0] as AreaInput;
}

interface Advertiser {
  readonly vertex: number;
  readonly distance: number;
  readonly metric: number;
}

function addDestination(found: Map<number, Destination>, address: number, mask: number, by: Advertiser): void {
  const length = lengthOfMask(mask);
  if (length === undefined) return;
  const prefix = { address: (address & mask) >>> 0, length };
  const key = keyOfPrefix(prefix);
  let destination = found.get(key);
  if (destination === undefined) {
    destination = { prefix, cost: Number.POSITIVE_INFINITY, nearest: [], vertices: [], metrics: [] };
    found.set(key, destination);
  }
  const cost = by.distance + by.metric;
  if (cost < destination.cost) {
    destination.cost = cost;
    destination.nearest = [];
  }
  if (cost === destination.cost) destination.nearest.push(by.vertex);
  destination.vertices.push(by.vertex);
  destination.metrics.push(by.metric);
}

function keyOf(address: number, mask: number): number | undefined {
  const length = lengthOfMask(mask);
  return length === undefined ? undefined : keyOfPrefix({ address: (address & mask) >>> 0, length });
}

function keyOfPrefix(prefix: Prefix): number {
  return prefix.address * 64 + prefix.length;
}

function sameRoutes(a: ReadonlyMap<number, OspfRoute>, b: ReadonlyMap<number, OspfRoute>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, route] of a) {
    const other = b.get(key);
    if (other === undefined || !sameRoute(route, other)) return false;
  }
  return true;
}

function sameRoute(a: OspfRoute, b: OspfRoute): boolean {
  return (
    a.cost === b.cost &&
    a.nextHops.length === b.nextHops.length &&
    a.nextHops.every((hop, index) => sameNextHop(hop, b.nextHops[index])) &&
    sameNextHop(a.repair, b.repair)
  );
}

function sameNextHop(a: OspfNextHop | undefined, b: OspfNextHop | undefined): boolean {
  return a?.interface === b?.interface && a?.via === b?.via;
}
