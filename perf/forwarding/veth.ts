import { runIsolated } from '../isolated-run.js';
import { describeMachine, type PerfResult } from '../result.js';
import { describeRun } from './veth-figures.js';
import type { RouterName, VethAnswer, VethRequest } from './veth-run.js';

/** Measures routers against each other in an isolation of its own. */
export function runContest(request: VethRequest): Promise<VethAnswer> {
  return runIsolated<VethAnswer>(new URL('./veth-run.js', import.meta.url), request);
}

export const DEFAULT_RUNS = 7;
export const FLOWS = 64;

/** The best for frames as small as these; `auto` takes packet sockets on veth, for the sake of super-packets. */
const DEFAULT_IO = 'xdp';
const PEERS: readonly RouterName[] = [
  'kernel',
  'kernelPlain',
  'cTwin',
  'dpdkAfPacket',
  'dpdkAfXdp',
  'plainNode',
  'capNode',
];
/** The simple IMIX, 28 to 16 to 4, spread. */
const IMIX = [60, 566, 60, 60, 566, 60, 1514, 60, 566, 60, 566, 60];

export interface VethOptions {
  readonly runs?: number;
  /** `io` of lasthop's links. */
  readonly io?: string;
  /** Length of a frame without the frame check sequence in bytes, or `imix`. */
  readonly frame?: number | 'imix';
}

/**
 * `lasthop perf veth`: frames through a router between two veth pairs, against every other router that does the same. What
 * is compared is the throughput at a loss of 0.5 %, searched in short trials at each turn. What comes through under an
 * overload would be quicker to measure, but it depends on the generator: each frame too much costs the receiving side
 * time, the more the faster it is sent. It stands beside it.
 */
export async function runVeth(options: VethOptions = {}): Promise<PerfResult> {
  const machine = describeMachine();
  const { runs = DEFAULT_RUNS, io = DEFAULT_IO, frame = 60 } = options;
  const frameBytes = frame === 'imix' ? IMIX : [frame];
  const request: VethRequest = {
    ours: 'lasthop',
    peers: PEERS,
    traffic: { flows: FLOWS, frameBytes },
    runs,
    io,
    search: true,
    turnTrials: 1,
    sinkDropEvery: 0,
  };
  const { figures, ...rest } = describeRun(request, await runContest(request));
  const frames = frame === 'imix' ? 'IMIX (7 x 60, 4 x 566, 1 x 1514 bytes)' : `${frame}-byte frames`;
  return {
    name: frame === 60 ? 'veth' : `veth-${frame}`,
    machine,
    runs,
    figures: {
      network: 'generator, router and sink in a network namespace each, joined by veth pairs',
      traffic: `${frames}, ${FLOWS} flows, at the highest rate of which 0.5 % are lost at most`,
      processors: 'the generator has one, the router the rest; veth moves frames on the processor of who sends',
      io,
      ...figures,
    },
    ...rest,
  };
}
