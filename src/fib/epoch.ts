/**
 * Epochs: how the writer knows that no worker can still read what was taken out of a shared structure.
 *
 * The writer unlinks a block by an atomic store, notes the current epoch with it, and advances the epoch some time
 * later. A worker reports once a batch, when it holds no reference into shared structures, the epoch that it sees. A
 * block noted at epoch e is free once the epoch has moved on and every worker that is online has reported one after e.
 *
 * Why this is sound with plain loads in the readers: `quiesce` stores (release) after the loads of the batch before, and
 * what it stores came from a load (acquire) of the current epoch, so the loads of the next batch see every unlink that
 * went before that epoch. `online` must in addition keep later loads from passing its own store: it loads the epoch
 * once more after the store (both sequentially consistent) and starts again if the epoch has moved.
 *
 * An epoch is a 32-bit number that wraps; 0 is left out, since it marks a worker that is offline. Epochs are compared by
 * their difference, which is right as long as a worker reports at least once in 2^31 epochs.
 */

const WORDS_PER_CACHE_LINE = 16;
const OFFLINE = 0;
const FIRST_EPOCH = 1;

/** Allocates the memory of `Epochs` for `workers` workers (one or more), all of them offline. */
export function allocateEpochs(workers: number): SharedArrayBuffer {
  const memory = new SharedArrayBuffer((1 + workers) * WORDS_PER_CACHE_LINE * Int32Array.BYTES_PER_ELEMENT);
  new Int32Array(memory)[0] = FIRST_EPOCH;
  return memory;
}

/** True if `epoch` comes before `other`. */
export function isBefore(epoch: number, other: number): boolean {
  return ((other - epoch) | 0) > 0;
}

export class Epochs {
  /** Word 0 is the current epoch; each worker's report has a cache line of its own after it. */
  private readonly words: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory);
  }

  /** Writer: the epoch to note with a block that was unlinked just now. */
  current(): number {
    return Atomics.load(this.words, 0);
  }

  /** Writer: starts the next epoch and returns it. */
  advance(): number {
    const next = (Atomics.load(this.words, 0) + 1) | 0 || FIRST_EPOCH;
    Atomics.store(this.words, 0, next);
    return next;
  }

  /** Writer: the oldest epoch that a worker may still be in; whatever was unlinked before it is free. */
  horizon(): number {
    const words = this.words;
    let horizon = Atomics.load(words, 0);
    for (let at = WORDS_PER_CACHE_LINE; at < words.length; at += WORDS_PER_CACHE_LINE) {
      const seen = Atomics.load(words, at);
      if (seen !== OFFLINE && isBefore(seen, horizon)) horizon = seen;
    }
    return horizon;
  }

  /** Writer: true once no worker can still read what was unlinked in `epoch` or earlier. */
  passed(epoch: number): boolean {
    return isBefore(epoch, this.horizon());
  }

  /** Worker, once a batch: it holds no reference into shared structures now. */
  quiesce(worker: number): void {
    const words = this.words;
    const epoch = Atomics.load(words, 0);
    const at = (worker + 1) * WORDS_PER_CACHE_LINE;
    if (words[at] !== epoch) Atomics.store(words, at, epoch);
  }

  /** Worker, before it blocks: nobody waits for it until it is online again. */
  offline(worker: number): void {
    Atomics.store(this.words, (worker + 1) * WORDS_PER_CACHE_LINE, OFFLINE);
  }

  /** Worker, after it blocked and before it reads anything shared. */
  online(worker: number): void {
    const words = this.words;
    const at = (worker + 1) * WORDS_PER_CACHE_LINE;
    let epoch = Atomics.load(words, 0);
    for (;;) {
      Atomics.store(words, at, epoch);
      const now = Atomics.load(words, 0);
      if (now === epoch) return;
      epoch = now;
    }
  }
}
