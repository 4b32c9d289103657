import type { PairIndex } from '../base/pair-index.js';
import { ROUTER_IS_ASBR, ROUTER_IS_BORDER } from '../wire/ospf/router-lsa.js';
import { Advertisers } from './advertisers.js';
import { AreaPrefixes } from './area-prefixes.js';
import { Graph, NO_VERTEX } from './graph.js';
import { LoopFreeAlternates } from './loop-free-alternate.js';
import type { NextHopSets } from './next-hop-sets.js';
import { OwnPrefixes } from './own-prefixes.js';
import { NO_RANK, type Path, type PathTable } from './path-table.js';
import { RootEdges } from './root-edges.js';
import type { AreaInput, RouteInput } from './route-input.js';
import type { RouterEntries } from './router-entries.js';
import { SpfTree, UNREACHABLE } from './spf.js';

/**
 * The paths within one area (RFC 2328 section 16.1). Distances to its routers and networks are kept until the graph
 * changes.
 */
export class AreaPaths {
  readonly id: number;
  readonly graph = new Graph();
  readonly tree: SpfTree;
  readonly alternates: LoopFreeAlternates;
  readonly intraAreaAdvertisers = new Advertisers();
  readonly interAreaAdvertisers = new Advertisers();
  private readonly areaPrefixes: AreaPrefixes;
  private readonly ownPrefixes: OwnPrefixes;
  private readonly rootEdges: RootEdges;
  private readonly table: PathTable;
  private readonly path: Path;

  constructor(id: number, sets: NextHopSets, prefixes: PairIndex, table: PathTable) {
    this.id = id;
    this.areaPrefixes = new AreaPrefixes(prefixes);
    this.table = table;
    this.ownPrefixes = new OwnPrefixes(prefixes, sets);
    this.rootEdges = new RootEdges(sets);
    this.tree = new SpfTree(sets);
    this.alternates = new LoopFreeAlternates(sets, this.graph);
    this.path = { rank: NO_RANK, cost: 0, nextHops: 0, area: id, tag: 0 };
  }

  /**
   * The first stage: Dijkstra's algorithm, unless nothing but stub links and flags of routers has changed; then distances are
   * taken over. Returns whether it was run.
   */
  calculate(area: AreaInput, isGraphChanged: boolean, { routerId, nowMs }: RouteInput): boolean {
    const isNew = this.graph.read(area.lsdb, routerId, nowMs);
    if (isNew) this.areaPrefixes.readAll(this.graph);
    else this.areaPrefixes.readChanged(this.graph);
    if (!isNew && !isGraphChanged) return false;
    const edges = this.rootEdges.find(area, this.graph, routerId);
    this.tree.runFromRoot(this.graph, edges);
    this.alternates.start(edges);
    return true;
  }

  /** The vertex of a router that can be reached, or NO_VERTEX. */
  reachableRouter(routerId: number): number {
    const vertex = this.graph.routerVertex(routerId);
    return vertex === NO_VERTEX || this.tree.distance[vertex] === UNREACHABLE ? NO_VERTEX : vertex;
  }

  /** The second stage: transit networks, the stub links of all routers, and what this router is attached to itself. */
  offerNetworks(area: AreaInput): void {
    const { graph, tree, areaPrefixes } = this;
    this.intraAreaAdvertisers.clear();
    for (let vertex = 0; vertex < graph.vertexCount; vertex++) {
      const distance = tree.distance[vertex]!;
      if (vertex === graph.root || distance === UNREACHABLE) continue;
      const end = areaPrefixes.end[vertex]!;
      for (let item = areaPrefixes.first[vertex]!; item < end; item++) {
        const metric = areaPrefixes.metric[item]!;
        this.path.cost = distance + metric;
        this.path.nextHops = tree.nextHops[vertex]!;
        this.offer(areaPrefixes.prefixOf(item), vertex, metric);
      }
    }
    this.offerOwn(area);
  }

  /** Area border and AS boundary routers, which are destinations too. */
  addRouters(routers: RouterEntries): void {
    const { graph, tree } = this;
    for (let vertex = graph.networkCount; vertex < graph.vertexCount; vertex++) {
      const flags = graph.flags[vertex]!;
      if ((flags & (ROUTER_IS_BORDER | ROUTER_IS_ASBR)) === 0) continue;
      const entry = graph.entries[vertex];
      if (vertex === graph.root || tree.distance[vertex] === UNREACHABLE || entry === undefined) continue;
      routers.addIntraArea({
        routerId: entry.advertisingRouter,
        areaId: this.id,
        pathType: 'intra-area',
        cost: tree.distance[vertex]!,
        isAbr: (flags & ROUTER_IS_BORDER) !== 0,
        isAsbr: (flags & ROUTER_IS_ASBR) !== 0,
        nextHops: tree.nextHops[vertex]!,
      });
    }
  }

  private offerOwn(area: AreaInput): void {
    for (const { prefix, cost, nextHops } of this.ownPrefixes.of(area)) {
      this.path.cost = cost;
      this.path.nextHops = nextHops;
      this.offer(prefix, this.graph.root, cost);
    }
  }

  /** `this.path` to a prefix that a vertex has. */
  private offer(prefix: number, vertex: number, metric: number): void {
    this.table.offer(prefix, this.path);
    if (this.alternates.arePossible) this.intraAreaAdvertisers.add(prefix, vertex, metric);
  }
}
