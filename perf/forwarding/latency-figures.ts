import { median, type PerfResult } from '../result.js';
import type { Count, Times } from './traffic.js';
import type { Turns } from './turns.js';

/** Parts of the throughput. */
export const LOADS = [0.1, 0.5, 0.9];
/** The load at which the router is judged: its figures have no load in their names. */
const JUDGED_LOAD = 0.5;
/** Of the offered datagrams, so many are to arrive over a wire without a router: less is not the load it is said to be. */
const LEAST_OFFERED = 0.97;

/** The name of a load in trials and figures. */
export function loadName(part: number): string {
  return `load${Math.round(part * 100)}`;
}

/**
 * What turns with the trials `through LOAD` and `direct LOAD` come to, where `throughput` is that of lasthop in datagrams a
 * second. Figures are medians of the runs; histograms are of all datagrams through lasthop, whole times.
 */
export function describeLatency(
  turns: Turns<Times>,
  throughput: number,
): Pick<PerfResult, 'figures' | 'ratios' | 'histograms' | 'disturbances'> {
  const figures: { [name: string]: number } = {};
  const ratios: { [name: string]: number } = {};
  const histograms: { [name: string]: readonly (readonly [number, number])[] } = {};
  const disturbances: string[] = [];
  for (const part of LOADS) {
    const load = loadName(part);
    const through = turns[`through ${load}`];
    const direct = turns[`direct ${load}`];
    const base = [...direct.lasthop, ...direct.kernel];
    const baseUs = median(base.map(({ medianUs }) => medianUs));
    const ours = addedTimes(through.lasthop, baseUs);
    const kernel = addedTimes(through.kernel, baseUs);
    const offered = Math.round(throughput * part);
    const arrived = Math.round(median(base.map(perSecond)));
    Object.assign(figures, {
      [`${load}OfferedPacketsPerSecond`]: offered,
      [`${load}DirectPacketsPerSecond`]: arrived,
      [`${load}ReceivedPacketsPerSecond`]: Math.round(median(through.lasthop.map(perSecond))),
      [`${load}MedianUs`]: ours.median,
      [`${load}P99Us`]: ours.p99,
      [`${load}P999Us`]: ours.p999,
      [`${load}MaxUs`]: ours.max,
      [`${load}DirectMedianUs`]: baseUs,
      [`${load}DirectP999Us`]: median(base.map(({ p999Us }) => p999Us)),
      [`${load}KernelMedianUs`]: kernel.median,
      [`${load}KernelP999Us`]: kernel.p999,
    });
    histograms[`${load}Us`] = joinHistograms(through.lasthop);
    if (arrived < offered * LEAST_OFFERED) {
      disturbances.push(`of ${offered} datagrams a second ${arrived} came over the wire without a router (${load})`);
    }
    if (part !== JUDGED_LOAD) continue;
    Object.assign(figures, { medianUs: ours.median, p99Us: ours.p99, p999Us: ours.p999, maxUs: ours.max });
    Object.assign(ratios, { kernelMedian: kernel.median / ours.median, kernelP999: kernel.p999 / ours.p999 });
  }
  return { figures, ratios, histograms, disturbances };
}

/** Medians of the runs, in microseconds, to a tenth. */
function addedTimes(runs: readonly Times[], baseUs: number) {
  const added = (time: (run: Times) => number) => Math.round((median(runs.map(time)) - baseUs) * 10) / 10;
  return {
    median: added(({ medianUs }) => medianUs),
    p99: added(({ p99Us }) => p99Us),
    p999: added(({ p999Us }) => p999Us),
    max: added(({ maxUs }) => maxUs),
  };
}

/** All datagrams of some runs; `receive` has the same steps in each. */
function joinHistograms(runs: readonly Times[]): [number, number][] {
  const joined = new Map<number, number>();
  for (const [us, count] of runs.flatMap(({ histogram }) => histogram)) {
    joined.set(us, (joined.get(us) ?? 0) + count);
  }
  return [...joined].sort(([a], [b]) => a - b);
}

function perSecond({ received, seconds }: Count): number {
  return received / seconds;
}
