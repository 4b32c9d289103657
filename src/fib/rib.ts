import type { Ipv4 } from '../base/ipv4.js';
import type { Prefix } from '../base/prefix.js';

/** Where a route comes from; of several routes to one prefix the source named first here is used. */
const ROUTE_SOURCES = ['local', 'connected', 'vip', 'static', 'ospf-intra', 'ospf-inter', 'ospf-external'] as const;
export type RouteSource = (typeof ROUTE_SOURCES)[number];

/** One way on; the kinds are explained at `Path` of `forward/messages.ts`. */
export type RibPath =
  | { readonly kind: 'neighbor'; readonly link: string; readonly via: Ipv4 }
  | { readonly kind: 'connected'; readonly link: string }
  | { readonly kind: 'local' }
  | { readonly kind: 'deliver' }
  | { readonly kind: 'blackhole' }
  | { readonly kind: 'prohibit' };

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

/** The route to `prefix` that is to be used from now on; undefined if there is none any more. */
export interface RouteChange {
  readonly prefix: Prefix;
  readonly route: Route | undefined;
}

/** The routes to one prefix, at most one of each source, the best first. */
type Candidates = readonly Route[];

const NONE: Candidates = [];

/** All routes by source. One source has at most one route to a prefix. Prefixes have no host bits set. */
export class Rib {
  private readonly candidates = new Map<number, Candidates>();
  private readonly bySource = new Map<RouteSource, Map<number, Route>>(
    ROUTE_SOURCES.map((source) => [source, new Map()]),
  );

  /**
   * Makes `routes` all the routes of `source`. Returns the changes of best routes, sorted by prefix. A route that differs
   * only in its cost or in the order of its paths is no change: packets go the same way. Of two routes to one prefix the
   * later one counts.
   */
  replaceSource(source: RouteSource, routes: Iterable<Route>): RouteChange[] {
    const present = this.routesOf(source);
    const wanted = new Map<number, Route>();
    for (const route of routes) wanted.set(keyOf(checked(source, route).prefix), route);
    this.bySource.set(source, wanted);
    const changes: RouteChange[] = [];
    for (const [key, { prefix }] of present) if (!wanted.has(key)) this.choose(source, key, prefix, undefined, changes);
    for (const [key, route] of wanted) this.choose(source, key, route.prefix, route, changes);
    return changes.sort((a, b) => comparePrefixes(a.prefix, b.prefix));
  }

  /** Sets or, with undefined, takes away the route of `source` to `prefix`; returns the change of the best route, if any. */
  update(source: RouteSource, prefix: Prefix, route: Route | undefined): RouteChange[] {
    const key = keyOf(prefix);
    if (route === undefined) this.routesOf(source).delete(key);
    else this.routesOf(source).set(key, checked(source, route));
    const changes: RouteChange[] = [];
    this.choose(source, key, prefix, route, changes);
    return changes;
  }

  /** The best route to exactly this prefix. */
  best(prefix: Prefix): Route | undefined {
    return this.candidates.get(keyOf(prefix))?.[0];
  }

  /** The best routes, sorted by prefix. */
  *[Symbol.iterator](): Generator<Route> {
    const keys = [...this.candidates.keys()].sort((a, b) => a - b);
    for (const key of keys) {
      const best = this.candidates.get(key)?.[0];
      if (best !== undefined) yield best;
    }
  }

  /** Makes `route` that of its source among the candidates, and notes what that changes. */
  private choose(
    source: RouteSource,
    key: number,
    prefix: Prefix,
    route: Route | undefined,
    into: RouteChange[],
  ): void {
    const before = this.candidates.get(key) ?? NONE;
    const after = replaceCandidate(before, source, route);
    if (after.length > 0) this.candidates.set(key, after);
    else this.candidates.delete(key);
    if (!sameWay(before[0], after[0])) into.push({ prefix, route: after[0] });
  }

  private routesOf(source: RouteSource): Map<number, Route> {
    const routes = this.bySource.get(source);
    if (routes === undefined) throw new RangeError(`unknown route source ${source}`);
    return routes;
  }
}

/** Orders prefixes by address, a shorter one before the longer ones inside it. */
function comparePrefixes(a: Prefix, b: Prefix): number {
  return keyOf(a) - keyOf(b);
}

/** A prefix as one number (38 bits) that sorts like `comparePrefixes`. */
function keyOf(prefix: Prefix): number {
  return prefix.address * 64 + prefix.length;
}

function checked(source: RouteSource, route: Route): Route {
  if (route.source !== source) throw new RangeError(`a ${route.source} route given as ${source}`);
  return route;
}

/** Most prefixes have one route, and nothing to compare it with. */
function replaceCandidate(candidates: Candidates, source: RouteSource, route: Route | undefined): Candidates {
  const others = candidates.length === 0 ? NONE : candidates.filter((candidate) => candidate.source !== source);
  if (route === undefined) return others;
  return others.length === 0 ? [route] : [...others, route].sort(comparePreference);
}

function comparePreference(a: Route, b: Route): number {
  return ROUTE_SOURCES.indexOf(a.source) - ROUTE_SOURCES.indexOf(b.source);
}

function sameWay(a: Route | undefined, b: Route | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.source === b.source &&
    a.paths.length === b.paths.length &&
    a.paths.every((path) => b.paths.some((other) => samePath(path, other))) &&
    samePath(a.repair, b.repair)
  );
}

function samePath(a: RibPath | undefined, b: RibPath | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.kind !== b.kind) return false;
  if (a.kind === 'neighbor' && b.kind === 'neighbor') return a.link === b.link && a.via === b.via;
  if (a.kind === 'connected' && b.kind === 'connected') return a.link === b.link;
  return true;
}
