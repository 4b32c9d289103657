import { LasthopError } from '../../src/base/errors.js';
import { runIsolated } from '../isolated-run.js';
import { describeMachine, median, type PerfResult } from '../result.js';
import { ceilingDisturbances, overloadDisturbances, spreadDisturbances } from './disturbance.js';
import { latencyQuantile } from './latency.js';
import type { OverloadTrial } from './trial.js';
import type { Pairs, RouterName, VethAnswer, VethRequest } from './veth-run.js';

const RUN = new URL('./veth-run.js', import.meta.url);

const DEFAULT_RUNS = 7;
const DEFAULT_IO = 'auto';
const FLOWS = 64;
/** 28, 16 and 4 of the 48 frames of the simple IMIX, spread. */
const IMIX = [60, 566, 60, 60, 566, 60, 1514, 60, 566, 60, 566, 60];
const PEERS: readonly RouterName[] = ['kernel', 'kernelPlain', 'cTwin', 'dpdkAfPacket', 'dpdkAfXdp', 'plainNode'];
/** The kernel forwards in the generator's own time, and so gets no more than it can forward. */
const NEVER_OVERLOADED: readonly string[] = ['kernel', 'kernelPlain'];

export interface VethOptions {
  readonly runs?: number;
  /** `io` of lasthop's links. */
  readonly io?: string;
  /** Length of a frame without the frame check sequence in bytes, or `imix`. */
  readonly frame?: number | 'imix';
}

/**
 * `lasthop perf veth`: frames through a router between two veth pairs, against every other router that does the same. What
 * is compared is what comes through when the generator sends all it can: that needs one trial where a search needs thirty,
 * so that two routers can be measured within seconds of each other on a machine whose pace changes by the minute. The
 * throughput of lasthop by search stands beside it.
 */
export async function runVeth(options: VethOptions = {}): Promise<PerfResult> {
  const machine = describeMachine();
  const frame = options.frame ?? 60;
  const request: VethRequest = {
    ours: 'lasthop',
    peers: PEERS,
    traffic: { flows: FLOWS, frameBytes: frame === 'imix' ? IMIX : [frame] },
    runs: options.runs ?? DEFAULT_RUNS,
    io: options.io ?? DEFAULT_IO,
    search: true,
  };
  const answer = await runIsolated<VethAnswer>(RUN, request);
  const name = frame === 60 ? 'veth' : `veth-${frame}`;
  return {
    name,
    machine,
    runs: request.runs,
    figures: {
      network: 'generator, router and sink in a network namespace each, joined by veth pairs',
      traffic: `${frame === 'imix' ? 'IMIX (7 x 60, 4 x 566, 1 x 1514 bytes)' : `${frame}-byte`} frames, ${FLOWS} flows, as many as the generator can send`,
      processors:
        'the generator has one of its own, the router the rest; veth moves frames on the processor of who sends',
      io: request.io,
      ...figuresOf(request, answer),
    },
    ratios: ratiosOf(answer),
    samples: samplesOf(request, answer),
    disturbances: disturbancesOf(request, answer),
  };
}

/**
 * `lasthop perf check`: the harness on itself. The twin in C against the same program beside it is to read 1.00, and a
 * sink that is known to lose 1 % as a loss of 1 % (which a test has).
 */
export async function runHarnessCheck(options: VethOptions = {}): Promise<PerfResult> {
  const machine = describeMachine();
  const request: VethRequest = {
    ours: 'cTwin',
    peers: ['self'],
    traffic: { flows: FLOWS, frameBytes: [60] },
    runs: options.runs ?? DEFAULT_RUNS,
    io: 'packet',
    search: false,
  };
  const answer = await runIsolated<VethAnswer>(RUN, request);
  const ratios = ratiosOf(answer);
  const disturbances = disturbancesOf(request, answer);
  const { self } = ratios;
  if (self === undefined) throw new LasthopError('PERF', `the twin could not be measured: ${answer.missing.self}`);
  if (Math.abs(self - 1) > SELF_TOLERANCE) {
    disturbances.push(`a program against itself reads ${self.toFixed(3)}, expected 1.00 within ${SELF_TOLERANCE}`);
  }
  const figures = figuresOf(request, answer);
  return {
    name: 'check',
    machine,
    runs: request.runs,
    figures,
    ratios,
    samples: samplesOf(request, answer),
    disturbances,
  };
}

