import assert from 'node:assert/strict';
import { it } from 'node:test';
import { coveredAddresses, groupOf, loadTable, randomAddresses } from '../../perf/prefix-table.js';
import { randomBelow, SeededRandom } from '../../src/base/random.js';
import { batchLookup } from '../../src/fib/batch-lookup.js';
import { allocateEpochs, Epochs } from '../../src/fib/epoch.js';
import { allocatePoptrie, Poptrie } from '../../src/fib/poptrie.js';
import { PoptrieWriter } from '../../src/fib/poptrie-writer.js';
import { applyChanges, type FibChange } from '../support/fib-change.js';
import { lookup } from '../support/fib-lookup.js';
import { shapeOf } from './poptrie-shape.js';
import { SlowTable } from './slow-table.js';

const NEXT_HOPS = 64;

it('holds the Internet table in 8,000,000 bytes and answers as the slow table does, also under churn', () => {
  const random = new SeededRandom(1);
  const table = loadTable();
  const changes = Array.from(table.addresses, (address, index): FibChange => {
    const length = table.lengths[index];
    return { address, length, group: groupOf(address, length, NEXT_HOPS) };
  });
  assert.equal(changes.length, 901_899);
  const twin = new SlowTable();
  for (const { address, length, group } of changes) twin.set(address, length, group);

  const memory = allocatePoptrie();
  const writer = new PoptrieWriter(memory, new Epochs(allocateEpochs(1)));
  const trie = new Poptrie(memory);
  assert.ok(applyChanges(writer, changes));
  const size = writer.size();
  assert.equal(size.prefixes, 901_899);
  assert.ok(size.sizeBytes <= 8_000_000, `${size.sizeBytes} bytes`);
  assert.ok(size.touchedBytes <= 8_000_000, `${size.touchedBytes} bytes touched`);

  const addresses = [...coveredAddresses(table, 120_000, random), ...randomAddresses(80_000, random)];
  for (const address of addresses) assert.equal(lookup(trie, address), twin.lookup(address));
  checkBatches(trie, addresses);

  for (let round = 0; round < 30_000; round++) {
    const { address, length, group }: FibChange = changes[randomBelow(random, changes.length)];
    const next = randomBelow(random, 2) === 0 ? 0 : 1 + (group % NEXT_HOPS);
    assert.ok(writer.set(address, length, next));
    twin.set(address, length, next);
    assert.equal(lookup(trie, address), twin.lookup(address));
  }
  for (const address of addresses) assert.equal(lookup(trie, address), twin.lookup(address));
  checkBatches(trie, addresses);
  writer.reclaim();
  const churned = writer.size();
  const shape = shapeOf(trie);
  assert.deepEqual([churned.nodes, churned.leaves], [shape.nodes, shape.leaves]);
  assert.ok(churned.touchedBytes <= 8_000_000, `${churned.touchedBytes} bytes touched after churn`);
});

/** A batch gives what single lookups give, and leaves alone what is behind its end. */
function checkBatches(trie: Poptrie, addresses: readonly number[]): void {
  const { addresses: batch, groups, lookUp } = batchLookup(trie);
  for (let first = 0; first < addresses.length; first += 61) {
    const some = addresses.slice(first, first + 61);
    batch.set(some);
    groups.fill(-7);
    lookUp(some.length);
    const expected = some.map((address) => lookup(trie, address));
    assert.deepEqual([...groups], [...expected, ...new Array<number>(64 - some.length).fill(-7)]);
  }
}
