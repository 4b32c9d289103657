import { LasthopError } from '../../src/base/errors.js';
import { describeMachine, type PerfResult } from '../result.js';
import { DEFAULT_RUNS, FLOWS, runContest, type VethOptions } from './veth.js';
import { describeRun } from './veth-figures.js';
import type { VethRequest } from './veth-run.js';

/** How far from 1 a program measured against itself may read. */
const TOLERANCE = 0.03;

/** `lasthop perf check`: the harness of `perf veth` on itself. The twin in C against the same program is to read 1.00. */
export async function runHarnessCheck({ runs = DEFAULT_RUNS }: VethOptions = {}): Promise<PerfResult> {
  const machine = describeMachine();
  const request: VethRequest = {
    ours: 'cTwin',
    peers: ['self'],
    traffic: { flows: FLOWS, frameBytes: [60] },
    runs,
    io: 'packet',
    search: false,
  };
  const answer = await runContest(request);
  const { disturbances = [], ...rest } = describeRun(request, answer);
  const { self } = rest.ratios;
  if (self === undefined) {
    throw new LasthopError('PERF', `the twin could not be measured: ${answer.missing.self ?? 'it forwarded nothing'}`);
  }
  const wrong = Math.abs(self - 1) > TOLERANCE;
  const finding = `a program against itself reads ${self.toFixed(3)}, expected 1.00 within ${TOLERANCE}`;
  return { name: 'check', machine, runs, ...rest, disturbances: wrong ? [...disturbances, finding] : disturbances };
}
