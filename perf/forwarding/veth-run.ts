import { answerIsolated } from '../isolated-run.js';
import { CTwin } from '../peers/c-twin.js';
import { DpdkRouter } from '../peers/dpdk-router.js';
import { KernelRouter } from '../peers/kernel-router.js';
import { PlainNodeRouter } from '../peers/plain-node-router.js';
import { median } from '../result.js';
import type { Inspection } from '../traffic/sink.js';
import { LasthopRouter } from './lasthop-router.js';
import { searchThroughput, type Throughput } from './throughput-search.js';
import { TransitNetwork } from './transit-network.js';
import type { TransitRouter } from './transit-router.js';
import {
  atRate,
  inspected,
  type OverloadTrial,
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
  | 'plainNode';

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

/** A peer's trials and ours beside them, in order. */
export interface Pairs {
  readonly ours: OverloadTrial[];
  readonly theirs: OverloadTrial[];
}

export interface VethAnswer {
  readonly ceilings: readonly number[];
  readonly pairs: { readonly [peer: string]: Pairs };
  /** Peers that are left out, and why. */
  readonly missing: { readonly [peer: string]: string };
  readonly throughputs: readonly Throughput[];
  /** At half of the throughput, frame by frame. */
  readonly inspected: (RateTrial & { readonly inspection: Inspection }) | undefined;
}

const TRIAL_MS = 1000;
const WARM_UP_MS = 2000;
const SEARCH_TRIAL_MS = 1000;
const SEARCH_TRIALS = 3;
const SEARCH_WIDTH = 0.02;
const LOSS_RATIOS = [0, 0.005];

/** A router on its network, started. */
interface Contender {
  readonly router: TransitRouter;
  readonly setting: TrialSetting;
}

answerIsolated(async (request: VethRequest): Promise<VethAnswer> => {
  const { runs, traffic } = request;
  const direct: TrialSetting = { network: await TransitNetwork.buildDirect('direct'), traffic, pids: [] };
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
      const turn = (run + index) % 2 === 0 ? [ours, peer] : [peer, ours];
      const { ours: mine, theirs } = pairs[peer.router.name];
      for (const contender of turn) (contender === ours ? mine : theirs).push(await measure(contender));
      const [a, b] = [mine[run].forwardedPps, theirs[run].forwardedPps];
      say(`pair ${run + 1} of ${runs}, ${peer.router.name}: ${thousands(a)} / ${thousands(b)} = ${(a / b).toFixed(3)}`);
    }
    if (run === runs >> 1) await measureCeiling();
  }
  await measureCeiling();
  const all = Object.values(pairs).flatMap((pair) => pair.ours.map(({ forwardedPps }) => forwardedPps));
  const throughputs = request.search ? await search(ours.setting, median(all), median(ceilings)) : [];
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
  if (problem !== undefined) throw new Error(problem);
  const network = await TransitNetwork.build(name.toLowerCase());
  await router.start(network);
  await untilForwarding({ network, traffic, pids: [] }, () => router.failure);
  const setting = { network, traffic, pids: router.pids };
  const { forwardedPps } = await overload(setting, WARM_UP_MS);
  say(`${name} warms up: ${thousands(forwardedPps)}`);
  router.pause();
  return { router, setting };
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
      return new PlainNodeRouter();
  }
}

async function measure({ router, setting }: Contender): Promise<OverloadTrial> {
  router.resume();
  try {
    return await overload(setting, TRIAL_MS);
  } finally {
    router.pause();
  }
}

function search(setting: TrialSetting, guess: number, highest: number): Promise<Throughput[]> {
  const lossAt = async (rate: number) => {
    const { lossRatio } = await atRate(setting, rate, SEARCH_TRIAL_MS);
    say(`throughput: ${thousands(rate)} offered, ${(lossRatio * 100).toFixed(3)} % lost`);
    return lossRatio;
  };
  return searchThroughput(lossAt, {
    lossRatios: LOSS_RATIOS,
    guess,
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
