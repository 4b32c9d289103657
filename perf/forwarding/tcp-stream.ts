import { type Comparison, compare } from './comparison.js';
import { requireProgram } from './traffic.js';
import { measureInTurns, type Trial, type TurnsLab } from './turns.js';

/** Measured seconds. The second before them is left out: TCP's slow start, and code that is not compiled yet. */
export const STREAM_SECONDS = 2;
const WARM_UP_SECONDS = 1;

/** One TCP stream of iperf3 that the client opens. */
export interface Stream {
  readonly name: string;
  readonly to: string;
  /** `in`: the client sends. `out`: the server does. */
  readonly direction: 'in' | 'out';
}

/** What is read of iperf3's report. */
interface Report {
  readonly end: { readonly sum_received: { readonly bits_per_second: number } };
}

/** Throughput of each stream in Gbit/s, by its name, lasthop and the kernel in turn. The lab has a client and a server. */
export async function compareStreams(
  lab: (prepare: readonly object[]) => TurnsLab,
  streams: readonly Stream[],
  pairs: number,
): Promise<ReadonlyMap<string, Comparison>> {
  requireProgram('iperf3');
  const server = { name: 'the server of iperf3 starts', run: { node: 'server', command: 'iperf3 --server --daemon' } };
  const turns = await measureInTurns<Report>(lab([server]), streams.map(trialOf), pairs);
  return new Map(Object.entries(turns).map(([name, answers]) => [name, compare(answers, gigabitPerSecond)]));
}

/** Figures of one stream, with its name in theirs. */
export function streamFigures(name: string, comparison: Comparison): { [figure: string]: number } {
  return {
    [`lasthop${name}GigabitPerSecond`]: comparison.lasthop,
    [`kernel${name}GigabitPerSecond`]: comparison.kernel,
    [`lowestRatio${name}`]: comparison.lowestRatio,
    [`highestRatio${name}`]: comparison.highestRatio,
  };
}

function trialOf({ name, to, direction }: Stream): Trial {
  const times = `--time ${STREAM_SECONDS} --omit ${WARM_UP_SECONDS}`;
  const command = `iperf3 --client ${to} ${times} --json${direction === 'out' ? ' --reverse' : ''}`;
  return { name, steps: [{ name, run: { node: 'client', command } }] };
}

function gigabitPerSecond({ end }: Report): number {
  return end.sum_received.bits_per_second / 1e9;
}
