/**
 * Numbers pairs of 32-bit integers 0, 1, 2 … in the order in which they come: the index of what is kept in arrays.
 * Unlike a Map it keeps its memory when it is cleared, and takes and gives no objects. A pair takes 16 to 32 bytes.
 */
export class PairIndex {
  private firsts: Uint32Array;
  private seconds: Uint32Array;
  /** Number of the pair plus 1, or 0 if the slot is free; at most half of them are taken. */
  private slots: Uint32Array;
  private count = 0;

  /** @param room pairs (fewer than 2^30) that fit before it has to grow, which it does by doubling */
  constructor(room = 32) {
    const pairs = 1 << (32 - Math.clz32(Math.max(room, 2) - 1));
    this.firsts = new Uint32Array(pairs);
    this.seconds = new Uint32Array(pairs);
    this.slots = new Uint32Array(2 * pairs);
  }

  get size(): number {
    return this.count;
  }

  /** The number of a pair, or -1. Signed and unsigned integers of the same bits are the same. */
  find(first: number, second: number): number {
    return this.count === 0 ? -1 : this.slots[this.slotOf(first, second)] - 1;
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

  /**
   * Takes a pair out and returns the number it had, or -1 if it was not there. The pair with the last number, which is
   * `size` now, takes the number over, so that they have no gap.
   */
  remove(first: number, second: number): number {
    if (this.count === 0) return -1;
    const slot = this.slotOf(first, second);
    const number = this.slots[slot] - 1;
    if (number < 0) return -1;
    this.vacate(slot);
    const last = --this.count;
    if (number === last) return number;
    const { firsts, seconds } = this;
    this.slots[this.slotOf(firsts[last], seconds[last])] = number + 1;
    firsts[number] = firsts[last];
    seconds[number] = seconds[last];
    return number;
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

  /** Frees a slot. Pairs behind it that would not be found across a free slot move up. */
  private vacate(slot: number): void {
    const { slots, firsts, seconds } = this;
    const mask = slots.length - 1;
    let hole = slot;
    for (let at = (slot + 1) & mask; slots[at] !== 0; at = (at + 1) & mask) {
      const number = slots[at] - 1;
      const home = hash(firsts[number], seconds[number]) & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      slots[hole] = slots[at];
      hole = at;
    }
    slots[hole] = 0;
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
