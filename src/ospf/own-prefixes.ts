import type { PairIndex } from '../base/pair-index.js';
import { lengthOfMask, maskOf } from '../base/prefix.js';
import { LINK_STUB } from '../wire/ospf/router-lsa.js';
import type { NextHopSets } from './next-hop-sets.js';
import type { AreaInput } from './route-input.js';

/** A prefix that is on a link of this router, or here. */
export interface OwnPrefix {
  /** Its number. */
  readonly prefix: number;
  readonly cost: number;
  readonly nextHops: number;
}

/** What this router has itself to offer in an area, whatever the database says (RFC 2328 section 16.1, second stage). */
export class OwnPrefixes {
  private readonly numbers: PairIndex;
  private readonly sets: NextHopSets;
  private area: AreaInput | undefined = undefined;
  private list: readonly OwnPrefix[] = [];

  /** @param numbers of prefixes */
  constructor(numbers: PairIndex, sets: NextHopSets) {
    this.numbers = numbers;
    this.sets = sets;
  }

  /** The same list for the same input. */
  of(area: AreaInput): readonly OwnPrefix[] {
    if (area !== this.area) {
      this.area = area;
      this.list = [...this.attached(area), ...this.stubs(area)];
    }
    return this.list;
  }

  private *attached(area: AreaInput): IterableIterator<OwnPrefix> {
    for (const { interface: name, address, prefixLength, cost } of area.attached) {
      const prefix = this.numbers.add(address & maskOf(prefixLength), prefixLength);
      yield { prefix, cost, nextHops: this.sets.attached(name) };
    }
  }

  /** A mask with a hole is that of no network. */
  private *stubs(area: AreaInput): IterableIterator<OwnPrefix> {
    for (const { type, id, data, metric } of area.ownStubs) {
      const length = lengthOfMask(data);
      if (type !== LINK_STUB || length === undefined) continue;
      yield { prefix: this.numbers.add(id & data, length), cost: metric, nextHops: this.sets.own };
    }
  }
}
