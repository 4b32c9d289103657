import { ACTION_DELIVER, ACTION_EXPIRED, type AdjacencyTable, KIND_DELIVER_LEASED } from './adjacency.js';

/**
 * Whether this router may serve the VIPs that it has on a lease. The main thread writes until when; each worker looks before
 * it reads packets, since it may have been stopped since it did so last, for longer than the lease.
 */
export class LeaseGate {
  private readonly until: Float64Array;
  private isOpen = false;
  /** There are such VIPs. */
  private isUsed = false;

  /** @param memory `LeaseGate.allocate()` */
  constructor(
    memory: SharedArrayBuffer,
    private readonly adjacencies: AdjacencyTable,
  ) {
    this.until = new Float64Array(memory);
  }

  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT);
  }

  /** Main thread. */
  static write(memory: SharedArrayBuffer, untilUs: number): void {
    new Float64Array(memory)[0] = untilUs;
  }

  /**
   * Opens or shuts the gate. Returns false if nothing is to be said in the name of a VIP that may be another router's now: of
   * what comes from the host nobody looks at the source.
   */
  look(nowUs: number): boolean {
    const isOpen = nowUs < this.until[0];
    if (isOpen !== this.isOpen) {
      this.isOpen = isOpen;
      this.apply();
    }
    return isOpen || !this.isUsed;
  }

  /** To be called when adjacencies come and go, too. */
  apply(): void {
    const { kind, action } = this.adjacencies;
    this.isUsed = false;
    for (let index = 1; index < kind.length; index++) {
      if (kind[index] !== KIND_DELIVER_LEASED) continue;
      this.isUsed = true;
      action[index] = this.isOpen ? ACTION_DELIVER : ACTION_EXPIRED;
    }
  }
}
