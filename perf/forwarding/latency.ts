import { leaveGeneratorProcessor } from '../processors.js';
import { describeMachine, median, type PerfResult } from '../result.js';
import { type Datagrams, datagramTrial, warmUpTrial } from './datagrams.js';
import { SERVER, SERVER_DIRECT, transitLab } from './hosts-lab.js';
import { describeLatency, LOADS, loadName } from './latency-figures.js';
import { LOSS_RATIO, throughputOf } from './rate-steps.js';
import { type Steps, type Times, Traffic } from './traffic.js';
import { DEFAULT_PAIRS, measureInTurns } from './turns.js';

const STREAM = { flows: 8, payloadBytes: 64, warmUpSeconds: 1, pinned: true } as const;
/** 48 steps of 60 ms, each 7 % above the one before. */
const RISING = { ...STREAM, to: SERVER, seconds: 2.9, rate: 20_000, toRate: 400_000, noted: 'steps' } as const;
const SECONDS = 2;
const THROUGHPUT_PAIRS = 5;

/**
 * `lasthop perf latency`: the time that a router adds one way, at 10, 50 and 90 % of its throughput: the rate at which an
 * ordinary program loses 0.5 %. It is the time through the router less the median over a wire without one at the same rate,
 * from the sender's call to the arrival in the receiver's kernel, of all datagrams; lasthop and the kernel as the router in
 * turn. The sender has a processor of its own: one that has to share it would measure how long it waits for that.
 */
export async function runLatency(options: { readonly runs?: number } = {}): Promise<PerfResult> {
  const pairs = options.runs ?? DEFAULT_PAIRS;
  const machine = describeMachine();
  leaveGeneratorProcessor();
  const traffic = await Traffic.build();
  try {
    const lab = transitLab('latency', []);
    const warmUp = warmUpTrial(traffic, SERVER);
    const search = datagramTrial('throughput', traffic, RISING);
    const searches = await measureInTurns<Steps>(lab, [warmUp, search], THROUGHPUT_PAIRS);
    const throughput = median(searches.throughput.lasthop.map((steps) => throughputOf(steps)));
    const trials = LOADS.flatMap((part) => {
      const load: Omit<Datagrams, 'to'> = {
        ...STREAM,
        seconds: SECONDS,
        rate: Math.round(throughput * part),
        noted: 'times',
      };
      return [
        datagramTrial(`through ${loadName(part)}`, traffic, { ...load, to: SERVER }),
        datagramTrial(`direct ${loadName(part)}`, traffic, { ...load, to: SERVER_DIRECT }),
      ];
    });
    const turns = await measureInTurns<Times>(lab, [warmUp, ...trials], pairs);
    const { figures, ...rest } = describeLatency(turns, throughput);
    return {
      name: 'latency',
      machine,
      runs: pairs,
      figures: {
        network: 'client, router and server on veth pairs, and a veth pair without a router; datagrams of 8 flows',
        processors: 'the sender has one, router and receiver the rest; the receiver runs when nobody else wants to',
        payloadBytes: STREAM.payloadBytes,
        seconds: SECONDS,
        lossPercent: 100 * LOSS_RATIO,
        throughputPacketsPerSecond: Math.round(throughput),
        ...figures,
      },
      ...rest,
    };
  } finally {
    await traffic.remove();
  }
}
