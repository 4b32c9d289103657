import type { Ipv4 } from '../base/ipv4.js';
import { maskOf, type Prefix } from '../base/prefix.js';
import type { GroupWriter } from '../fib/group-writer.js';
import { NO_GROUP, NO_PATH } from '../fib/next-hop-group.js';
import type { FibChange, PoptrieSize, PoptrieWriter } from '../fib/poptrie-writer.js';
import type { AdjacencyRegistry } from './adjacency-registry.js';
import type { Path, RouteRequest } from './messages.js';

interface Route {
  readonly group: number;
  /** Number of the controller that asked for it last. */
  readonly generation: number;
}

interface Group {
  /** Adjacency indices; the group holds one reference to each. */
  readonly paths: readonly number[];
  readonly repair: number;
  routes: number;
}

/** Why a route could not be programmed. */
export type RouteRefusal = 'no usable path' | 'next-hop groups exhausted' | 'FIB memory exhausted';

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
  private readonly groups: GroupWriter;
  private readonly adjacencies: AdjacencyRegistry;
  private readonly routes = new Map<number, Route>();
  private readonly contents = new Map<number, Group>();
  private generation = 0;

  constructor(trie: PoptrieWriter, groups: GroupWriter, adjacencies: AdjacencyRegistry) {
    this.trie = trie;
    this.groups = groups;
    this.adjacencies = adjacencies;
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
   * Changes routes. A route that is refused leaves the FIB as it was for its prefix; the others are programmed. Workers
   * read the new state once they have passed a fence of the mailbox.
   */
  change(upsert: readonly RouteRequest[], remove: readonly Prefix[]): RefusedRoute[] {
    const refused: RefusedRoute[] = [];
    const changes: FibChange[] = [];
    for (const { prefix, paths, repair } of upsert) {
      const group = this.acquireGroup(paths, repair);
      if (typeof group === 'number') changes.push({ ...prefix, group });
      else refused.push({ prefix, reason: group });
    }
    for (const prefix of remove) {
      if (this.routes.has(keyOf(prefix))) changes.push({ ...prefix, group: NO_GROUP });
    }
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
    this.change([], stale);
    return stale.length;
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
    const content = this.contents.get(route.group);
    return {
      prefix,
      group: route.group,
      paths: content?.paths ?? [],
      repair: content?.repair ?? NO_PATH,
      stale: route.generation !== this.generation,
    };
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
      if (change.group !== NO_GROUP) this.releaseGroup(change.group);
    }
  }

  /** The leaf has its new group already, so that the old one can go. */
  private commit(change: FibChange): void {
    const key = keyOf(change);
    const before = this.routes.get(key);
    if (change.group === NO_GROUP) this.routes.delete(key);
    else this.routes.set(key, { group: change.group, generation: this.generation });
    if (before !== undefined) this.releaseGroup(before.group);
  }

  /** The group of these paths with one route more, or why there is none. Paths over unknown links are left out. */
  private acquireGroup(paths: readonly Path[], repair: Path | undefined): number | RouteRefusal {
    const indices = paths.map((path) => this.adjacencies.acquire(path)).filter((index) => index !== NO_PATH);
    if (indices.length === 0) return 'no usable path';
    const repairIndex = repair === undefined ? NO_PATH : this.adjacencies.acquire(repair);
    const group = this.groups.intern(indices, repairIndex);
    const known = this.contents.get(group);
    if (known !== undefined) {
      known.routes++;
      this.releaseAdjacencies(indices, repairIndex);
      return group;
    }
    if (group === NO_GROUP) {
      this.releaseAdjacencies(indices, repairIndex);
      return 'next-hop groups exhausted';
    }
    this.contents.set(group, { paths: indices, repair: repairIndex, routes: 1 });
    return group;
  }

  private releaseGroup(group: number): void {
    this.groups.release(group);
    const content = this.contents.get(group);
    if (content === undefined || --content.routes > 0) return;
    this.contents.delete(group);
    this.releaseAdjacencies(content.paths, content.repair);
  }

  private releaseAdjacencies(paths: readonly number[], repair: number): void {
    for (const index of paths) this.adjacencies.release(index);
    if (repair !== NO_PATH) this.adjacencies.release(repair);
  }
}

/** Prefixes as numbers: the address, then six bits for the length. */
function keyOf(prefix: Prefix): number {
  return prefix.address * 64 + prefix.length;
}

function prefixOf(key: number): Prefix {
  return { address: Math.floor(key / 64), length: key % 64 };
}
