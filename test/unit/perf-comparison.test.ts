import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compare, describeComparison } from '../../perf/forwarding/comparison.js';
import { orderOf } from '../../perf/forwarding/turns.js';

describe('comparison of measurements in turn', () => {
  it('takes the median of the turns, not the ratio of the medians', () => {
    assert.deepEqual(compare([10, 30, 5], [20, 20, 20]), {
      lasthop: 10,
      peer: 20,
      ratio: 0.5,
      lowestRatio: 0.25,
      highestRatio: 1.5,
      ratios: [0.5, 1.5, 0.25],
    });
  });

  it('reads what is measured against itself as 1', () => {
    assert.equal(compare([3, 5, 4], [3, 5, 4]).ratio, 1);
  });

  it('has each peer in figures and ratios, and the extremes of the first one', () => {
    const answers = { lasthop: [10, 10, 10], kernel: [20, 20, 20], cTwin: [10, 10, 4] };
    const name = { figure: 'In', ratio: '-in', unit: 'PerSecond' };
    const { figures, ratios } = describeComparison(answers, (figure) => figure, name);
    assert.deepEqual(ratios, { 'kernel-in': 0.5, 'cTwin-in': 1 });
    assert.deepEqual(figures, {
      lasthopInPerSecond: 10,
      lowestRatioIn: 0.5,
      highestRatioIn: 0.5,
      kernelInPerSecond: 20,
      cTwinInPerSecond: 10,
    });
  });

  it('says of which peer the turns are too far apart', () => {
    const answers = { lasthop: [10, 10, 10], kernel: [20, 20, 20], cTwin: [10, 20, 5] };
    const { disturbances } = describeComparison(answers, (figure) => figure, { figure: '', ratio: '', unit: '' });
    assert.equal(disturbances.length, 1);
    assert.match(disturbances[0], /cTwin/);
  });
});

describe('the order of makes', () => {
  it('begins each turn with the next one', () => {
    assert.equal(orderOf(['a', 'b', 'c'], 4).join(' '), 'a b c b c a c a b a b c');
    assert.equal(orderOf(['a', 'b'], 3).join(' '), 'a b b a a b');
  });
});
