import { describeMachine, type PerfResult } from '../result.js';
import { spreadDisturbances } from './disturbance.js';
import { VIP, vipLab } from './hosts-lab.js';
import { compareStreams, STREAM_SECONDS, streamFigures } from './tcp-stream.js';
import { DEFAULT_PAIRS } from './turns.js';

/** `lasthop perf vip`: one TCP stream to a VIP on the virtual link, then one from it; a VIP of the kernel in turn. */
export async function runVip(options: { readonly runs?: number } = {}): Promise<PerfResult> {
  const pairs = options.runs ?? DEFAULT_PAIRS;
  const machine = describeMachine();
  const streams = [
    { name: 'In', to: VIP, direction: 'in' },
    { name: 'Out', to: VIP, direction: 'out' },
  ] as const;
  const comparisons = await compareStreams((prepare) => vipLab('vip', prepare), streams, pairs);
  const into = comparisons.get('In')!;
  const out = comparisons.get('Out')!;
  return {
    name: 'vip',
    machine,
    runs: pairs,
    figures: {
      network:
        'client and server on a veth pair of MTU 1500 with its offloads; one stream of iperf3 to or from the VIP',
      seconds: STREAM_SECONDS,
      ...streamFigures('In', into),
      ...streamFigures('Out', out),
    },
    ratios: { kernelIn: into.ratio, kernelOut: out.ratio },
    disturbances: [
      ...spreadDisturbances('kernelIn', into.ratios, pairs),
      ...spreadDisturbances('kernelOut', out.ratios, pairs),
    ],
  };
}
