import { areAscending, comparePrefixes, type Prefix } from '../base/prefix.js';
import { PrefixMap } from './prefix-map.js';
import { type RibPath, samePath, sameSet } from './rib-path.js';

/** Where a route comes from; of several routes to one prefix the source named first here is used. */
const ROUTE_SOURCES = ['local', 'connected', 'vip', 'static', 'ospf-intra', 'ospf-inter', 'ospf-external'] as const;
export type RouteSource = (typeof ROUTE_SOURCES)[number];

export interface Route {
  readonly prefix: Prefix;
  readonly source: RouteSource;
  /** The metric inside its source; it never decides between sources. */
  readonly cost: number;
  /** Equal-cost paths, 1 to 16. A static route names a neighbor on a connected subnet. */
  readonly paths: readonly RibPath[];
  /** Taken when every path is down. */
  readonly repair: RibPath | undefined;
}

/** What a change of routes means for packets; both lists are sorted by prefix. */
export interface RouteChanges {
  /** The routes that are to be used from now on, each instead of the one to its prefix so far. */
  readonly best: Route[];
  /** Prefixes to which there is no route any more. */
  readonly gone: Prefix[];
}

/** All routes by source. One source has at most one route to a prefix. Prefixes have no host bits set. */
export class Rib {
  /** A table for each source, the preferred one first. */
  private readonly tables = ROUTE_SOURCES.map(() => new PrefixMap<Route>());

  /**
   * Makes `routes` all the routes of `source`. Returns the changes of best routes. A route that differs only in its cost
   * or in the order of its paths is no change: packets go the same way. Of two routes to one prefix the later one counts.
   */
  replaceSource(source: RouteSource, routes: readonly Route[]): RouteChanges {
    const rank = rankOf(source);
    const present = this.tables[rank];
    const wanted = new PrefixMap<Route>(routes.length);
    for (const route of routes) wanted.set(route.prefix, checked(source, route));
    this.tables[rank] = wanted;
    const changes: RouteChanges = { best: [], gone: [] };
    for (const route of present.values) {
      if (wanted.get(route.prefix) === undefined) this.compare(rank, route.prefix, route, undefined, changes);
    }
    for (const route of wanted.values) this.compare(rank, route.prefix, present.get(route.prefix), route, changes);
    sort(changes.best);
    changes.gone.sort(comparePrefixes);
    return changes;
  }

  /** Sets or, with undefined, takes away the route of `source` to `prefix`; returns the change of the best route, if any. */
  update(source: RouteSource, prefix: Prefix, route: Route | undefined): RouteChanges {
    const rank = rankOf(source);
    const table = this.tables[rank];
    const before = route === undefined ? table.delete(prefix) : table.set(prefix, checked(source, route));
    const changes: RouteChanges = { best: [], gone: [] };
    this.compare(rank, prefix, before, route, changes);
    return changes;
  }

  /** The best route to exactly this prefix. */
  best(prefix: Prefix): Route | undefined {
    return this.bestOf(prefix, 0, this.tables.length);
  }

  /** The best routes, sorted by prefix. */
  [Symbol.iterator](): Iterator<Route> {
    const best = this.tables.flatMap((table, rank) =>
      table.values.filter(({ prefix }) => this.bestOf(prefix, 0, rank) === undefined),
    );
    sort(best);
    return best.values();
  }

  /** Notes what it changes that the source of `rank` has the route `after` instead of `before` to `prefix`. */
  private compare(
    rank: number,
    prefix: Prefix,
    before: Route | undefined,
    after: Route | undefined,
    into: RouteChanges,
  ): void {
    if (before === after || this.bestOf(prefix, 0, rank) !== undefined) return;
    const other = before && after ? undefined : this.bestOf(prefix, rank + 1, this.tables.length);
    const route = after ?? other;
    if (sameWay(before ?? other, route)) return;
    if (route === undefined) into.gone.push(prefix);
    else into.best.push(route);
  }

  /** The best route among those of the sources from `rank` to before `end`. */
  private bestOf(prefix: Prefix, rank: number, end: number): Route | undefined {
    for (let source = rank; source < end; source++) {
      const route = this.tables[source].get(prefix);
      if (route !== undefined) return route;
    }
    return undefined;
  }
}

/** A large table comes in order more often than not. */
function sort(routes: Route[]): void {
  if (!areAscending(routes)) routes.sort((a, b) => comparePrefixes(a.prefix, b.prefix));
}

function rankOf(source: RouteSource): number {
  const rank = ROUTE_SOURCES.indexOf(source);
  if (rank < 0) throw new RangeError(`unknown route source ${source}`);
  return rank;
}

function checked(source: RouteSource, route: Route): Route {
  if (route.source !== source) throw new RangeError(`a ${route.source} route given as ${source}`);
  return route;
}

function sameWay(a: Route | undefined, b: Route | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.source === b.source && sameSet(a.paths, b.paths) && samePath(a.repair, b.repair);
}
