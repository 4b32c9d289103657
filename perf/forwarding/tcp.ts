import type { PerfResult } from '../result.js';
import { SERVER, transitLab } from './hosts-lab.js';
import { runStreams } from './tcp-stream.js';

/** `lasthop perf tcp`: one TCP stream through a router. */
export function runTcp(options: { readonly runs?: number } = {}): Promise<PerfResult> {
  const network = 'client, router and server on veth pairs of MTU 1500 with their offloads; one stream of iperf3';
  const streams = [{ name: '', to: SERVER, direction: 'in' }] as const;
  return runStreams({ name: 'tcp', network, lab: transitLab, streams }, options);
}
