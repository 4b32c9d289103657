import type { Poptrie } from '../../src/fib/poptrie.js';
import { singleLookup } from '../../src/fib/single-lookup.js';

/** One lookup, for those who do not make many. */
export function lookup(trie: Poptrie, address: number): number {
  return singleLookup(trie)(address);
}
