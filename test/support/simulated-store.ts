import type { StoreEntry, StoreReply, StoreRequest } from '../../src/vip/ownership.js';

/** A store that does one transaction after the other. */
export class SimulatedStore {
  private readonly entries = new Map<string, StoreEntry>();
  private revision = 0;

  apply({ compare, put }: StoreRequest): StoreReply {
    const succeeded = compare.every(({ key, revision }) => (this.entries.get(key)?.revision ?? 0) === revision);
    if (succeeded && put.length > 0) {
      this.revision++;
      for (const { key, value } of put) this.entries.set(key, { key, value, revision: this.revision });
    }
    return { succeeded, entries: [...this.entries.values()] };
  }

  /** Begins anew, as one that is installed again. */
  loseData(): void {
    this.entries.clear();
    this.revision = 0;
  }
}
