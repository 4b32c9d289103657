import { leaveGeneratorProcessor } from '../processors.js';
import { describeMachine, median, type PerfResult } from '../result.js';
import { datagramTrial, PAYLOAD_BYTES } from './datagrams.js';
import { SERVER, SERVER_DIRECT, transitLab } from './hosts-lab.js';
import { describeLatency, LOADS, loadName } from './latency-figures.js';
import { type Reception, Traffic } from './traffic.js';
import { DEFAULT_PAIRS, measureInTurns } from './turns.js';
import { perSecond } from './udp.js';

const FLOOD = { to: SERVER, flows: 8, rate: 0, seconds: 2, warmUpSeconds: 1, stamps: false, pinned: true } as const;
const LOAD = { flows: 8, seconds: 2, warmUpSeconds: 1, stamps: true, pinned: true } as const;

/**
 * `lasthop perf latency`: the time that a router adds one way, at 10, 50 and 90 % of what it passes on of a flood. It is the
 * time through the router less the median over a wire without one at the same rate, from the sender's call to the arrival
 * in the receiver's kernel, of all datagrams; lasthop and the kernel as the router in turn. The sender has a processor of
 * its own: one that has to share it would measure how long it waits for that.
 */
export async function runLatency(options: { readonly runs?: number } = {}): Promise<PerfResult> {
  const pairs = options.runs ?? DEFAULT_PAIRS;
  const machine = describeMachine();
  leaveGeneratorProcessor();
  const traffic = await Traffic.build();
  try {
    const lab = transitLab('latency', []);
    const floods = await measureInTurns<Reception>(lab, [datagramTrial('flood', traffic, FLOOD)], 3);
    const passed = median(floods.flood.lasthop.map(perSecond));
    const trials = LOADS.flatMap((part) => {
      const load = { ...LOAD, rate: Math.round(passed * part) };
      return [
        datagramTrial(`through ${loadName(part)}`, traffic, { ...load, to: SERVER }),
        datagramTrial(`direct ${loadName(part)}`, traffic, { ...load, to: SERVER_DIRECT }),
      ];
    });
    const turns = await measureInTurns<Reception>(lab, trials, pairs);
    const { figures, ...rest } = describeLatency(turns, passed);
    return {
      name: 'latency',
      machine,
      runs: pairs,
      figures: {
        network: 'client, router and server on veth pairs, and a veth pair without a router; datagrams of 8 flows',
        processors: 'the sender has one, router and receiver the rest; the receiver runs when nobody else wants to',
        payloadBytes: PAYLOAD_BYTES,
        seconds: LOAD.seconds,
        floodPacketsPerSecond: Math.round(passed),
        ...figures,
      },
      ...rest,
    };
  } finally {
    await traffic.remove();
  }
}
