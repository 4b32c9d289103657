import { ONES } from './ones.js';
import { CHILDREN, DIRECT_LEAF, HALF_WORDS, LEAFVEC, LEAVES, NODE_WORDS, type Poptrie } from './poptrie.js';

/** A lookup of many addresses: of `addresses[0]` to `addresses[count - 1]`, the answers into `groups` at the same places. */
export type BatchLookup = (count: number) => void;

/**
 * Makes the lookup of a whole batch. The answers are those of `singleLookup`, each at some time during the call.
 *
 * A lookup waits for memory at three places, one after another; those of different addresses do not depend on each other.
 * So all addresses take the first step before one takes the second. The first two loops do not branch on what they load:
 * a branch that was guessed wrong, and is found out only when the load is done, would keep the loads behind it from
 * starting. So the first one writes every address into the list of those that have a node, and only the length of that
 * list depends on whether it has one. The second one does nothing but load.
 *
 * It is a closure for V8, which compiles the arrays into its code as constants; it allocates nothing.
 *
 * @param addresses unsigned or signed 32-bit numbers
 * @param groups at least as long
 */
export function batchLookup(trie: Poptrie, addresses: Int32Array | Uint32Array, groups: Int32Array): BatchLookup {
  const { direct, nodes, leaves } = trie;
  // Of the addresses whose answer is not in `direct`: place in the batch, address, word of the half node, its vector.
  const places = new Int32Array(addresses.length + 1);
  const rest = new Int32Array(addresses.length + 1);
  const halves = new Int32Array(addresses.length + 1);
  const vectors = new Int32Array(addresses.length);
  // V8 folds what is local, but loads and checks what is imported at every use.
  const offsetMask = ~DIRECT_LEAF;
  const halfWords = HALF_WORDS;
  const nodeShift = Math.log2(NODE_WORDS);
  const leafvec = LEAFVEC;
  const children = CHILDREN;
  const firstLeaf = LEAVES;
  const table = ONES;
  const ones = (word: number): number => table[word & 0xffff] + table[word >>> 16];
  return (count) => {
    let left = 0;
    for (let i = 0; i < count; i++) {
      const address = addresses[i];
      const entry = direct[address >>> 14];
      groups[i] = entry & 0xffff;
      places[left] = i;
      rest[left] = address;
      halves[left] = (entry & offsetMask) + ((address >>> 11) & halfWords);
      left += 1 + (entry >> 31); // a negative entry is a leaf
    }
    for (let i = 0; i < left; i++) vectors[i] = nodes[halves[i]];
    for (let i = 0; i < left; i++) {
      const address = rest[i];
      let half = halves[i];
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
      halves[i] = nodes[half + firstLeaf] + ones(nodes[half + leafvec] & (slot - 1));
    }
    for (let i = 0; i < left; i++) groups[places[i]] = leaves[halves[i]];
  };
}
