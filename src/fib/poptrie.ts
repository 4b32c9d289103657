import { sharedMemory } from '../base/shared-memory.js';
import { SCRATCH_BYTES } from './lookup-scratch.js';

/**
 * The compiled FIB: a poptrie (Asai and Ohara, SIGCOMM 2015), k = 6 with 18 direct-pointed bits, in shared memory. This
 * file has the layout; `single-lookup.ts` and `batch-lookup.ts` read it, `poptrie-writer.ts` builds and changes it while
 * workers read.
 *
 * The first 18 bits of an address index `direct`. The remaining 14 are consumed 6 at a time (6, 6, and 2 with four zero
 * bits behind them), the first bit of each 6 choosing the half. A node has 64 slots in two halves of 32, and each half has its own four words, so that a step takes
 * one popcount:
 *
 * | word | meaning |
 * |---|---|
 * | vector | bit s: slot s leads to a child node; otherwise it is a leaf |
 * | leafvec | bit s: the leaf of the next leaf slot above s differs; equal neighbors share one leaf |
 * | children | word offset in `nodes` of the half's first child; its children are neighbors |
 * | leaves | index in `leaves` of the half's first leaf |
 *
 * Both popcounts cover the bits below the slot. A leaf is the index of a next-hop group, 0 = no route.
 *
 * **Readers take no lock.** Words that readers can reach never change, but for two kinds: an entry of `direct`, and
 * `children` of a half, whose vector stays the same. The writer builds new blocks aside, then publishes them by one
 * `Atomics.store` of such a word, and keeps the old blocks unchanged until each worker has passed a quiescent point
 * (`epoch.ts`). So a lookup sees the state before or after a change, never a mixture:
 * - 32-bit elements of an Int32Array do not tear (ECMAScript memory model), hence each word is old or new.
 * - The store that publishes is a release: what was written to the new blocks comes before it on every machine.
 * - A reader loads the word, then loads from the address computed out of it. x86 does not reorder loads, and ARM keeps
 *   loads in the order of an address dependency, so the second load sees the new block. The compiler cannot break the
 *   dependency, because the word's value is not known to it.
 * - A compiler may reuse a value loaded earlier, but not across the atomics of the next quiescent point.
 */

/** Leading bits of an address that index `direct`. */
export const DIRECT_BITS = 18;
export const DIRECT_ENTRIES = 1 << DIRECT_BITS;

/** Bits consumed by one node. */
export const STRIDE = 6;

/** Words (32 bits) of a node and of one of its halves. */
export const NODE_WORDS = 8;
export const HALF_WORDS = 4;

/** Word positions within a half. */
export const VECTOR = 0;
export const LEAFVEC = 1;
export const CHILDREN = 2;
export const LEAVES = 3;

/** A negative direct entry is a leaf, its low 16 bits are the group; any other is the word offset of a node. */
export const DIRECT_LEAF = 0x80000000 | 0;

/**
 * The memory of one poptrie, to be handed to workers as it is: 2^18 signed 32-bit direct entries, nodes of eight 32-bit
 * words, unsigned 16-bit leaves. They lie behind one another in one buffer, so that few large pages hold what is used; the
 * scratch memory of readers comes last.
 */
export interface PoptrieMemory {
  readonly memory: WebAssembly.Memory;
  /** Nodes and leaves that there is room for, multiples of 32. */
  readonly capacity: PoptrieCapacity;
}

/** Room for nodes and leaves; both are rounded up to a multiple of 32. */
export interface PoptrieCapacity {
  readonly nodes: number;
  readonly leaves: number;
}

/**
 * About four times what a full Internet table of one million prefixes takes. Memory is only touched where it is used, so
 * that a small table costs its own size and the direct entries.
 */
export const DEFAULT_CAPACITY: PoptrieCapacity = { nodes: 1 << 18, leaves: 1 << 22 };

/** Units (nodes or leaves) that are handed out together; `block-pool.ts`. */
export const CHUNK_UNITS = 32;

const DIRECT_BYTES = DIRECT_ENTRIES * Int32Array.BYTES_PER_ELEMENT;
const NODE_BYTES = NODE_WORDS * Int32Array.BYTES_PER_ELEMENT;

/** Threads that look up batches at most. */
export const MAX_READERS = 16;

/** Where the parts are in the memory, in bytes. */
export interface PoptrieLayout {
  readonly direct: number;
  readonly nodes: number;
  readonly leaves: number;
  readonly scratch: number;
  readonly bytes: number;
}

function layoutOf({ nodes, leaves }: PoptrieCapacity): PoptrieLayout {
  const nodesAt = DIRECT_BYTES;
  const leavesAt = nodesAt + nodes * NODE_BYTES;
  const scratch = leavesAt + leaves * Uint16Array.BYTES_PER_ELEMENT;
  return { direct: 0, nodes: nodesAt, leaves: leavesAt, scratch, bytes: scratch + MAX_READERS * SCRATCH_BYTES };
}

/** Gives `bytes` bytes of shared memory or a little more, all zero. */
export type AllocateShared = (bytes: number) => WebAssembly.Memory;

/** Allocates an empty poptrie: no address has a route. */
export function allocatePoptrie(
  capacity: PoptrieCapacity = DEFAULT_CAPACITY,
  allocate: AllocateShared = sharedMemory,
): PoptrieMemory {
  const nodes = roundUp(capacity.nodes);
  const leaves = roundUp(capacity.leaves);
  const memory = allocate(layoutOf({ nodes, leaves }).bytes);
  new Int32Array(memory.buffer, 0, DIRECT_ENTRIES).fill(DIRECT_LEAF);
  return { memory, capacity: { nodes, leaves } };
}

function roundUp(units: number): number {
  return Math.ceil(units / CHUNK_UNITS) * CHUNK_UNITS;
}

/** Views of a poptrie's memory; each thread makes its own. */
export class Poptrie {
  readonly memory: WebAssembly.Memory;
  readonly layout: PoptrieLayout;
  readonly direct: Int32Array;
  readonly nodes: Int32Array;
  readonly leaves: Uint16Array;

  constructor({ memory, capacity }: PoptrieMemory) {
    const { buffer } = memory;
    this.memory = memory;
    this.layout = layoutOf(capacity);
    this.direct = new Int32Array(buffer, this.layout.direct, DIRECT_ENTRIES);
    this.nodes = new Int32Array(buffer, this.layout.nodes, capacity.nodes * NODE_WORDS);
    this.leaves = new Uint16Array(buffer, this.layout.leaves, capacity.leaves);
  }
}
