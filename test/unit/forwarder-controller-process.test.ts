import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restartDelayMs } from '../../src/forward/controller-process.js';

test('a controller is started again at once, then after waits that double up to half a minute', () => {
  const delays = [0, 1, 2, 3, 4, 5, 6, 7, 100].map(restartDelayMs);
  assert.deepEqual(delays, [0, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});
