import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NativePeer } from '../limit/native-peer.js';
import { groupOf, loadTable, type PrefixTable } from '../prefix-table.js';
import { describeMachine, median, type PerfResult } from '../result.js';
import { LookupBench, type Mode, NEXT_HOPS, type Population } from './lookup-bench.js';

const RUNS = 25;
const WARM_UP_RUNS = 8;

const MODES: readonly Mode[] = ['single', 'batch'];
const POPULATIONS: readonly Population[] = ['covered', 'random'];
const DPDK = { name: 'libdpdk', debianPackage: 'dpdk-dev' };

/** Times of one way of looking up, turn by turn; those of peers in the same order, none of a peer that is missing. */
interface Series {
  readonly ours: number[];
  readonly cTwin: number[];
  readonly rteLpm: number[];
}

/** Peers by the name of their times; or why one is missing. */
type Peers = { readonly [name in 'cTwin' | 'rteLpm']: NativePeer | string };

/**
 * `lasthop perf lpm`: lookups in the real table, next to the same poptrie in C and to DPDK's `rte_lpm`. All of them look
 * up the same addresses, in turn, and the sums of their answers must agree.
 */
export async function runLpm(options: { readonly table?: string; readonly runs?: number } = {}): Promise<PerfResult> {
  const machine = describeMachine();
  const runs = options.runs ?? RUNS;
  const table = loadTable(options.table);
  const directory = mkdtempSync(join(tmpdir(), 'lasthop-lpm-'));
  try {
    const bench = new LookupBench(table);
    handOver(directory, bench, table);
    const nodes = String(bench.memory.capacity.nodes);
    const peers: Peers = {
      cTwin: await NativePeer.start('lookup-twin', directory, [directory, nodes]),
      rteLpm: await NativePeer.start('rte-lpm', directory, [directory], DPDK),
    };
    const series = await measure(bench, peers, runs).finally(() => close(peers));
    return { name: 'lpm', machine, runs, ...summarize(table, series, peers) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function close(peers: Peers): Promise<void> {
  for (const peer of Object.values(peers)) if (peer instanceof NativePeer) await peer.close();
}

/** Writes what the peers read; see their sources. */
function handOver(directory: string, bench: LookupBench, table: PrefixTable): void {
  const order = Array.from(table.lengths.keys()).sort((a, b) => table.lengths[a] - table.lengths[b]);
  const prefixes = new Uint32Array(3 * order.length);
  order.forEach((from, to) => {
    const address = table.addresses[from];
    const length = table.lengths[from];
    prefixes.set([address, length, groupOf(address, length, NEXT_HOPS)], 3 * to);
  });
  writeFileSync(join(directory, 'fib'), new Uint8Array(bench.memory.memory.buffer));
  writeFileSync(join(directory, 'prefixes'), prefixes);
  for (const population of POPULATIONS) writeFileSync(join(directory, population), bench.addresses[population]);
}

async function measure(bench: LookupBench, peers: Peers, runs: number): Promise<ReadonlyMap<string, Series>> {
  const all = new Map<string, Series>();
  for (const mode of MODES) {
    for (const population of POPULATIONS) all.set(mode + population, { ours: [], cTwin: [], rteLpm: [] });
  }
  for (let run = -WARM_UP_RUNS; run < runs; run++) {
    for (const mode of MODES) {
      for (const population of POPULATIONS) {
        const turns = await takeTurns(bench, peers, mode, population);
        const series = all.get(mode + population);
        if (run < 0 || series === undefined) continue;
        series.ours.push(turns.ours);
        if (turns.cTwin !== undefined) series.cTwin.push(turns.cTwin);
        if (turns.rteLpm !== undefined) series.rteLpm.push(turns.rteLpm);
      }
    }
  }
  return all;
}

/** One turn of each, in nanoseconds a lookup. */
async function takeTurns(
  bench: LookupBench,
  peers: Peers,
  mode: Mode,
  population: Population,
): Promise<{ ours: number; cTwin: number | undefined; rteLpm: number | undefined }> {
  const ours = bench.turn(mode, population);
  const turn = async (peer: NativePeer | string): Promise<number | undefined> => {
    if (typeof peer === 'string') return undefined;
    const [nanoseconds, sum] = await peer.turn(`${mode} ${population} ${bench.addresses[population].length}`);
    if (sum !== ours.sum) throw new RangeError(`${mode} lookups of ${population} addresses do not agree`);
    return nanoseconds;
  };
  return { ours: ours.nsPerLookup, cTwin: await turn(peers.cTwin), rteLpm: await turn(peers.rteLpm) };
}

function summarize(
  table: PrefixTable,
  all: ReadonlyMap<string, Series>,
  peers: Peers,
): Pick<PerfResult, 'figures' | 'ratios'> {
  const of = (mode: Mode, population: Population): Series => all.get(mode + population) as Series;
  const batch = { covered: of('batch', 'covered'), random: of('batch', 'random') };
  const single = { covered: of('single', 'covered'), random: of('single', 'random') };
  const missing = Object.values(peers).filter((peer) => typeof peer === 'string');
  return {
    figures: {
      table: `${table.name}, ${table.addresses.length} IPv4 prefixes on ${NEXT_HOPS} next hops by a hash of the prefix`,
      lookups: 'in batches of 64 as the router does them, those of the twin in C too; "single" is one at a time',
      rteLpm:
        'rte_lpm_lookup, one at a time as ours; "batch" is ours in batches against it, "bulk" against rte_lpm_lookup_bulk of 64',
      turns: 'all addresses once for the caches, then once for the time',
      ...(missing.length > 0 ? { missing: missing.join('; ') } : {}),
      nsPerLookup: round(median(batch.covered.ours)),
      fastestNsPerLookup: round(Math.min(...batch.covered.ours)),
      slowestNsPerLookup: round(Math.max(...batch.covered.ours)),
      nsPerLookupRandom: round(median(batch.random.ours)),
      nsPerSingleLookup: round(median(single.covered.ours)),
      nsPerSingleLookupRandom: round(median(single.random.ours)),
      ...figure('cTwinNsPerLookup', batch.covered.cTwin),
      ...figure('cTwinNsPerSingleLookup', single.covered.cTwin),
      ...figure('rteLpmNsPerLookup', single.covered.rteLpm),
      ...figure('rteLpmNsPerLookupRandom', single.random.rteLpm),
    },
    ratios: {
      ...ratio('cTwin', batch.covered.ours, batch.covered.cTwin),
      ...ratio('cTwinRandom', batch.random.ours, batch.random.cTwin),
      ...ratio('cTwinSingle', single.covered.ours, single.covered.cTwin),
      ...ratio('cTwinSingleRandom', single.random.ours, single.random.cTwin),
      ...ratio('rteLpmRandom', single.random.ours, single.random.rteLpm),
      ...ratio('rteLpmCovered', single.covered.ours, single.covered.rteLpm),
      ...ratio('rteLpmBatchRandom', batch.random.ours, single.random.rteLpm),
      ...ratio('rteLpmBatchCovered', batch.covered.ours, single.covered.rteLpm),
      ...ratio('rteLpmBulkRandom', batch.random.ours, batch.random.rteLpm),
      ...ratio('rteLpmBulkCovered', batch.covered.ours, batch.covered.rteLpm),
    },
  };
}

/** The median of pairs, the peer's time divided by ours; nothing of a peer that is missing. */
function ratio(name: string, ours: readonly number[], theirs: readonly number[]): { readonly [name: string]: number } {
  if (theirs.length === 0) return {};
  return { [name]: Math.round(median(ours.map((own, run) => theirs[run] / own)) * 1000) / 1000 };
}

/** The median of a peer's times; nothing of a peer that is missing. */
function figure(name: string, times: readonly number[]): { readonly [name: string]: number } {
  return times.length === 0 ? {} : { [name]: round(median(times)) };
}

function round(nanoseconds: number): number {
  return Math.round(nanoseconds * 10) / 10;
}
