import { DIRECT_BITS, DIRECT_ENTRIES } from './poptrie.js';

const NONE = 0;

/**
 * All prefixes and their groups, as the writer of the poptrie knows them: the plain form from which the compiled one is
 * made. Private to the main thread.
 *
 * Prefixes of up to 18 bits are in a complete binary tree numbered like a heap (the prefix of length l and leading bits p
 * is entry 2^l + p). Longer ones are in binary tries, one for each direct entry of the poptrie, whose nodes are indices
 * into arrays that grow by doubling; node 0 is no node. A node at depth 18 + d stands for a prefix of that length.
 */
export class PrefixStore {
  private readonly shortGroups = new Uint16Array(2 * DIRECT_ENTRIES);
  private readonly roots = new Int32Array(DIRECT_ENTRIES);
  private children = new Int32Array(2 * 1024);
  private groups = new Uint16Array(1024);
  private freeNode = NONE;
  private nodeCount = 1;
  private prefixCount = 0;
  /** The nodes from a root to a prefix, filled by `set`. */
  private readonly path = new Int32Array(32 - DIRECT_BITS + 1);

  /** Prefixes in the store. */
  get size(): number {
    return this.prefixCount;
  }

  /** The group of exactly this prefix, 0 if it is not in the store. */
  get(address: number, length: number): number {
    if (length <= DIRECT_BITS) return this.shortGroups[heapIndex(address, length)];
    let node = this.roots[address >>> (32 - DIRECT_BITS)];
    for (let depth = DIRECT_BITS; node !== NONE && depth < length; depth++)
      node = this.child(node, bitAt(address, depth));
    return this.groups[node];
  }

  /** Sets the group of a prefix (0 takes it out) and returns the one it had. Host bits are zero. */
  set(address: number, length: number, group: number): number {
    const before = length <= DIRECT_BITS ? this.setShort(address, length, group) : this.setLong(address, length, group);
    if (before === 0 && group !== 0) this.prefixCount++;
    if (before !== 0 && group === 0) this.prefixCount--;
    return before;
  }

  /** Calls `visit` with each prefix, in no particular order. */
  each(visit: (address: number, length: number) => void): void {
    for (let length = 0; length <= DIRECT_BITS; length++) {
      for (let bits = 0; bits < 1 << length; bits++) {
        if (this.shortGroups[(1 << length) + bits] !== 0) visit(bits * 2 ** (32 - length), length);
      }
    }
    for (let direct = 0; direct < DIRECT_ENTRIES; direct++) {
      this.eachBelow(this.roots[direct], direct * 2 ** (32 - DIRECT_BITS), DIRECT_BITS, visit);
    }
  }

  /** Calls `visit` with the prefix of `node`, which is `address`/`length`, and with those below it. */
  private eachBelow(
    node: number,
    address: number,
    length: number,
    visit: (address: number, length: number) => void,
  ): void {
    if (node === NONE) return;
    if (this.groups[node] !== 0) visit(address, length);
    this.eachBelow(this.child(node, 0), address, length + 1, visit);
    this.eachBelow(this.child(node, 1), address + 2 ** (31 - length), length + 1, visit);
  }

  /** Group of the short prefix `heap` (see above); 0 = none. */
  shortGroup(heap: number): number {
    return this.shortGroups[heap];
  }

  /** Group of the longest prefix of up to 18 bits that covers a direct entry, 0 = none. */
  inherited(direct: number): number {
    for (let heap = DIRECT_ENTRIES + direct; heap > 0; heap >>>= 1) {
      if (this.shortGroups[heap] !== 0) return this.shortGroups[heap];
    }
    return 0;
  }

  /** Root of the trie of prefixes longer than 18 bits under a direct entry; 0 = there are none. */
  root(direct: number): number {
    return this.roots[direct];
  }

  /** Child of `node` on the side of `bit`; 0 = none. The children of node 0 are 0. */
  child(node: number, bit: number): number {
    return this.children[2 * node + bit];
  }

  hasChildren(node: number): boolean {
    return (this.children[2 * node] | this.children[2 * node + 1]) !== NONE;
  }

  /** Group of the prefix of `node`; 0 = the node is only on the way to others. */
  group(node: number): number {
    return this.groups[node];
  }

  private setShort(address: number, length: number, group: number): number {
    const heap = heapIndex(address, length);
    const before = this.shortGroups[heap];
    this.shortGroups[heap] = group;
    return before;
  }

  private setLong(address: number, length: number, group: number): number {
    if (group === 0 && this.get(address, length) === 0) return 0;
    const direct = address >>> (32 - DIRECT_BITS);
    let node = this.roots[direct];
    if (node === NONE) {
      node = this.newNode();
      this.roots[direct] = node;
    }
    const steps = length - DIRECT_BITS;
    for (let step = 0; step < steps; step++) {
      this.path[step] = node;
      node = this.descend(node, bitAt(address, DIRECT_BITS + step));
    }
    const before = this.groups[node];
    this.groups[node] = group;
    if (group === 0) this.prune(address, node, steps);
    return before;
  }

  private descend(node: number, bit: number): number {
    const child = this.children[2 * node + bit];
    if (child !== NONE) return child;
    const created = this.newNode();
    this.children[2 * node + bit] = created;
    return created;
  }

  /** Takes out `node`, `steps` below its root, and the nodes above it that were only on the way to it. */
  private prune(address: number, node: number, steps: number): void {
    let empty = node;
    for (let step = steps - 1; this.groups[empty] === 0 && !this.hasChildren(empty); step--) {
      this.releaseNode(empty);
      if (step < 0) {
        this.roots[address >>> (32 - DIRECT_BITS)] = NONE;
        return;
      }
      empty = this.path[step];
      this.children[2 * empty + bitAt(address, DIRECT_BITS + step)] = NONE;
    }
  }

  /** Free nodes are linked through their first child. */
  private newNode(): number {
    if (this.freeNode !== NONE) {
      const node = this.freeNode;
      this.freeNode = this.children[2 * node];
      this.children[2 * node] = NONE;
      return node;
    }
    if (this.nodeCount === this.groups.length) this.grow();
    return this.nodeCount++;
  }

  private releaseNode(node: number): void {
    this.children[2 * node] = this.freeNode;
    this.freeNode = node;
  }

  private grow(): void {
    const children = new Int32Array(this.children.length * 2);
    children.set(this.children);
    const groups = new Uint16Array(this.groups.length * 2);
    groups.set(this.groups);
    this.children = children;
    this.groups = groups;
  }
}

/** Number of a prefix of up to 18 bits in the heap. */
export function heapIndex(address: number, length: number): number {
  return (1 << length) | (length === 0 ? 0 : address >>> (32 - length));
}

/** Bit `depth` of an address; 0 is the leading one. */
function bitAt(address: number, depth: number): number {
  return (address >>> (31 - depth)) & 1;
}
