import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkDisturbances } from '../../perf/forwarding/harness-check.js';

describe('the harness checked', () => {
  it('is right within its tolerances', () => {
    assert.deepEqual(checkDisturbances(1.029, 0.01), []);
    assert.deepEqual(checkDisturbances(0.971, 0.0104), []);
  });

  it('names a program that is not its own equal', () => {
    assert.deepEqual(checkDisturbances(1.038, 0.01), [
      'a program against itself reads 1.038, expected 1.00 within 0.03',
    ]);
  });

  it('names a sink that is misread, or of which nothing was read', () => {
    assert.deepEqual(checkDisturbances(1, 0.02), ['a sink that drops 1 % reads as 2.00 %, expected 1.00 within 0.05']);
    assert.deepEqual(checkDisturbances(1, Number.NaN), [
      'a sink that drops 1 % reads as NaN %, expected 1.00 within 0.05',
    ]);
  });
});
