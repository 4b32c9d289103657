import { LasthopError } from '../../src/base/errors.js';
import { LabProcess } from '../../src/lab/lab-process.js';
import { describeMachine, median, type PerfResult } from '../result.js';
import { type Failure, failoverLab, type Make } from './failover-lab.js';

/** Runs of one make in one lab before it is the other's turn. */
const RUNS_IN_TURN = 5;
const DEFAULT_RUNS = 20;

const MAKES: readonly Make[] = ['lasthop', 'frr'];

/** What is measured: a way to fail, watched by BFD at this interval, three times without an answer. */
const CASES = [
  { name: 'carrier', failure: 'carrier', bfdIntervalMs: 50 },
  { name: 'bfd50', failure: 'silent', bfdIntervalMs: 50 },
  { name: 'bfd10', failure: 'silent', bfdIntervalMs: 10 },
] as const satisfies readonly { name: string; failure: Failure; bfdIntervalMs: number }[];

type Case = (typeof CASES)[number];

/** Outages in milliseconds by case and make, in the order of the runs. */
type Outages = { readonly [name in Case['name']]: { readonly [make in Make]: number[] } };

/**
 * How long a client of a VIP is without answers when the server's wire fails: figure 5-2 all of lasthop and all of FRR,
 * in turn. A run's outage is the longest time without an answer to a 1 kHz probe. A lab of FRR whose BFD sessions do
 * not stay up gives fewer runs; lasthop's have to be complete.
 */
export async function runFailover(options: { readonly runs?: number } = {}): Promise<PerfResult> {
  const runs = options.runs ?? DEFAULT_RUNS;
  const machine = describeMachine();
  const outages: Outages = {
    carrier: { lasthop: [], frr: [] },
    bfd50: { lasthop: [], frr: [] },
    bfd10: { lasthop: [], frr: [] },
  };
  for (let done = 0, turn = 0; done < runs; done += RUNS_IN_TURN, turn++) {
    const count = Math.min(RUNS_IN_TURN, runs - done);
    for (const bfdIntervalMs of new Set(CASES.map((measured) => measured.bfdIntervalMs))) {
      const cases = CASES.filter((measured) => measured.bfdIntervalMs === bfdIntervalMs);
      for (const make of turn % 2 === 0 ? MAKES : MAKES.toReversed()) await measure(make, cases, count, outages);
    }
  }
  return { name: 'failover', machine, runs, figures: figuresOf(outages), ratios: ratiosOf(outages) };
}

/** One lab: each case in turn, `count` times. */
async function measure(make: Make, cases: readonly Case[], count: number, outages: Outages): Promise<void> {
  const order = Array.from({ length: count }, () => cases).flat();
  const bfdIntervalMs = cases[0]?.bfdIntervalMs ?? 0;
  const text = failoverLab(
    make,
    bfdIntervalMs,
    order.map(({ failure }) => failure),
  );
  const lab = await LabProcess.start(
    { file: `failover-${make}`, text, scenario: true, bound: true, log: 2 },
    { onStep: () => {}, onLogs: () => {} },
  );
  try {
    const result = await lab.result();
    const failed = result.steps.find((step) => !step.passed);
    if (failed !== undefined) {
      const reason = `${make}, BFD at ${bfdIntervalMs} ms: "${failed.name}": ${failed.detail}`;
      if (make === 'lasthop') throw new LasthopError('LAB', `the lab of perf failover failed: ${reason}`);
      process.stderr.write(`${reason}\n`);
    }
    // The probe of a run that failed says nothing.
    const complete = result.steps.filter((step) => step.passed && step.name === 'the probe ends').length;
    for (const [index, { name }] of order.slice(0, complete).entries()) {
      outages[name][make].push(result.probes[String(index)]?.outageMs ?? Number.NaN);
    }
  } finally {
    await lab.end();
  }
}

function figuresOf(outages: Outages): PerfResult['figures'] {
  const figures: { [name: string]: number | string } = {
    network: 'figure 5-2, four routers of one make, 1 kHz UDP echo from client to VIP',
  };
  for (const { name } of CASES) {
    for (const make of MAKES) {
      const measured = outages[name][make];
      const label = make === 'lasthop' ? name : `${make}${name[0]?.toUpperCase()}${name.slice(1)}`;
      figures[`${label}Runs`] = measured.length;
      if (measured.length === 0) continue;
      figures[`${label}OutageMs`] = median(measured);
      figures[`${label}WorstMs`] = Math.max(...measured);
    }
  }
  return figures;
}

/** FRR's outage divided by ours, the median of the pairs. */
function ratiosOf(outages: Outages): PerfResult['ratios'] {
  const ratios: { [name: string]: number } = {};
  for (const { name } of CASES) {
    const { lasthop, frr } = outages[name];
    const pairs = lasthop.slice(0, frr.length).map((ours, index) => (frr[index] ?? Number.NaN) / ours);
    if (pairs.length > 0) ratios[name] = median(pairs);
  }
  return ratios;
}
