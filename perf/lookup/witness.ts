import { workerData } from 'node:worker_threads';
import { batchLookup } from '../../src/fib/batch-lookup.js';
import { Epochs } from '../../src/fib/epoch.js';
import { Poptrie, type PoptrieMemory } from '../../src/fib/poptrie.js';
import { singleLookup } from '../../src/fib/single-lookup.js';
import { BATCH_SIZE } from '../../src/link/frame.js';

/*
 * A worker that looks up watched addresses while the main thread changes the table, and counts answers that are neither
 * the old nor the new one.
 */

/** Words of `control`. */
export const STOP = 0;
export const BATCHES = 1;
export const LOOKUPS = 2;
export const WRONG = 3;
/** Lookups during which the answer changed more than once, so that there is nothing to check against. */
export const OVERTAKEN = 4;
export const CONTROL_WORDS = 5;

export interface WitnessData {
  readonly memory: PoptrieMemory;
  readonly epochs: SharedArrayBuffer;
  readonly control: Int32Array;
  /** A multiple of 64 of them. */
  readonly addresses: Uint32Array;
  /** What each address may give (`answerWord`). */
  readonly answers: Int32Array;
}

/**
 * The permitted answers to one address in one word, so that they change together: a version (16 bits) that counts the
 * changes of the word, the answer before a change, the answer after it (8 bits each; the same when nothing changes).
 */
export function answerWord(version: number, before: number, after: number): number {
  return (version << 16) | (before << 8) | after;
}

export function versionOf(word: number): number {
  return word >>> 16;
}

/** A change is two words: (old, new), then (new, new). With more than one between two looks, some were never seen. */
const MOST_MISSED = 2;

function watch({ memory, epochs: epochMemory, control, addresses, answers }: WitnessData): void {
  const trie = new Poptrie(memory);
  const epochs = new Epochs(epochMemory);
  const before = new Int32Array(BATCH_SIZE);
  const { addresses: batch, groups, lookUp: lookUpBatch } = batchLookup(trie);
  const lookUp = singleLookup(trie);
  const lookUpEach = (count: number): void => {
    for (let i = 0; i < count; i++) groups[i] = lookUp(batch[i]);
  };
  epochs.online(0);
  for (let round = 0; Atomics.load(control, STOP) === 0; round++) {
    const look = round % 2 === 0 ? lookUpBatch : lookUpEach;
    for (let first = 0; first < addresses.length; first += BATCH_SIZE) {
      for (let i = 0; i < BATCH_SIZE; i++) {
        batch[i] = addresses[first + i];
        before[i] = Atomics.load(answers, first + i);
      }
      look(BATCH_SIZE);
      for (let i = 0; i < BATCH_SIZE; i++) {
        const after = Atomics.load(answers, first + i);
        if (((versionOf(after) - versionOf(before[i])) & 0xffff) > MOST_MISSED) control[OVERTAKEN]++;
        else if (!permits(before[i], groups[i]) && !permits(after, groups[i])) control[WRONG]++;
        control[LOOKUPS]++;
      }
      epochs.quiesce(0);
      Atomics.add(control, BATCHES, 1);
    }
  }
  epochs.offline(0);
}

function permits(word: number, group: number): boolean {
  return group === (word & 0xff) || group === ((word >>> 8) & 0xff);
}

if (workerData?.role === 'witness') watch(workerData.data as WitnessData);
