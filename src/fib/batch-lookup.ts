import { lookupProgram } from './lookup-program.js';
import { ADDRESSES_AT, BATCH_ADDRESSES, GROUPS_AT, SCRATCH_BYTES } from './lookup-scratch.js';
import { MAX_READERS, type Poptrie } from './poptrie.js';

/** A lookup of many addresses at once. */
export interface BatchLookup {
  /** In: signed 32-bit numbers. */
  readonly addresses: Int32Array;
  /** Out, at the same places. */
  readonly groups: Int32Array;
  /** Looks up `addresses[0]` to `addresses[count - 1]`; leaves alone what is behind. */
  readonly lookUp: (count: number) => void;
}

/**
 * Makes the lookup of a whole batch. The answers are those of `singleLookup`, each at some time during the call.
 *
 * A lookup waits for memory at three places, one after another; those of different addresses do not depend on each other.
 * So all addresses take the first step before one takes the second. The first two loops do not branch on what they load:
 * a branch that was guessed wrong, and is found out only when the load is done, would keep the loads behind it from
 * starting. So the first one writes every address into the list of those that have a node, and only the length of that
 * list depends on whether it has one. The second one does nothing but load. `lookup-program.ts` has the loops.
 *
 * @param reader a number below `MAX_READERS` that no other thread with this poptrie has
 */
export function batchLookup(trie: Poptrie, reader = 0): BatchLookup {
  if (reader >= MAX_READERS) throw new RangeError(`reader ${reader}, expected at most ${MAX_READERS - 1}`);
  const { memory, layout } = trie;
  const base = layout.scratch + reader * SCRATCH_BYTES;
  const module = new WebAssembly.Module(lookupProgram(layout, memory.buffer.byteLength));
  const { exports } = new WebAssembly.Instance(module, { memory: { memory } });
  const run = exports.lookUp as (base: number, end: number) => void;
  return {
    addresses: new Int32Array(memory.buffer, base + ADDRESSES_AT, BATCH_ADDRESSES),
    groups: new Int32Array(memory.buffer, base + GROUPS_AT, BATCH_ADDRESSES),
    lookUp: (count) => {
      if (count > 0) run(base, base + count * Int32Array.BYTES_PER_ELEMENT);
    },
  };
}
