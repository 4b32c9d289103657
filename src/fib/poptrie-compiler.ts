import { BlockLedger } from './block-ledger.js';
import { popcount } from './ones.js';
import {
  CHILDREN,
  DIRECT_BITS,
  DIRECT_LEAF,
  HALF_WORDS,
  LEAFVEC,
  LEAVES,
  NODE_WORDS,
  type Poptrie,
  STRIDE,
  VECTOR,
} from './poptrie.js';
import type { PrefixStore } from './prefix-store.js';

/** Slots of half a node. */
const HALF_SLOTS = 32;

/** Nodes that a path from a direct entry can have: 6, 6 and 2 bits. */
const DEPTHS = 3;

/** No direct entry and no word offset has this value: there was no room. */
export const EXHAUSTED = 0x7fffffff;

/** One store that makes a change visible to readers, and what it replaces. */
export interface Publication {
  readonly words: Int32Array;
  readonly index: number;
  readonly value: number;
}

/**
 * Turns prefixes of the store into nodes and leaves in blocks of their own, where no reader can see them, and says which
 * store publishes them. The blocks taken and given up are in the two ledgers; after `EXHAUSTED` or undefined the caller
 * rolls them back.
 */
export class PoptrieCompiler {
  readonly nodeBlocks: BlockLedger;
  readonly leafBlocks: BlockLedger;
  /** The slots of one half for each depth: leaf group (what a child inherits), and store node of a child or 0. */
  private readonly slotGroups = new Uint16Array(DEPTHS * HALF_SLOTS);
  private readonly slotNodes = new Int32Array(DEPTHS * HALF_SLOTS);

  constructor(
    private readonly trie: Poptrie,
    private readonly store: PrefixStore,
  ) {
    this.nodeBlocks = new BlockLedger(trie.nodes.length / NODE_WORDS);
    this.leafBlocks = new BlockLedger(trie.leaves.length);
  }

  /** Compiles all below one direct entry and returns the entry to publish, or `EXHAUSTED`. */
  compileEntry(direct: number): number {
    const root = this.store.root(direct);
    const inherited = this.store.inherited(direct);
    if (root === 0) return DIRECT_LEAF | inherited;
    const at = this.takeNodes(1);
    return at !== EXHAUSTED && this.compileNode(at, 0, root, inherited) ? at : EXHAUSTED;
  }

  /** Gives up all that a direct entry leads to. */
  dropEntry(entry: number): void {
    if (entry < 0) return;
    this.dropBelow(entry);
    this.dropNodes(entry, 1);
  }

  /**
   * Compiles what the change of one prefix longer than 18 bits, already in the store, has altered: half a node, the
   * children inside the prefix, and a copy of the node's siblings. Undefined if there was no room.
   */
  compileChange(address: number, length: number): Publication | undefined {
    const direct = address >>> (32 - DIRECT_BITS);
    const entry = this.trie.direct[direct];
    if (entry < 0 || this.store.root(direct) === 0) return this.replaceEntry(direct, entry);
    const { nodes } = this.trie;
    let at = entry;
    let parentHalf = -1;
    let depth = 0;
    let rest = address << DIRECT_BITS;
    let node = this.store.root(direct);
    let inherited = this.store.inherited(direct);
    for (let end = DIRECT_BITS + STRIDE; length > end; end += STRIDE) {
      const half = halfOf(at, rest);
      const slot = rest >>> 26;
      if (((nodes[half + VECTOR] >>> slot) & 1) === 0) break;
      const below = this.descend(node, rest);
      if (!this.store.hasChildren(below)) break;
      inherited = this.inheritedBelow(node, rest, inherited);
      node = below;
      at = nodes[half + CHILDREN] + popcount(nodes[half + VECTOR] & belowSlot(slot)) * NODE_WORDS;
      parentHalf = half;
      rest <<= STRIDE;
      depth++;
    }
    const changed = changedSlots(rest, length - DIRECT_BITS - depth * STRIDE);
    const copy = this.copySiblings(parentHalf, at);
    if (copy === EXHAUSTED) return undefined;
    const side = rest >>> 31;
    this.expand(this.store.child(node, side), STRIDE - 1, depth * HALF_SLOTS, inherited);
    const oldHalf = halfOf(at, rest);
    if (!this.writeHalf(halfOf(copy, rest), depth, oldHalf, ~changed)) return undefined;
    this.dropHalf(oldHalf, changed);
    if (parentHalf < 0) return { words: this.trie.direct, index: direct, value: copy };
    return { words: nodes, index: parentHalf + CHILDREN, value: copy - (at - nodes[parentHalf + CHILDREN]) };
  }

