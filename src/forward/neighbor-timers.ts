/** Deadlines are rounded up to multiples of this, so that many neighbors share one wake-up. */
const GRAIN_US = 100_000;

/**
 * One deadline for each adjacency. Setting one is a store; looking for those that are due goes through all of them, but
 * at most once in a grain of time and only when one is due.
 */
export class NeighborTimers {
  private readonly clock: Float64Array;
  private readonly deadlines: Float64Array;
  /** The earliest deadline, or a time before it. In an array, so that a change allocates nothing. */
  private readonly next = Float64Array.of(Infinity);

  constructor(count: number, clock: Float64Array) {
    this.clock = clock;
    this.deadlines = new Float64Array(count).fill(Infinity);
  }

  /** When to look again, in microseconds, or Infinity. */
  get nextUs(): number {
    return this.next[0];
  }

  set(item: number, inUs: number): void {
    const deadline = Math.ceil((this.clock[0] + inUs) / GRAIN_US) * GRAIN_US;
    this.deadlines[item] = deadline;
    if (deadline < this.next[0]) this.next[0] = deadline;
  }

  clear(item: number): void {
    this.deadlines[item] = Infinity;
  }

  isDue(): boolean {
    return this.next[0] <= this.clock[0];
  }

  /** Begins to go through all items by `takeDue`, which finds out the next deadline on the way. */
  beginScan(): void {
    this.next[0] = Infinity;
  }

  /** True, once, if the item's deadline has come. */
  takeDue(item: number): boolean {
    const deadline = this.deadlines[item];
    if (deadline <= this.clock[0]) {
      this.deadlines[item] = Infinity;
      return true;
    }
    if (deadline < this.next[0]) this.next[0] = deadline;
    return false;
  }
}
