import { ONES } from './ones.js';
import { CHILDREN, HALF_WORDS, LEAFVEC, LEAVES, NODE_WORDS, type Poptrie } from './poptrie.js';

/** A lookup of one address (signed or unsigned): the group of the longest prefix that covers it, 0 if there is none. */
export type SingleLookup = (address: number) => number;

/**
 * Makes the lookup of one address; `batch-lookup.ts` has that of many. It is a closure for V8, which compiles the arrays
 * into its code as constants, and the three nodes that a path can have are written out. `slot` is the bit of the slot in
 * its half. It allocates nothing.
 */
export function singleLookup({ direct, nodes, leaves }: Poptrie): SingleLookup {
  // V8 folds what is local, but loads and checks what is imported at every use.
  const ones = ONES;
  const halfWords = HALF_WORDS;
  const nodeShift = Math.log2(NODE_WORDS);
  const leafvec = LEAFVEC;
  const children = CHILDREN;
  const firstLeaf = LEAVES;
  const popcount = (word: number): number => ones[word & 0xffff] + ones[word >>> 16];
  const leafOf = (half: number, slot: number): number =>
    leaves[nodes[half + firstLeaf] + popcount(nodes[half + leafvec] & (slot - 1))];
  return (address) => {
    const entry = direct[address >>> 14];
    if (entry < 0) return entry & 0xffff;
    let half = entry + ((address >>> 11) & halfWords);
    let slot = 1 << (address >>> 8);
    let vector = nodes[half];
    if ((vector & slot) === 0) return leafOf(half, slot);
    half = nodes[half + children] + (popcount(vector & (slot - 1)) << nodeShift) + ((address >>> 5) & halfWords);
    slot = 1 << (address >>> 2);
    vector = nodes[half];
    if ((vector & slot) === 0) return leafOf(half, slot);
    half = nodes[half + children] + (popcount(vector & (slot - 1)) << nodeShift) + ((address << 1) & halfWords);
    return leafOf(half, 1 << (address << 4));
  };
}
