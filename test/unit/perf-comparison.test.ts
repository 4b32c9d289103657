import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compare } from '../../perf/forwarding/comparison.js';

describe('comparison of measurements in turn', () => {
  it('takes the median of the pairs, not the ratio of the medians', () => {
    const answers = {
      lasthop: [{ rate: 10 }, { rate: 30 }, { rate: 5 }],
      kernel: [{ rate: 20 }, { rate: 20 }, { rate: 20 }],
    };
    assert.deepEqual(
      compare(answers, ({ rate }) => rate),
      { lasthop: 10, kernel: 20, ratio: 0.5, lowestRatio: 0.25, highestRatio: 1.5, ratios: [0.5, 1.5, 0.25] },
    );
  });

  it('reads what is measured against itself as 1', () => {
    const same = [3, 5, 4];
    assert.equal(compare({ lasthop: same, kernel: same }, (figure) => figure).ratio, 1);
  });
});