  private replaceEntry(direct: number, old: number): Publication | undefined {
    const value = this.compileEntry(direct);
    if (value === EXHAUSTED) return undefined;
    this.dropEntry(old);
    return { words: this.trie.direct, index: direct, value };
  }

  /** The store node one stride below `node` on the way of `rest`, 0 if there is none. */
  private descend(node: number, rest: number): number {
    let below = node;
    for (let bit = 31; bit > 31 - STRIDE; bit--) below = this.store.child(below, (rest >>> bit) & 1);
    return below;
  }

  /** What a child reached by `rest` inherits, if `node` itself inherits or has `inherited`. */
  private inheritedBelow(node: number, rest: number, inherited: number): number {
    let below = node;
    let group = inherited;
    for (let bit = 31; bit > 31 - STRIDE; bit--) {
      below = this.store.child(below, (rest >>> bit) & 1);
      group = this.store.group(below) || group;
    }
    return group;
  }

  /** Copies the block of nodes that holds `at` and gives the old one up; returns where `at` is in the copy. */
  private copySiblings(parentHalf: number, at: number): number {
    const { nodes } = this.trie;
    const first = parentHalf < 0 ? at : nodes[parentHalf + CHILDREN];
    const count = parentHalf < 0 ? 1 : popcount(nodes[parentHalf + VECTOR]);
    const copy = this.takeNodes(count);
    if (copy === EXHAUSTED) return EXHAUSTED;
    nodes.copyWithin(copy, first, first + count * NODE_WORDS);
    this.dropNodes(first, count);
    return copy + (at - first);
  }

  private compileNode(at: number, depth: number, node: number, inherited: number): boolean {
    for (let side = 0; side < 2; side++) {
      this.expand(this.store.child(node, side), STRIDE - 1, depth * HALF_SLOTS, inherited);
      if (!this.writeHalf(at + side * HALF_WORDS, depth, at, 0)) return false;
    }
    return true;
  }

  /** Spreads the store's binary trie below `node` over 2^bits slots, the first of them at `slot`. */
  private expand(node: number, bits: number, slot: number, inherited: number): void {
    const group = this.store.group(node) || inherited;
    if (!this.store.hasChildren(node)) {
      const { slotGroups, slotNodes } = this;
      // A loop: most runs are a few slots, for which a call of fill() takes longer.
      for (let at = slot; at < slot + (1 << bits); at++) {
        slotGroups[at] = group;
        slotNodes[at] = 0;
      }
    } else if (bits === 0) {
      this.slotGroups[slot] = group;
      this.slotNodes[slot] = node;
    } else {
      this.expand(this.store.child(node, 0), bits - 1, slot, group);
      this.expand(this.store.child(node, 1), bits - 1, slot + (1 << (bits - 1)), group);
    }
  }

  /**
   * Writes the half at word offset `half` from the slots of `depth`. Children in the slots of `reuse` (bits) are taken over
   * from `oldHalf`, with the blocks they refer to; the others are compiled.
   */
  private writeHalf(half: number, depth: number, oldHalf: number, reuse: number): boolean {
    const { nodes } = this.trie;
    const oldVector = nodes[oldHalf + VECTOR];
    const oldChildren = nodes[oldHalf + CHILDREN];
    const vector = this.childSlots(depth);
    const count = popcount(vector);
    const first = count === 0 ? 0 : this.takeNodes(count);
    if (first === EXHAUSTED || !this.writeLeaves(half, depth, vector)) return false;
    nodes[half + VECTOR] = vector;
    nodes[half + CHILDREN] = first;
    let child = first;
    for (let left = vector; left !== 0; left &= left - 1) {
      const slot = 31 - Math.clz32(left & -left);
      if ((reuse >>> slot) & 1) {
        const old = oldChildren + popcount(oldVector & belowSlot(slot)) * NODE_WORDS;
        nodes.copyWithin(child, old, old + NODE_WORDS);
      } else {
        const at = depth * HALF_SLOTS + slot;
        if (!this.compileNode(child, depth + 1, this.slotNodes[at], this.slotGroups[at])) return false;
      }
      child += NODE_WORDS;
    }
    return true;
  }

