import assert from 'node:assert/strict';
import { test } from 'node:test';
import { XdpRing } from '../../src/link/xdp-ring.js';

const SLOTS = 4;
/** Producer, consumer, flags, entries: not in the order in which they lie. */
const OFFSETS = [64, 0, 68, 128];

function ends(entryBytes: number): { producer: XdpRing; consumer: XdpRing; words: Int32Array } {
  const memory = new Uint8Array(128 + SLOTS * entryBytes);
  const end = () => new XdpRing(memory, OFFSETS, entryBytes, SLOTS);
  return { producer: end(), consumer: end(), words: new Int32Array(memory.buffer) };
}

test('what one side hands over waits for the other, in order, again and again around the ring', () => {
  const { producer, consumer } = ends(16);
  let next = 0;
  let expected = 0;
  for (const count of [1, 4, 2, 3, 4, 1]) {
    assert.equal(producer.room(), SLOTS);
    for (let i = 0; i < count; i++) producer.words[producer.entry(i)] = next++;
    assert.equal(consumer.waiting(), 0);
    producer.produce(count);
    assert.deepEqual([producer.room(), producer.pending(), consumer.waiting()], [SLOTS - count, count, count]);
    for (let i = 0; i < count; i++) assert.equal(consumer.words[consumer.entry(i)], expected++);
    consumer.consume(count);
    assert.deepEqual([producer.pending(), consumer.waiting()], [0, 0]);
  }
});

test('the indices count beyond 2^31 and 2^32', () => {
  const { producer, consumer, words } = ends(8);
  for (const start of [0x7ffffffe, -2]) {
    for (const ring of [producer, consumer]) {
      // Where nobody has been yet: both sides are taken there.
      const distance = (start - words[OFFSETS[ring === producer ? 0 : 1] / 4]) | 0;
      if (ring === producer) ring.produce(distance);
      else ring.consume(distance);
    }
    producer.produce(3);
    assert.deepEqual([producer.room(), consumer.waiting()], [1, 3]);
    consumer.consume(3);
    assert.deepEqual([producer.room(), consumer.waiting()], [4, 0]);
  }
});

test('entries and indices are where the kernel says', () => {
  const { producer, words } = ends(16);
  producer.words[producer.entry(1)] = 7;
  producer.produce(2);
  assert.deepEqual([words[(128 + 16) / 4], words[64 / 4]], [7, 2]);
  assert.equal(producer.needsWakeup(), false);
  words[68 / 4] = 1;
  assert.equal(producer.needsWakeup(), true);
});
