import { BACKBONE } from './constants.js';
import type { OspfNextHop } from './messages.js';
import type { NextHopSets } from './next-hop-sets.js';
import type { AreaInput } from './route-input.js';

/** What the routing table knows of an area border or AS boundary router (RFC 2328 section 11). */
export interface RouterEntry {
  readonly routerId: number;
  /** The area of the paths: there is one entry for each area in which the router can be reached. */
  readonly areaId: number;
  readonly pathType: 'intra-area' | 'inter-area';
  readonly cost: number;
  readonly isAbr: boolean;
  readonly isAsbr: boolean;
  readonly nextHops: readonly OspfNextHop[];
}

/** The same as it is calculated, with the number of the set of next hops. */
export interface RouterPath extends Omit<RouterEntry, 'nextHops'> {
  readonly nextHops: number;
}

/** The entries for routers of all areas. */
export class RouterEntries {
  private readonly sets: NextHopSets;
  private readonly paths = new Map<number, RouterPath[]>();
  /** Areas into which AS-external-LSAs are flooded. */
  private readonly normalAreas = new Set<number>();

  constructor(sets: NextHopSets) {
    this.sets = sets;
  }

  /** Forgets all; `areas` are those of what comes now. */
  begin(areas: readonly AreaInput[]): void {
    this.paths.clear();
    this.normalAreas.clear();
    for (const { id, kind } of areas) if (kind === 'normal') this.normalAreas.add(id);
  }

  addIntraArea(path: RouterPath): void {
    this.pathsTo(path.routerId).push(path);
  }

  /** Section 16.2, steps 5 to 7, for an AS boundary router: what is found within the area itself comes first. */
  offerInterArea(path: RouterPath): void {
    const paths = this.pathsTo(path.routerId);
    const index = paths.findIndex(({ areaId, isAsbr }) => areaId === path.areaId && isAsbr);
    const known = paths[index];
    if (known === undefined) paths.push(path);
    else if (known.pathType === 'intra-area' || known.cost < path.cost) return;
    else if (known.cost > path.cost) paths[index] = path;
    else paths[index] = { ...known, nextHops: this.sets.union(known.nextHops, path.nextHops) };
  }

  /**
   * Of the ways to an AS boundary router the one that its AS-external-LSAs are calculated with (16.4, step 3), without
   * compatibility with RFC 1583: one within an area other than the backbone, else the cheapest, else that of the area
   * with the largest ID. What is known of it in a stub area or an NSSA does not count: its AS-external-LSAs are not
   * flooded there (RFC 3101 section 2.5, step 3).
   */
  preferred(routerId: number): RouterPath | undefined {
    let best: RouterPath | undefined;
    for (const path of this.paths.get(routerId) ?? []) {
      if (!path.isAsbr || !this.normalAreas.has(path.areaId)) continue;
      if (best === undefined || isPreferred(path, best)) best = path;
    }
    return best;
  }

  /** The way within an NSSA to an AS boundary router in it: that of its LSAs of type 7 (RFC 3101 section 2.5, step 3). */
  within(areaId: number, routerId: number): RouterPath | undefined {
    return this.paths
      .get(routerId)
      ?.find((path) => path.isAsbr && path.areaId === areaId && path.pathType === 'intra-area');
  }

  *list(): IterableIterator<RouterEntry> {
    for (const paths of this.paths.values()) {
      for (const path of paths) yield this.entryOf(path);
    }
  }

  /** The preferred entry of each AS boundary router: what a type 4 summary-LSA tells of (12.4.3). */
  *asBoundaryRouters(): IterableIterator<RouterEntry> {
    for (const routerId of this.paths.keys()) {
      const path = this.preferred(routerId);
      if (path !== undefined) yield this.entryOf(path);
    }
  }

  private entryOf(path: RouterPath): RouterEntry {
    return { ...path, nextHops: this.sets.list(path.nextHops) };
  }

  private pathsTo(routerId: number): RouterPath[] {
    let paths = this.paths.get(routerId);
    if (paths === undefined) {
      paths = [];
      this.paths.set(routerId, paths);
    }
    return paths;
  }
}

/** 0 for paths that are preferred whatever they cost (16.4.1), 1 for all others. */
export function preferenceOf(pathType: RouterEntry['pathType'], areaId: number): 0 | 1 {
  return pathType === 'intra-area' && areaId !== BACKBONE ? 0 : 1;
}

function isPreferred(a: RouterPath, b: RouterPath): boolean {
  const preference = preferenceOf(a.pathType, a.areaId) - preferenceOf(b.pathType, b.areaId);
  return (preference || a.cost - b.cost || b.areaId - a.areaId) < 0;
}
