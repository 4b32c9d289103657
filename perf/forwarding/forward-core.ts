import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describeMachine, median, type PerfResult } from '../result.js';
import type { CoreRunAnswer, CoreRunRequest } from './core-run.js';

const MEASURING_PROCESS = fileURLToPath(new URL('./core-run.js', import.meta.url));

const RUNS = 15;
const BATCHES_PER_RUN = 50_000;

/** The answer of a measuring process, and what V8 did in its measured part, a line each. */
export interface CoreMeasurement {
  readonly answer: CoreRunAnswer;
  readonly deopts: readonly string[];
  readonly collections: readonly string[];
}

/** Measures in a process of its own: its heap is clean, and V8's trace is its standard output. */
export async function measureCore(request: CoreRunRequest): Promise<CoreMeasurement> {
  const { stdout } = await promisify(execFile)(process.execPath, [MEASURING_PROCESS, JSON.stringify(request)], {
    maxBuffer: 64 << 20,
  });
  const lines = stdout.trimEnd().split('\n');
  return {
    answer: JSON.parse(lines[lines.length - 1]) as CoreRunAnswer,
    deopts: lines.filter((line) => line.startsWith('[bailout')),
    collections: lines.filter((line) => / (Scavenge|Mark-Compact)/.test(line)),
  };
}

/**
 * `lasthop perf forward-core`: the whole forwarding step of the engine from memory to memory, on the real table. Every
 * packet is received, validated, looked up, rewritten, counted and queued; the links only take memory's place. The time
 * of the link that brings the packets is part of the figure. After each run the same step in C takes its turn.
 */
export async function runForwardCore(options: { readonly table?: string } = {}): Promise<PerfResult> {
  const machine = describeMachine();
  const { answer, deopts, collections } = await measureCore({
    runs: RUNS,
    batchesPerRun: BATCHES_PER_RUN,
    cTwin: true,
    ...(options.table === undefined ? {} : { table: options.table }),
  });
  const nsPerPacket = median(answer.nsPerPacket);
  const cTwin = answer.cTwinNsPerPacket.map((theirs, run) => theirs / answer.nsPerPacket[run]);
  return {
    name: 'forward-core',
    machine,
    runs: RUNS,
    figures: {
      table: `${answer.table}, ${answer.prefixes} IPv4 prefixes on 64 next hops by a hash of the prefix`,
      traffic: '64-byte frames (46 bytes of IPv4) to covered addresses at random, in batches of 64',
      nsPerPacket: round(nsPerPacket),
      packetsPerSecond: Math.round(1e9 / nsPerPacket),
      fastestNsPerPacket: round(Math.min(...answer.nsPerPacket)),
      slowestNsPerPacket: round(Math.max(...answer.nsPerPacket)),
      ...(cTwin.length > 0 ? { cTwinNsPerPacket: round(median(answer.cTwinNsPerPacket)) } : {}),
      ...(answer.missing === undefined ? {} : { missing: answer.missing }),
      sourceNsPerPacket: round(median(answer.sourceNsPerPacket)),
      packets: answer.packets,
      droppedPackets: answer.dropped,
      scavenges: collections.length,
      deopts: deopts.length,
    },
    ratios: cTwin.length > 0 ? { cTwin: Math.round(median(cTwin) * 1000) / 1000 } : {},
  };
}

function round(nanoseconds: number): number {
  return Math.round(nanoseconds * 10) / 10;
}
