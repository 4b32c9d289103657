/**
 * Numbers pairs of 32-bit integers 0, 1, 2 … in the order in which they come: the index of what is kept in arrays.
 * Unlike a Map it keeps its memory when it is cleared, and takes and gives no objects.
 */
export class PairIndex {
  private firsts = new Uint32Array(32);
  private seconds = new Uint32Array(32);
  /** Number of the pair plus 1, or 0 if the slot is free; at most half of them are taken. */
  private slots = new Uint32Array(64);
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** The number of a pair, or -1. Signed and unsigned integers of the same bits are the same. */
  find(first: number, second: number): number {
    return this.slots[this.slotOf(first, second)] - 1;
  }

  /** The number of a pair, which is `size` if it is new. */
  add(first: number, second: number): number {
    const slot = this.slotOf(first, second);
    const number = this.slots[slot];
    if (number > 0) return number - 1;
    if (this.count === this.firsts.length) {
      this.grow();
      return this.add(first, second);
    }
    this.firsts[this.count] = first;
    this.seconds[this.count] = second;
    this.slots[slot] = ++this.count;
    return this.count - 1;
  }

  /** The first integer of pair `number` (0 to `size` - 1), unsigned. */
  firstOf(number: number): number {
    return this.firsts[number];
  }

  /** The second integer, unsigned. */
  secondOf(number: number): number {
    return this.seconds[number];
  }

  clear(): void {
    this.slots.fill(0);
    this.count = 0;
  }

  /** Where the pair is, or the free slot where it belongs. */
  private slotOf(first: number, second: number): number {
    const mask = this.slots.length - 1;
    let slot = hash(first, second) & mask;
    for (;;) {
      const number = this.slots[slot];
      if (number === 0) return slot;
      if (this.firsts[number - 1] === first >>> 0 && this.seconds[number - 1] === second >>> 0) return slot;
      slot = (slot + 1) & mask;
    }
  }

  private grow(): void {
    const { firsts, seconds, count } = this;
    this.firsts = new Uint32Array(2 * firsts.length);
    this.seconds = new Uint32Array(2 * seconds.length);
    this.slots = new Uint32Array(2 * this.slots.length);
    this.count = 0;
    for (let number = 0; number < count; number++) this.add(firsts[number], seconds[number]);
  }
}

/** Addresses that differ in few bits are to be far apart: the finalizer of MurmurHash3. */
function hash(first: number, second: number): number {
  let bits = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
