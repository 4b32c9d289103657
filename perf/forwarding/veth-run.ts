import { LasthopError } from '../../src/base/errors.js';
import { answerIsolated } from '../isolated-run.js';
import { CTwin } from '../peers/c-twin.js';
import { DpdkRouter } from '../peers/dpdk-router.js';
import { KernelRouter } from '../peers/kernel-router.js';
import { PlainNodeRouter } from '../peers/plain-node-router.js';
import type { Inspection } from '../traffic/sink.js';
import { LasthopRouter } from './lasthop-router.js';
import { searchThroughput, type Throughput } from './throughput-search.js';
import { TransitNetwork } from './transit-network.js';
import type { TransitRouter } from './transit-router.js';
import {
  atRate,
  inspected,
  type Load,
  overload,
  type RateTrial,
  type Traffic,
  type TrialSetting,
  untilForwarding,
} from './trial.js';

// Program: measures routers against each other in an isolation of its own; progress goes to the standard error.

/** The routers that can be measured. `self` is the twin once more. */
export type RouterName =
  | 'lasthop'
  | 'kernel'
  | 'kernelPlain'
  | 'cTwin'
  | 'self'
  | 'dpdkAfPacket'
  | 'dpdkAfXdp'
  | 'plainNode'
  | 'capNode';

export interface VethRequest {
  readonly ours: RouterName;
  readonly peers: readonly RouterName[];
  readonly traffic: Traffic;
  /** Pairs of each peer. */
  readonly runs: number;
  /** `io` of lasthop's links. */
  readonly io: string;
  /** Whether to search the throughput of ours too. */
  readonly search: boolean;
}

/** What one turn of a router says. */
export interface Turn extends Load {
  /** What came through at the highest rate with no more loss than `PAIR_LOSS_RATIO`. */
  readonly pps: number;
  /** What came through when the generator sent all it could. */
  readonly overloadPps: number;
  /** At the next higher rate it was the generator's processor, on which veth also receives, that had too much to do. */
  readonly limitedBySender: boolean;
}

/** A peer's turns and ours beside them, in order. */
export interface Pairs {
  readonly ours: Turn[];
  readonly theirs: Turn[];
}

export interface VethAnswer {
  /** What comes from the generator alone, at several times of the run. */
  readonly ceilings: readonly number[];
  readonly pairs: { readonly [peer: string]: Pairs };
  /** Peers that are left out, and why. */
  readonly missing: { readonly [peer: string]: string };
  readonly throughputs: readonly Throughput[];
  /** At half of the throughput, frame by frame. */
  readonly inspected: (RateTrial & { readonly inspection: Inspection }) | undefined;
}

/** What a ratio compares is throughput at this loss: less is decided by single pauses of a virtual machine. */
const PAIR_LOSS_RATIO = 0.005;
const PAIR_TRIAL_MS = 500;
const TRIAL_MS = 1000;
const WARM_UP_MS = 2000;
const SEARCH_TRIALS = 3;
const SEARCH_WIDTH = 0.02;
const LOSS_RATIOS = [0, PAIR_LOSS_RATIO];

/** A router on its network, started, and what it did last: where the next search begins. */
interface Contender {
  readonly router: TransitRouter;
  readonly setting: TrialSetting;
  lastPps: number;
}

answerIsolated(async (request: VethRequest): Promise<VethAnswer> => {
  const { runs, traffic } = request;
  const direct: TrialSetting = { network: await TransitNetwork.buildDirect('direct'), traffic };
  const ceilings: number[] = [];
  const measureCeiling = async () => {
    const { forwardedPps } = await overload(direct, TRIAL_MS);
    ceilings.push(forwardedPps);
    say(`generator alone: ${thousands(forwardedPps)}`);
  };
  await measureCeiling();
  const ours = await contend(request.ours, request);
  const missing: { [peer: string]: string } = {};
  const peers: Contender[] = [];
  for (const name of request.peers) {
    try {
      peers.push(await contend(name, request));
    } catch (error) {
      missing[name] = (error as Error).message;
      say(`${name} is left out: ${missing[name]}`);
    }
  }
  const pairs: { [peer: string]: Pairs } = {};
  for (const { router } of peers) pairs[router.name] = { ours: [], theirs: [] };
  for (let run = 0; run < runs; run++) {
    for (const [index, peer] of peers.entries()) {
      // Who is first changes, so that what drifts favors nobody.
      const order = (run + index) % 2 === 0 ? [ours, peer] : [peer, ours];
      const { ours: mine, theirs } = pairs[peer.router.name];
      for (const contender of order) {
        (contender === ours ? mine : theirs).push(await takeTurn(contender, Math.max(...ceilings)));
      }
      const [a, b] = [mine[run].pps, theirs[run].pps];
      say(`pair ${run + 1} of ${runs}, ${peer.router.name}: ${thousands(a)} / ${thousands(b)} = ${(a / b).toFixed(3)}`);
    }
    if (run === runs >> 1) await measureCeiling();
  }
  await measureCeiling();
  const throughputs = request.search ? await search(ours, Math.max(...ceilings)) : [];
  const steady = Math.round((throughputs[0]?.rate ?? 0) / 2);
  return {
    ceilings,
    pairs,
    missing,
    throughputs,
    inspected: steady === 0 ? undefined : await inspected(ours.setting, steady, TRIAL_MS),
  };
});

