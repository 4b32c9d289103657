import { answerIsolated } from '../isolated-run.js';
import { CTwin } from '../peers/c-twin.js';
import { DpdkRouter } from '../peers/dpdk-router.js';
import { KernelRouter } from '../peers/kernel-router.js';
import { PlainNodeRouter } from '../peers/plain-node-router.js';
import type { Inspection } from '../traffic/sink.js';
import { Ceiling } from './ceiling.js';
import { Contender, TURN_LOSS_RATIO, type Turn } from './contender.js';
import { LasthopRouter } from './lasthop-router.js';
import type { Throughput } from './throughput-search.js';
import { TransitNetwork } from './transit-network.js';
import type { TransitRouter } from './transit-router.js';
import { inspected, type RateTrial, type Traffic } from './trial.js';

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
  /** Trials of each rate in a turn; more than half of them decide. */
  readonly turnTrials: number;
  /** The sink is measured while it drops every so manieth frame; 0: it is not. */
  readonly sinkDropEvery: number;
}

/** A peer's turns and ours beside them, in order. */
export interface Pairs {
  readonly ours: Turn[];
  readonly theirs: Turn[];
}

/** Frames at a part of the throughput. */
export interface InspectedTrial extends RateTrial {
  readonly part: number;
  readonly inspection: Inspection;
}

export interface VethAnswer {
  /** What comes from the generator alone, at several times of the run. */
  readonly ceilings: readonly number[];
  readonly pairs: { readonly [peer: string]: Pairs };
  /** Peers that are left out, and why. */
  readonly missing: { readonly [peer: string]: string };
  readonly throughputs: readonly Throughput[];
  /** At parts of the throughput, every frame looked at. */
  readonly inspected: readonly InspectedTrial[];
  /** The generator alone and a sink that drops; undefined if it was not asked for. */
  readonly lossySink: RateTrial | undefined;
}

/** Parts of the throughput at which every frame is looked at. */
const LOADS = [0.1, 0.5, 0.9];
/** Of the search at the end. */
const LOSS_RATIOS = [0, TURN_LOSS_RATIO];
/** Little enough that no machine loses any of it, in frames a second. */
const SINK_RATE = 10_000;
const SINK_MS = 2000;

answerIsolated(async (request: VethRequest): Promise<VethAnswer> => {
  const direct = { network: await TransitNetwork.buildDirect('direct'), traffic: request.traffic };
  const ceiling = new Ceiling(direct, say);
  await ceiling.measure();
  const lossySink =
    request.sinkDropEvery === 0 ? undefined : await inspected(direct, SINK_RATE, SINK_MS, request.sinkDropEvery);
  const ours = await start(request.ours, request);
  const missing: { [peer: string]: string } = {};
  const peers = new Map<RouterName, Contender>();
  const leaveOut = (peer: RouterName, error: Error) => {
    peers.delete(peer);
    missing[peer] = error.message;
    say(`${peer} is left out: ${error.message}`);
  };
  for (const name of request.peers) {
    await start(name, request).then(
      (peer) => peers.set(name, peer),
      (error) => leaveOut(name, error),
    );
  }
  const pairs: { [peer: string]: Pairs } = {};
  for (let run = 0; run < request.runs; run++) {
    for (const [name, peer] of peers) {
      pairs[name] ??= { ours: [], theirs: [] };
      try {
        const [mine, theirs] = await takePair(ours, peer, run % 2 === 1, ceiling.highest);
        pairs[name].ours.push(mine);
        pairs[name].theirs.push(theirs);
        say(`pair ${run + 1} of ${request.runs}, ${name}: ${thousands(mine.pps)} / ${thousands(theirs.pps)}`);
      } catch (error) {
        if (ours.failure !== undefined) throw error;
        leaveOut(name, error as Error);
        delete pairs[name];
      }
    }
    if (run === request.runs >> 1) await ceiling.measure();
  }
  await ceiling.measure();
  const throughputs = request.search ? await search(ours, ceiling.highest) : [];
  const [throughput] = throughputs;
  const inspections: InspectedTrial[] = [];
  for (const part of throughput === undefined || throughput.rate === 0 ? [] : LOADS) {
    inspections.push({ part, ...(await ours.inspect(Math.round(throughput.rate * part))) });
  }
  return { ceilings: ceiling.measured, pairs, missing, throughputs, inspected: inspections, lossySink };
});

function start(name: RouterName, { io, traffic, turnTrials }: VethRequest): Promise<Contender> {
  say(`${name} starts`);
  return Contender.start(routerOf(name, io), traffic, turnTrials);
}

/** A turn of each. Who is first changes from pair to pair, so that what drifts favors nobody. */
async function takePair(ours: Contender, peer: Contender, peerFirst: boolean, highest: number): Promise<[Turn, Turn]> {
  if (peerFirst) {
    const theirs = await peer.takeTurn(highest);
    return [await ours.takeTurn(highest), theirs];
  }
  return [await ours.takeTurn(highest), await peer.takeTurn(highest)];
}

function search(ours: Contender, highest: number): Promise<Throughput[]> {
  return ours.search(highest, LOSS_RATIOS, ({ rate, lossRatio }) =>
    say(`throughput: ${thousands(rate)} offered, ${(lossRatio * 100).toFixed(3)} % lost`),
  );
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

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function thousands(pps: number): string {
  return `${Math.round(pps / 1000)} k/s`;
}
