import { SeededRandom } from '../../src/base/random.js';
import { batchLookup } from '../../src/fib/batch-lookup.js';
import { allocateEpochs, Epochs } from '../../src/fib/epoch.js';
import { allocatePoptrie, Poptrie, type PoptrieMemory } from '../../src/fib/poptrie.js';
import { PoptrieWriter } from '../../src/fib/poptrie-writer.js';
import { singleLookup } from '../../src/fib/single-lookup.js';
import { allocateHuge } from '../../src/kernel/huge-pages.js';
import { BATCH_SIZE } from '../../src/link/frame.js';
import { coveredAddresses, type PrefixTable, randomAddresses, writeTable } from '../prefix-table.js';

/** Next hops of the table: a prefix has one of them by its hash. */
export const NEXT_HOPS = 64;

/** Different addresses, enough of them that the caches do not hold what they lead to; one turn is all of them. */
export const ADDRESSES = 1 << 20;

/** One at a time, or in batches of 64 as the router does it. */
export type Mode = 'single' | 'batch';

/** Inside a prefix of the table that is chosen at random, or out of all 2^32. */
export type Population = 'covered' | 'random';

/** What a turn gave: the time of one lookup, and the sum of all answers modulo 2^32. */
export interface Turn {
  readonly nsPerLookup: number;
  readonly sum: number;
}

/** A table in the FIB, and the addresses to look up. */
export class LookupBench {
  readonly memory: PoptrieMemory;
  readonly addresses: { readonly [population in Population]: Uint32Array };
  private readonly lookUp: { readonly [mode in Mode]: (addresses: Uint32Array) => number };

  constructor(table: PrefixTable) {
    this.memory = allocatePoptrie(undefined, allocateHuge);
    const writer = new PoptrieWriter(this.memory, new Epochs(allocateEpochs(1)));
    writeTable(table, writer, NEXT_HOPS);
    const trie = new Poptrie(this.memory);
    this.lookUp = { single: singleLoop(trie), batch: batchLoop(trie) };
    this.addresses = {
      covered: coveredAddresses(table, ADDRESSES, new SeededRandom(1)),
      random: randomAddresses(ADDRESSES, new SeededRandom(2)),
    };
  }

  /** Looks up all addresses, a first time to have the table back in the caches after another's turn, then once for the time. */
  turn(mode: Mode, population: Population): Turn {
    this.lookUp[mode](this.addresses[population]);
    const begin = process.hrtime.bigint();
    const sum = this.lookUp[mode](this.addresses[population]);
    return { nsPerLookup: Number(process.hrtime.bigint() - begin) / ADDRESSES, sum: sum >>> 0 };
  }
}

function singleLoop(trie: Poptrie): (addresses: Uint32Array) => number {
  const find = singleLookup(trie);
  return (addresses) => {
    let sum = 0;
    for (let i = 0; i < addresses.length; i++) sum = (sum + find(addresses[i])) | 0;
    return sum;
  };
}

function batchLoop(trie: Poptrie): (addresses: Uint32Array) => number {
  const size = BATCH_SIZE;
  const { addresses: batch, groups, lookUp } = batchLookup(trie);
  return (addresses) => {
    let sum = 0;
    for (let first = 0; first < addresses.length; first += size) {
      for (let i = 0; i < size; i++) batch[i] = addresses[first + i];
      lookUp(size);
      for (let i = 0; i < size; i++) sum = (sum + groups[i]) | 0;
    }
    return sum;
  };
}