async function contend(name: RouterName, { io, traffic }: VethRequest): Promise<Contender> {
  const router = routerOf(name, io);
  const problem = router.missing();
  if (problem !== undefined) throw new LasthopError('PERF', problem);
  const setting = { network: await TransitNetwork.build(name.toLowerCase()), traffic };
  await router.start(setting.network);
  await untilForwarding(setting, () => router.failure);
  const { forwardedPps } = await overload(setting, WARM_UP_MS);
  say(`${name} warms up: ${thousands(forwardedPps)}`);
  router.pause();
  return { router, setting, lastPps: forwardedPps };
}

function routerOf(name: RouterName, io: string): TransitRouter {
  switch (name) {
    case 'lasthop':
      return new LasthopRouter(io);
    case 'kernel':
      return new KernelRouter('rps');
    case 'kernelPlain':
      return new KernelRouter('plain');
    case 'cTwin':
    case 'self':
      return new CTwin(name);
    case 'dpdkAfPacket':
      return new DpdkRouter('net_af_packet');
    case 'dpdkAfXdp':
      return new DpdkRouter('net_af_xdp');
    case 'plainNode':
      return new PlainNodeRouter('raw-socket');
    case 'capNode':
      return new PlainNodeRouter('cap');
  }
}

async function takeTurn(contender: Contender, highest: number): Promise<Turn> {
  const { router, setting } = contender;
  router.resume();
  try {
    const { forwardedPps: overloadPps } = await overload(setting, PAIR_TRIAL_MS);
    const trials: (RateTrial & Load)[] = [];
    const lossAt = async (rate: number) => {
      const trial = await atRate(setting, rate, PAIR_TRIAL_MS, router.pids);
      trials.push(trial);
      return trial.lossRatio;
    };
    const [found] = await searchThroughput(lossAt, {
      lossRatios: [PAIR_LOSS_RATIO],
      guess: contender.lastPps,
      highest,
      width: SEARCH_WIDTH,
      trials: 1,
    });
    if (router.failure !== undefined) throw new LasthopError('PERF', router.failure);
    const { rate = 0, beyond, forwardedPps: pps = 0 } = found ?? {};
    if (pps > 0) contender.lastPps = pps;
    const best = trials.find((trial) => trial.rate === rate);
    const tooMuch = trials.find((trial) => trial.rate === beyond);
    return {
      pps,
      overloadPps,
      limitedBySender: tooMuch === undefined || isLimitedBySender(tooMuch),
      userPercent: best?.userPercent ?? 0,
      systemPercent: best?.systemPercent ?? 0,
    };
  } finally {
    router.pause();
  }
}

/** Most of what is missing was never sent. */
function isLimitedBySender({ sent, received }: RateTrial): boolean {
  return (sent.intended - sent.sent) * 2 > sent.intended - received;
}

function search({ setting, lastPps }: Contender, highest: number): Promise<Throughput[]> {
  const lossAt = async (rate: number) => {
    const { lossRatio } = await atRate(setting, rate, TRIAL_MS);
    say(`throughput: ${thousands(rate)} offered, ${(lossRatio * 100).toFixed(3)} % lost`);
    return lossRatio;
  };
  return searchThroughput(lossAt, {
    lossRatios: LOSS_RATIOS,
    guess: lastPps,
    highest,
    width: SEARCH_WIDTH,
    trials: SEARCH_TRIALS,
  });
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function thousands(pps: number): string {
  return `${Math.round(pps / 1000)} k/s`;
}
