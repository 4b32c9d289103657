import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { searchThroughput } from '../../perf/forwarding/throughput-search.js';
import { SeededRandom } from '../../src/base/random.js';

const OPTIONS = { lossRatios: [0, 0.005], guess: 500_000, highest: 1_000_000, width: 0.01, trials: 3 };

/** A router that loses nothing up to `capacity`, then what is beyond it. */
function lossAbove(capacity: number): (rate: number) => Promise<number> {
  return async (rate) => Math.max(0, 1 - capacity / rate);
}

describe('throughput search', () => {
  it('finds the rate at which loss begins, and the one at which half a per cent is lost', async () => {
    const [half, none] = await searchThroughput(lossAbove(300_000), OPTIONS);
    assert.equal(half.lossRatio, 0.005);
    assert.equal(none.lossRatio, 0);
    assert.ok(none.rate <= 300_000 && none.rate > 297_000, `${none.rate}`);
    assert.ok(half.rate <= 301_508 && half.rate > 298_400, `${half.rate}`);
    assert.equal(none.forwardedPps, none.rate);
  });

  it('ends at the highest rate when nothing is ever lost', async () => {
    const [found] = await searchThroughput(async () => 0, { ...OPTIONS, lossRatios: [0] });
    assert.deepEqual(found, { lossRatio: 0, rate: 1_000_000, forwardedPps: 1_000_000, beyond: undefined });
  });

  it('gives up below a 256th of the highest rate when everything is lost', async () => {
    const [found] = await searchThroughput(async () => 1, { ...OPTIONS, lossRatios: [0] });
    assert.equal(found.rate, 0);
    assert.equal(found.forwardedPps, 0);
  });

  it('never asks for a rate of nothing', async () => {
    const asked: number[] = [];
    const loss = lossAbove(300_000);
    const lossAt = (rate: number) => {
      asked.push(rate);
      return loss(rate);
    };
    await searchThroughput(lossAt, { ...OPTIONS, guess: 0 });
    assert.ok(Math.min(...asked) > 0, `${asked}`);
  });

  it('lets one disturbed trial of three decide nothing', async () => {
    const trials = new Map<number, number>();
    const disturbed = async (rate: number) => {
      const number = (trials.get(rate) ?? 0) + 1;
      trials.set(rate, number);
      return number === 2 ? 0.3 : await lossAbove(300_000)(rate);
    };
    const [found] = await searchThroughput(disturbed, { ...OPTIONS, lossRatios: [0] });
    assert.ok(found.rate <= 300_000 && found.rate > 297_000, `${found.rate}`);
  });

  it('asks for no rate more often than it takes, and ends, whatever is lost', async () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = new SeededRandom(seed);
      const trials = new Map<number, number>();
      await searchThroughput(async (rate) => {
        trials.set(rate, (trials.get(rate) ?? 0) + 1);
        return random.nextU32() % 2 === 0 ? 0 : (random.nextU32() % 100) / 1000;
      }, OPTIONS);
      assert.ok(Math.max(...trials.values()) <= OPTIONS.trials, `seed ${seed}`);
    }
  });
});
