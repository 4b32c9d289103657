import { PairIndex } from '../base/pair-index.js';
import { AreaPaths } from './area-paths.js';
import { ChosenPaths } from './chosen-paths.js';
import { MAX_NEXT_HOP_SETS } from './constants.js';
import type { Stages } from './external-exit.js';
import { ExternalPaths, type2CostOf } from './external-routes.js';
import { InterAreaPaths, readsSummaries } from './inter-area.js';
import type { OspfNextHop, OspfPathType, OspfRoute } from './messages.js';
import { NextHopSets } from './next-hop-sets.js';
import { PathTable } from './path-table.js';
import type { AreaInput, RouteInput } from './route-input.js';
import { RouterEntries, type RouterEntry } from './router-entries.js';
import { type DueWork, includes } from './spf-schedule.js';

/** Prefixes that are gone keep their numbers until there are more of them than of others, and than these. */
const SPARE_PREFIXES = 1000;

/**
 * The routing table (RFC 2328 sections 11 and 16). Each stage keeps what it has found, so that a change takes only the
 * stages from where it makes itself felt: routes themselves are made anew only where they differ.
 */
export class RouteTable {
  /** Runs of Dijkstra's algorithm from this router, one for each area, and calculations that took none. */
  dijkstraRuns = 0;
  stubRuns = 0;
  private stages: RouteStages = new RouteStages();
  /** By the number of the prefix. */
  private routes: (OspfRoute | undefined)[] = [];
  /** Prefixes that there are paths to, or that are here. */
  private knownPrefixes = 0;
  /** Numbers of prefixes, as `list` has them. */
  private order: number[] = [];
  private sorted: readonly OspfRoute[] = [];

  /** Calculates the routes; returns the whole table if it differs from what it was. */
  calculate(due: DueWork, input: RouteInput): readonly OspfRoute[] | undefined {
    const isFresh = this.startOver();
    const runs = this.stages.calculate(isFresh ? EVERYTHING : due, input);
    this.dijkstraRuns += runs;
    if (runs === 0) this.stubRuns++;
    if (!this.select(isFresh)) return undefined;
    this.sort();
    return this.sorted;
  }

  /** Longest prefixes first: virtual IPs are what waits most. */
  list(): readonly OspfRoute[] {
    return this.sorted;
  }

  /** The area border and AS boundary routers that can be reached, once for each area through which they can. */
  routers(): IterableIterator<RouterEntry> {
    return this.stages.routers.list();
  }

  /** The preferred way to each AS boundary router (12.4.3). */
  asBoundaryRouters(): IterableIterator<RouterEntry> {
    return this.stages.routers.asBoundaryRouters();
  }

  /** Prefixes and sets of next hops that have been of use once must not be kept for ever. */
  private startOver(): boolean {
    const { prefixes, sets } = this.stages;
    if (prefixes.size <= 2 * this.knownPrefixes + SPARE_PREFIXES && sets.size <= MAX_NEXT_HOP_SETS) return false;
    this.stages = new RouteStages();
    const routes = this.sorted;
    this.routes = [];
    for (const route of routes) {
      this.routes[this.stages.prefixes.add(route.prefix.address, route.prefix.length)] = route;
    }
    this.order = [];
    return true;
  }

  /** Brings the routes to what the stages have found, all of them if it is fresh. Returns whether any has changed. */
  private select(isFresh: boolean): boolean {
    let isChanged = false;
    this.knownPrefixes = 0;
    for (let prefix = 0; prefix < this.stages.prefixes.size; prefix++) {
      if (this.stages.hasPathTo(prefix)) this.knownPrefixes++;
      if (!this.stages.choose(prefix) && !isFresh) continue;
      const before = this.routes[prefix];
      const route = this.stages.routeTo(prefix, before);
      if (route === before) continue;
      isChanged = true;
      this.routes[prefix] = route;
    }
    return isChanged;
  }

  private sort(): void {
    const { prefixes } = this.stages;
    if (this.order.length !== prefixes.size) {
      this.order = Array.from({ length: prefixes.size }, (_, prefix) => prefix);
      this.order.sort(
        (a, b) => prefixes.secondOf(b) - prefixes.secondOf(a) || prefixes.firstOf(a) - prefixes.firstOf(b),
      );
    }
    const sorted: OspfRoute[] = [];
    for (const prefix of this.order) {
      const route = this.routes[prefix];
      if (route !== undefined) sorted.push(route);
    }
    this.sorted = sorted;
  }
}

const EVERYTHING: DueWork = { from: 'dijkstra', areas: undefined };

/** The stages of the calculation and what each has found. */
class RouteStages implements Stages {
  readonly sets = new NextHopSets();
  readonly prefixes = new PairIndex();
  readonly intraArea = new PathTable(this.sets);
  readonly interArea = new PathTable(this.sets);
  readonly external = new PathTable(this.sets);
  readonly routers = new RouterEntries(this.sets);
  private readonly chosen = new ChosenPaths();
  private readonly areas = new Map<number, AreaPaths>();
  private readonly interAreaPaths = new InterAreaPaths(this.prefixes, this.interArea, this.routers);
  private readonly externalPaths = new ExternalPaths(this, this.routers);

