import { RIVAL_INSTANCES, RIVAL_MS } from './constants.js';

/**
 * Another router with our router ID, somewhere in the area: its router-LSA takes the place of ours and ours that of its
 * own, without end. What is left of ours from before a restart comes in once from each neighbor at most.
 */
export class Rival {
  /** When a router-LSA of ours came in that we had not sent, of the last few times. */
  private readonly timesMs: number[] = [];

  note(nowMs: number): void {
    this.timesMs.push(nowMs);
    if (this.timesMs.length > RIVAL_INSTANCES) this.timesMs.shift();
  }

  /** It has been heard so often that it is no memory of ours. */
  isAbout(nowMs: number): boolean {
    const [firstMs] = this.timesMs;
    return this.timesMs.length === RIVAL_INSTANCES && firstMs !== undefined && nowMs - firstMs < RIVAL_MS;
  }
}
