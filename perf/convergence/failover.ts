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

/** What one make showed in one case, in milliseconds and in the order of the runs. */
interface Outages {
  readonly all: number[];
  /** Those of the first failure in a new lab: nothing of the routers' code has run for a failure before. */
  readonly first: number[];
}

type Measured = { readonly [name in Case['name']]: { readonly [make in Make]: Outages } };

/**
 * How long a client of a VIP is without answers when the server's wire fails: figure 5-2 all of lasthop and all of FRR,
 * in turn. A run's outage is the longest time without an answer to a 1 kHz probe. A lab has failures of one kind only:
 * FRR pays for a failure of another kind with seconds. One whose BFD sessions do not stay up gives fewer runs of FRR;
 * lasthop's have to be complete.
 */
export async function runFailover(options: { readonly runs?: number } = {}): Promise<PerfResult> {
  const runs = options.runs ?? DEFAULT_RUNS;
  const machine = describeMachine();
  const measured: Measured = { carrier: noOutages(), bfd50: noOutages(), bfd10: noOutages() };
  for (let done = 0, turn = 0; done < runs; done += RUNS_IN_TURN, turn++) {
    const count = Math.min(RUNS_IN_TURN, runs - done);
    for (const failing of CASES) {
      for (const make of turn % 2 === 0 ? MAKES : MAKES.toReversed()) {
        const outages = await measure(make, failing, count);
        measured[failing.name][make].all.push(...outages);
        measured[failing.name][make].first.push(...outages.slice(0, 1));
      }
    }
  }
  return { name: 'failover', machine, runs, figures: figuresOf(measured), ratios: ratiosOf(measured) };
}

function noOutages(): { readonly [make in Make]: Outages } {
  return { lasthop: { all: [], first: [] }, frr: { all: [], first: [] } };
}

/** One lab: the outages of `count` failures one after the other. */
async function measure(make: Make, { failure, bfdIntervalMs }: Case, count: number): Promise<number[]> {
  const failures = Array.from({ length: count }, () => failure);
  const text = failoverLab(make, bfdIntervalMs, failures);
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
    return failures.slice(0, complete).map((_, index) => result.probes[String(index)]?.outageMs ?? Number.NaN);
  } finally {
    await lab.end();
  }
}

function figuresOf(measured: Measured): PerfResult['figures'] {
  const figures: { [name: string]: number | string } = {
    network: 'figure 5-2, four routers of one make, 1 kHz UDP echo from client to VIP',
  };
  for (const { name } of CASES) {
    for (const make of MAKES) {
      const { all, first } = measured[name][make];
      const label = make === 'lasthop' ? name : `${make}${name[0]?.toUpperCase()}${name.slice(1)}`;
      figures[`${label}Runs`] = all.length;
      if (all.length === 0) continue;
      figures[`${label}OutageMs`] = median(all);
      figures[`${label}FirstMs`] = median(first);
      figures[`${label}WorstMs`] = Math.max(...all);
    }
  }
  return figures;
}

/** FRR's outage divided by ours, the median of the pairs. */
function ratiosOf(measured: Measured): PerfResult['ratios'] {
  const ratios: { [name: string]: number } = {};
  for (const { name } of CASES) {
    const { lasthop, frr } = measured[name];
    const pairs = lasthop.all.slice(0, frr.all.length).map((ours, index) => (frr.all[index] ?? Number.NaN) / ours);
    if (pairs.length > 0) ratios[name] = median(pairs);
  }
  return ratios;
}