const SELF_TOLERANCE = 0.03;

function figuresOf({ ours }: VethRequest, answer: VethAnswer): PerfResult['figures'] {
  const figures: { [name: string]: number | string } = { ceilingPps: Math.round(median(answer.ceilings)) };
  const mine = oursOf(answer);
  if (mine.length > 0) describeTrials(figures, ours, mine);
  for (const [peer, { theirs }] of Object.entries(answer.pairs)) describeTrials(figures, peer, theirs);
  for (const { lossRatio, rate, forwardedPps } of answer.throughputs) {
    const key = lossRatio === 0 ? 'noLoss' : 'halfPercentLoss';
    figures[`${key}OfferedPps`] = rate;
    figures[`${key}Pps`] = Math.round(forwardedPps);
  }
  const seen = answer.inspected;
  if (seen !== undefined) {
    figures.halfLoadPps = seen.rate;
    figures.halfLoadLostFrames = seen.sent.intended - seen.received;
    figures.halfLoadDuplicatedFrames = seen.inspection.duplicated;
    figures.halfLoadReorderedFrames = seen.inspection.reordered;
    figures.halfLoadMedianUs = latencyQuantile(seen.inspection.latency, 0.5) / 1000;
    figures.halfLoadP999Us = latencyQuantile(seen.inspection.latency, 0.999) / 1000;
  }
  for (const [peer, reason] of Object.entries(answer.missing)) figures[`${peer}Missing`] = reason;
  return figures;
}

function describeTrials(figures: { [name: string]: number | string }, name: string, trials: readonly OverloadTrial[]) {
  const middle = (of: (trial: OverloadTrial) => number) => Math.round(median(trials.map(of)));
  figures[`${name}Pps`] = middle((trial) => trial.forwardedPps);
  figures[`${name}OfferedPps`] = middle((trial) => trial.offeredPps);
  if (trials.every((trial) => trial.userPercent + trial.systemPercent === 0)) return;
  figures[`${name}CpuUserPercent`] = middle((trial) => trial.userPercent);
  figures[`${name}CpuSystemPercent`] = middle((trial) => trial.systemPercent);
}

function oursOf(answer: VethAnswer): OverloadTrial[] {
  return Object.values(answer.pairs).flatMap(({ ours }) => ours);
}

function ratiosOfPairs({ ours, theirs }: Pairs): number[] {
  return ours.map(({ forwardedPps }, index) => forwardedPps / theirs[index].forwardedPps);
}

function ratiosOf({ pairs }: VethAnswer): { [peer: string]: number } {
  return Object.fromEntries(Object.entries(pairs).map(([peer, both]) => [peer, median(ratiosOfPairs(both))]));
}

function samplesOf({ ours }: VethRequest, answer: VethAnswer): { [name: string]: readonly number[] } {
  const pps = (trials: readonly OverloadTrial[]) => trials.map(({ forwardedPps }) => Math.round(forwardedPps));
  const peers = Object.entries(answer.pairs).map(([peer, { theirs }]) => [`${peer}Pps`, pps(theirs)] as const);
  return Object.fromEntries([
    ['ceilingPps', answer.ceilings.map(Math.round)],
    [`${ours}Pps`, pps(oursOf(answer))],
    ...peers,
  ]);
}

function disturbancesOf({ ours }: VethRequest, answer: VethAnswer): string[] {
  const trials = new Map([[ours as string, oursOf(answer)]]);
  for (const [peer, { theirs }] of Object.entries(answer.pairs)) trials.set(peer, theirs);
  const found: string[] = [];
  let fastest = 0;
  for (const [name, list] of trials) {
    if (list.length === 0) continue;
    const forwarded = median(list.map(({ forwardedPps }) => forwardedPps));
    const offered = median(list.map(({ offeredPps }) => offeredPps));
    fastest = Math.max(fastest, forwarded);
    if (!NEVER_OVERLOADED.includes(name)) found.push(...overloadDisturbances(name, offered, forwarded));
  }
  found.push(...ceilingDisturbances(answer.ceilings, fastest));
  for (const [peer, both] of Object.entries(answer.pairs)) found.push(...spreadDisturbances(peer, ratiosOfPairs(both)));
  return found;
}
