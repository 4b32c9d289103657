import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { maskOf } from '../../src/base/prefix.js';
import { allocateEpochs, Epochs } from '../../src/fib/epoch.js';
import { allocatePoptrie, Poptrie } from '../../src/fib/poptrie.js';
import { PoptrieWriter } from '../../src/fib/poptrie-writer.js';
import { applyChanges, type FibChange } from '../support/fib-change.js';
import { lookup } from '../support/fib-lookup.js';
import { shapeOf } from './poptrie-shape.js';
import { SlowTable } from './slow-table.js';

const CAPACITY = { nodes: 4096, leaves: 16_384 };

function newTrie(): { writer: PoptrieWriter; trie: Poptrie } {
  const memory = allocatePoptrie(CAPACITY);
  return { writer: new PoptrieWriter(memory, new Epochs(allocateEpochs(1))), trie: new Poptrie(memory) };
}

/** Lengths at the borders of the structure (direct entries, nodes), and others. */
const length = fc.oneof(fc.constantFrom(0, 1, 17, 18, 19, 23, 24, 25, 29, 30, 31, 32), fc.integer({ min: 8, max: 32 }));

/** Few bits vary, at the borders of nodes and their halves, so that prefixes nest and meet. */
const address = fc
  .tuple(
    fc.constantFrom(0x0a00_0000, 0x0a00_4000, 0xffff_c000),
    fc.integer({ min: 0, max: 3 }).map((bits) => bits << 12),
    fc.integer({ min: 0, max: 3 }).map((bits) => bits << 7),
    fc.integer({ min: 0, max: 15 }),
  )
  .map(([base, high, middle, low]) => (base | high | middle | low) >>> 0);

/** Group 0 withdraws; few groups, so that neighbors often share leaves. */
const change: fc.Arbitrary<FibChange> = fc
  .record({ address, length, group: fc.integer({ min: 0, max: 4 }) })
  .map((raw) => ({ ...raw, address: (raw.address & maskOf(raw.length)) >>> 0 }));

/** The addresses where a lookup may change: both ends of a prefix and their neighbors outside. */
function edgesOf({ address, length }: FibChange): number[] {
  const last = (address | ~maskOf(length)) >>> 0;
  return [address, last, (address - 1) >>> 0, (last + 1) >>> 0];
}

function assertSameLookups(trie: Poptrie, twin: SlowTable, changes: readonly FibChange[]): void {
  for (const address of changes.flatMap(edgesOf)) {
    assert.equal(lookup(trie, address), twin.lookup(address), `lookup of ${address.toString(16)}`);
  }
}

describe('poptrie against the slow table', () => {
  it('answers alike after every single change, and ends as a fresh build of the same routes would', () => {
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 60 }), (changes) => {
        const { writer, trie } = newTrie();
        const twin = new SlowTable();
        changes.forEach((one, index) => {
          assert.ok(writer.set(one.address, one.length, one.group));
          twin.set(one.address, one.length, one.group);
          assert.equal(writer.get(one.address, one.length), one.group);
          assertSameLookups(trie, twin, changes.slice(Math.max(0, index - 8), index + 1));
        });
        assertSameLookups(trie, twin, changes);
        const fresh = newTrie();
        assert.ok(applyChanges(fresh.writer, twin.entries()));
        writer.reclaim();
        const shape = shapeOf(trie);
        assert.deepEqual(shape, shapeOf(fresh.trie));
        assert.deepEqual(trie.direct.map(leafOnly), fresh.trie.direct.map(leafOnly));
        const size = writer.size();
        assert.deepEqual(
          [size.prefixes, size.nodes, size.leaves, size.retiredBlocks],
          [twin.entries().length, shape.nodes, shape.leaves, 0],
        );
      }),
      { numRuns: 150 },
    );
  });

  it('answers alike after batches of changes', () => {
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 40 }), { maxLength: 6 }), (batches) => {
        const { writer, trie } = newTrie();
        const twin = new SlowTable();
        for (const batch of batches) {
          assert.ok(applyChanges(writer, batch));
          for (const one of batch) twin.set(one.address, one.length, one.group);
          assertSameLookups(trie, twin, batches.flat());
        }
        shapeOf(trie);
      }),
      { numRuns: 100 },
    );
  });

  it('is empty again when everything is withdrawn', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const { writer, trie } = newTrie();
        for (const one of changes) assert.ok(writer.set(one.address, one.length, one.group));
        for (const one of changes) assert.ok(writer.remove(one.address, one.length));
        writer.reclaim();
        const { prefixes, nodes, leaves, retiredBlocks } = writer.size();
        assert.deepEqual(
          { prefixes, nodes, leaves, retiredBlocks },
          { prefixes: 0, nodes: 0, leaves: 0, retiredBlocks: 0 },
        );
        assertSameLookups(trie, new SlowTable(), changes);
      }),
      { numRuns: 100 },
    );
  });

  it('takes a change back whole when memory is exhausted', () => {
    fc.assert(
      fc.property(fc.array(fc.array(change, { minLength: 1, maxLength: 12 }), { maxLength: 30 }), (batches) => {
        const memory = allocatePoptrie({ nodes: 32, leaves: 64 });
        const writer = new PoptrieWriter(memory, new Epochs(allocateEpochs(1)));
        const trie = new Poptrie(memory);
        const twin = new SlowTable();
        for (const batch of batches) {
          const [first] = batch;
          const done =
            batch.length === 1 ? writer.set(first.address, first.length, first.group) : applyChanges(writer, batch);
          if (done) for (const one of batch) twin.set(one.address, one.length, one.group);
          assertSameLookups(trie, twin, batches.flat());
        }
        shapeOf(trie);
        writer.reclaim();
        const { nodes, leaves } = shapeOf(trie);
        assert.deepEqual([writer.size().nodes, writer.size().leaves], [nodes, leaves]);
      }),
      { numRuns: 100 },
    );
  });
});

/** A direct entry with the place of its node left out. */
function leafOnly(entry: number): number {
  return entry < 0 ? entry : 1;
}
