import type { PairIndex } from '../base/pair-index.js';
import { lengthOfMask } from '../base/prefix.js';
import { LSA_SUMMARY_ASBR, LSA_SUMMARY_NETWORK } from '../wire/ospf/lsa.js';
import { ROUTER_IS_BORDER } from '../wire/ospf/router-lsa.js';
import type { AreaPaths } from './area-paths.js';
import { BACKBONE, LS_INFINITY } from './constants.js';
import { NO_VERTEX } from './graph.js';
import type { LsdbEntry } from './lsdb.js';
import { NO_RANK, type Path, type PathTable } from './path-table.js';
import type { AreaInput, RouteInput } from './route-input.js';
import type { RouterEntries } from './router-entries.js';

/** True if the summaries of this area count: those of every area we are in, or of the backbone alone. */
export function readsSummaries(area: AreaInput, input: RouteInput): boolean {
  return !input.readsBackboneOnly || area.id === BACKBONE;
}

/** The inter-area paths of one area, from its summary-LSAs (section 16.2). */
export class InterAreaPaths {
  private readonly prefixes: PairIndex;
  private readonly table: PathTable;
  private readonly routers: RouterEntries;
  private readonly path: Path = { rank: NO_RANK, cost: 0, nextHops: 0, area: 0, tag: 0 };

  constructor(prefixes: PairIndex, table: PathTable, routers: RouterEntries) {
    this.prefixes = prefixes;
    this.table = table;
    this.routers = routers;
  }

  offer(paths: AreaPaths, area: AreaInput, { routerId, nowMs }: RouteInput): void {
    paths.interAreaAdvertisers.clear();
    area.lsdb.visitType(LSA_SUMMARY_NETWORK, (entry) => {
      const border = borderRouterOf(paths, entry, routerId, nowMs);
      if (border !== NO_VERTEX) this.offerNetwork(paths, border, entry);
    });
    area.lsdb.visitType(LSA_SUMMARY_ASBR, (entry) => {
      const border = borderRouterOf(paths, entry, routerId, nowMs);
      if (border !== NO_VERTEX && entry.id !== routerId) this.offerRouter(paths, border, entry);
    });
  }

  private offerNetwork(paths: AreaPaths, border: number, entry: LsdbEntry): void {
    if (entry.body.kind !== 'summary') return;
    const { networkMask, metric } = entry.body;
    const prefix = this.prefixes.add(entry.id & networkMask, lengthOfMask(networkMask) ?? 0);
    this.path.cost = paths.tree.distance[border]! + metric;
    this.path.nextHops = paths.tree.nextHops[border]!;
    this.path.area = paths.id;
    this.table.offer(prefix, this.path);
    if (paths.alternates.arePossible) paths.interAreaAdvertisers.add(prefix, border, metric);
  }

  private offerRouter(paths: AreaPaths, border: number, entry: LsdbEntry): void {
    if (entry.body.kind !== 'summary') return;
    this.routers.offerInterArea({
      routerId: entry.id,
      areaId: paths.id,
      pathType: 'inter-area',
      cost: paths.tree.distance[border]! + entry.body.metric,
      isAbr: false,
      isAsbr: true,
      nextHops: paths.tree.nextHops[border]!,
    });
  }
}

/** Steps 1, 2 and 4: the border router that the summary is from, if it counts and can be reached; or NO_VERTEX. */
function borderRouterOf(paths: AreaPaths, entry: LsdbEntry, routerId: number, nowMs: number): number {
  const { body, advertisingRouter } = entry;
  if (body.kind !== 'summary' || body.metric >= LS_INFINITY) return NO_VERTEX;
  if (advertisingRouter === routerId || entry.isMaxAge(nowMs)) return NO_VERTEX;
  const vertex = paths.reachableRouter(advertisingRouter);
  if (vertex === NO_VERTEX) return NO_VERTEX;
  return (paths.graph.flags[vertex]! & ROUTER_IS_BORDER) === 0 ? NO_VERTEX : vertex;
}
