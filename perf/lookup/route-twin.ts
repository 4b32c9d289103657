import { maskOf } from '../../src/base/prefix.js';

/** The plain form of a routing table, against which lookups in the FIB are checked: slow and obviously right. */
export class RouteTwin {
  private readonly groups = new Map<number, number>();

  /** The group of exactly this prefix; 0 if there is none. */
  get(address: number, length: number): number {
    return this.groups.get(address * 64 + length) ?? 0;
  }

  /** Sets the group of a prefix; 0 takes it out. */
  set(address: number, length: number, group: number): void {
    if (group === 0) this.groups.delete(address * 64 + length);
    else this.groups.set(address * 64 + length, group);
  }

  /** The group of the longest prefix that covers `address`; 0 if there is none. */
  lookup(address: number): number {
    for (let length = 32; length >= 0; length--) {
      const group = this.get((address & maskOf(length)) >>> 0, length);
      if (group !== 0) return group;
    }
    return 0;
  }
}
