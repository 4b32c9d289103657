import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { throughputOf } from '../../perf/forwarding/rate-steps.js';

/** Steps of 1000 datagrams at 1000, 2000, 3000 … a second, of which so many are lost. */
function losing(...losses: readonly number[]) {
  return { steps: losses.map((lost, index) => [1000 * (index + 1), 1000, 1000 - lost] as const) };
}

describe('throughput of steps', () => {
  it('is the highest rate with no more loss than is allowed', () => {
    assert.equal(throughputOf(losing(0, 5, 6, 500, 500, 500)), 2000);
    assert.equal(throughputOf(losing(0, 5, 6, 500, 500, 500), 0), 1000);
  });

  it('is not ended by two steps that lose more, and is by three', () => {
    assert.equal(throughputOf(losing(0, 100, 100, 0, 100, 0)), 6000);
    assert.equal(throughputOf(losing(0, 100, 100, 100, 0)), 1000);
  });

  it('is none if every rate loses too much', () => {
    assert.equal(throughputOf(losing(6, 6, 6, 6)), 0);
    assert.equal(throughputOf({ steps: [] }), 0);
  });
});
