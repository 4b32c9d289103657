import { describeMachine, type PerfResult } from '../result.js';
import { spreadDisturbances } from './disturbance.js';
import { SERVER, transitLab } from './hosts-lab.js';
import { compareStreams, STREAM_SECONDS, streamFigures } from './tcp-stream.js';
import { DEFAULT_PAIRS } from './turns.js';

/** `lasthop perf tcp`: one TCP stream through a router, lasthop and the kernel in turn on the same links. */
export async function runTcp(options: { readonly runs?: number } = {}): Promise<PerfResult> {
  const pairs = options.runs ?? DEFAULT_PAIRS;
  const machine = describeMachine();
  const streams = [{ name: 'through', to: SERVER, direction: 'in' }] as const;
  const comparisons = await compareStreams((prepare) => transitLab('tcp', prepare), streams, pairs);
  const through = comparisons.get('through')!;
  return {
    name: 'tcp',
    machine,
    runs: pairs,
    figures: {
      network: 'client, router and server on veth pairs of MTU 1500 with their offloads; one stream of iperf3',
      seconds: STREAM_SECONDS,
      ...streamFigures('', through),
    },
    ratios: { kernel: through.ratio },
    disturbances: spreadDisturbances('kernel', through.ratios, pairs),
  };
}
