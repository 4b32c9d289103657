import { setTimeout as delay } from 'node:timers/promises';
import { LasthopError } from '../../src/base/errors.js';
import { processTime } from '../process-time.js';
import { type Sent, startSending } from '../traffic/generator.js';
import type { Inspection } from '../traffic/sink.js';
import { MACS, type TransitNetwork } from './transit-network.js';

/** The frames that all trials of a measurement send. */
export interface Traffic {
  readonly flows: number;
  /** Frame lengths in bytes without the frame check sequence, in turn. */
  readonly frameBytes: readonly number[];
}

/** Which network, and which frames. */
export interface TrialSetting {
  readonly network: TransitNetwork;
  readonly traffic: Traffic;
}

/** Processors' time of the router, in per cent of one processor. */
export interface Load {
  readonly userPercent: number;
  readonly systemPercent: number;
}

/** As many frames as the generator can send: what comes through then. */
export interface OverloadTrial {
  readonly offeredPps: number;
  readonly forwardedPps: number;
}

/** Frames at a rate, counted to the last one. */
export interface RateTrial {
  readonly rate: number;
  readonly sent: Sent;
  readonly received: number;
  /** Of the intended frames: what was not sent counts as lost, and so does what came too much (MLRsearch, RFC 9971). */
  readonly lossRatio: number;
}

/** Long enough that queues are full and what was asleep is awake. */
const WARM_UP_MS = 200;
/** The generator is stopped after the last reading. */
const COOL_DOWN_MS = 50;

let lastTrial = 0;

/** Frames are told apart by their trial's number, which is enough for as many trials as 16 bits count. */
function nextTrial(): number {
  lastTrial = (lastTrial + 1) & 0xffff;
  return lastTrial;
}

/** Offers all that the generator can send, and measures for so long once the queues are full. */
export async function overload({ network, traffic }: TrialSetting, milliseconds: number): Promise<OverloadTrial> {
  const sending = await send({ network, traffic }, 0, WARM_UP_MS + milliseconds + COOL_DOWN_MS);
  await delay(WARM_UP_MS);
  const first = await network.sink.count();
  await delay(milliseconds);
  const last = await network.sink.count();
  const sent = await sending.end;
  await network.settle();
  return {
    offeredPps: sent.sent / sent.seconds,
    forwardedPps: (last.frames - first.frames) / ((last.ns - first.ns) / 1e9),
  };
}

/** Offers so many frames a second. `pids` are of the router, or none. */
export async function atRate(
  setting: TrialSetting,
  rate: number,
  milliseconds: number,
  pids: readonly number[] = [],
): Promise<RateTrial & Load> {
  const before = (await setting.network.sink.count()).frames;
  const sending = await send(setting, rate, milliseconds);
  const timeBefore = processTime(pids);
  const sent = await sending.end;
  const time = processTime(pids);
  const received = (await setting.network.settle()) - before;
  return {
    rate,
    sent,
    received,
    lossRatio: lossRatio(sent.intended, received),
    userPercent: (100 * (time.userSeconds - timeBefore.userSeconds)) / sent.seconds,
    systemPercent: (100 * (time.systemSeconds - timeBefore.systemSeconds)) / sent.seconds,
  };
}

/** Frames at a rate, each looked at by the sink. `dropEvery` is for tests (`sink.c`). */
export async function inspected(
  setting: TrialSetting,
  rate: number,
  milliseconds: number,
  dropEvery = 0,
): Promise<RateTrial & { readonly inspection: Inspection }> {
  const trial = nextTrial();
  await setting.network.sink.inspect(trial, dropEvery);
  const sent = await (await send(setting, rate, milliseconds, trial)).end;
  const inspection = await setting.network.sink.report();
  const { received } = inspection;
  return { rate, sent, received, lossRatio: lossRatio(sent.intended, received), inspection };
}

/** Waits until frames come through the router; throws LasthopError (`PERF`) if none does. `why` may know the reason. */
export async function untilForwarding(setting: TrialSetting, why: () => string | undefined): Promise<void> {
  const deadline = performance.now() + FORWARDS_WITHIN_MS;
  while ((await atRate(setting, PROBE_RATE, PROBE_MS)).received === 0) {
    const reason = why();
    if (reason !== undefined) throw new LasthopError('PERF', reason);
    if (performance.now() > deadline) {
      throw new LasthopError('PERF', `${setting.network.name} forwards nothing after ${FORWARDS_WITHIN_MS / 1000} s`);
    }
  }
}

const FORWARDS_WITHIN_MS = 20_000;
const PROBE_RATE = 1000;
const PROBE_MS = 50;

function lossRatio(intended: number, received: number): number {
  return Math.abs(intended - received) / intended;
}

function send({ network, traffic }: TrialSetting, rate: number, milliseconds: number, trial = nextTrial()) {
  return startSending(network.namespaceOf('generator'), {
    link: 'eth1',
    fromMac: MACS.generator,
    toMac: network.entryMac,
    rate,
    milliseconds,
    flows: traffic.flows,
    trial,
    frameBytes: traffic.frameBytes,
  });
}
