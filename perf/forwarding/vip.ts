import type { PerfResult } from '../result.js';
import { VIP, vipLab } from './hosts-lab.js';
import { runStreams } from './tcp-stream.js';

/** `lasthop perf vip`: one TCP stream to a VIP on the virtual link, then one from it; a VIP of each peer in turn. */
export function runVip(options: { readonly runs?: number } = {}): Promise<PerfResult> {
  const network =
    'client and server on a veth pair of MTU 1500 with its offloads; one stream of iperf3 to or from the VIP';
  const streams = [
    { name: 'In', to: VIP, direction: 'in' },
    { name: 'Out', to: VIP, direction: 'out' },
  ] as const;
  return runStreams({ name: 'vip', network, lab: vipLab, streams }, options);
}
