import { fileURLToPath } from 'node:url';
import { LasthopError } from '../../src/base/errors.js';
import { LabProcess } from '../../src/lab/lab-process.js';
import type { LabResult } from '../../src/lab/result.js';
import { describeMachine, type PerfResult } from '../result.js';
import { bfdLoadLab, ROUTERS, SESSIONS } from './bfd-load-lab.js';
import { StandstillWatch } from './standstill.js';

const DEFAULT_MINUTES = 1;
const FLOOD_PROGRAM = fileURLToPath(new URL('./bfd-load-flood.js', import.meta.url));

/** What is read of `show bfd --json`. */
interface Session {
  readonly discriminator: number;
  readonly losses: number;
  readonly latestSendMs: number;
  readonly longestSilenceMs: number;
  readonly standInPackets: number;
  readonly latestStandInMs: number;
}

interface LinkCounters {
  readonly link: string;
  readonly rxPackets: number;
  readonly txPackets: number;
}

/**
 * Whether BFD at 10 ms, three times, holds while a router that has the sessions forwards all it can: how often a session
 * was lost, how late packets were sent, how long a peer was silent, and how long the machine itself stood still.
 */
export async function runBfdLoad(options: { readonly minutes?: number } = {}): Promise<PerfResult> {
  const minutes = options.minutes ?? DEFAULT_MINUTES;
  const machine = describeMachine();
  const seconds = Math.round(minutes * 60);
  const watch = new StandstillWatch();
  const lab = bfdLoadLab(`'${process.execPath}' '${FLOOD_PROGRAM}' ${seconds}`);
  const result = await runLab(lab).finally(() => watch.close());
  const standstillsMs = await watch.found();
  const [before, after] = ['before', 'after'].map((when) => sessionsOf(result, when)) as [Session[], Session[]];
  if (before.length !== SESSIONS) {
    throw new LasthopError('PERF', `${before.length} BFD sessions before the load, expected ${SESSIONS}`);
  }
  const standIns = (sessions: readonly Session[]) => sessions.reduce((sum, session) => sum + session.standInPackets, 0);
  const { sent } = answerOf(result, 'flood') as { readonly sent: number };
  return {
    name: 'bfd',
    machine,
    runs: 1,
    figures: {
      network: 'three routers, OSPF and BFD 10 ms x 3 on the wires of a flood of 60-byte frames through one of them',
      minutes,
      sessions: before.length,
      flaps: flaps(before, after),
      worstLatenessMs: Math.max(0, ...after.map((session) => session.latestSendMs)),
      longestSilenceMs: Math.max(0, ...after.map((session) => session.longestSilenceMs)),
      worstStandInLatenessMs: Math.max(0, ...after.map((session) => session.latestStandInMs)),
      standstills: standstillsMs.length,
      longestStandstillMs: Math.max(0, ...standstillsMs),
      standInPackets: standIns(after) - standIns(before),
      offeredPacketsPerSecond: Math.round(sent / seconds),
      forwardedPacketsPerSecond: Math.round(forwarded(result) / seconds),
    },
    ratios: {},
  };
}

async function runLab(text: string): Promise<LabResult> {
  const order = { file: 'bfd-load', text, scenario: true, bound: true, log: 2 };
  const lab = await LabProcess.start(order, { onStep: () => {}, onLogs: () => {} });
  try {
    const result = await lab.result();
    const failed = result.steps.find((step) => !step.passed);
    if (failed === undefined) return result;
    throw new LasthopError('LAB', `the lab of perf bfd failed: "${failed.name}": ${failed.detail}`);
  } finally {
    await lab.end();
  }
}

function sessionsOf(result: LabResult, when: string): Session[] {
  return ROUTERS.flatMap((node) => answerOf(result, `bfd ${node} ${when}`) as Session[]);
}

/** Losses. OSPF ends the session with a neighbor that it has lost, so one that is gone, or another by now, was lost too. */
function flaps(before: readonly Session[], after: readonly Session[]): number {
  return before.reduce((sum, { discriminator, losses }) => {
    const same = after.find((session) => session.discriminator === discriminator);
    return sum + (same === undefined ? 1 : same.losses - losses);
  }, 0);
}

function forwarded(result: LabResult): number {
  const [before, after] = ['before', 'after'].map((when) => {
    const counters = answerOf(result, `counters ${when}`) as LinkCounters[];
    return counters.find(({ link }) => link === 'eth2')?.txPackets ?? 0;
  }) as [number, number];
  return after - before;
}

function answerOf(result: LabResult, step: string): unknown {
  const detail = result.steps.find(({ name }) => name === step)?.detail;
  return JSON.parse(detail ?? 'null');
}
