import { describeMachine, type PerfResult } from '../result.js';
import { describeComparison } from './comparison.js';
import { type Datagrams, datagramTrial, warmUpTrial } from './datagrams.js';
import { VIP, vipLab } from './hosts-lab.js';
import { findTwin } from './lab-twin.js';
import { LOSS_RATIO, throughputOf } from './rate-steps.js';
import { type Steps, Traffic } from './traffic.js';
import { DEFAULT_PAIRS, measureInTurns } from './turns.js';

const FLOWS = [1, 8, 64] as const;
/** 48 steps of 60 ms, each 7 % above the one before. */
const RISING: Omit<Datagrams, 'flows'> = {
  to: VIP,
  payloadBytes: 64,
  warmUpSeconds: 1,
  seconds: 2.9,
  rate: 20_000,
  toRate: 400_000,
  noted: 'steps',
  pinned: false,
};

/**
 * `lasthop perf udp`: the highest rate of datagrams to a VIP at which an ordinary program there gets all but 0.5 % of them in
 * time; a VIP of each peer in turn.
 */
export async function runUdp(options: { readonly runs?: number } = {}): Promise<PerfResult> {
  const pairs = options.runs ?? DEFAULT_PAIRS;
  const machine = describeMachine();
  const traffic = await Traffic.build();
  try {
    const trials = FLOWS.map((flows) => datagramTrial(`${flows} flows`, traffic, { ...RISING, flows }));
    const twin = findTwin();
    const turns = await measureInTurns<Steps>(
      vipLab('udp', [], twin.program),
      [warmUpTrial(traffic, VIP), ...trials],
      pairs,
    );
    const compared = FLOWS.map((flows) =>
      describeComparison(turns[`${flows} flows`], throughputOf, {
        figure: String(flows),
        ratio: `-${flows}`,
        unit: 'PacketsPerSecond',
      }),
    );
    return {
      name: 'udp',
      machine,
      runs: pairs,
      figures: {
        network:
          'client and server on a veth pair; single datagrams, of each flow in turn, at a rate that rises; recvmmsg',
        payloadBytes: RISING.payloadBytes,
        seconds: RISING.seconds,
        lossPercent: 100 * LOSS_RATIO,
        ...Object.assign({}, ...compared.map(({ figures }) => figures)),
        ...(twin.missing === undefined ? {} : { cTwinMissing: twin.missing }),
      },
      ratios: Object.assign({}, ...compared.map(({ ratios }) => ratios)),
      disturbances: compared.flatMap(({ disturbances }) => disturbances),
    };
  } finally {
    await traffic.remove();
  }
}