  private childSlots(depth: number): number {
    let vector = 0;
    for (let slot = 0; slot < HALF_SLOTS; slot++) {
      if (this.slotNodes[depth * HALF_SLOTS + slot] !== 0) vector |= 1 << slot;
    }
    return vector;
  }

  /** Writes leafvec and the leaves; the first run of equal leaves needs no mark. */
  private writeLeaves(half: number, depth: number, vector: number): boolean {
    const { nodes, leaves } = this.trie;
    const groups = this.slotGroups;
    const base = depth * HALF_SLOTS;
    let leafvec = 0;
    let previous = -1;
    for (let left = ~vector; left !== 0; left &= left - 1) {
      const slot = 31 - Math.clz32(left & -left);
      const group = groups[base + slot];
      if (previous >= 0 && group !== previous) leafvec |= 1 << (slot - 1);
      previous = group;
    }
    const count = leafCount(vector, leafvec);
    const first = count === 0 ? 0 : this.leafBlocks.take(count);
    if (first < 0) return false;
    nodes[half + LEAFVEC] = leafvec;
    nodes[half + LEAVES] = first;
    let at = first;
    let run = -1;
    for (let left = ~vector; left !== 0; left &= left - 1) {
      const group = groups[base + 31 - Math.clz32(left & -left)];
      if (group === run) continue;
      leaves[at++] = group;
      run = group;
    }
    return true;
  }

  /** Gives up the blocks that a half refers to, and what its children in `slots` (bits) refer to. */
  private dropHalf(half: number, slots: number): void {
    const { nodes } = this.trie;
    const vector = nodes[half + VECTOR];
    const first = nodes[half + CHILDREN];
    for (let left = vector & slots; left !== 0; left &= left - 1) {
      const slot = 31 - Math.clz32(left & -left);
      this.dropBelow(first + popcount(vector & belowSlot(slot)) * NODE_WORDS);
    }
    this.dropNodes(first, popcount(vector));
    this.leafBlocks.drop(nodes[half + LEAVES], leafCount(vector, nodes[half + LEAFVEC]));
  }

  private dropBelow(at: number): void {
    this.dropHalf(at, -1);
    this.dropHalf(at + HALF_WORDS, -1);
  }

  private takeNodes(count: number): number {
    const first = this.nodeBlocks.take(count);
    return first < 0 ? EXHAUSTED : first * NODE_WORDS;
  }

  private dropNodes(at: number, count: number): void {
    this.nodeBlocks.drop(at / NODE_WORDS, count);
  }
}

function halfOf(at: number, rest: number): number {
  return at + (rest >>> 31) * HALF_WORDS;
}

/** The bits below a slot's; the slot counts modulo 32. */
function belowSlot(slot: number): number {
  return (1 << slot) - 1;
}

/** Leaves of a half: one for each run, none if all slots lead to children. */
function leafCount(vector: number, leafvec: number): number {
  return vector === -1 ? 0 : popcount(leafvec) + 1;
}

/** The slots (bits) of the half on the way of `rest` that a prefix covers or, if longer than the node, goes through. */
function changedSlots(rest: number, lengthInNode: number): number {
  const slot = (rest >>> 26) & (HALF_SLOTS - 1);
  const slots = lengthInNode >= STRIDE ? 1 : 1 << (STRIDE - lengthInNode);
  return slots === HALF_SLOTS ? -1 : ((1 << slots) - 1) << slot;
}
