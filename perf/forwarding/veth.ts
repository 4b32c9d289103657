import { LasthopError } from '../../src/base/errors.js';
import { runIsolated } from '../isolated-run.js';
import { describeMachine, median, type PerfResult } from '../result.js';
import { latencyQuantile } from '../traffic/latency-histogram.js';
import { ceilingDisturbances, spreadDisturbances } from './disturbance.js';
import type { Pairs, RouterName, Turn, VethAnswer, VethRequest } from './veth-run.js';

const RUN = new URL('./veth-run.js', import.meta.url);

const DEFAULT_RUNS = 7;
const DEFAULT_IO = 'auto';
const FLOWS = 64;
/** 28, 16 and 4 of the 48 frames of the simple IMIX, spread. */
const IMIX = [60, 566, 60, 60, 566, 60, 1514, 60, 566, 60, 566, 60];
const PEERS: readonly RouterName[] = [
  'kernel',
  'kernelPlain',
  'cTwin',
  'dpdkAfPacket',
  'dpdkAfXdp',
  'plainNode',
  'capNode',
];
export interface VethOptions {
  readonly runs?: number;
  /** `io` of lasthop's links. */
  readonly io?: string;
  /** Length of a frame without the frame check sequence in bytes, or `imix`. */
  readonly frame?: number | 'imix';
}

/**
 * `lasthop perf veth`: frames through a router between two veth pairs, against every other router that does the same. What
 * is compared is the throughput at a loss of 0.5 %, searched in short trials at each turn. What comes through under an
 * overload would be quicker to measure, but it depends on the generator: each frame too much costs the receiving side
 * time, the more the faster it is sent. It stands beside it.
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
      traffic: `${frame === 'imix' ? 'IMIX (7 x 60, 4 x 566, 1 x 1514 bytes)' : `${frame}-byte`} frames, ${FLOWS} flows, at the highest rate of which 0.5 % are lost at most`,
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
  for (const [name, turns] of turnsOf(ours, answer)) {
    const middle = (of: (turn: Turn) => number) => Math.round(median(turns.map(of)));
    figures[`${name}Pps`] = middle((turn) => turn.pps);
    figures[`${name}OverloadPps`] = middle((turn) => turn.overloadPps);
    figures[`${name}LimitedBy`] = middle((turn) => Number(turn.limitedBySender)) === 1 ? 'sending processor' : 'router';
    if (turns.every((turn) => turn.userPercent + turn.systemPercent === 0)) continue;
    figures[`${name}CpuUserPercent`] = middle((turn) => turn.userPercent);
    figures[`${name}CpuSystemPercent`] = middle((turn) => turn.systemPercent);
  }
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

/** All turns of each router, ours first. */
function turnsOf(ours: RouterName, { pairs }: VethAnswer): [string, readonly Turn[]][] {
  const peers = Object.entries(pairs).map(([peer, { theirs }]): [string, readonly Turn[]] => [peer, theirs]);
  if (peers.length === 0) return [];
  return [[ours, Object.values(pairs).flatMap((both) => both.ours)], ...peers];
}

function ratiosOfPairs({ ours, theirs }: Pairs): number[] {
  return ours.map(({ pps }, index) => pps / theirs[index].pps);
}

function ratiosOf({ pairs }: VethAnswer): { [peer: string]: number } {
  return Object.fromEntries(Object.entries(pairs).map(([peer, both]) => [peer, median(ratiosOfPairs(both))]));
}

function samplesOf({ ours }: VethRequest, answer: VethAnswer): { [name: string]: readonly number[] } {
  const rows = turnsOf(ours, answer).map(([name, turns]) => [`${name}Pps`, turns.map(({ pps }) => Math.round(pps))]);
  return Object.fromEntries([['ceilingPps', answer.ceilings.map(Math.round)], ...rows]);
}

function disturbancesOf({ ours }: VethRequest, answer: VethAnswer): string[] {
  const medians = turnsOf(ours, answer).map(([, turns]) => median(turns.map(({ pps }) => pps)));
  return [
    ...ceilingDisturbances(answer.ceilings, Math.max(0, ...medians)),
    ...Object.entries(answer.pairs).flatMap(([peer, both]) => spreadDisturbances(peer, ratiosOfPairs(both))),
  ];
}
