import assert from 'node:assert/strict';
import { once } from 'node:events';
import { it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { maskOf } from '../../src/base/prefix.js';
import { randomBelow, SeededRandom } from '../../src/base/random.js';
import { allocateEpochs, Epochs } from '../../src/fib/epoch.js';
import { allocatePoptrie } from '../../src/fib/poptrie.js';
import { PoptrieWriter } from '../../src/fib/poptrie-writer.js';
import {
  CONTROL_WORDS,
  EXACT,
  GROUPS_PER_ADDRESS,
  LOOKUPS,
  type ReaderData,
  ROUNDS,
  SEQUENCE,
  STOP,
  WRONG,
} from './poptrie-reader.js';
import { SlowTable } from './slow-table.js';

/** A region is a /14 of its own: wrong memory would give the groups of another region. */
const REGIONS = 12;
const ADDRESSES_PER_REGION = 8;
const LENGTHS = [14, 16, 18, 19, 22, 24, 25, 28, 30, 32];
const CHANGES = 40_000;
const ROUNDS_WANTED = 500;

function regionBase(region: number): number {
  return (0x0a00_0000 + (region << 18)) >>> 0;
}

/** Prefixes of one length in a region have one group, so that each address has a short list of right answers. */
function groupOf(region: number, lengthIndex: number): number {
  return 1 + region * LENGTHS.length + lengthIndex;
}

function newData(random: SeededRandom): ReaderData {
  const count = REGIONS * ADDRESSES_PER_REGION;
  const shared = (bytes: number) => new SharedArrayBuffer(bytes);
  const data: ReaderData = {
    memory: allocatePoptrie({ nodes: 4096, leaves: 16_384 }),
    epochs: allocateEpochs(1),
    control: new Int32Array(shared(CONTROL_WORDS * 4)),
    addresses: new Uint32Array(shared(count * 4)),
    allowed: new Uint16Array(shared(count * GROUPS_PER_ADDRESS * 2)),
    expected: new Uint16Array(shared(count * 2)),
  };
  for (let index = 0; index < count; index++) {
    const region = Math.floor(index / ADDRESSES_PER_REGION);
    data.addresses[index] = regionBase(region) + randomBelow(random, 1 << 18);
    for (let length = 0; length < LENGTHS.length; length++) {
      data.allowed[index * GROUPS_PER_ADDRESS + length] = groupOf(region, length);
    }
  }
  return data;
}

class Churn {
  private readonly writer: PoptrieWriter;
  private readonly twin = new SlowTable();
  readonly epochs: Epochs;

  constructor(
    private readonly data: ReaderData,
    private readonly random: SeededRandom,
  ) {
    this.epochs = new Epochs(data.epochs);
    this.writer = new PoptrieWriter(data.memory, this.epochs);
  }

  /** Toggles one prefix around or near one of the addresses, with the sequence odd meanwhile. */
  change(): boolean {
    const { data, random, twin } = this;
    const index = randomBelow(random, data.addresses.length);
    const region = Math.floor(index / ADDRESSES_PER_REGION);
    const lengthIndex = randomBelow(random, LENGTHS.length);
    const length = LENGTHS[lengthIndex];
    const near = data.addresses[index] ^ (randomBelow(random, 4) === 0 ? 1 << randomBelow(random, 18) : 0);
    const address = (near & maskOf(length)) >>> 0;
    const group = twin.get(address, length) === 0 ? groupOf(region, lengthIndex) : 0;
    Atomics.add(data.control, SEQUENCE, 1);
    const done = this.writer.set(address, length, group);
    if (done) {
      twin.set(address, length, group);
      this.expectRegion(region);
    }
    Atomics.add(data.control, SEQUENCE, 1);
    return done;
  }

  size() {
    return this.writer.size();
  }

  private expectRegion(region: number): void {
    const { addresses, expected } = this.data;
    const first = region * ADDRESSES_PER_REGION;
    for (let index = first; index < first + ADDRESSES_PER_REGION; index++) {
      Atomics.store(expected, index, this.twin.lookup(addresses[index]));
    }
  }
}

it('a worker reading all the time sees only right answers, and old blocks are reused', {
  timeout: 60_000,
}, async () => {
  const random = new SeededRandom(2);
  const data = newData(random);
  const worker = new Worker(new URL('./poptrie-reader.js', import.meta.url), {
    workerData: { role: 'poptrie-reader', data },
  });
  const exited = once(worker, 'exit');
  await once(worker, 'online');
  const churn = new Churn(data, random);
  let changes = 0;
  while (changes < CHANGES || Atomics.load(data.control, ROUNDS) < ROUNDS_WANTED) {
    for (let index = 0; index < 100; index++) {
      // Refused only while the reader holds back the reuse of old blocks.
      if (churn.change()) changes++;
    }
    await new Promise(setImmediate);
  }
  Atomics.store(data.control, STOP, 1);
  await exited;
  assert.equal(data.control[WRONG], 0);
  assert.ok(data.control[EXACT] > 0);
  assert.ok(data.control[LOOKUPS] >= ROUNDS_WANTED * data.addresses.length);
  assert.ok(churn.size().nodes <= 4096);
});
