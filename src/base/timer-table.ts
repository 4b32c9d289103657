interface Timer<Key> {
  readonly key: Key;
  readonly atMs: number;
  /** Order of insertion, which decides between equal times. */
  readonly order: number;
  /** Where the timer is in the heap. */
  position: number;
}

/**
 * The timers of a state machine that has no clock: named deadlines, of which the caller asks for the next and takes
 * what has expired. Each key has one deadline at most. Every operation takes at most logarithmic time.
 */
export class TimerTable<Key extends string> {
  private readonly timers = new Map<Key, Timer<Key>>();
  private readonly heap: Timer<Key>[] = [];
  private inserted = 0;

  get size(): number {
    return this.heap.length;
  }

  /** Starts the timer, or moves it if it runs already. */
  set(key: Key, atMs: number): void {
    this.stop(key);
    const timer: Timer<Key> = { key, atMs, order: this.inserted++, position: this.heap.length };
    this.timers.set(key, timer);
    this.heap.push(timer);
    this.rise(timer);
  }

  /** Stops the timer; nothing happens if it does not run. */
  stop(key: Key): void {
    const timer = this.timers.get(key);
    if (timer !== undefined) this.remove(timer);
  }

  isSet(key: Key): boolean {
    return this.timers.has(key);
  }

  /** When the timer expires, or undefined if it does not run. */
  atMs(key: Key): number | undefined {
    return this.timers.get(key)?.atMs;
  }

  /** When the earliest timer expires, or undefined if none runs. */
  nextAtMs(): number | undefined {
    return this.heap[0]?.atMs;
  }

  /**
   * Removes the earliest timer that has expired by `nowMs` and returns its key; equal times in order of insertion.
   * Returns undefined if none has.
   */
  takeExpired(nowMs: number): Key | undefined {
    const earliest = this.heap[0];
    if (earliest === undefined || earliest.atMs > nowMs) return undefined;
    this.remove(earliest);
    return earliest.key;
  }

  private remove(timer: Timer<Key>): void {
    this.timers.delete(timer.key);
    const last = this.heap.pop();
    if (last === undefined || last === timer) return;
    last.position = timer.position;
    this.heap[last.position] = last;
    this.rise(last);
    this.sink(last);
  }

  private rise(timer: Timer<Key>): void {
    while (timer.position > 0) {
      const parent = this.heap[(timer.position - 1) >>> 1];
      if (!isBefore(timer, parent)) return;
      this.swap(timer, parent);
    }
  }

  private sink(timer: Timer<Key>): void {
    for (;;) {
      const left = 2 * timer.position + 1;
      if (left >= this.heap.length) return;
      const right = left + 1;
      const child = right < this.heap.length && isBefore(this.heap[right], this.heap[left]) ? right : left;
      if (!isBefore(this.heap[child], timer)) return;
      this.swap(timer, this.heap[child]);
    }
  }

  private swap(a: Timer<Key>, b: Timer<Key>): void {
    const position = a.position;
    a.position = b.position;
    b.position = position;
    this.heap[a.position] = a;
    this.heap[b.position] = b;
  }
}

function isBefore<Key>(a: Timer<Key>, b: Timer<Key>): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
