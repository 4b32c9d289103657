import { describeMachine, type PerfResult } from '../result.js';
import { type Comparison, compare } from './comparison.js';
import { datagramTrial, PAYLOAD_BYTES } from './datagrams.js';
import { spreadDisturbances } from './disturbance.js';
import { VIP, vipLab } from './hosts-lab.js';
import { type Reception, Traffic } from './traffic.js';
import { DEFAULT_PAIRS, measureInTurns } from './turns.js';

const FLOWS = [1, 8, 64] as const;
const TIMES = { seconds: 1.5, warmUpSeconds: 1 };

/**
 * `lasthop perf udp`: datagrams to a VIP as fast as a sender has them, as an ordinary program at the VIP receives them;
 * lasthop and a VIP of the kernel in turn.
 */
export async function runUdp(options: { readonly runs?: number } = {}): Promise<PerfResult> {
  const pairs = options.runs ?? DEFAULT_PAIRS;
  const machine = describeMachine();
  const traffic = await Traffic.build();
  try {
    const trials = FLOWS.map((flows) =>
      datagramTrial(`${flows} flows`, traffic, { to: VIP, flows, rate: 0, stamps: false, pinned: false, ...TIMES }),
    );
    const turns = await measureInTurns<Reception>(vipLab('udp', []), trials, pairs);
    const compared = FLOWS.map((flows) => [flows, compare(turns[`${flows} flows`], perSecond)] as const);
    return {
      name: 'udp',
      machine,
      runs: pairs,
      figures: {
        network: 'client and server on a veth pair; sendmmsg of 64 datagrams, an equal share from each flow; recvmmsg',
        payloadBytes: PAYLOAD_BYTES,
        seconds: TIMES.seconds,
        ...Object.assign({}, ...compared.map(([flows, comparison]) => figuresOf(flows, comparison))),
      },
      ratios: Object.fromEntries(compared.map(([flows, { ratio }]) => [`kernel-${flows}`, ratio])),
      disturbances: compared.flatMap(([flows, { ratios }]) => spreadDisturbances(`kernel-${flows}`, ratios, pairs)),
    };
  } finally {
    await traffic.remove();
  }
}

export function perSecond({ received, seconds }: Reception): number {
  return received / seconds;
}

function figuresOf(flows: number, comparison: Comparison): { [name: string]: number } {
  return {
    [`lasthop${flows}PacketsPerSecond`]: Math.round(comparison.lasthop),
    [`kernel${flows}PacketsPerSecond`]: Math.round(comparison.kernel),
    [`lowestRatio${flows}`]: comparison.lowestRatio,
    [`highestRatio${flows}`]: comparison.highestRatio,
  };
}
