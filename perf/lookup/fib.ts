import { groupOf, loadTable } from '../prefix-table.js';
import { describeMachine, median, type PerfResult } from '../result.js';
import { churn } from './churn.js';
import { FibBench, NEXT_HOPS, tableRoutes } from './fib-bench.js';

const RUNS = 7;
const CHANGES = 100_000;
const MOVES = 1001;

/**
 * `lasthop perf fib`: a whole table from the RIB into the FIB, a change of one next hop and of the default route with the
 * table behind them, and changes of single routes while a worker looks up what they alter.
 */
export async function runFib(options: { readonly table?: string; readonly runs?: number } = {}): Promise<PerfResult> {
  const machine = describeMachine();
  const runs = options.runs ?? RUNS;
  const table = loadTable(options.table);
  const ribMs: number[] = [];
  const loadMs: number[] = [];
  const loadCpuMs: number[] = [];
  let rssBytes = 0;
  let bench = new FibBench();
  for (let run = 0; run < runs; run++) {
    const routes = tableRoutes(table);
    bench = new FibBench();
    const cpu = process.cpuUsage();
    const begin = performance.now();
    const changes = bench.learn(routes);
    ribMs.push(performance.now() - begin);
    bench.program(changes);
    loadMs.push(performance.now() - begin);
    const { user, system } = process.cpuUsage(cpu);
    loadCpuMs.push((user + system) / 1000);
    rssBytes ||= process.memoryUsage.rss();
  }
  const { sizeBytes, touchedBytes, prefixes } = bench.size();
  const [address, length] = [table.addresses[0], table.lengths[0]];
  const group = bench.groupOf(address, length);
  const nextHopPrefixes = bench.routesOf(group);
  const nextHopUs = timeMoves(bench, (hop) => bench.redirect(group, hop));
  bench.redirect(group, groupOf(address, length, NEXT_HOPS));
  const defaultUs = timeMoves(bench, (hop) => bench.change(0, 0, hop));
  bench.change(0, 0, 0);
  const { changeUs, ...counts } = await churn(bench, table, CHANGES);
  changeUs.sort();
  return {
    name: 'fib',
    machine,
    runs,
    figures: {
      table: `${table.name}, ${prefixes} IPv4 prefixes on ${NEXT_HOPS} next hops by a hash of the prefix`,
      loadMs: round(median(loadMs)),
      fastestLoadMs: round(Math.min(...loadMs)),
      slowestLoadMs: round(Math.max(...loadMs)),
      ribMs: round(median(ribMs)),
      loadCpuMs: round(median(loadCpuMs)),
      processorTime: 'loadCpuMs: of all threads, the compiler and the collector of garbage among them',
      sizeBytes,
      touchedBytes,
      rssBytes,
      resident: 'rssBytes: the process after the first load, with the table, its routes, RIB, FIB and garbage',
      nextHopChangeUs: round(median(nextHopUs)),
      nextHopPrefixes,
      defaultRouteChangeUs: round(median(defaultUs)),
      changes: `${CHANGES} through RIB and FIB, while a worker looks up what they alter`,
      changeUs: round(changeUs[CHANGES >> 1]),
      p99ChangeUs: round(changeUs[Math.floor(CHANGES * 0.99)]),
      slowestChangeUs: round(changeUs[CHANGES - 1]),
      ...counts,
    },
    ratios: {},
  };
}

/** Microseconds of each of many moves to a new next hop. */
function timeMoves(bench: FibBench, move: (hop: number) => void): number[] {
  return Array.from({ length: MOVES }, (_, index) => {
    const begin = performance.now();
    move(NEXT_HOPS + 1 + (index % 1000));
    const took = (performance.now() - begin) * 1000;
    bench.settle();
    return took;
  });
}

function round(figure: number): number {
  return Math.round(figure * 10) / 10;
}
