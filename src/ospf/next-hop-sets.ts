import { PairIndex } from '../base/pair-index.js';
import { MAX_NEXT_HOPS } from './constants.js';
import type { OspfNextHop } from './messages.js';

/** The empty set: that of this router itself, and of what there is no way to. */
export const NO_NEXT_HOPS = 0;

/** The interface of what is this router's own and on no link. */
const NO_INTERFACE = '';

/**
 * Sets of next hops, each kept once and known by a number: paths are then compared, passed on and merged without an
 * object for each (RFC 2328 section 16.1.1 merges them whenever paths cost the same).
 *
 * A next hop whose `via` is 0 stands for a link that the destination itself is on: the way across it goes to the address
 * of whoever comes next.
 */
export class NextHopSets {
  private readonly hops: OspfNextHop[] = [];
  private readonly hopNumbers = new Map<string, number>();
  private readonly sets: NextHopSet[] = [];
  private readonly setNumbers = new Map<string, number>();
  /** What has been worked out before: by two sets, and by a set and an address. */
  private readonly unions = new PairIndex();
  private readonly unionResults: number[] = [];
  private readonly crossings = new PairIndex();
  private readonly crossingResults: number[] = [];
  /** Destinations that this router has itself, and on no link. */
  readonly own: number;

  constructor() {
    this.intern([]);
    this.own = this.attached(NO_INTERFACE);
  }

  /** How much is remembered: sets, and what has been worked out of them. It is only ever forgotten all together. */
  get size(): number {
    return this.sets.length + this.unions.size;
  }

  /** The set of one next hop; `via` is not 0. */
  single(name: string, via: number): number {
    return this.intern([this.numberOf(name, via)]);
  }

  /** The set for destinations on the link of an interface. */
  attached(name: string): number {
    return this.intern([this.numberOf(name, 0)]);
  }

  union(a: number, b: number): number {
    if (a === b) return a;
    const low = Math.min(a, b);
    const high = Math.max(a, b);
    const known = this.unions.find(low, high);
    if (known >= 0) return this.unionResults[known] ?? NO_NEXT_HOPS;
    const result = this.intern([...this.membersOf(a), ...this.membersOf(b)]);
    this.unionResults[this.unions.add(low, high)] = result;
    return result;
  }

  /** The way on from what `set` leads to: where that is a link of ours, to `address` on it; else as before. */
  across(set: number, address: number): number {
    if (!this.isHere(set)) return set;
    const known = this.crossings.find(set, address);
    if (known >= 0) return this.crossingResults[known] ?? NO_NEXT_HOPS;
    const onward: number[] = [];
    for (const number of this.membersOf(set)) {
      const hop = this.hopOf(number);
      if (hop.via !== 0) onward.push(number);
      else if (hop.interface !== NO_INTERFACE) onward.push(this.numberOf(hop.interface, address));
    }
    const result = this.intern(onward);
    this.crossingResults[this.crossings.add(set, address)] = result;
    return result;
  }

  /** True if there is nothing to route: the destination is on a link of ours, or we have it ourselves. */
  isHere(set: number): boolean {
    return this.at(set).isHere;
  }

  /** The only next hop of a set that has one, and leads away. */
  only(set: number): OspfNextHop | undefined {
    return this.at(set).only;
  }

  /** The first 16 by interface and address, always the same array for the same set. */
  list(set: number): readonly OspfNextHop[] {
    return this.at(set).list;
  }

  private membersOf(set: number): readonly number[] {
    return this.at(set).members;
  }

  private at(set: number): NextHopSet {
    const found = this.sets[set];
    if (found === undefined) throw new RangeError(`next-hop set ${set}, expected less than ${this.sets.length}`);
    return found;
  }

  private hopOf(number: number): OspfNextHop {
    return this.hops[number] as OspfNextHop;
  }

  private numberOf(name: string, via: number): number {
    const key = `${via} ${name}`;
    let number = this.hopNumbers.get(key);
    if (number === undefined) {
      number = this.hops.push({ interface: name, via }) - 1;
      this.hopNumbers.set(key, number);
    }
    return number;
  }

  private intern(numbers: readonly number[]): number {
    const members = [...new Set(numbers)].sort((a, b) => a - b);
    const key = members.join();
    let set = this.setNumbers.get(key);
    if (set === undefined) {
      set = this.sets.push(this.describe(members)) - 1;
      this.setNumbers.set(key, set);
    }
    return set;
  }

  private describe(members: readonly number[]): NextHopSet {
    const hops = members.map((number) => this.hopOf(number));
    const isHere = hops.some((hop) => hop.via === 0);
    const list = hops
      .filter((hop) => hop.interface !== NO_INTERFACE)
      .sort((a, b) => compareText(a.interface, b.interface) || a.via - b.via)
      .slice(0, MAX_NEXT_HOPS);
    return { members, list, isHere, only: hops.length === 1 && !isHere ? hops[0] : undefined };
  }
}

interface NextHopSet {
  /** Numbers of next hops, ascending. */
  readonly members: readonly number[];
  readonly list: readonly OspfNextHop[];
  readonly isHere: boolean;
  readonly only: OspfNextHop | undefined;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
