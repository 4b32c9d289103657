import type { SharedRing } from '../base/ring.js';
import { isIpv4Fragment } from '../wire/ipv4.js';
import { COUNT_PUNTS, type Counters } from './counters.js';
import { DROP_PUNT_FULL, DROP_PUNT_RATE } from './drop-reason.js';
import { MAX_LINKS } from './link-table.js';
import { PuntReassembly } from './punt-reassembly.js';
import { TokenBucket } from './rate-limit.js';
import type { Receiver } from './receiver.js';

/**
 * Punts of each link: this many in a second, after a burst of so many. More than a large database exchange needs, far less
 * than the control plane takes in: a link that floods costs its own adjacencies and no others.
 */
export const PUNTS_PER_SECOND = 5_000;
export const PUNT_BURST = 1_000;

/** Packets for the control plane, on their way to the main thread. */
export class Punts implements Receiver {
  private pending = false;
  private readonly bytes: Uint8Array;
  private readonly clock: Float64Array;
  private readonly counters: Counters;
  private readonly ring: SharedRing;
  private readonly reassembly: PuntReassembly;
  private readonly buckets: readonly TokenBucket[];

  constructor(bytes: Uint8Array, clock: Float64Array, counters: Counters, ring: SharedRing) {
    this.bytes = bytes;
    this.clock = clock;
    this.counters = counters;
    this.ring = ring;
    this.buckets = Array.from({ length: MAX_LINKS }, () => new TokenBucket(PUNTS_PER_SECOND, PUNT_BURST));
    this.reassembly = new PuntReassembly(clock, counters);
  }

  /** True once after there was something new in the ring: the main thread is to be told. */
  takePending(): boolean {
    const { pending } = this;
    this.pending = false;
    return pending;
  }

  receive(offset: number, length: number, fromLink: number): void {
    const { reassembly } = this;
    if (!this.buckets[fromLink].take(this.clock)) {
      this.counters.drop(fromLink, DROP_PUNT_RATE);
      return;
    }
    if (!isIpv4Fragment(this.bytes, offset)) this.push(fromLink, this.bytes, offset, length);
    else if (reassembly.add(fromLink, this.bytes, offset, length)) {
      this.push(fromLink, reassembly.bytes, 0, reassembly.length);
    }
  }

  private push(fromLink: number, bytes: Uint8Array, offset: number, length: number): void {
    const atMs = Math.floor(this.clock[0] / 1000) >>> 0;
    if (!this.ring.push(fromLink, atMs, bytes, offset, length)) {
      this.counters.drop(fromLink, DROP_PUNT_FULL);
      return;
    }
    this.counters.add(fromLink, COUNT_PUNTS, 1);
    this.pending = true;
  }
}
