import type { Ipv4 } from '../base/ipv4.js';
import { maskOf, type Prefix } from '../base/prefix.js';
import { NO_GROUP } from '../fib/next-hop-group.js';
import type { FibChange, PoptrieSize, PoptrieWriter } from '../fib/poptrie-writer.js';
import type { GroupRefusal, GroupRegistry } from './group-registry.js';
import type { RouteRequest } from './messages.js';

interface Route {
  readonly group: number;
  /** Number of the controller that asked for it last. */
  readonly generation: number;
}

/** Where the routes of a group are to lead instead. */
interface Move {
  /** One of the routes; all of them want the same. */
  readonly request: RouteRequest;
  readonly paths: string;
  /** Routes that move or go. */
  routes: number;
}

/** Why a route could not be programmed. */
export type RouteRefusal = GroupRefusal | 'FIB memory exhausted';

export interface RefusedRoute {
  readonly prefix: Prefix;
  readonly reason: RouteRefusal;
}

/** A route of the FIB with the indices that it is made of. */
export interface FibEntry {
  readonly prefix: Prefix;
  readonly group: number;
  readonly paths: readonly number[];
  readonly repair: number;
  /** Asked for by an earlier controller, and not yet by the present one. */
  readonly stale: boolean;
}

/**
 * The single writer of FIB, next-hop groups and the routes' adjacencies. Routes belong to the controller that asked for
 * them last; what a new one does not ask for again can be swept.
 */
export class FibOwner {
  private readonly trie: PoptrieWriter;
  private readonly groups: GroupRegistry;
  private readonly routes = new Map<number, Route>();
  private generation = 0;

  constructor(trie: PoptrieWriter, groups: GroupRegistry) {
    this.trie = trie;
    this.groups = groups;
  }

  get routeCount(): number {
    return this.routes.size;
  }

  get groupCount(): number {
    return this.groups.size;
  }

  size(): PoptrieSize {
    return this.trie.size();
  }

  /**
   * Changes routes; a prefix in both lists is removed. A route that is refused leaves the FIB as it was for its prefix; the
   * others are programmed. Workers read the new state once they have passed a fence of the mailbox.
   */
  change(upsert: readonly RouteRequest[], remove: readonly Prefix[]): RefusedRoute[] {
    const wanted = new Map<number, RouteRequest>();
    for (const request of upsert) wanted.set(keyOf(request.prefix), request);
    const unwanted = new Set(remove.map(keyOf));
    for (const key of unwanted) wanted.delete(key);
    const refused = this.changeDefault(wanted, unwanted);
    const redirected = this.redirectGroups(wanted, unwanted);
    const changes: FibChange[] = [];
    for (const [key, { prefix, paths, repair }] of wanted) {
      const present = this.routes.get(key)?.group ?? NO_GROUP;
      if (redirected.has(present)) {
        this.routes.set(key, { group: present, generation: this.generation });
        continue;
      }
      const group = this.groups.acquire(paths, repair);
      if (typeof group === 'number') changes.push({ address: prefix.address, length: prefix.length, group });
      else refused.push({ prefix, reason: group });
    }
    for (const key of unwanted) if (this.routes.has(key)) changes.push({ ...prefixOf(key), group: NO_GROUP });
    this.program(changes, refused);
    return refused;
  }

  /** From now on routes are those of another controller; the ones there are become stale until they are asked for. */
  nextGeneration(): void {
    this.generation++;
  }

  /** Removes all stale routes; returns how many there were. */
  sweep(): number {
    const stale: Prefix[] = [];
    for (const [key, { generation }] of this.routes) if (generation !== this.generation) stale.push(prefixOf(key));
    return stale.length - this.change([], stale).length;
  }

  /** The longest match. */
  lookup(address: Ipv4): FibEntry | undefined {
    for (let length = 32; length >= 0; length--) {
      const prefix = { address: (address & maskOf(length)) >>> 0, length };
      const route = this.routes.get(keyOf(prefix));
      if (route !== undefined) return this.entryOf(prefix, route);
    }
    return undefined;
  }

  private entryOf(prefix: Prefix, route: Route): FibEntry {
    const { group, generation } = route;
    return { prefix, group, ...this.groups.hopsOf(group), stale: generation !== this.generation };
  }

  /** Takes the default route out of the lists: what leads there has no leaf of its own (`fib/next-hop-group.ts`). */
  private changeDefault(wanted: Map<number, RouteRequest>, unwanted: Set<number>): RefusedRoute[] {
    const request = wanted.get(DEFAULT_ROUTE);
    wanted.delete(DEFAULT_ROUTE);
    if (unwanted.delete(DEFAULT_ROUTE) && this.routes.delete(DEFAULT_ROUTE)) this.groups.setDefault([], undefined);
    if (request === undefined) return [];
    const reason = this.groups.setDefault(request.paths, request.repair);
    if (reason !== undefined) return [{ prefix: request.prefix, reason }];
    this.routes.set(DEFAULT_ROUTE, { group: NO_GROUP, generation: this.generation });
    return [];
  }

  /**
   * Where all routes of a group get the same new paths, as when a neighbor is lost or comes back, the group is redirected,
   * and no leaf of the FIB changes. Returns the groups for which that was done.
   */
  private redirectGroups(wanted: ReadonlyMap<number, RouteRequest>, unwanted: ReadonlySet<number>): Set<number> {
    const moves = new Map<number, Move>();
    for (const [key, request] of wanted) {
      const group = this.routes.get(key)?.group;
      if (group === undefined) continue;
      const paths = JSON.stringify([request.paths, request.repair]);
      const move = moves.get(group);
      if (move === undefined) moves.set(group, { request, paths, routes: 1 });
      else move.routes = move.paths === paths ? move.routes + 1 : Number.NaN;
    }
    for (const key of unwanted) {
      const move = moves.get(this.routes.get(key)?.group ?? NO_GROUP);
      if (move !== undefined) move.routes++;
    }
    const redirected = new Set<number>();
    for (const [group, { request, routes }] of moves) {
      if (routes !== this.groups.routesOf(group)) continue;
      if (this.groups.redirect(group, request.paths, request.repair)) redirected.add(group);
    }
    return redirected;
  }

  /** All at once; if memory is short, one by one as far as it goes. */
  private program(changes: readonly FibChange[], refused: RefusedRoute[]): void {
    const whole = this.trie.apply(changes);
    for (const change of changes) {
      if (whole || this.trie.set(change.address, change.length, change.group)) {
        this.commit(change);
        continue;
      }
      refused.push({ prefix: { address: change.address, length: change.length }, reason: 'FIB memory exhausted' });
      if (change.group !== NO_GROUP) this.groups.release(change.group);
    }
  }

  /** The leaf has its new group already, so that the old one can go. */
  private commit(change: FibChange): void {
    const key = keyOf(change);
    const before = this.routes.get(key);
    if (change.group === NO_GROUP) this.routes.delete(key);
    else this.routes.set(key, { group: change.group, generation: this.generation });
    if (before !== undefined) this.groups.release(before.group);
  }
}

/** The number of 0.0.0.0/0. */
const DEFAULT_ROUTE = 0;

/** Prefixes as numbers: the address, then six bits for the length. */
function keyOf(prefix: Prefix): number {
  return prefix.address * 64 + prefix.length;
}

function prefixOf(key: number): Prefix {
  return { address: Math.floor(key / 64), length: key % 64 };
}
