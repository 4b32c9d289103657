import { CHILDREN, DIRECT_LEAF, HALF_WORDS, LEAFVEC, LEAVES, NODE_WORDS, type Poptrie, popcount } from './poptrie.js';

/** A lookup of many addresses: of `addresses[0]` to `addresses[count - 1]`, the answers into `groups` at the same places. */
export type BatchLookup = (count: number) => void;

/**
 * Makes the lookup of a whole batch. The answers are those of `lookup` (`poptrie.ts`), each at some time during the call.
 *
 * A lookup waits for memory at three places, one after another; those of different addresses do not depend on each other.
 * So all addresses take the first step before one takes the second. The first two loops do not branch on what they load:
 * a branch that was guessed wrong, and is found out only when the load is done, would keep the loads behind it from
 * starting. Of the second loop only the touch is needed: it loads half a node for direct leaves too, some half that
 * nobody looks at. The price is a third of that of single lookups.
 *
 * It is a closure for V8, which compiles the arrays into its code as constants; it allocates nothing.
 *
 * @param addresses unsigned or signed 32-bit numbers
 * @param groups at least as long
 */
export function batchLookup(trie: Poptrie, addresses: Int32Array | Uint32Array, groups: Int32Array): BatchLookup {
  const { direct, nodes, leaves } = trie;
  const entries = new Int32Array(addresses.length);
  const vectors = new Int32Array(addresses.length);
  // V8 folds what is local, but loads and checks what is imported at every use.
  const offsetMask = ~DIRECT_LEAF;
  const halfWords = HALF_WORDS;
  const nodeShift = Math.log2(NODE_WORDS);
  const leafvec = LEAFVEC;
  const children = CHILDREN;
  const firstLeaf = LEAVES;
  const ones = popcount;
  return (count) => {
    for (let i = 0; i < count; i++) entries[i] = direct[addresses[i] >>> 14];
    for (let i = 0; i < count; i++) vectors[i] = nodes[(entries[i] & offsetMask) + ((addresses[i] >>> 11) & halfWords)];
    for (let i = 0; i < count; i++) {
      const entry = entries[i];
      if (entry < 0) continue;
      const address = addresses[i];
      let half = entry + ((address >>> 11) & halfWords);
      let slot = 1 << (address >>> 8);
      let vector = vectors[i];
      if ((vector & slot) !== 0) {
        half = nodes[half + children] + (ones(vector & (slot - 1)) << nodeShift) + ((address >>> 5) & halfWords);
        slot = 1 << (address >>> 2);
        vector = nodes[half];
        if ((vector & slot) !== 0) {
          half = nodes[half + children] + (ones(vector & (slot - 1)) << nodeShift) + ((address << 1) & halfWords);
          slot = 1 << (address << 4);
        }
      }
      entries[i] = nodes[half + firstLeaf] + ones(nodes[half + leafvec] & (slot - 1));
    }
    for (let i = 0; i < count; i++) {
      const entry = entries[i];
      groups[i] = entry < 0 ? entry & 0xffff : leaves[entry];
    }
  };
}
