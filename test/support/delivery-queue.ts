/** Something that happens at a time; of equal times the one with the lower `order` comes first. */
export interface Timed {
  readonly atMs: number;
  readonly order: number;
}

/** A binary heap of what is under way in a simulation, the earliest first. */
export class DeliveryQueue<Item extends Timed> {
  private readonly heap: Item[] = [];

  get nextMs(): number | undefined {
    return this.heap[0]?.atMs;
  }

  push(item: Item): void {
    const { heap } = this;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!isBefore(item, heap[parent])) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = item;
  }

  /** Takes the earliest if its time is `nowMs` or before. */
  takeDue(nowMs: number): Item | undefined {
    const [earliest] = this.heap;
    if (earliest === undefined || earliest.atMs > nowMs) return undefined;
    const last = this.heap.pop();
    if (last !== undefined && last !== earliest) this.sink(last);
    return earliest;
  }

  /** Moves the hole at the top down to where `item` belongs. */
  private sink(item: Item): void {
    const { heap } = this;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
      if (!isBefore(heap[child], item)) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = item;
  }
}

function isBefore(a: Timed, b: Timed): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
