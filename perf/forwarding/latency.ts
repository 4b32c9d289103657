import { describeMachine, median, type PerfResult } from '../result.js';
import { datagramTrial, PAYLOAD_BYTES } from './datagrams.js';
import { SERVER, SERVER_DIRECT, transitLab } from './hosts-lab.js';
import { type Reception, Traffic } from './traffic.js';
import { DEFAULT_PAIRS, measureInTurns } from './turns.js';
import { perSecond } from './udp.js';

const FLOOD = { to: SERVER, flows: 8, rate: 0, seconds: 2, warmUpSeconds: 1, stamps: false } as const;
const LOAD = { flows: 8, seconds: 2, warmUpSeconds: 1, stamps: true } as const;

/**
 * `lasthop perf latency`: the time that a router adds one way, at half of what it passes on of a flood. It is the time
 * through the router less the median over a wire without one, from the sender's call to the arrival in the receiver's
 * kernel, of all datagrams; lasthop and the kernel as the router in turn.
 */
export async function runLatency(options: { readonly runs?: number } = {}): Promise<PerfResult> {
  const pairs = options.runs ?? DEFAULT_PAIRS;
  const machine = describeMachine();
  const traffic = await Traffic.build();
  try {
    const lab = transitLab('latency', []);
    const floods = await measureInTurns<Reception>(lab, [datagramTrial('flood', traffic, FLOOD)], 3);
    const passed = median(floods.flood.lasthop.map(perSecond));
    const load = { ...LOAD, rate: Math.round(passed / 2) };
    const trials = [
      datagramTrial('through', traffic, { ...load, to: SERVER }),
      datagramTrial('direct', traffic, { ...load, to: SERVER_DIRECT }),
    ];
    const { through, direct } = await measureInTurns<Reception>(lab, trials, pairs);
    const base = [...direct.lasthop, ...direct.kernel].map(({ medianUs }) => medianUs);
    const ours = addedTimes(through.lasthop, median(base));
    const kernel = addedTimes(through.kernel, median(base));
    return {
      name: 'latency',
      machine,
      runs: pairs,
      figures: {
        network: 'client, router and server on veth pairs, and a veth pair without a router; datagrams of 8 flows',
        payloadBytes: PAYLOAD_BYTES,
        seconds: LOAD.seconds,
        floodPacketsPerSecond: Math.round(passed),
        offeredPacketsPerSecond: load.rate,
        receivedPacketsPerSecond: Math.round(median(through.lasthop.map(perSecond))),
        medianUs: ours.median,
        p99Us: ours.p99,
        p999Us: ours.p999,
        maxUs: ours.max,
        directMedianUs: median(base),
        directP999Us: median(direct.lasthop.map(({ p999Us }) => p999Us)),
        kernelMedianUs: kernel.median,
        kernelP999Us: kernel.p999,
      },
      ratios: { kernelMedian: kernel.median / ours.median, kernelP999: kernel.p999 / ours.p999 },
    };
  } finally {
    await traffic.remove();
  }
}

/** Medians of the runs, in microseconds, to a tenth. */
function addedTimes(receptions: readonly Reception[], baseUs: number) {
  const added = (time: (reception: Reception) => number) =>
    Math.round((median(receptions.map(time)) - baseUs) * 10) / 10;
  return {
    median: added(({ medianUs }) => medianUs),
    p99: added(({ p99Us }) => p99Us),
    p999: added(({ p999Us }) => p999Us),
    max: added(({ maxUs }) => maxUs),
  };
}
