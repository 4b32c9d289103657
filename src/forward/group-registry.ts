import type { GroupWriter } from '../fib/group-writer.js';
import { NO_GROUP, NO_PATH } from '../fib/next-hop-group.js';
import type { AdjacencyRegistry } from './adjacency-registry.js';
import type { Path } from './messages.js';

/** Why there is no group for some paths. */
export type GroupRefusal = 'no usable path' | 'next-hop groups exhausted';

/** Adjacency indices; whoever holds them has one reference to each. */
interface Hops {
  readonly paths: readonly number[];
  readonly repair: number;
}

interface Group {
  hops: Hops;
  routes: number;
}

/**
 * The next-hop groups of the routes: each counts its routes, and holds the adjacencies that it leads to. Routes with the
 * same paths share a group.
 */
export class GroupRegistry {
  private readonly writer: GroupWriter;
  private readonly adjacencies: AdjacencyRegistry;
  private readonly groups = new Map<number, Group>();

  constructor(writer: GroupWriter, adjacencies: AdjacencyRegistry) {
    this.writer = writer;
    this.adjacencies = adjacencies;
  }

  get size(): number {
    return this.writer.size;
  }

  /** What a group leads to; none for a group that is not in use. */
  hopsOf(group: number): Hops {
    return this.groups.get(group)?.hops ?? { paths: [], repair: NO_PATH };
  }

  /** How many routes have the group. */
  routesOf(group: number): number {
    return this.groups.get(group)?.routes ?? 0;
  }

  /** The group of these paths with one route more, or why there is none. Paths over unknown links are left out. */
  acquire(paths: readonly Path[], repair: Path | undefined): number | GroupRefusal {
    const hops = this.acquireHops(paths, repair);
    if (hops === undefined) return 'no usable path';
    const group = this.writer.intern(hops.paths, hops.repair);
    const known = this.groups.get(group);
    if (known === undefined && group !== NO_GROUP) {
      this.groups.set(group, { hops, routes: 1 });
      return group;
    }
    this.releaseHops(hops);
    if (known === undefined) return 'next-hop groups exhausted';
    known.routes++;
    return group;
  }

  /** One route less. No leaf may refer to the group on account of it any more. */
  release(group: number): void {
    this.writer.release(group);
    const known = this.groups.get(group);
    if (known === undefined || --known.routes > 0) return;
    this.groups.delete(group);
    this.releaseHops(known.hops);
  }

  /**
   * Has a group lead elsewhere, for all its routes at once; flows stay on the paths that stay. Returns false, and changes
   * nothing, if none of the paths is usable.
   */
  redirect(group: number, paths: readonly Path[], repair: Path | undefined): boolean {
    const known = this.groups.get(group);
    const hops = known && this.acquireHops(paths, repair);
    if (known === undefined || hops === undefined) return false;
    this.writer.setPaths(group, hops.paths, hops.repair);
    this.releaseHops(known.hops);
    known.hops = hops;
    return true;
  }

  /** Has the default route lead there; without paths there is none. Returns why not, if none of the paths is usable. */
  setDefault(paths: readonly Path[], repair: Path | undefined): GroupRefusal | undefined {
    const hops = paths.length === 0 ? { paths: [], repair: NO_PATH } : this.acquireHops(paths, repair);
    if (hops === undefined) return 'no usable path';
    this.writer.setDefault(hops.paths, hops.repair);
    this.releaseHops(this.hopsOf(NO_GROUP));
    this.groups.set(NO_GROUP, { hops, routes: 1 });
    return undefined;
  }

  private acquireHops(paths: readonly Path[], repair: Path | undefined): Hops | undefined {
    const found = paths.map((path) => this.adjacencies.acquire(path));
    // A table of routes takes this way a million times: filter() makes a list with room to grow.
    const indices = found.includes(NO_PATH) ? found.filter((index) => index !== NO_PATH) : found;
    if (indices.length === 0) return undefined;
    return { paths: indices, repair: repair === undefined ? NO_PATH : this.adjacencies.acquire(repair) };
  }

  private releaseHops({ paths, repair }: Hops): void {
    for (const index of paths) this.adjacencies.release(index);
    if (repair !== NO_PATH) this.adjacencies.release(repair);
  }
}
