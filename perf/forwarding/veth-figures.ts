import { median, type PerfResult } from '../result.js';
import { latencyQuantile } from '../traffic/latency-histogram.js';
import type { Turn } from './contender.js';
import { ceilingDisturbances, spreadDisturbances } from './disturbance.js';
import type { Pairs, RouterName, VethAnswer, VethRequest } from './veth-run.js';

/** What is said of a run in which routers were measured against each other: the parts of a `PerfResult`. */
export function describeRun(
  request: VethRequest,
  answer: VethAnswer,
): Pick<PerfResult, 'figures' | 'ratios' | 'samples' | 'histograms' | 'disturbances'> {
  return {
    figures: figuresOf(request, answer),
    ratios: ratiosOf(answer),
    samples: samplesOf(request, answer),
    histograms: histogramsOf(answer),
    disturbances: disturbancesOf(request, answer),
  };
}

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
  for (const { part, rate, sent, received, inspection } of answer.inspected) {
    const load = loadName(part);
    figures[`${load}Pps`] = rate;
    figures[`${load}LostFrames`] = sent.intended - received;
    figures[`${load}DuplicatedFrames`] = inspection.duplicated;
    figures[`${load}ReorderedFrames`] = inspection.reordered;
    figures[`${load}MedianUs`] = latencyQuantile(inspection.latency, 0.5) / 1000;
    figures[`${load}P99Us`] = latencyQuantile(inspection.latency, 0.99) / 1000;
    figures[`${load}P999Us`] = latencyQuantile(inspection.latency, 0.999) / 1000;
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

/** Of the pairs in which the peer forwarded at all. */
function ratiosOfPairs({ ours, theirs }: Pairs): number[] {
  return ours.flatMap(({ pps }, index) => (theirs[index].pps === 0 ? [] : [pps / theirs[index].pps]));
}

function ratiosOf({ pairs }: VethAnswer): { [peer: string]: number } {
  const rows = Object.entries(pairs).map(([peer, both]) => [peer, ratiosOfPairs(both)] as const);
  return Object.fromEntries(rows.flatMap(([peer, ratios]) => (ratios.length === 0 ? [] : [[peer, median(ratios)]])));
}

function samplesOf({ ours }: VethRequest, answer: VethAnswer): { [name: string]: readonly number[] } {
  const rows = turnsOf(ours, answer).map(([name, turns]) => [`${name}Pps`, turns.map(({ pps }) => Math.round(pps))]);
  return Object.fromEntries([['ceilingPps', answer.ceilings.map(Math.round)], ...rows]);
}

/** From the generator's system call to the tap of the sink's link, in microseconds. */
function histogramsOf({ inspected }: VethAnswer): NonNullable<PerfResult['histograms']> {
  return Object.fromEntries(
    inspected.map(({ part, inspection }) => [
      `${loadName(part)}Us`,
      inspection.latency.map(([ns, frames]) => [ns / 1000, frames] as const),
    ]),
  );
}

function loadName(part: number): string {
  return `load${Math.round(part * 100)}`;
}

function disturbancesOf(request: VethRequest, answer: VethAnswer): string[] {
  const medians = turnsOf(request.ours, answer).map(([, turns]) => median(turns.map(({ pps }) => pps)));
  return [
    ...ceilingDisturbances(answer.ceilings, Math.max(0, ...medians)),
    ...Object.entries(answer.pairs).flatMap(([peer, both]) =>
      spreadDisturbances(peer, ratiosOfPairs(both), request.runs),
    ),
  ];
}
