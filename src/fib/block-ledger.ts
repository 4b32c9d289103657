import { BlockPool } from './block-pool.js';
import type { Epochs } from './epoch.js';
import { CHUNK_UNITS } from './poptrie.js';
import { RetireQueue } from './retire-queue.js';

/**
 * A block pool with a memory for the change in progress: which blocks it took and which it will give up. `commit`, after
 * the change is published, retires the given up ones; `rollBack`, when it is not, frees the taken ones.
 */
export class BlockLedger {
  private readonly pool: BlockPool;
  private readonly taken: number[] = [];
  private readonly dropped: number[] = [];
  private readonly retired = new RetireQueue();

  constructor(units: number) {
    this.pool = new BlockPool(units);
  }

  get usedUnits(): number {
    return this.pool.usedUnits;
  }

  get touchedUnits(): number {
    return this.pool.touchedUnits;
  }

  /** Blocks that wait until no worker reads them. */
  get retiredBlocks(): number {
    return this.retired.length;
  }

  /** The first unit of a new block of `size` (1 to 32) units, or -1 if there is no room. */
  take(size: number): number {
    const first = this.pool.take(size);
    if (first >= 0) this.taken.push(encode(first, size));
    return first;
  }

  /** Notes that the change unlinks a block; size 0 is no block. */
  drop(first: number, size: number): void {
    if (size > 0) this.dropped.push(encode(first, size));
  }

  commit(epoch: number): void {
    for (const block of this.dropped) this.retired.push(block, epoch);
    this.clear();
  }

  rollBack(): void {
    for (const block of this.taken) this.release(block);
    this.clear();
  }

  reclaim(epochs: Epochs): void {
    this.retired.reclaim(epochs, (block) => this.release(block));
  }

  private clear(): void {
    this.taken.length = 0;
    this.dropped.length = 0;
  }

  private release(block: number): void {
    this.pool.give(Math.floor(block / CHUNK_UNITS), (block % CHUNK_UNITS) + 1);
  }
}

/** A block as one number below 2^32, for memories of fewer than 2^27 units. */
function encode(first: number, size: number): number {
  return first * CHUNK_UNITS + size - 1;
}
