import { LasthopError } from '../../src/base/errors.js';
import { describeMachine, type PerfResult } from '../result.js';
import type { RateTrial } from './trial.js';
import { FLOWS, runContest, type VethOptions } from './veth.js';
import { describeRun } from './veth-figures.js';
import type { VethRequest } from './veth-run.js';

/** How far from 1 a program measured against itself may read. */
const TOLERANCE = 0.03;
/** Even: as many pairs begin with the one as with the other, so that neither place nor drift favors any. */
const DEFAULT_RUNS = 8;
/** Each rate is decided by two of three trials, so that a pause of the machine decides nothing. */
const TURN_TRIALS = 3;
const SINK_DROP_EVERY = 100;
/** How far from its share of dropped frames a sink may read: the last frames may be less than a whole hundred. */
const SINK_TOLERANCE = 0.0005;

/**
 * `lasthop perf check`: the harness of `perf veth` on itself. The twin in C against the same program is to read 1.00, a
 * sink that drops 1 % is to read as a loss of 1 %. An odd number of runs is raised by one.
 */
export async function runHarnessCheck({ runs = DEFAULT_RUNS }: VethOptions = {}): Promise<PerfResult> {
  const machine = describeMachine();
  const pairs = runs + (runs % 2);
  const request: VethRequest = {
    ours: 'cTwin',
    peers: ['self'],
    traffic: { flows: FLOWS, frameBytes: [60] },
    runs: pairs,
    io: 'packet',
    search: false,
    turnTrials: TURN_TRIALS,
    sinkDropEvery: SINK_DROP_EVERY,
  };
  const answer = await runContest(request);
  const { disturbances = [], figures, ...rest } = describeRun(request, answer);
  const { self } = rest.ratios;
  if (self === undefined) {
    throw new LasthopError('PERF', `the twin could not be measured: ${answer.missing.self ?? 'it forwarded nothing'}`);
  }
  if (answer.lossySink === undefined) throw new LasthopError('PERF', 'the sink that drops frames was not measured');
  const lost = lostPart(answer.lossySink);
  return {
    name: 'check',
    machine,
    runs: pairs,
    figures: { ...figures, sinkDropsPercent: 100 / SINK_DROP_EVERY, sinkReadsLossPercent: 100 * lost },
    ...rest,
    disturbances: [...disturbances, ...checkDisturbances(self, lost)],
  };
}

/** What a harness that is right does not say: `self` of the twin against itself, `lost` of a sink that drops 1 %. */
export function checkDisturbances(self: number, lost: number): string[] {
  const found: string[] = [];
  if (!(Math.abs(self - 1) <= TOLERANCE)) {
    found.push(`a program against itself reads ${self.toFixed(3)}, expected 1.00 within ${TOLERANCE}`);
  }
  if (!(Math.abs(lost - 1 / SINK_DROP_EVERY) <= SINK_TOLERANCE)) {
    found.push(`a sink that drops 1 % reads as ${(100 * lost).toFixed(2)} %, expected 1.00 within 0.05`);
  }
  return found;
}

/** Of what was sent: what the machine kept the generator from sending is no loss of the sink. */
function lostPart({ sent, received }: RateTrial): number {
  return (sent.sent - received) / sent.sent;
}
