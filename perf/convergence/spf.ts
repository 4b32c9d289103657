import { fileURLToPath } from 'node:url';
import { LasthopError } from '../../src/base/errors.js';
import { isolationFlags, spawnIsolated } from '../../src/lab/isolation.js';
import { describeMachine, median, type PerfResult } from '../result.js';
import type { SpfAnswer, SpfRequest } from './spf-run.js';
import { isSubjectInstalled, SCOPES, SUBJECTS, type SubjectName } from './spf-subjects.js';
import { MAX_COST, TOPOLOGIES, type TopologyName } from './spf-topology.js';

const MEASURING_PROCESS = fileURLToPath(new URL('./spf-run.js', import.meta.url));

const SIZES = [100, 1000, 5000, 10_000];
/** Rounds that are not counted. Figures called first are of the first of them. */
const WARM_UPS = 5;
const RUNS = 11;
const SEED = 1;

export interface SpfOptions {
  readonly topologies?: readonly TopologyName[];
  readonly sizes?: readonly number[];
  readonly warmUps?: number;
  readonly runs?: number;
}

/**
 * `lasthop perf spf`: how long lasthop, FRR and BIRD calculate when the metric of one link somewhere in the network
 * changes. Each has the same database, which a neighbor on a real adjacency feeds it, and takes its turn at each change.
 * Every figure is the daemon's own. What is not installed is left out.
 */
export async function runSpf(options: SpfOptions = {}): Promise<PerfResult> {
  const machine = describeMachine();
  const subjects = SUBJECTS.filter(isSubjectInstalled);
  for (const name of SUBJECTS) if (!subjects.includes(name)) say(`${name} is not installed: without it`);
  const { topologies = TOPOLOGIES, sizes = SIZES, warmUps = WARM_UPS, runs = RUNS } = options;
  const figures: Record<string, number | string> = {
    network: `point-to-point links that cost 1 to ${MAX_COST}, a stub /32 at every router`,
    change:
      'the last link of a shortest path costs one more, or one less again: all paths are calculated, one route changes',
  };
  for (const name of subjects) figures[`scope/${name}`] = SCOPES[name];
  const ratios: Record<string, number> = {};
  for (const topology of topologies) {
    for (const routers of sizes) {
      const name = `${topology}-${routers}`;
      say(`${name}: loading`);
      const answer = await measure({ topology, routers, subjects, rounds: warmUps + runs, seed: SEED });
      figures[`${name}/links`] = answer.links;
      addFigures(name, answer.calculationMs, warmUps, { figures, ratios });
    }
  }
  return { name: 'spf', machine, runs, figures, ratios };
}

/** In an isolation of its own, with which all daemons end. */
async function measure(request: SpfRequest): Promise<SpfAnswer> {
  const command = [process.execPath, MEASURING_PROCESS, JSON.stringify(request)];
  const child = spawnIsolated(isolationFlags(), command, { bound: true, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new LasthopError('PERF', `${request.topology}-${request.routers} could not be measured`);
  return JSON.parse(output.trimEnd().split('\n').at(-1) ?? '') as SpfAnswer;
}

interface Findings {
  readonly figures: Record<string, number | string>;
  readonly ratios: Record<string, number>;
}

function addFigures(
  name: string,
  calculationMs: SpfAnswer['calculationMs'],
  warmUps: number,
  { figures, ratios }: Findings,
): void {
  const medians: string[] = [];
  for (const [subject, times] of Object.entries(calculationMs)) {
    const medianMs = round(median(times.slice(warmUps)));
    figures[`${name}/${subject}Ms`] = medianMs;
    figures[`${name}/${subject}FirstMs`] = round(times[0]);
    medians.push(`${subject} ${medianMs} ms`);
  }
  say(`${name}: ${medians.join(', ')}`);
  const own = calculationMs.lasthop ?? [];
  for (const peer of ['frr', 'bird'] satisfies SubjectName[]) {
    const pairs = calculationMs[peer]?.map((time, index) => time / own[index]!).slice(warmUps);
    if (pairs !== undefined) ratios[`${name}/${peer}`] = round(median(pairs));
  }
}

function round(figure: number): number {
  return Number(figure.toPrecision(4));
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
