import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PairIndex } from '../../src/base/pair-index.js';

test('pairs are numbered in the order in which they come, and keep their numbers', () => {
  const index = new PairIndex();
  const pairs = Array.from({ length: 5000 }, (_, number) => [0xc0000000 + (number % 50), Math.floor(number / 50)]);
  for (const [number, [first, second]] of pairs.entries()) assert.equal(index.add(first, second), number);
  for (const [number, [first, second]] of pairs.entries()) {
    assert.equal(index.find(first, second), number);
    assert.equal(index.add(first, second), number);
    assert.deepEqual([index.firstOf(number), index.secondOf(number)], [first, second]);
  }
  assert.equal(index.size, 5000);
  assert.equal(index.find(0xc0000000, 100), -1);
  assert.equal(index.find(0, 0xc0000000), -1, 'the order within a pair counts');
});

test('signed and unsigned integers of the same bits are the same, and 0 is a number like others', () => {
  const index = new PairIndex();
  assert.equal(index.find(0, 0), -1);
  assert.equal(index.add(-1, 0), 0);
  assert.equal(index.find(0xffffffff, 0), 0);
  assert.equal(index.firstOf(0), 0xffffffff);
  assert.equal(index.add(0, 0), 1);
});

test('after it is cleared it begins again', () => {
  const index = new PairIndex();
  for (let number = 0; number < 100; number++) index.add(number, number);
  index.clear();
  assert.equal(index.size, 0);
  assert.equal(index.find(7, 7), -1);
  assert.equal(index.add(7, 7), 0);
});

test('a pair that is taken out leaves its number to the last one, and no other is lost', () => {
  const index = new PairIndex(2);
  const kept: number[] = [];
  let random = 1;
  for (let step = 0; step < 20_000; step++) {
    random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
    // Few different pairs, so that removals and additions meet again and again in the same slots.
    const key = (random >>> 8) % 600;
    const at = kept.indexOf(key);
    if (random >>> 31 === 0) {
      assert.equal(index.add(key, key >>> 3), at < 0 ? kept.length : at);
      if (at < 0) kept.push(key);
      continue;
    }
    assert.equal(index.remove(key, key >>> 3), at);
    const last = kept.pop();
    if (at >= 0 && at < kept.length && last !== undefined) kept[at] = last;
    else if (at < 0 && last !== undefined) kept.push(last);
  }
  assert.equal(index.size, kept.length);
  assert.ok(kept.length > 100);
  for (const [number, key] of kept.entries()) {
    assert.deepEqual([index.find(key, key >>> 3), index.firstOf(number)], [number, key]);
  }
});
