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

/** Which network, which frames, and whose time on processors counts. */
export interface TrialSetting {
  readonly network: TransitNetwork;
  readonly traffic: Traffic;
  readonly pids: readonly number[];
}

/** As many frames as the generator can send: what comes through then. */
export interface OverloadTrial {
  readonly offeredPps: number;
  readonly forwardedPps: number;
  /** Processors' time of the router, per cent of one processor. */
  readonly userPercent: number;
  readonly systemPercent: number;
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
export async function overload(setting: TrialSetting, milliseconds: number): Promise<OverloadTrial> {
  const { network, pids } = setting;
  const sending = await send(setting, 0, WARM_UP_MS + milliseconds + COOL_DOWN_MS);
  await delay(WARM_UP_MS);
  const [firstCount, firstTime] = [await network.sink.count(), processTime(pids)];
  await delay(milliseconds);
  const [lastCount, lastTime] = [await network.sink.count(), processTime(pids)];
  const sent = await sending.end;
  await network.settle();
  const seconds = (lastCount.ns - firstCount.ns) / 1e9;
  return {
    offeredPps: sent.sent / sent.seconds,
    forwardedPps: (lastCount.frames - firstCount.frames) / seconds,
    userPercent: (100 * (lastTime.userSeconds - firstTime.userSeconds)) / seconds,
    systemPercent: (100 * (lastTime.systemSeconds - firstTime.systemSeconds)) / seconds,
  };
}

/** Offers so many frames a second. */
export async function atRate(setting: TrialSetting, rate: number, milliseconds: number): Promise<RateTrial> {
  const before = (await setting.network.sink.count()).frames;
  const sent = await (await send(setting, rate, milliseconds)).end;
  const received = (await setting.network.settle()) - before;
  return { rate, sent, received, lossRatio: lossRatio(sent.intended, received) };
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
