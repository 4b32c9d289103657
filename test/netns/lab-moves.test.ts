import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { probeOf, runFigure } from '../support/figure.js';

describe('a virtual IP', () => {
  it('moves to another network and back under load, and nothing is lost', async () => {
    const result = await runFigure('labs/mobility.yaml');
    assert.equal(probeOf(result, 'moves').lost, 0);
  });

  it('is drained at one of three servers under load without a failure', async () => {
    await runFigure('labs/anycast.yaml');
  });

  it('is one of a thousand that move at once, and come back after a power loss', async () => {
    await runFigure('labs/crowd.yaml');
  });
});
