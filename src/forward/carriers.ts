import type { Ipv4 } from '../base/ipv4.js';

/** Routers at most whose tunnels are opened. */
export const MAX_CARRIERS = 1024;

/**
 * The routers that may carry packets of a VIP here, in memory that all workers read and the main thread writes: how many, then
 * their addresses.
 */
export class Carriers {
  private readonly words: Uint32Array;

  /** @param memory `Carriers.allocate()` */
  constructor(memory: SharedArrayBuffer) {
    this.words = new Uint32Array(memory);
  }

  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(4 * (1 + MAX_CARRIERS));
  }

  /** Main thread. For a moment a worker may know some of the former ones and some of the new ones. */
  set(addresses: readonly Ipv4[]): void {
    this.words.set(addresses.slice(0, MAX_CARRIERS), 1);
    Atomics.store(this.words, 0, Math.min(addresses.length, MAX_CARRIERS));
  }

  has(address: Ipv4): boolean {
    const count = Atomics.load(this.words, 0);
    for (let i = 1; i <= count; i++) if (this.words[i] === address) return true;
    return false;
  }
}
