import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeLatency } from '../../perf/forwarding/latency-figures.js';
import type { Times } from '../../perf/forwarding/traffic.js';

/** A thousand datagrams a second for two seconds, or fewer. */
function times(medianUs: number, p999Us: number, received = 2000): Times {
  const histogram = [[medianUs, received - 2] as const, [p999Us, 2] as const];
  return { received, seconds: 2, medianUs, p99Us: p999Us, p999Us, maxUs: p999Us, histogram };
}

function turns(direct: Times) {
  const through = { lasthop: [times(13, 104), times(13, 204)], kernel: [times(23, 304)] };
  const both = { lasthop: [direct], kernel: [direct] };
  return Object.fromEntries(
    ['load10', 'load50', 'load90'].flatMap((load) => [
      [`through ${load}`, through],
      [`direct ${load}`, both],
    ]),
  );
}

describe('figures of latency', () => {
  it('are what a router adds to the median of a wire', () => {
    const { figures, ratios, disturbances } = describeLatency(turns(times(4, 50)), 1000);
    assert.equal(figures.medianUs, 9);
    assert.equal(figures.p999Us, 150);
    assert.equal(figures.load10MedianUs, 9);
    assert.equal(figures.load90P999Us, 150);
    assert.equal(figures.load50KernelMedianUs, 19);
    assert.equal(figures.load50DirectP999Us, 50);
    assert.equal(figures.load10OfferedPacketsPerSecond, 100);
    assert.equal(ratios.kernelP999, 2);
    assert.deepEqual(disturbances, []);
  });

  it('have all datagrams of all runs in a histogram for each load', () => {
    const { histograms } = describeLatency(turns(times(4, 50)), 1000);
    const all = [
      [13, 3996],
      [104, 2],
      [204, 2],
    ];
    assert.deepEqual(histograms, { load10Us: all, load50Us: all, load90Us: all });
  });

  it('are disturbed if the sender did not send at the rate', () => {
    const { disturbances } = describeLatency(turns(times(4, 50, 1600)), 1000);
    assert.deepEqual(disturbances, ['of 900 datagrams a second 800 came over the wire without a router (load90)']);
  });
});