  /** Returns the number of areas that took Dijkstra's algorithm. */
  calculate(due: DueWork, input: RouteInput): number {
    const runs = includes(due.from, 'stubs') ? this.calculateIntraArea(due, input) : 0;
    if (includes(due.from, 'summaries')) this.calculateInterArea(input);
    this.external.clear();
    this.externalPaths.offer(input);
    return runs;
  }

  hasPathTo(prefix: number): boolean {
    return this.intraArea.has(prefix) || this.interArea.has(prefix) || this.external.has(prefix);
  }

  /** Chooses the path to a prefix. Returns whether it is another than in the calculation before. */
  choose(prefix: number): boolean {
    if (this.intraArea.has(prefix)) return this.chosen.choose(prefix, 0, this.intraArea);
    if (this.interArea.has(prefix)) return this.chosen.choose(prefix, 1, this.interArea);
    if (this.external.has(prefix)) return this.chosen.choose(prefix, 2, this.external);
    return this.chosen.chooseNone(prefix);
  }

  /** The route to a prefix: `before` if it is still the same, undefined if there is none or the prefix is here. */
  routeTo(prefix: number, before: OspfRoute | undefined): OspfRoute | undefined {
    if (this.intraArea.has(prefix)) return this.routeBy(this.intraArea, 'intra-area', prefix, before);
    if (this.interArea.has(prefix)) return this.routeBy(this.interArea, 'inter-area', prefix, before);
    if (!this.external.has(prefix)) return undefined;
    const isType2 = type2CostOf(this.external.rank[prefix]!) !== undefined;
    return this.routeBy(this.external, isType2 ? 'external-2' : 'external-1', prefix, before);
  }

  private calculateIntraArea(due: DueWork, input: RouteInput): number {
    for (const id of this.areas.keys()) if (!input.areas.some((area) => area.id === id)) this.areas.delete(id);
    let runs = 0;
    for (const area of input.areas) {
      const isChanged = due.from === 'dijkstra' && (due.areas === undefined || due.areas.has(area.id));
      if (this.pathsIn(area).calculate(area, isChanged, input)) runs++;
    }
    this.intraArea.clear();
    for (const area of input.areas) this.pathsIn(area).offerNetworks(area);
    // Another area may have the better path: repair paths come after all.
    for (const paths of this.areas.values()) {
      paths.alternates.repair(this.intraArea, paths.intraAreaAdvertisers, paths.id);
    }
    return runs;
  }

  private calculateInterArea(input: RouteInput): void {
    this.routers.begin(input.areas);
    for (const paths of this.areas.values()) paths.addRouters(this.routers);
    this.interArea.clear();
    for (const area of input.areas) {
      const paths = this.areas.get(area.id);
      if (paths !== undefined && readsSummaries(area, input)) this.interAreaPaths.offer(paths, area, input);
    }
    for (const paths of this.areas.values()) {
      paths.alternates.repair(this.interArea, paths.interAreaAdvertisers, paths.id);
    }
  }

  private pathsIn({ id }: AreaInput): AreaPaths {
    let paths = this.areas.get(id);
    if (paths === undefined) {
      paths = new AreaPaths(id, this.sets, this.prefixes, this.intraArea);
      this.areas.set(id, paths);
    }
    return paths;
  }

  private routeBy(
    table: PathTable,
    pathType: OspfPathType,
    prefix: number,
    before: OspfRoute | undefined,
  ): OspfRoute | undefined {
    const set = table.nextHops[prefix]!;
    if (this.sets.isHere(set)) return undefined;
    const isExternal = table === this.external;
    const cost = table.cost[prefix]!;
    const area = isExternal ? undefined : table.area[prefix]!;
    const type2Cost = isExternal ? type2CostOf(table.rank[prefix]!) : undefined;
    const tag = isExternal ? table.tag[prefix]! : undefined;
    const nextHops = this.sets.list(set);
    const repair = this.sets.only(table.repair[prefix]!);
    if (
      before !== undefined &&
      before.cost === cost &&
      before.pathType === pathType &&
      before.area === area &&
      before.type2Cost === type2Cost &&
      before.tag === tag &&
      sameNextHops(before.nextHops, nextHops) &&
      sameNextHop(before.repair, repair)
    ) {
      return before;
    }
    const address = this.prefixes.firstOf(prefix);
    const length = this.prefixes.secondOf(prefix);
    return { prefix: { address, length }, cost, pathType, area, type2Cost, tag, nextHops, repair };
  }
}

/** Lists of the same set are the same array, unless there has been a new beginning. */
function sameNextHops(a: readonly OspfNextHop[], b: readonly OspfNextHop[]): boolean {
  return a === b || (a.length === b.length && a.every((hop, index) => sameNextHop(hop, b[index])));
}

function sameNextHop(a: OspfNextHop | undefined, b: OspfNextHop | undefined): boolean {
  return a === b || (a !== undefined && a.interface === b?.interface && a.via === b.via);
}
