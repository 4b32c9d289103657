import { PairIndex } from '../base/pair-index.js';
import type { Prefix } from '../base/prefix.js';

/** Values by prefix. Unlike a Map of a key made from the prefix it takes no object for an entry, and no number above 2^32. */
export class PrefixMap<Value> {
  private readonly index: PairIndex;
  /** By the number of the prefix. */
  private readonly list: Value[] = [];

  /** @param room prefixes that fit before the index has to grow */
  constructor(room?: number) {
    this.index = new PairIndex(room);
  }

  /** All values, in no particular order. */
  get values(): readonly Value[] {
    return this.list;
  }

  get({ address, length }: Prefix): Value | undefined {
    const number = this.index.find(address, length);
    return number < 0 ? undefined : this.list[number];
  }

  /** Sets the value of a prefix and returns the one it had. */
  set({ address, length }: Prefix, value: Value): Value | undefined {
    const { list } = this;
    const number = this.index.add(address, length);
    if (number === list.length) {
      list.push(value);
      return undefined;
    }
    const before = list[number];
    list[number] = value;
    return before;
  }

  /** Takes a prefix out and returns the value it had. */
  delete({ address, length }: Prefix): Value | undefined {
    const { list } = this;
    const number = this.index.remove(address, length);
    if (number < 0) return undefined;
    const before = list[number];
    list[number] = list[list.length - 1];
    list.pop();
    return before;
  }
}
