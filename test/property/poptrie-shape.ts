import assert from 'node:assert/strict';
import { popcount } from '../../src/fib/ones.js';
import {
  CHILDREN,
  DIRECT_ENTRIES,
  HALF_WORDS,
  LEAFVEC,
  LEAVES,
  NODE_WORDS,
  type Poptrie,
  VECTOR,
} from '../../src/fib/poptrie.js';

/** What a walk over all that readers can reach has found. */
export interface PoptrieShape {
  nodes: number;
  leaves: number;
  /** Each direct entry that leads to nodes, written out: equal texts mean equal tries wherever their blocks lie. */
  entries: Map<number, string>;
}

/** Walks a poptrie; fails if a block is outside the memory or two blocks overlap. */
export function shapeOf(trie: Poptrie): PoptrieShape {
  const walk = new Walk(trie);
  for (let direct = 0; direct < DIRECT_ENTRIES; direct++) {
    const entry = trie.direct[direct];
    if (entry >= 0) walk.shape.entries.set(direct, walk.node(entry));
  }
  return walk.shape;
}

class Walk {
  readonly shape: PoptrieShape = { nodes: 0, leaves: 0, entries: new Map() };
  private readonly nodeSeen: Uint8Array;
  private readonly leafSeen: Uint8Array;

  constructor(private readonly trie: Poptrie) {
    this.nodeSeen = new Uint8Array(trie.nodes.length / NODE_WORDS);
    this.leafSeen = new Uint8Array(trie.leaves.length);
  }

  node(at: number): string {
    assert.equal(at % NODE_WORDS, 0);
    this.shape.nodes++;
    claim(this.nodeSeen, at / NODE_WORDS);
    return `(${this.half(at)}|${this.half(at + HALF_WORDS)})`;
  }

  private half(at: number): string {
    const { nodes, leaves } = this.trie;
    const vector = nodes[at + VECTOR];
    const leafvec = nodes[at + LEAFVEC];
    const groups = [];
    const leafCount = vector === -1 ? 0 : popcount(leafvec) + 1;
    for (let leaf = 0; leaf < leafCount; leaf++) {
      claim(this.leafSeen, nodes[at + LEAVES] + leaf);
      groups.push(leaves[nodes[at + LEAVES] + leaf]);
    }
    this.shape.leaves += leafCount;
    const children = [];
    for (let child = 0; child < popcount(vector); child++) {
      children.push(this.node(nodes[at + CHILDREN] + child * NODE_WORDS));
    }
    return `${vector}:${leafvec}:${groups}:${children.join('')}`;
  }
}

function claim(seen: Uint8Array, unit: number): void {
  assert.ok(unit >= 0 && unit < seen.length, `unit ${unit} is outside the memory`);
  assert.equal(seen[unit], 0, `unit ${unit} belongs to two blocks`);
  seen[unit] = 1;
}
