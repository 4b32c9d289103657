import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ceilingDisturbances, spreadDisturbances } from '../../perf/forwarding/disturbance.js';

describe('disturbances of a measurement', () => {
  it('finds none in a steady run', () => {
    assert.deepEqual(ceilingDisturbances([1_000_000, 1_050_000, 990_000], 600_000), []);
    assert.deepEqual(spreadDisturbances('cTwin', [0.95, 1, 1.05, 0.99, 1.01], 5), []);
  });

  it('names a generator that others held up', () => {
    assert.deepEqual(ceilingDisturbances([1_000_000, 600_000, 1_000_000], 300_000), [
      "the generator's ceiling moved by 40 %, expected at most 25 %",
    ]);
  });

  it('names a generator that is no faster than a router', () => {
    assert.deepEqual(ceilingDisturbances([700_000, 700_000], 690_000), [
      "the generator's ceiling (700 k/s) is no higher than what comes through (690 k/s)",
    ]);
  });

  it('names a peer that forwarded nothing in some turns', () => {
    assert.deepEqual(spreadDisturbances('capNode', [2, 2], 3), ['capNode lost too much at any rate in 1 of 3 turns']);
    assert.deepEqual(spreadDisturbances('capNode', [], 1), ['capNode lost too much at any rate in 1 of 1 turns']);
  });

  it('names pairs that do not agree', () => {
    assert.deepEqual(spreadDisturbances('kernel', [0.5, 0.8, 1, 1.2, 1.6], 5), [
      'half of the pairs of kernel are 20 % or more from their median, expected less than 10 %',
    ]);
  });
});
