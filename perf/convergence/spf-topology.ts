import { type Random, randomBelow, SeededRandom } from '../../src/base/random.js';

/** A point-to-point link between two routers, by their numbers, with the cost that each end gives it. */
export interface TopologyLink {
  readonly a: number;
  readonly b: number;
  readonly costFromA: number;
  readonly costFromB: number;
}

/** A network to calculate paths in. Every router can be reached. Router 0 is where the router that calculates is attached. */
export interface Topology {
  readonly routers: number;
  readonly links: readonly TopologyLink[];
}

export const TOPOLOGIES = ['grid', 'ring', 'fat-tree'] as const;
export type TopologyName = (typeof TOPOLOGIES)[number];

/** Costs are 1 to this. */
export const MAX_COST = 64;

/** The network of this name with `routers` routers. The same seed gives the same costs and chords. */
export function topology(name: TopologyName, routers: number, seed: number): Topology {
  const random = new SeededRandom(seed);
  const pairs = pairsOf(name, routers, random);
  return { routers, links: pairs.map(([a, b]) => ({ a, b, costFromA: cost(random), costFromB: cost(random) })) };
}

type Pair = readonly [number, number];

function pairsOf(name: TopologyName, routers: number, random: Random): Pair[] {
  switch (name) {
    case 'grid':
      return gridPairs(routers);
    case 'ring':
      return ringPairs(routers, random);
    case 'fat-tree':
      return fatTreePairs(routers);
  }
}

/** Rows and columns as equal as they can be with every place taken: long paths, and many of about the same length. */
function gridPairs(routers: number): Pair[] {
  let columns = Math.floor(Math.sqrt(routers));
  while (routers % columns !== 0) columns--;
  const pairs: Pair[] = [];
  for (let router = 0; router < routers; router++) {
    if ((router + 1) % columns !== 0) pairs.push([router, router + 1]);
    if (router + columns < routers) pairs.push([router, router + columns]);
  }
  return pairs;
}

/** A ring, and for every second router a chord to anywhere: a wide-area network with short paths and little choice. */
function ringPairs(routers: number, random: Random): Pair[] {
  const pairs: Pair[] = [];
  for (let router = 0; router < routers; router++) pairs.push([router, (router + 1) % routers]);
  for (let router = 0; router < routers; router += 2) {
    // Neither itself nor one of its neighbors on the ring.
    pairs.push([router, (router + 2 + randomBelow(random, routers - 3)) % routers]);
  }
  return pairs;
}

/**
 * The largest fat-tree of k-port switches (5k²/4 of them) that there is room for: hosts that run a router, each at the
 * edge switches of two pods, make up the number. Router 0 is the first of the edge switches.
 */
function fatTreePairs(routers: number): Pair[] {
  const ports = 2 * Math.floor(Math.sqrt(routers / 5));
  const half = ports / 2;
  const edges = ports * half;
  const pairs: Pair[] = [];
  for (let edge = 0; edge < edges; edge++) {
    const pod = Math.floor(edge / half);
    for (let index = 0; index < half; index++) pairs.push([edge, edges + pod * half + index]);
  }
  for (let aggregation = 0; aggregation < edges; aggregation++) {
    const group = aggregation % half;
    for (let index = 0; index < half; index++) pairs.push([edges + aggregation, 2 * edges + group * half + index]);
  }
  for (let host = 2 * edges + half * half; host < routers; host++) {
    pairs.push([host % edges, host], [(host + half) % edges, host]);
  }
  return pairs;
}

function cost(random: Random): number {
  return 1 + randomBelow(random, MAX_COST);
}
