import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { randomBelow, SeededRandom } from '../../src/base/random.js';
import { SharedRing } from '../../src/base/ring.js';
import { hex } from '../support/hex.js';

const RECORDS = 100_000;
const MAX_LENGTH = 200;
const SEED = 42;

/** The bytes and length of a record follow from its number, so that the consumer knows what must come. */
function fillRecord(bytes: Uint8Array, number: number, random: SeededRandom): number {
  const length = randomBelow(random, MAX_LENGTH + 1);
  for (let at = 0; at < length; at++) bytes[at] = number + at;
  return length;
}

function produce(memory: SharedArrayBuffer): void {
  const ring = new SharedRing(memory);
  const random = new SeededRandom(SEED);
  const bytes = new Uint8Array(MAX_LENGTH);
  for (let number = 0; number < RECORDS; number++) {
    const length = fillRecord(bytes, number, random);
    while (!ring.push(number, ~number, bytes, 0, length));
  }
}

function ringOf(capacityBytes: number): SharedRing {
  return new SharedRing(new SharedArrayBuffer(SharedRing.bytesFor(capacityBytes)));
}

function take(ring: SharedRing): { tag: number; aux: number; bytes: Uint8Array } | undefined {
  if (!ring.peek()) return undefined;
  const bytes = new Uint8Array(ring.length);
  ring.copyTo(bytes, 0);
  ring.pop();
  return { tag: ring.tag, aux: ring.aux, bytes };
}

if (isMainThread) {
  describe('SharedRing', () => {
    it('gives records in order, tags and auxes unsigned', () => {
      const ring = ringOf(64);
      assert.equal(ring.push(1, 0xffffffff, hex('aabbcc'), 1, 2), true);
      assert.equal(ring.push(0xfffffffe, 0, hex(''), 0, 0), true);
      assert.deepEqual(take(ring), { tag: 1, aux: 0xffffffff, bytes: hex('bbcc') });
      assert.deepEqual(take(ring), { tag: 0xfffffffe, aux: 0, bytes: hex('') });
      assert.equal(take(ring), undefined);
    });

    it('refuses what does not fit, and stays as it is', () => {
      const ring = ringOf(32);
      assert.equal(ring.push(1, 0, new Uint8Array(21), 0, 21), false);
      assert.equal(ring.push(1, 0, new Uint8Array(20).fill(7), 0, 20), true);
      assert.equal(ring.push(2, 0, hex(''), 0, 0), false);
      assert.deepEqual(take(ring), { tag: 1, aux: 0, bytes: new Uint8Array(20).fill(7) });
      assert.equal(ring.push(2, 0, hex('01'), 0, 1), true);
      assert.deepEqual(take(ring), { tag: 2, aux: 0, bytes: hex('01') });
    });

    it('goes round the end with header and bytes', () => {
      const ring = ringOf(32);
      for (let number = 0; number < 100; number++) {
        const length = number % 9;
        const bytes = Uint8Array.from({ length }, (_, at) => number + at);
        assert.equal(ring.push(number, 0, bytes, 0, length), true);
        assert.deepEqual(take(ring), { tag: number, aux: 0, bytes });
      }
    });

    it('shows the same record until it is taken', () => {
      const ring = ringOf(64);
      ring.push(5, 6, hex('01'), 0, 1);
      assert.equal(ring.peek(), true);
      assert.equal(ring.peek(), true);
      assert.deepEqual([ring.tag, ring.aux, ring.length], [5, 6, 1]);
      ring.pop();
      assert.equal(ring.peek(), false);
    });

    it('goes on where an earlier view of the memory stopped', () => {
      const memory = new SharedArrayBuffer(64 + SharedRing.bytesFor(64));
      new SharedRing(memory, 64).push(9, 0, hex('11'), 0, 1);
      const later = new SharedRing(memory, 64);
      assert.equal(later.push(10, 0, hex('22'), 0, 1), true);
      assert.equal(take(new SharedRing(memory, 64))?.tag, 9);
      assert.equal(take(new SharedRing(memory, 64))?.tag, 10);
    });

    it('goes on when its counters pass 2^32', () => {
      const memory = new SharedArrayBuffer(SharedRing.bytesFor(64));
      const counters = new Int32Array(memory, 0, 32);
      counters[0] = -16;
      counters[16] = -16;
      const ring = new SharedRing(memory);
      for (let number = 0; number < 8; number++) {
        assert.equal(ring.push(number, 0, hex('0102030405'), 0, 5), true);
        assert.equal(ring.push(number, 1, hex('06'), 0, 1), true);
        assert.deepEqual(take(ring), { tag: number, aux: 0, bytes: hex('0102030405') });
        assert.deepEqual(take(ring), { tag: number, aux: 1, bytes: hex('06') });
      }
    });

    it('refuses capacities that are no power of two', () => {
      for (const capacity of [0, 8, 48, 65_535, 2 ** 31])
        assert.throws(() => SharedRing.bytesFor(capacity), RangeError);
      assert.throws(() => new SharedRing(new SharedArrayBuffer(100)), RangeError);
    });

    it(`carries ${RECORDS} records from a thread to another`, { timeout: 60_000 }, async () => {
      const memory = new SharedArrayBuffer(SharedRing.bytesFor(4096));
      const worker = new Worker(fileURLToPath(import.meta.url), { workerData: memory });
      const ended = once(worker, 'exit');
      const ring = new SharedRing(memory);
      const random = new SeededRandom(SEED);
      const expected = new Uint8Array(MAX_LENGTH);
      const seen = new Uint8Array(MAX_LENGTH);
      for (let number = 0; number < RECORDS; ) {
        if (!ring.peek()) {
          await new Promise(setImmediate);
          continue;
        }
        const length = fillRecord(expected, number, random);
        ring.copyTo(seen, 0);
        assert.deepEqual([ring.tag, ring.aux, ring.length], [number, ~number >>> 0, length]);
        assert.deepEqual(seen.subarray(0, length), expected.subarray(0, length));
        ring.pop();
        number++;
      }
      assert.equal(ring.peek(), false);
      assert.deepEqual(await ended, [0]);
    });
  });
} else {
  produce(workerData as SharedArrayBuffer);
}
