import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { IndexHeap } from '../../src/base/heap.js';

function drain(heap: IndexHeap): number[] {
  const items: number[] = [];
  for (let item = heap.pop(); item >= 0; item = heap.pop()) items.push(item);
  return items;
}

describe('IndexHeap', () => {
  it('gives items by key, equal keys by item', () => {
    const heap = new IndexHeap(6);
    heap.push(4, 10);
    heap.push(0, 30);
    heap.push(5, 10);
    heap.push(2, 10);
    heap.push(1, 0);
    assert.equal(heap.size, 5);
    assert.deepEqual(drain(heap), [1, 2, 4, 5, 0]);
    assert.equal(heap.size, 0);
  });

  it('lowers a key and never raises one', () => {
    const heap = new IndexHeap(3);
    heap.push(0, 10);
    heap.push(1, 20);
    heap.push(2, 30);
    heap.push(2, 5);
    heap.push(0, 99);
    assert.equal(heap.size, 3);
    assert.deepEqual(drain(heap), [2, 0, 1]);
  });

  it('knows what it holds, and forgets it', () => {
    const heap = new IndexHeap(3);
    heap.push(1, 1);
    heap.push(2, 1);
    assert.deepEqual([heap.contains(0), heap.contains(1), heap.contains(2)], [false, true, true]);
    heap.pop();
    assert.equal(heap.contains(1), false);
    heap.clear();
    assert.equal(heap.contains(2), false);
    assert.equal(heap.pop(), -1);
    heap.push(2, 7);
    assert.equal(heap.pop(), 2);
  });

  it('takes keys beyond 32 bits', () => {
    const heap = new IndexHeap(2);
    heap.push(0, 2 ** 40 + 1);
    heap.push(1, 2 ** 40);
    assert.deepEqual(drain(heap), [1, 0]);
  });

  it('refuses items that it has no room for', () => {
    assert.throws(() => new IndexHeap(2).push(2, 0), { message: 'heap item 2, expected 0 to 1' });
    assert.throws(() => new IndexHeap(2).push(-1, 0), RangeError);
  });

  it('does what a sorted list does', () => {
    const operation = fc.oneof(
      fc.record({ item: fc.nat(19), key: fc.nat(9) }),
      fc.constant('pop' as const),
      fc.constant('clear' as const),
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200, size: 'max' }), (operations) => {
        const heap = new IndexHeap(20);
        const twin = new Map<number, number>();
        for (const step of operations) {
          if (step === 'clear') {
            heap.clear();
            twin.clear();
          } else if (step === 'pop') {
            const [least] = [...twin].sort((a, b) => a[1] - b[1] || a[0] - b[0]);
            assert.equal(heap.pop(), least?.[0] ?? -1);
            if (least) twin.delete(least[0]);
          } else {
            heap.push(step.item, step.key);
            twin.set(step.item, Math.min(step.key, twin.get(step.item) ?? Number.POSITIVE_INFINITY));
          }
          assert.equal(heap.size, twin.size);
        }
      }),
      { numRuns: 300 },
    );
  });
});
