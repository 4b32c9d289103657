import { maskOf } from '../../src/base/prefix.js';

/** A route table that is slow and obviously right: one map for each prefix length. */
export class SlowTable {
  private readonly byLength = Array.from({ length: 33 }, () => new Map<number, number>());

  /** Group 0 withdraws. */
  set(address: number, length: number, group: number): void {
    if (group === 0) this.byLength[length].delete(address);
    else this.byLength[length].set(address, group);
  }

  get(address: number, length: number): number {
    return this.byLength[length].get(address) ?? 0;
  }

  lookup(address: number): number {
    for (let length = 32; length >= 0; length--) {
      const group = this.byLength[length].get((address & maskOf(length)) >>> 0);
      if (group !== undefined) return group;
    }
    return 0;
  }

  entries(): { address: number; length: number; group: number }[] {
    return this.byLength.flatMap((groups, length) =>
      [...groups].map(([address, group]) => ({ address, length, group })),
    );
  }
}
