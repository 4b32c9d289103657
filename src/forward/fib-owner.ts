import type { Ipv4 } from '../base/ipv4.js';
import { PairIndex } from '../base/pair-index.js';
import { areAscending, maskOf, type Prefix } from '../base/prefix.js';
import { NO_GROUP } from '../fib/next-hop-group.js';
import type { PoptrieSize, PoptrieWriter } from '../fib/poptrie-writer.js';
import { PrefixMap } from '../fib/prefix-map.js';
import { samePath } from '../fib/rib-path.js';
import type { GroupRefusal, GroupRegistry } from './group-registry.js';
import type { RouteRequest } from './messages.js';

/** Where the routes of a group are to lead instead. */
interface Move {
  /** One of the routes; all of them want the same. */
  readonly request: RouteRequest;
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
  private hasDefault = false;
  /** What an earlier controller asked for, and the present one has not. */
  private stale = new PrefixMap<Prefix>();

  constructor(trie: PoptrieWriter, groups: GroupRegistry) {
    this.trie = trie;
    this.groups = groups;
  }

  get routeCount(): number {
    return this.trie.size().prefixes + (this.hasDefault ? 1 : 0);
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
    const [wanted, unwanted] = distinct(upsert, remove);
    const refused = this.changeDefault(wanted, unwanted);
    const redirected = this.redirectGroups(wanted, unwanted);
    const prefixes: Prefix[] = [];
    const groups: number[] = [];
    for (const { prefix, paths, repair } of wanted) {
      if (isDefault(prefix)) continue;
      if (redirected.size > 0 && redirected.has(this.groupOf(prefix))) {
        this.stale.delete(prefix);
        continue;
      }
      const group = this.groups.acquire(paths, repair);
      if (typeof group === 'number') groups[prefixes.push(prefix) - 1] = group;
      else refused.push({ prefix, reason: group });
    }
    for (const prefix of unwanted) if (!isDefault(prefix)) groups[prefixes.push(prefix) - 1] = NO_GROUP;
    this.program(prefixes, groups, refused);
    return refused;
  }

  /** From now on routes are those of another controller; the ones there are become stale until they are asked for. */
  nextGeneration(): void {
    this.stale = new PrefixMap(this.routeCount);
    this.trie.eachPrefix((address, length) => this.stale.set({ address, length }, { address, length }));
    if (this.hasDefault) this.stale.set(DEFAULT_ROUTE, DEFAULT_ROUTE);
  }

  /** Removes all stale routes; returns how many there were. */
  sweep(): number {
    const stale = this.stale.values.slice();
    const refused = this.change([], stale);
    this.stale = new PrefixMap();
    for (const { prefix } of refused) this.stale.set(prefix, prefix);
    return stale.length - refused.length;
  }

  /** The longest match. */
  lookup(address: Ipv4): FibEntry | undefined {
    for (let length = 32; length > 0; length--) {
      const prefix = { address: (address & maskOf(length)) >>> 0, length };
      const group = this.groupOf(prefix);
      if (group !== NO_GROUP) return this.entryOf(prefix, group);
    }
    return this.hasDefault ? this.entryOf(DEFAULT_ROUTE, NO_GROUP) : undefined;
  }

  private groupOf({ address, length }: Prefix): number {
    return this.trie.get(address, length);
  }

  private entryOf(prefix: Prefix, group: number): FibEntry {
    return { prefix, group, ...this.groups.hopsOf(group), stale: this.stale.get(prefix) !== undefined };
  }

  /** The default route, which has no leaf of its own (`fib/next-hop-group.ts`). */
  private changeDefault(wanted: readonly RouteRequest[], unwanted: readonly Prefix[]): RefusedRoute[] {
    if (this.hasDefault && unwanted.some(isDefault)) {
      this.groups.setDefault([], undefined);
      this.hasDefault = false;
      this.stale.delete(DEFAULT_ROUTE);
    }
    const request = wanted.find(({ prefix }) => isDefault(prefix));
    if (request === undefined) return [];
    const reason = this.groups.setDefault(request.paths, request.repair);
    if (reason !== undefined) return [{ prefix: request.prefix, reason }];
    this.hasDefault = true;
    this.stale.delete(DEFAULT_ROUTE);
    return [];
  }

  /**
   * Where all routes of a group get the same new paths, as when a neighbor is lost or comes back, the group is redirected,
   * and no leaf of the FIB changes. Returns the groups for which that was done.
   */
  private redirectGroups(wanted: readonly RouteRequest[], unwanted: readonly Prefix[]): Set<number> {
    const moves = new Map<number, Move>();
    for (const request of wanted) {
      const group = this.groupOf(request.prefix);
      if (group === NO_GROUP) continue;
      const move = moves.get(group);
      if (move === undefined) moves.set(group, { request, routes: 1 });
      else move.routes = sameHops(move.request, request) ? move.routes + 1 : Number.NaN;
    }
    for (const prefix of unwanted) {
      const move = moves.get(this.groupOf(prefix));
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
  private program(prefixes: readonly Prefix[], groups: readonly number[], refused: RefusedRoute[]): void {
    const before = this.trie.apply(prefixes, groups);
    prefixes.forEach((prefix, index) => {
      const old = before?.[index] ?? this.groupOf(prefix);
      if (before !== undefined || this.trie.set(prefix.address, prefix.length, groups[index])) {
        // The leaf has its new group already, so that the old one can go.
        if (old !== NO_GROUP) this.groups.release(old);
        this.stale.delete(prefix);
        return;
      }
      refused.push({ prefix, reason: 'FIB memory exhausted' });
      if (groups[index] !== NO_GROUP) this.groups.release(groups[index]);
    });
  }
}

const DEFAULT_ROUTE: Prefix = { address: 0, length: 0 };

function isDefault(prefix: Prefix): boolean {
  return prefix.length === 0;
}

/** Each prefix once, in one of the lists: of several requests the last one counts, a removal more than all of them. */
function distinct(
  upsert: readonly RouteRequest[],
  remove: readonly Prefix[],
): [readonly RouteRequest[], readonly Prefix[]] {
  if (remove.length === 0 && areAscending(upsert)) return [upsert, remove];
  const index = new PairIndex(upsert.length + remove.length);
  const unwanted = remove.filter(({ address, length }) => {
    const numbered = index.size;
    return index.add(address, length) === numbered;
  });
  const wanted: RouteRequest[] = [];
  for (const request of upsert) {
    const number = index.add(request.prefix.address, request.prefix.length) - unwanted.length;
    if (number >= 0) wanted[number] = request;
  }
  return [wanted, unwanted];
}

/** True if they want the same; the order of paths counts, since it may be that of a path given twice. */
function sameHops(a: RouteRequest, b: RouteRequest): boolean {
  if (!samePath(a.repair, b.repair)) return false;
  if (a.paths === b.paths) return true;
  return a.paths.length === b.paths.length && a.paths.every((path, index) => samePath(path, b.paths[index]));
}
