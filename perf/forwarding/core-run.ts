import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PerformanceObserver } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { BATCH_SIZE } from '../../src/link/frame.js';
import { NativePeer } from '../limit/native-peer.js';
import { loadTable, type PrefixTable } from '../prefix-table.js';
import { CoreBench } from './core-bench.js';

/** What the measuring process is asked for: a JSON text as its argument. */
export interface CoreRunRequest {
  /** File of prefixes; the real table if missing. `small` is a table of a few prefixes that takes no time to load. */
  readonly table?: string;
  readonly runs: number;
  readonly batchesPerRun: number;
  /** Has the same step in C take its turn after each run. */
  readonly cTwin?: true;
}

/** What it answers: the last line of its standard output. Lines before it are V8's trace of the measured part. */
export interface CoreRunAnswer {
  readonly table: string;
  readonly prefixes: number;
  readonly nsPerPacket: readonly number[];
  readonly sourceNsPerPacket: readonly number[];
  /** Of each run's turn; empty without the twin. */
  readonly cTwinNsPerPacket: readonly number[];
  /** Why there is no twin. */
  readonly missing?: string;
  readonly packets: number;
  readonly dropped: number;
  /** Of all that the process did in the measured part, the turns of the twin included. */
  readonly scavenges: number;
}

/** Batches until the code is optimized and stays so, in rounds: some millions of packets, unless the compiler has to wait. */
const WARM_UP_BATCHES = 15_000;
const WARM_UP_ROUNDS = 4;
const MAX_WARM_UP_ROUNDS = 40;

/** Turns V8's trace of deoptimizations and garbage collections on or off; it goes to the standard output. */
function trace(on: boolean): void {
  for (const flag of ['trace-deopt', 'trace-gc']) setFlagsFromString(on ? `--${flag}` : `--no-${flag}`);
}

function timeNsPerPacket(batches: number, work: (batches: number) => void): number {
  const begin = process.hrtime.bigint();
  work(batches);
  return Number(process.hrtime.bigint() - begin) / (batches * BATCH_SIZE);
}

async function run(request: CoreRunRequest): Promise<CoreRunAnswer> {
  const table = request.table === 'small' ? smallTable() : loadTable(request.table);
  const bench = new CoreBench(table);
  if (request.cTwin === undefined) return measure(request, table, bench);
  const directory = mkdtempSync(join(tmpdir(), 'lasthop-core-'));
  try {
    const cTwin = await NativePeer.start('forward-twin', directory, bench.handOver(directory));
    if (typeof cTwin === 'string') return { ...(await measure(request, table, bench)), missing: cTwin };
    return await measure(request, table, bench, cTwin).finally(() => cTwin.close());
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function measure(
  request: CoreRunRequest,
  table: PrefixTable,
  bench: CoreBench,
  cTwin?: NativePeer,
): Promise<CoreRunAnswer> {
  const work = (batches: number): void => bench.run(batches);
  const sourceOnly = (batches: number): void => bench.runSourceOnly(batches);
  let scavenges = 0;
  const observer = new PerformanceObserver((list) => {
    scavenges += list.getEntries().length;
  });
  observer.observe({ entryTypes: ['gc'] });
  for (let round = 0; round < WARM_UP_ROUNDS || (scavenges > 0 && round < MAX_WARM_UP_ROUNDS); round++) {
    scavenges = 0;
    timeNsPerPacket(WARM_UP_BATCHES, work);
    timeNsPerPacket(WARM_UP_BATCHES, sourceOnly);
    await new Promise(setImmediate); // lets finished optimizations in
  }
  scavenges = 0;
  const nsPerPacket: number[] = [];
  const sourceNsPerPacket: number[] = [];
  const cTwinNsPerPacket: number[] = [];
  const before = { received: bench.received, sent: bench.sent, dropped: bench.dropped };
  for (let index = 0; index < request.runs; index++) {
    trace(true);
    nsPerPacket.push(timeNsPerPacket(request.batchesPerRun, work));
    sourceNsPerPacket.push(timeNsPerPacket(request.batchesPerRun >> 2, sourceOnly));
    trace(false);
    if (cTwin !== undefined) cTwinNsPerPacket.push(await turn(cTwin, request.batchesPerRun));
  }
  await new Promise(setImmediate);
  observer.disconnect();
  const packets = bench.received - before.received;
  if (bench.sent - before.sent + bench.dropped - before.dropped !== packets) throw new RangeError('packets were lost');
  return {
    table: table.name,
    prefixes: table.addresses.length,
    nsPerPacket,
    sourceNsPerPacket,
    cTwinNsPerPacket,
    packets,
    dropped: bench.dropped - before.dropped,
    scavenges,
  };
}

async function turn(cTwin: NativePeer, batches: number): Promise<number> {
  const [nanoseconds, sent] = await cTwin.turn(String(batches));
  if (sent !== batches * BATCH_SIZE)
    throw new RangeError(`the twin in C sent ${sent} of ${batches * BATCH_SIZE} packets`);
  return nanoseconds;
}

/** 64 × 64 prefixes of 24 bits and some longer and shorter ones: every level of the FIB. */
function smallTable(): PrefixTable {
  const addresses: number[] = [];
  const lengths: number[] = [];
  for (let index = 0; index < 4096; index++) {
    addresses.push((0x20000000 + index * 0x20100) >>> 0);
    lengths.push(24);
    if (index % 4 !== 0) continue;
    addresses.push((0x20000000 + index * 0x20100 + 0x40) >>> 0);
    lengths.push(28);
  }
  return {
    name: 'small',
    addresses: Uint32Array.from([...addresses, 0x40000000]),
    lengths: Uint8Array.from([...lengths, 12]),
  };
}

const answer = await run(JSON.parse(process.argv[2] ?? '{}') as CoreRunRequest);
process.stdout.write(`\n${JSON.stringify(answer)}\n`);
