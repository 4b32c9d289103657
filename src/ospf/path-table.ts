import { type NextHopSets, NO_NEXT_HOPS } from './next-hop-sets.js';

/** Of intra-area and inter-area paths. */
export const NO_RANK = 0;

/** A path to a destination, as one LSA describes it. */
export interface Path {
  /** Compared before the cost: paths of a higher rank are not wanted at any cost. 0 or more. */
  rank: number;
  /** Less than 2^33. */
  cost: number;
  /** A set of `NextHopSets`. */
  nextHops: number;
  /** The area that the path leads through. */
  area: number;
  tag: number;
}

/**
 * The best paths that one stage of the calculation has found, by the number of the destination prefix. The three stages
 * (intra-area, inter-area and external) have a table each: none can take the place of a path of the stage before.
 */
export class PathTable {
  rank = new Float64Array(0);
  /** Infinity where there is no path. */
  cost = new Float64Array(0);
  nextHops = new Uint32Array(0);
  area = new Uint32Array(0);
  tag = new Uint32Array(0);
  /** The set of the one next hop to use when the only one of `nextHops` is lost, or NO_NEXT_HOPS. */
  repair = new Uint32Array(0);
  private readonly sets: NextHopSets;

  constructor(sets: NextHopSets) {
    this.sets = sets;
  }

  clear(): void {
    this.cost.fill(Number.POSITIVE_INFINITY);
    this.repair.fill(NO_NEXT_HOPS);
  }

  has(prefix: number): boolean {
    return prefix < this.cost.length && this.cost[prefix] !== Number.POSITIVE_INFINITY;
  }

  /**
   * Keeps the path if it is better than what there is, and adds its next hops if it is as good. Then the area is the one
   * with the larger ID and the tag the lower one, so that nothing depends on the order of LSAs.
   */
  offer(prefix: number, path: Readonly<Path>): void {
    if (prefix >= this.cost.length) this.grow(prefix);
    const isAsGood = path.rank === this.rank[prefix] && path.cost === this.cost[prefix];
    if (isAsGood && this.has(prefix)) {
      this.nextHops[prefix] = this.sets.union(this.nextHops[prefix]!, path.nextHops);
      this.area[prefix] = Math.max(this.area[prefix]!, path.area);
      this.tag[prefix] = Math.min(this.tag[prefix]!, path.tag);
    } else if (!this.has(prefix) || isBetter(path, this.rank[prefix]!, this.cost[prefix]!)) {
      this.rank[prefix] = path.rank;
      this.cost[prefix] = path.cost;
      this.nextHops[prefix] = path.nextHops;
      this.area[prefix] = path.area;
      this.tag[prefix] = path.tag;
    }
  }

  private grow(prefix: number): void {
    const length = Math.max(64, 2 * prefix);
    const { rank, cost, nextHops, area, tag, repair } = this;
    this.rank = new Float64Array(length);
    this.rank.set(rank);
    this.cost = new Float64Array(length).fill(Number.POSITIVE_INFINITY);
    this.cost.set(cost);
    this.nextHops = larger(nextHops, length);
    this.area = larger(area, length);
    this.tag = larger(tag, length);
    this.repair = larger(repair, length);
  }
}

function isBetter(path: Readonly<Path>, rank: number, cost: number): boolean {
  return path.rank === rank ? path.cost < cost : path.rank < rank;
}

function larger(array: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const copy = new Uint32Array(length);
  copy.set(array);
  return copy;
}
