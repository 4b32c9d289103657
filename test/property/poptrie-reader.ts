import { workerData } from 'node:worker_threads';
import { Epochs } from '../../src/fib/epoch.js';
import { Poptrie, type PoptrieMemory } from '../../src/fib/poptrie.js';
import { lookup } from '../support/fib-lookup.js';

/**
 * The reading half of `fib-concurrent.test.ts`: a worker that looks up the same addresses over and over while the main
 * thread changes the table.
 */

/** Words of `control`. */
export const SEQUENCE = 0;
export const STOP = 1;
export const ROUNDS = 2;
export const LOOKUPS = 3;
export const EXACT = 4;
export const WRONG = 5;
export const CONTROL_WORDS = 6;

/** Groups of one address: the groups that any prefix around it may have. */
export const GROUPS_PER_ADDRESS = 16;

export interface ReaderData {
  readonly memory: PoptrieMemory;
  readonly epochs: SharedArrayBuffer;
  readonly control: Int32Array;
  readonly addresses: Uint32Array;
  /** What each address may give at any time, `GROUPS_PER_ADDRESS` a piece. */
  readonly allowed: Uint16Array;
  /** What each address gives while `SEQUENCE` is even and does not move. */
  readonly expected: Uint16Array;
}

function read({ memory, epochs: epochMemory, control, addresses, allowed, expected }: ReaderData): void {
  const trie = new Poptrie(memory);
  const epochs = new Epochs(epochMemory);
  epochs.online(0);
  for (let round = 0; Atomics.load(control, STOP) === 0; round++) {
    for (let index = 0; index < addresses.length; index++) {
      const sequence = Atomics.load(control, SEQUENCE);
      const want = Atomics.load(expected, index);
      const got = lookup(trie, addresses[index]);
      const settled = sequence % 2 === 0 && Atomics.load(control, SEQUENCE) === sequence;
      const first = index * GROUPS_PER_ADDRESS;
      const right = settled ? got === want : allowed.subarray(first, first + GROUPS_PER_ADDRESS).includes(got);
      if (!right) control[WRONG]++;
      if (settled) control[EXACT]++;
      control[LOOKUPS]++;
    }
    if (round % 64 === 63) {
      epochs.offline(0);
      epochs.online(0);
    } else {
      epochs.quiesce(0);
    }
    Atomics.add(control, ROUNDS, 1);
  }
  epochs.offline(0);
}

if (workerData?.role === 'poptrie-reader') read(workerData.data as ReaderData);
