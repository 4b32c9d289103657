import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureCore } from '../../perf/forwarding/forward-core.js';

test('the warm forwarding loop allocates nothing and is never deoptimized', async () => {
  const { answer, deopts, collections } = await measureCore({ table: 'small', runs: 3, batchesPerRun: 20_000 });
  assert.deepEqual(deopts, []);
  assert.deepEqual(collections, []);
  assert.equal(answer.scavenges, 0);
  assert.equal(answer.dropped, 0);
  assert.equal(answer.packets, 3 * 20_000 * 64);
});
