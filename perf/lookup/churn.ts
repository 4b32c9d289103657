import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { maskOf, type Prefix } from '../../src/base/prefix.js';
import { randomBelow, SeededRandom } from '../../src/base/random.js';
import { coveredAddresses, groupOf, type PrefixTable } from '../prefix-table.js';
import { type FibBench, NEXT_HOPS } from './fib-bench.js';
import { RouteTwin } from './route-twin.js';
import {
  answerWord,
  BATCHES,
  CONTROL_WORDS,
  LOOKUPS,
  OVERTAKEN,
  STOP,
  versionOf,
  type WitnessData,
  WRONG,
} from './witness.js';

/** Addresses that the worker looks up over and over. */
const WATCHED = 4096;

/** Changes made before the main thread lets its event loop turn. */
const CHANGES_PER_TURN = 500;

/** What came of changes under the eyes of a worker. */
export interface ChurnResult {
  /** Of each change: RIB, groups and FIB. */
  readonly changeUs: Float64Array;
  readonly lookups: number;
  readonly wrongLookups: number;
  readonly overtakenLookups: number;
}

/**
 * Changes one route after another, `changes` of them, while a worker looks up addresses that most of the changes alter:
 * withdrawals, the same prefixes again, other next hops. What a lookup may give is calculated by a slow twin.
 */
export async function churn(bench: FibBench, table: PrefixTable, changes: number): Promise<ChurnResult> {
  const random = new SeededRandom(3);
  const twin = new RouteTwin();
  const groups = groupsByHop(bench, table);
  table.addresses.forEach((address, index) => {
    const length = table.lengths[index];
    twin.set(address, length, groups[groupOf(address, length, NEXT_HOPS)]);
  });
  const addresses = new Uint32Array(new SharedArrayBuffer(WATCHED * 4));
  addresses.set(coveredAddresses(table, WATCHED, random).sort());
  const answers = new Int32Array(new SharedArrayBuffer(WATCHED * 4));
  addresses.forEach((address, index) => {
    const group = twin.lookup(address);
    answers[index] = answerWord(0, group, group);
  });
  const control = new Int32Array(new SharedArrayBuffer(CONTROL_WORDS * 4));
  const data: WitnessData = { memory: bench.plane.fib, epochs: bench.plane.epochs, control, addresses, answers };
  const worker = new Worker(new URL('./witness.js', import.meta.url), { workerData: { role: 'witness', data } });
  const exited = once(worker, 'exit');
  await once(worker, 'online');
  const changeUs = new Float64Array(changes);
  for (let index = 0; index < changes; index++) {
    if (index % CHANGES_PER_TURN === 0) await movedOn(control);
    const at = randomBelow(random, table.addresses.length);
    const { address, length } =
      randomBelow(random, 4) === 0
        ? { address: table.addresses[at], length: table.lengths[at] }
        : around(twin, addresses[randomBelow(random, WATCHED)], random);
    const present = twin.get(address, length);
    const hop = present !== 0 && randomBelow(random, 3) === 0 ? 0 : 1 + randomBelow(random, NEXT_HOPS);
    const [first, end] = rangeOf(addresses, address, length);
    twin.set(address, length, groups[hop]);
    for (let i = first; i < end; i++) announce(answers, i, twin.lookup(addresses[i]));
    const begin = process.hrtime.bigint();
    bench.change(address, length, hop);
    changeUs[index] = Number(process.hrtime.bigint() - begin) / 1000;
    for (let i = first; i < end; i++) settle(answers, i);
  }
  await movedOn(control);
  Atomics.store(control, STOP, 1);
  await exited;
  return { changeUs, lookups: control[LOOKUPS], wrongLookups: control[WRONG], overtakenLookups: control[OVERTAKEN] };
}

/** The group of each next hop; of none (0) it is 0. */
function groupsByHop(bench: FibBench, table: PrefixTable): number[] {
  const groups = new Array<number>(NEXT_HOPS + 1).fill(0);
  for (let index = 0; groups.indexOf(0, 1) > 0; index++) {
    const hop = groupOf(table.addresses[index], table.lengths[index], NEXT_HOPS);
    if (groups[hop] === 0) groups[hop] = bench.groupOf(table.addresses[index], table.lengths[index]);
  }
  return groups;
}

/** The prefix of 16 bits or more that decides about `address`, or one around it that need not be in the table. */
function around(twin: RouteTwin, address: number, random: SeededRandom): Prefix {
  let length = 16 + randomBelow(random, 17);
  if (randomBelow(random, 2) === 0) {
    for (length = 32; length > 16 && twin.get((address & maskOf(length)) >>> 0, length) === 0; length--);
  }
  return { address: (address & maskOf(length)) >>> 0, length };
}

/** The watched addresses inside a prefix: from the first to before the second index. */
function rangeOf(addresses: Uint32Array, address: number, length: number): [number, number] {
  const end = address + 2 ** (32 - length);
  return [firstFrom(addresses, address), firstFrom(addresses, end)];
}

/** The index of the first of the sorted addresses that is not below `address`. */
function firstFrom(addresses: Uint32Array, address: number): number {
  let low = 0;
  for (let high = addresses.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (addresses[middle] < address) low = middle + 1;
    else high = middle;
  }
  return low;
}

function announce(answers: Int32Array, index: number, group: number): void {
  const word = answers[index];
  Atomics.store(answers, index, answerWord(versionOf(word) + 1, word & 0xff, group));
}

function settle(answers: Int32Array, index: number): void {
  const word = answers[index];
  Atomics.store(answers, index, answerWord(versionOf(word) + 1, word & 0xff, word & 0xff));
}

/** Waits until the worker has looked up some batches more: nothing is proved while it sleeps. */
async function movedOn(control: Int32Array): Promise<void> {
  const batches = Atomics.load(control, BATCHES);
  while (Atomics.load(control, BATCHES) - batches < 2) await new Promise(setImmediate);
}
