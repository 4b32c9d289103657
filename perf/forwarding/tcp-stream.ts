import { describeMachine, type PerfResult } from '../result.js';
import { describeComparison } from './comparison.js';
import { findTwin } from './lab-twin.js';
import { requireProgram } from './traffic.js';
import { DEFAULT_PAIRS, measureInTurns, type Trial, type TurnsLab } from './turns.js';

/** Measured seconds. The second before them is left out: TCP's slow start. */
const STREAM_SECONDS = 2;
const SLOW_START_SECONDS = 1;
/** A stream before those that are measured: a daemon rehearses failures in its first seconds, and code is compiled. */
const WARM_UP_SECONDS = 4;

/** One TCP stream of iperf3 that the client opens. `name` is in the names of its figures. */
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

/** What is measured in a row of TCP streams. */
export interface StreamRow {
  readonly name: string;
  /** In words. */
  readonly network: string;
  /** Has a client and a server; with the path of the twin's program, the twin is a peer. */
  readonly lab: (name: string, prepare: readonly object[], twin: string | undefined) => TurnsLab;
  readonly streams: readonly Stream[];
}

/** Measures the throughput of each stream, lasthop and its peers in turn. */
export async function runStreams(row: StreamRow, options: { readonly runs?: number }): Promise<PerfResult> {
  const pairs = options.runs ?? DEFAULT_PAIRS;
  const machine = describeMachine();
  requireProgram('iperf3');
  const twin = findTwin();
  const server = { name: 'the server of iperf3 starts', run: { node: 'server', command: 'iperf3 --server --daemon' } };
  const trials = [warmUpOf(row.streams[0]), ...row.streams.map(trialOf)];
  const turns = await measureInTurns<Report>(row.lab(row.name, [server], twin.program), trials, pairs);
  const compared = row.streams.map(({ name }) =>
    describeComparison(turns[trialName(name)], gigabitPerSecond, {
      figure: name,
      ratio: name,
      unit: 'GigabitPerSecond',
    }),
  );
  return {
    name: row.name,
    machine,
    runs: pairs,
    figures: {
      network: row.network,
      seconds: STREAM_SECONDS,
      ...Object.assign({}, ...compared.map(({ figures }) => figures)),
      ...(twin.missing === undefined ? {} : { cTwinMissing: twin.missing }),
    },
    ratios: Object.assign({}, ...compared.map(({ ratios }) => ratios)),
    disturbances: compared.flatMap(({ disturbances }) => disturbances),
  };
}

function trialName(stream: string): string {
  return `stream ${stream}`;
}

function warmUpOf(stream: Stream): Trial {
  return trial('warm-up', stream, `--time ${WARM_UP_SECONDS}`);
}

function trialOf(stream: Stream): Trial {
  return trial(trialName(stream.name), stream, `--time ${STREAM_SECONDS} --omit ${SLOW_START_SECONDS}`);
}

function trial(name: string, { to, direction }: Stream, times: string): Trial {
  const command = `iperf3 --client ${to} ${times} --json${direction === 'out' ? ' --reverse' : ''}`;
  return { name, steps: [{ name, run: { node: 'client', command } }] };
}

function gigabitPerSecond({ end }: Report): number {
  return end.sum_received.bits_per_second / 1e9;
}
