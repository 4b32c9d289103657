import type { Epochs } from './epoch.js';
import {
  BUCKET_PATHS,
  BUCKETS,
  GROUP_WORDS,
  GroupTable,
  MAX_ADJACENCY,
  MAX_GROUPS,
  MAX_PATHS,
  NO_GROUP,
  NO_PATH,
  PATH_COUNT,
  PATHS,
  REPAIR_PATH,
} from './next-hop-group.js';
import { RetireQueue } from './retire-queue.js';

/**
 * The single writer of the next-hop groups. Groups with the same content are one group (interned) with a reference count;
 * the index of a group that nobody refers to is used again once no worker can read it any more.
 *
 * A route first gets its new group, then its leaf is changed, then its old group is released: in this order a leaf that
 * a worker can reach always has a live group.
 */
export class GroupWriter {
  private readonly words: Uint16Array;
  private readonly capacity: number;
  private readonly byContent = new Map<string | number, number>();
  private readonly contents: (string | number | undefined)[] = [];
  private readonly references: Uint32Array;
  private readonly freeIndices: number[] = [];
  private readonly retired = new RetireQueue();
  private unusedIndex = NO_GROUP + 1;
  private live = 0;

  constructor(
    memory: SharedArrayBuffer,
    private readonly epochs: Epochs,
  ) {
    this.words = new GroupTable(memory).words;
    this.capacity = Math.min(MAX_GROUPS, Math.floor(this.words.length / GROUP_WORDS));
    this.references = new Uint32Array(this.capacity);
  }

  /** Groups in use. */
  get size(): number {
    return this.live;
  }

  /**
   * The group with these paths (1 to 16 adjacency indices; their order and repetitions do not count) and this repair
   * path (0 = none), with one reference more; 0 if all groups are taken.
   */
  intern(paths: readonly number[], repair: number): number {
    const set = canonicalPaths(paths);
    const content = contentKey(set, repair);
    const known = this.byContent.get(content);
    if (known !== undefined) {
      this.references[known]++;
      return known;
    }
    const group = this.takeIndex();
    if (group === NO_GROUP) return NO_GROUP;
    this.clear(group);
    this.write(group, set, repair);
    this.references[group] = 1;
    this.remember(group, content);
    this.live++;
    return group;
  }

  /** Takes a reference away. No leaf may refer to the group on account of it any more. */
  release(group: number): void {
    if (this.references[group] === 0) throw new RangeError(`next-hop group ${group} is not in use`);
    this.references[group]--;
    if (this.references[group] > 0) return;
    this.forget(group);
    this.live--;
    this.retired.push(group, this.epochs.current());
  }

  /**
   * Gives a group other paths, for all prefixes behind it at once. Buckets whose path stays keep it, so that flows move
   * only where they have to.
   */
  setPaths(group: number, paths: readonly number[], repair: number): void {
    if (this.references[group] === 0) throw new RangeError(`next-hop group ${group} is not in use`);
    const set = canonicalPaths(paths);
    this.forget(group);
    this.write(group, set, repair);
    this.remember(group, contentKey(set, repair));
  }

  /** Gives group 0 the paths (0 to 16) and the repair path of the default route; none: what no prefix covers has no route. */
  setDefault(paths: readonly number[], repair: number): void {
    this.write(NO_GROUP, paths.length === 0 ? [] : canonicalPaths(paths), repair);
  }

  /** Makes the indices of released groups available again, as far as no worker reads them. */
  reclaim(): void {
    if (this.retired.length === 0) return;
    this.epochs.advance();
    this.retired.reclaim(this.epochs, (group) => this.freeIndices.push(group));
  }

  private takeIndex(): number {
    if (this.freeIndices.length === 0 && this.retired.length > 0) this.reclaim();
    const free = this.freeIndices.pop();
    if (free !== undefined) return free;
    return this.unusedIndex < this.capacity ? this.unusedIndex++ : NO_GROUP;
  }

  /** After `setPaths`, two groups may have the same content: the first one is the one that `intern` finds. */
  private remember(group: number, content: string | number): void {
    this.contents[group] = content;
    if (!this.byContent.has(content)) this.byContent.set(content, group);
  }

  private forget(group: number): void {
    const content = this.contents[group];
    if (content !== undefined && this.byContent.get(content) === group) this.byContent.delete(content);
    this.contents[group] = undefined;
  }

  /** No worker reads the record of an index that is not in use. */
  private clear(group: number): void {
    const start = group * GROUP_WORDS;
    this.words.fill(0, start, start + GROUP_WORDS);
  }

  /** Paths come before a greater count and after a smaller one, so that a reader never meets an empty path. */
  private write(group: number, paths: readonly number[], repair: number): void {
    const words = this.words;
    const start = group * GROUP_WORDS;
    if (paths.length < words[start + PATH_COUNT]) Atomics.store(words, start + PATH_COUNT, paths.length);
    for (let index = 0; index < paths.length; index++) Atomics.store(words, start + PATHS + index, paths[index]);
    Atomics.store(words, start + PATH_COUNT, paths.length);
    Atomics.store(words, start + REPAIR_PATH, repair);
    const first = start + BUCKET_PATHS;
    const buckets = spread(words.subarray(first, first + BUCKETS), paths);
    for (let bucket = 0; bucket < BUCKETS; bucket++) Atomics.store(words, first + bucket, buckets[bucket]);
  }
}

/**
 * Spreads the buckets evenly over `paths`, if there are any. A bucket keeps its path as long as that path is in the set and has no more than
 * its share; where shares differ by one, the greater ones go to the paths that have most buckets now.
 */
function spread(current: Uint16Array, paths: readonly number[]): Uint16Array {
  const held = new Map<number, number>(paths.map((path) => [path, 0]));
  for (const path of current) {
    const count = held.get(path);
    if (count !== undefined) held.set(path, count + 1);
  }
  const byHeld = [...held].sort((a, b) => b[1] - a[1]);
  const share = new Map(byHeld.map(([path], rank) => [path, shareOf(rank, paths.length)]));
  const buckets = current.slice();
  const homeless: number[] = [];
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const left = share.get(buckets[bucket]) ?? 0;
    if (left === 0) homeless.push(bucket);
    else share.set(buckets[bucket], left - 1);
  }
  const vacancies = [...share].flatMap(([path, left]) => new Array<number>(left).fill(path));
  homeless.forEach((bucket, index) => {
    buckets[bucket] = vacancies[index] ?? NO_PATH;
  });
  return buckets;
}

function shareOf(rank: number, paths: number): number {
  return Math.floor(BUCKETS / paths) + (rank < BUCKETS % paths ? 1 : 0);
}

function canonicalPaths(paths: readonly number[]): readonly number[] {
  const set = paths.length === 1 ? paths : [...new Set(paths)].sort((a, b) => a - b);
  const fits = set.length > 0 && set.length <= MAX_PATHS && set[0] > NO_PATH && set[set.length - 1] <= MAX_ADJACENCY;
  if (!fits) throw new RangeError(`a group has 1 to ${MAX_PATHS} paths of 1 to ${MAX_ADJACENCY}; got [${paths}]`);
  return set;
}

/** A number for the one path that most routes have: a table of routes has the same few contents again and again. */
function contentKey(paths: readonly number[], repair: number): string | number {
  if (paths.length === 1) return paths[0] * (MAX_ADJACENCY + 1) + repair;
  return `${paths.join(',')}/${repair}`;
}
