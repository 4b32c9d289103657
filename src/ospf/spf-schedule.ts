import { SPF_FIRST_DELAY_MS, SPF_LONGEST_DELAY_MS, SPF_QUIET_MS } from './constants.js';

/** How much of the route calculation a change asks for: all of it, or only the pass over stub links. */
export type RouteWork = 'dijkstra' | 'stubs';

/** When to calculate routes: at once after a quiet time, later and later while the network does not come to rest. */
export class SpfSchedule {
  private work: RouteWork | undefined = undefined;
  private dueMs = 0;
  /** How long the next run is put off. */
  private delayMs = 0;
  /** The network is quiet if nothing happens until then. */
  private quietAtMs = Number.NEGATIVE_INFINITY;

  /** A change at `nowMs`; a run that is already due keeps its time. */
  request(work: RouteWork, nowMs: number): void {
    if (nowMs >= this.quietAtMs) this.delayMs = 0;
    this.quietAtMs = nowMs + SPF_QUIET_MS;
    if (this.work === undefined) {
      this.dueMs = nowMs + this.delayMs;
      this.delayMs = Math.min(Math.max(SPF_FIRST_DELAY_MS, 2 * this.delayMs), SPF_LONGEST_DELAY_MS);
    }
    if (this.work !== 'dijkstra') this.work = work;
  }

  nextAtMs(): number | undefined {
    return this.work === undefined ? undefined : this.dueMs;
  }

  /** Nothing has changed since the last run. */
  get isIdle(): boolean {
    return this.work === undefined;
  }

  /** What to calculate now, if anything is due. */
  take(nowMs: number): RouteWork | undefined {
    if (this.work === undefined || this.dueMs > nowMs) return undefined;
    const work = this.work;
    this.work = undefined;
    return work;
  }
}
