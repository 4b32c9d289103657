import { SPF_HOLDDOWN_MS, SPF_LONG_DELAY_MS, SPF_SHORT_DELAY_MS, SPF_TIME_TO_LEARN_MS } from './constants.js';

/** How much of the route calculation a change asks for: all of it, or only the pass over stub links. */
export type RouteWork = 'dijkstra' | 'stubs';

/**
 * When to calculate routes (RFC 8405): at once after a quiet time, a short delay later while one event is being
 * learned, a longer one while the network does not come to rest.
 */
export class SpfSchedule {
  private work: RouteWork | undefined = undefined;
  private dueMs = 0;
  /** Until then delays are short; later they are long until the network is quiet. */
  private learnedAtMs = Number.NEGATIVE_INFINITY;
  /** The network is quiet if nothing happens until then. */
  private quietAtMs = Number.NEGATIVE_INFINITY;

  /** A change at `nowMs`; a run that is already due keeps its time. */
  request(work: RouteWork, nowMs: number): void {
    const isQuiet = nowMs >= this.quietAtMs;
    if (isQuiet) this.learnedAtMs = nowMs + SPF_TIME_TO_LEARN_MS;
    this.quietAtMs = nowMs + SPF_HOLDDOWN_MS;
    if (this.work === undefined) this.dueMs = nowMs + this.delayMs(isQuiet, nowMs);
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

  private delayMs(isQuiet: boolean, nowMs: number): number {
    if (isQuiet) return 0;
    return nowMs < this.learnedAtMs ? SPF_SHORT_DELAY_MS : SPF_LONG_DELAY_MS;
  }
}
