/**
 * Next-hop groups: what a leaf of the FIB points at. A group has 1 to 16 paths (adjacency indices), 64 buckets that
 * spread flows over them, and a repair path. Routes share groups, so that a change of a group's paths is one change
 * whatever the number of prefixes behind it. This file has the layout and the readers; `group-writer.ts` changes it.
 *
 * A record is 96 unsigned 16-bit words (three cache lines): path count, repair path, unused words, the paths at 16, the
 * buckets at 32. A bucket holds an adjacency index, not a position, so that the usual case is one load.
 *
 * Readers take no lock. A group is written before a leaf publishes its index, and its words change one by one
 * (`Atomics.store`): a reader sees an old or a new adjacency in each of them. Both are valid until the worker's next
 * quiescent point, because an adjacency index is not reused before that (`epoch.ts`).
 */

/** Paths of one group at most. */
export const MAX_PATHS = 16;

/** Buckets of one group. A power of two. */
export const BUCKETS = 64;

export const GROUP_WORDS = 96;
export const PATH_COUNT = 0;
export const REPAIR_PATH = 1;
export const PATHS = 16;
export const BUCKET_PATHS = 32;

/**
 * Group 0 is the answer where no prefix of the FIB covers an address; a leaf has 16 bits. It has the paths of the default
 * route, so that a change of that route alters no leaf, or none at all: no route.
 */
export const NO_GROUP = 0;
export const MAX_GROUPS = 0x10000;

/** Adjacency 0 means none; a path has 16 bits. */
export const NO_PATH = 0;
export const MAX_ADJACENCY = 0xffff;

/** Allocates room for groups 1 to `groups - 1` (`groups` at most 65,536); memory is only touched where it is used. */
export function allocateGroups(groups: number = MAX_GROUPS): SharedArrayBuffer {
  return new SharedArrayBuffer(groups * GROUP_WORDS * Uint16Array.BYTES_PER_ELEMENT);
}

/** A view of the groups' memory; each thread makes its own. */
export class GroupTable {
  readonly words: Uint16Array;

  constructor(memory: SharedArrayBuffer) {
    this.words = new Uint16Array(memory);
  }
}

/** The layout once more for the hot path, because V8 folds only constants that a module does not export. */
const RECORD = GROUP_WORDS;
const COUNT = PATH_COUNT;
const REPAIR = REPAIR_PATH;
const FIRST_PATH = PATHS;
const FIRST_BUCKET = BUCKET_PATHS;
const LAST_BUCKET = BUCKETS - 1;

/** The adjacency that a flow takes while it is up; `hash` is any 32-bit number, its low six bits choose. Hot path. */
export function bucketPath(table: GroupTable, group: number, hash: number): number {
  return table.words[group * RECORD + FIRST_BUCKET + (hash & LAST_BUCKET)];
}

/** The number of equal-cost paths, 1 to 16; 0 for group 0 without a default route. */
export function pathCount(table: GroupTable, group: number): number {
  return table.words[group * RECORD + COUNT];
}

/** The adjacency of path `index` (0 to `pathCount` - 1), for walking on when a bucket's path is down. */
export function pathAt(table: GroupTable, group: number, index: number): number {
  return table.words[group * RECORD + FIRST_PATH + index];
}

/** The adjacency to take when every path is down, 0 if there is none. */
export function repairPath(table: GroupTable, group: number): number {
  return table.words[group * RECORD + REPAIR];
}
