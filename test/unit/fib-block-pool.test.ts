import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BlockPool } from '../../src/fib/block-pool.js';

describe('BlockPool', () => {
  it('fills a chunk without gaps', () => {
    const pool = new BlockPool(32);
    assert.deepEqual([pool.take(5), pool.take(20), pool.take(7), pool.take(1)], [0, 5, 25, -1]);
    assert.deepEqual([pool.usedUnits, pool.touchedUnits], [32, 32]);
  });

  it('joins free neighbors', () => {
    const pool = new BlockPool(32);
    const blocks = [pool.take(8), pool.take(8), pool.take(8), pool.take(8)];
    pool.give(blocks[1], 8);
    assert.equal(pool.take(16), -1);
    pool.give(blocks[2], 8);
    assert.equal(pool.take(16), 8);
  });

  it('prefers the shortest run that fits, and memory that was used before', () => {
    const pool = new BlockPool(96);
    const first = pool.take(32);
    const second = pool.take(28);
    pool.give(first, 32);
    assert.equal(pool.take(4), second + 28);
    assert.equal(pool.take(4), first);
    assert.equal(pool.touchedUnits, 64);
  });

  it('takes the whole of a chunk as one block, the sign bit included', () => {
    const pool = new BlockPool(64);
    assert.deepEqual([pool.take(32), pool.take(32), pool.take(1)], [0, 32, -1]);
    pool.give(32, 32);
    assert.deepEqual([pool.take(31), pool.take(1)], [32, 63]);
  });

  it('does not use a rest that is smaller than a chunk', () => {
    const pool = new BlockPool(63);
    assert.deepEqual([pool.take(32), pool.take(1)], [0, -1]);
  });

  it('finds it when a block is given back twice', () => {
    const pool = new BlockPool(32);
    pool.give(pool.take(3), 3);
    assert.throws(() => pool.give(0, 3), RangeError);
  });

  it('never hands out a unit twice, and refuses only where no chunk has the room', () => {
    const step = fc.record({ size: fc.integer({ min: 1, max: 32 }), give: fc.boolean(), which: fc.nat() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const owners = new Uint8Array(256);
        const pool = new BlockPool(owners.length);
        const blocks: { first: number; size: number }[] = [];
        for (const { size, give, which } of steps) {
          if (give && blocks.length > 0) {
            const [block] = blocks.splice(which % blocks.length, 1);
            pool.give(block.first, block.size);
            owners.fill(0, block.first, block.first + block.size);
            continue;
          }
          const first = pool.take(size);
          if (first < 0) {
            assert.ok(longestGap(owners) < size);
            continue;
          }
          assert.equal(Math.floor(first / 32), Math.floor((first + size - 1) / 32));
          assert.ok(owners.subarray(first, first + size).every((owner) => owner === 0));
          owners.fill(1, first, first + size);
          blocks.push({ first, size });
        }
        assert.equal(
          pool.usedUnits,
          blocks.reduce((sum, block) => sum + block.size, 0),
        );
      }),
      { numRuns: 300 },
    );
  });
});

/** The longest run of free units within one chunk. */
function longestGap(owners: Uint8Array): number {
  let longest = 0;
  let gap = 0;
  owners.forEach((owner, unit) => {
    if (unit % 32 === 0) gap = 0;
    gap = owner === 0 ? gap + 1 : 0;
    longest = Math.max(longest, gap);
  });
  return longest;
}
