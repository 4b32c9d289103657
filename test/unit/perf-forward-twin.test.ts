import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureCore } from '../../perf/forwarding/forward-core.js';

test('the twin in C reads the tables that the engine wrote, and forwards every packet by them', async () => {
  // It ends with an error if the twin leaves a packet out.
  const { answer } = await measureCore({ table: 'small', runs: 2, batchesPerRun: 200, cTwin: true });
  assert.equal(answer.missing, undefined);
  assert.equal(answer.cTwinNsPerPacket.length, 2);
  assert.ok(answer.cTwinNsPerPacket.every((ns) => ns > 0));
});
