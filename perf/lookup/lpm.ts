import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LasthopError } from '../../src/base/errors.js';
import { compilePeer, NativePeer } from '../limit/native-peer.js';
import { groupOf, loadTable, type PrefixTable } from '../prefix-table.js';
import { describeMachine, median, type PerfResult } from '../result.js';
import { LookupBench, type Mode, NEXT_HOPS, type Population } from './lookup-bench.js';

const RUNS = 25;
const WARM_UP_RUNS = 8;

const MODES: readonly Mode[] = ['single', 'batch'];
const POPULATIONS: readonly Population[] = ['covered', 'random'];
const DPDK = { name: 'libdpdk', debianPackage: 'dpdk-dev' };

/** Times of one way of looking up, turn by turn; those of peers in the same order. */
interface Series {
  readonly ours: number[];
  readonly cTwin: number[];
  readonly rteLpm: number[];
}

/**
 * `lasthop perf lpm`: lookups in the real table, next to the same poptrie in C and to DPDK's `rte_lpm`. All of them look
 * up the same addresses, in turn, and the sums of their answers must agree.
 */
export async function runLpm(options: { readonly table?: string } = {}): Promise<PerfResult> {
  const machine = describeMachine();
  const table = loadTable(options.table);
  const directory = mkdtempSync(join(tmpdir(), 'lasthop-lpm-'));
  const peers: NativePeer[] = [];
  try {
    const bench = new LookupBench(table);
    handOver(directory, bench, table);
    const start = (program: string, ...more: string[]): NativePeer => {
      const peer = new NativePeer(program, [directory, ...more]);
      peers.push(peer);
      return peer;
    };
    const nodes = String(bench.memory.capacity.nodes);
    const cTwin = start(await compilePeer('lookup-twin', directory), nodes);
    const rteLpm = await compilePeer('rte-lpm', directory, DPDK).then((program) => start(program), whyMissing);
    const series = await measure(bench, cTwin, rteLpm);
    return { name: 'lpm', machine, runs: RUNS, ...summarize(table, series, rteLpm) };
  } finally {
    await Promise.all(peers.map((peer) => peer.close()));
    rmSync(directory, { recursive: true });
  }
}

/** A peer that cannot be built is named, and its ratios are left out. */
function whyMissing(error: unknown): string {
  if (error instanceof LasthopError) return error.message;
  throw error;
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
  writeFileSync(join(directory, 'fib'), new Uint8Array(bench.memory.buffer));
  writeFileSync(join(directory, 'prefixes'), prefixes);
  for (const population of POPULATIONS) writeFileSync(join(directory, population), bench.addresses[population]);
}

async function measure(
  bench: LookupBench,
  cTwin: NativePeer,
  rteLpm: NativePeer | string,
): Promise<ReadonlyMap<string, Series>> {
  const all = new Map<string, Series>();
  for (let run = -WARM_UP_RUNS; run < RUNS; run++) {
    for (const mode of MODES) {
      for (const population of POPULATIONS) {
        const ours = bench.turn(mode, population);
        const theirs = async (peer: NativePeer): Promise<number> => {
          const [nanoseconds, sum] = await peer.turn(`${mode} ${population} ${bench.addresses[population].length}`);
          if (sum !== ours.sum) throw new RangeError(`${mode} lookups of ${population} addresses do not agree`);
          return nanoseconds;
        };
        const c = await theirs(cTwin);
        const rte = typeof rteLpm === 'string' ? undefined : await theirs(rteLpm);
        if (run < 0) continue;
        const series = all.get(mode + population) ?? { ours: [], cTwin: [], rteLpm: [] };
        all.set(mode + population, series);
        series.ours.push(ours.nsPerLookup);
        series.cTwin.push(c);
        if (rte !== undefined) series.rteLpm.push(rte);
      }
    }
  }
  return all;
}

function summarize(
  table: PrefixTable,
  all: ReadonlyMap<string, Series>,
  rteLpm: NativePeer | string,
): Pick<PerfResult, 'figures' | 'ratios'> {
  const of = (mode: Mode, population: Population): Series => all.get(mode + population) as Series;
  const batch = { covered: of('batch', 'covered'), random: of('batch', 'random') };
  const single = { covered: of('single', 'covered'), random: of('single', 'random') };
  const figures: { [name: string]: number | string } = {
    table: `${table.name}, ${table.addresses.length} IPv4 prefixes on ${NEXT_HOPS} next hops by a hash of the prefix`,
    lookups: 'in batches of 64 as the router does them; "single" is one at a time',
    nsPerLookup: round(median(batch.covered.ours)),
    nsPerLookupRandom: round(median(batch.random.ours)),
    nsPerSingleLookup: round(median(single.covered.ours)),
    nsPerSingleLookupRandom: round(median(single.random.ours)),
    fastestNsPerLookup: round(Math.min(...batch.covered.ours)),
    slowestNsPerLookup: round(Math.max(...batch.covered.ours)),
    cTwinNsPerLookup: round(median(batch.covered.cTwin)),
    cTwinNsPerSingleLookup: round(median(single.covered.cTwin)),
  };
  const ratios: { [name: string]: number } = {
    cTwin: ratio(batch.covered, 'cTwin'),
    cTwinRandom: ratio(batch.random, 'cTwin'),
    cTwinSingle: ratio(single.covered, 'cTwin'),
    cTwinSingleRandom: ratio(single.random, 'cTwin'),
  };
  if (typeof rteLpm === 'string') return { figures: { ...figures, missing: rteLpm }, ratios };
  return {
    figures: {
      ...figures,
      rteLpm: 'rte_lpm_lookup, one at a time; "single" against our single ones, "bulk" is rte_lpm_lookup_bulk of 64',
      rteLpmNsPerLookup: round(median(single.covered.rteLpm)),
      rteLpmNsPerLookupRandom: round(median(single.random.rteLpm)),
    },
    ratios: {
      ...ratios,
      rteLpmRandom: ratio({ ours: batch.random.ours, rteLpm: single.random.rteLpm }, 'rteLpm'),
      rteLpmCovered: ratio({ ours: batch.covered.ours, rteLpm: single.covered.rteLpm }, 'rteLpm'),
      rteLpmSingleRandom: ratio(single.random, 'rteLpm'),
      rteLpmSingleCovered: ratio(single.covered, 'rteLpm'),
      rteLpmBulkRandom: ratio(batch.random, 'rteLpm'),
      rteLpmBulkCovered: ratio(batch.covered, 'rteLpm'),
    },
  };
}

/** The median of pairs, the peer's time divided by ours. */
function ratio<Peer extends string>(times: { readonly [who in Peer | 'ours']: readonly number[] }, peer: Peer): number {
  const theirs = times[peer];
  return Math.round(median(times.ours.map((ours, run) => theirs[run] / ours)) * 1000) / 1000;
}

function round(nanoseconds: number): number {
  return Math.round(nanoseconds * 10) / 10;
}
