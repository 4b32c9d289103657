import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { allocateEpochs, Epochs } from '../../src/fib/epoch.js';
import { GroupWriter } from '../../src/fib/group-writer.js';
import { allocateGroups, bucketPath, GroupTable, pathAt, pathCount, repairPath } from '../../src/fib/next-hop-group.js';

function newGroups(count = 16) {
  const memory = allocateGroups(count);
  const epochs = new Epochs(allocateEpochs(1));
  return { table: new GroupTable(memory), epochs, writer: new GroupWriter(memory, epochs) };
}

function bucketsOf(table: GroupTable, group: number): number[] {
  return Array.from({ length: 64 }, (_, hash) => bucketPath(table, group, hash));
}

function countOf(buckets: readonly number[], path: number): number {
  return buckets.filter((bucket) => bucket === path).length;
}

describe('next-hop groups', () => {
  it('has its paths, its repair path, and every bucket on its only path', () => {
    const { table, writer } = newGroups();
    const group = writer.intern([42], 7);
    assert.equal(group, 1);
    assert.equal(pathCount(table, group), 1);
    assert.equal(pathAt(table, group, 0), 42);
    assert.equal(repairPath(table, group), 7);
    assert.deepEqual(new Set(bucketsOf(table, group)), new Set([42]));
    assert.equal(bucketPath(table, group, 0xffff_ffff), 42);
    assert.equal(bucketPath(table, group, -1), 42);
  });

  it('has no paths in group 0 at first', () => {
    const { table } = newGroups();
    assert.equal(pathCount(table, 0), 0);
    assert.equal(bucketPath(table, 0, 5), 0);
  });

  it('has the paths of the default route in group 0, as long as there is one', () => {
    const { table, writer } = newGroups();
    writer.setDefault([5, 3], 8);
    assert.equal(pathCount(table, 0), 2);
    assert.deepEqual([countOf(bucketsOf(table, 0), 3), countOf(bucketsOf(table, 0), 5)], [32, 32]);
    assert.equal(repairPath(table, 0), 8);
    assert.equal(writer.intern([5, 3], 8), 1);
    writer.setDefault([], 0);
    assert.equal(pathCount(table, 0), 0);
    assert.deepEqual(new Set(bucketsOf(table, 0)), new Set([0]));
    assert.equal(repairPath(table, 0), 0);
  });

  it('spreads 64 buckets over three paths as 22, 21 and 21', () => {
    const { table, writer } = newGroups();
    const buckets = bucketsOf(table, writer.intern([10, 20, 30], 0));
    assert.deepEqual([countOf(buckets, 10), countOf(buckets, 20), countOf(buckets, 30)], [22, 21, 21]);
  });

  it('is one group for the same paths in any order, and another for another repair path', () => {
    const { writer } = newGroups();
    const group = writer.intern([1, 2], 0);
    assert.equal(writer.intern([2, 1, 2], 0), group);
    assert.notEqual(writer.intern([1, 2], 3), group);
    assert.equal(writer.size, 2);
  });

  it('moves only the flows of the path that goes', () => {
    const { table, writer } = newGroups();
    const group = writer.intern([1, 2, 3, 4], 0);
    const before = bucketsOf(table, group);
    writer.setPaths(group, [1, 2, 4], 9);
    const after = bucketsOf(table, group);
    before.forEach((path, bucket) => {
      if (path !== 3) assert.equal(after[bucket], path);
    });
    assert.equal(countOf(after, 3), 0);
    assert.deepEqual([1, 2, 4].map((path) => countOf(after, path)).sort(), [21, 21, 22]);
    assert.equal(pathCount(table, group), 3);
    assert.equal(repairPath(table, group), 9);
  });

  it('moves a fair share, and no more, to a path that comes', () => {
    const { table, writer } = newGroups();
    const group = writer.intern([1, 2, 3], 0);
    const before = bucketsOf(table, group);
    writer.setPaths(group, [1, 2, 3, 4], 0);
    const after = bucketsOf(table, group);
    assert.equal(countOf(after, 4), 16);
    assert.equal(before.filter((path, bucket) => after[bucket] !== path).length, 16);
  });

  it('spreads evenly and moves only what it must, for any change of the paths', () => {
    const paths = fc.uniqueArray(fc.integer({ min: 1, max: 24 }), { minLength: 1, maxLength: 16 });
    fc.assert(
      fc.property(fc.array(paths, { minLength: 2, maxLength: 5 }), (sets) => {
        const { table, writer } = newGroups();
        const group = writer.intern(sets[0], 0);
        for (const set of sets) {
          const before = bucketsOf(table, group);
          writer.setPaths(group, set, 0);
          const after = bucketsOf(table, group);
          for (const path of set) {
            const count = countOf(after, path);
            assert.ok(count === Math.floor(64 / set.length) || count === Math.ceil(64 / set.length));
            // A path never loses buckets while it gets others.
            const lost = before.some((old, bucket) => old === path && after[bucket] !== path);
            const won = after.some((now, bucket) => now === path && before[bucket] !== path);
            assert.ok(!(lost && won));
          }
        }
      }),
    );
  });

  it('interns by the content of now after paths were set', () => {
    const { table, writer } = newGroups();
    const first = writer.intern([1], 0);
    const second = writer.intern([2], 0);
    writer.setPaths(first, [2], 0);
    assert.equal(writer.intern([2], 0), second);
    const third = writer.intern([1], 0);
    assert.notEqual(third, first);
    assert.deepEqual(
      [first, second, third].map((group) => pathAt(table, group, 0)),
      [2, 2, 1],
    );
    writer.setPaths(first, [3], 0);
    assert.equal(writer.intern([3], 0), first);
    assert.equal(writer.intern([2], 0), second);
  });

  it('uses an index again only when no worker can read it any more', () => {
    const { writer, epochs } = newGroups(3);
    epochs.online(0);
    const first = writer.intern([1], 0);
    const second = writer.intern([2], 0);
    assert.deepEqual([first, second], [1, 2]);
    assert.equal(writer.intern([3], 0), 0);
    assert.equal(writer.intern([1], 0), first);
    writer.release(first);
    assert.equal(writer.size, 2);
    writer.release(first);
    assert.equal(writer.size, 1);
    assert.equal(writer.intern([3], 0), 0);
    epochs.quiesce(0);
    assert.equal(writer.intern([3], 0), first);
  });

  it('refuses what it cannot hold', () => {
    const { writer } = newGroups();
    assert.throws(() => writer.intern([], 0), RangeError);
    assert.throws(() => writer.intern([0], 0), RangeError);
    assert.throws(() => writer.intern([65_536], 0), RangeError);
    assert.throws(
      () =>
        writer.intern(
          Array.from({ length: 17 }, (_, index) => index + 1),
          0,
        ),
      RangeError,
    );
    assert.throws(() => writer.release(5), RangeError);
    assert.throws(() => writer.setPaths(5, [1], 0), RangeError);
  });
});
