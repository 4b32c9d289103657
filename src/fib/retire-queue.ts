import { type Epochs, isBefore } from './epoch.js';

/**
 * Things taken out of a shared structure (blocks, group or adjacency indices) that wait until no worker reads them any
 * more, first in first out. An item is an unsigned 32-bit number that means something to the owner.
 */
export class RetireQueue {
  private items = new Uint32Array(256);
  private epochs = new Int32Array(256);
  private head = 0;
  private count = 0;

  get length(): number {
    return this.count;
  }

  /** Queues `item`, unlinked in `epoch`; epochs never go back from one call to the next. */
  push(item: number, epoch: number): void {
    if (this.count === this.items.length) this.grow();
    const tail = (this.head + this.count) & (this.items.length - 1);
    this.items[tail] = item;
    this.epochs[tail] = epoch;
    this.count++;
  }

  /** Takes out every item that no worker can read any more and hands it to `release`. */
  reclaim(epochs: Epochs, release: (item: number) => void): void {
    if (this.count === 0) return;
    const horizon = epochs.horizon();
    while (this.count > 0 && isBefore(this.epochs[this.head], horizon)) {
      const item = this.items[this.head];
      this.head = (this.head + 1) & (this.items.length - 1);
      this.count--;
      release(item);
    }
  }

  private grow(): void {
    const size = this.items.length;
    const items = new Uint32Array(size * 2);
    const epochs = new Int32Array(size * 2);
    for (let index = 0; index < this.count; index++) {
      const from = (this.head + index) & (size - 1);
      items[index] = this.items[from];
      epochs[index] = this.epochs[from];
    }
    this.items = items;
    this.epochs = epochs;
    this.head = 0;
  }
}
