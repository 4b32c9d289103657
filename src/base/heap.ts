/**
 * A binary min-heap of the integers 0 … capacity-1, each with a numeric key that may decrease: the queue of Dijkstra's
 * algorithm. Equal keys come out in the order of their items, so that a run depends on nothing but its input. All
 * memory is allocated once; a larger graph needs a new heap.
 */
export class IndexHeap {
  readonly capacity: number;

  private readonly items: Int32Array;
  /** Where each item is in `items`, or -1. */
  private readonly positions: Int32Array;
  private readonly keys: Float64Array;
  private count = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.items = new Int32Array(capacity);
    this.positions = new Int32Array(capacity).fill(-1);
    this.keys = new Float64Array(capacity);
  }

  get size(): number {
    return this.count;
  }

  contains(item: number): boolean {
    return this.positions[item] >= 0;
  }

  /** Empties the heap, in time proportional to what is left in it. */
  clear(): void {
    for (let at = 0; at < this.count; at++) this.positions[this.items[at]] = -1;
    this.count = 0;
  }

  /** Inserts `item`, or lowers its key; a key that is not lower than the present one changes nothing. */
  push(item: number, key: number): void {
    if (!(item >= 0 && item < this.capacity)) {
      throw new RangeError(`heap item ${item}, expected 0 to ${this.capacity - 1}`);
    }
    let at = this.positions[item];
    if (at < 0) {
      at = this.count++;
    } else if (key >= this.keys[item]) {
      return;
    }
    this.keys[item] = key;
    this.rise(at, item);
  }

  /** Takes out the item with the lowest key, or returns -1 if there is none. */
  pop(): number {
    if (this.count === 0) return -1;
    const top = this.items[0];
    this.positions[top] = -1;
    this.count--;
    if (this.count > 0) this.sink(this.items[this.count]);
    return top;
  }

  /** Moves the hole at `at` up to where `item` belongs and fills it. */
  private rise(at: number, item: number): void {
    let hole = at;
    while (hole > 0) {
      const parent = (hole - 1) >>> 1;
      const above = this.items[parent];
      if (!this.before(item, above)) break;
      this.place(hole, above);
      hole = parent;
    }
    this.place(hole, item);
  }

  /** Moves the hole at the top down to where `item` belongs and fills it. */
  private sink(item: number): void {
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= this.count) break;
      if (child + 1 < this.count && this.before(this.items[child + 1], this.items[child])) child++;
      const below = this.items[child];
      if (!this.before(below, item)) break;
      this.place(hole, below);
      hole = child;
    }
    this.place(hole, item);
  }

  private before(a: number, b: number): boolean {
    const difference = this.keys[a] - this.keys[b];
    return difference < 0 || (difference === 0 && a < b);
  }

  private place(at: number, item: number): void {
    this.items[at] = item;
    this.positions[item] = at;
  }
}
