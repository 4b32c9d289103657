import { SPF_FIRST_DELAY_MS, SPF_LONGEST_DELAY_MS, SPF_QUIET_MS } from './constants.js';

/**
 * Where in the route calculation of RFC 2328 section 16 a change makes itself felt first. All that comes after is
 * calculated too; what comes before is as it was: shortest paths, networks within the areas, inter-area routes,
 * externals.
 */
export type RouteWork = 'dijkstra' | 'stubs' | 'summaries' | 'externals';

const STAGES: { readonly [work in RouteWork]: number } = { dijkstra: 0, stubs: 1, summaries: 2, externals: 3 };

/** What to calculate. */
export interface DueWork {
  readonly from: RouteWork;
  /** Of work from 'dijkstra', the areas whose graph has changed; all of them if undefined. */
  readonly areas: ReadonlySet<number> | undefined;
}

/** True if work from `from` on includes `stage`. */
export function includes(from: RouteWork, stage: RouteWork): boolean {
  return STAGES[from] <= STAGES[stage];
}

/**
 * When to calculate routes: at once after a quiet time, later and later while the network does not come to rest.
 *
 * It does what RFC 8405 is for by other means: the delay doubles with each run, where the RFC has a long delay after
 * TIME_TO_LEARN, and the quiet time is short, where it has a HOLDDOWN of 10 s. That RFC wants the same delays in all
 * routers of an area, so that loops are short while they disagree; FRR and BIRD have delays of their own in any case.
 */
export class SpfSchedule {
  private work: RouteWork | undefined = undefined;
  /** Areas whose graph has changed; undefined for all. */
  private areas: Set<number> | undefined = new Set();
  private dueMs = 0;
  /** How long the next run is put off. */
  private delayMs = 0;
  /** The network is quiet if nothing happens until then. */
  private quietAtMs = Number.NEGATIVE_INFINITY;

  /** A change at `nowMs`, of the graph of area `areaId` or of more; a run that is already due keeps its time. */
  request(work: RouteWork, nowMs: number, areaId?: number): void {
    if (nowMs >= this.quietAtMs) this.delayMs = 0;
    this.quietAtMs = nowMs + SPF_QUIET_MS;
    if (this.work === undefined) {
      this.dueMs = nowMs + this.delayMs;
      this.delayMs = Math.min(Math.max(SPF_FIRST_DELAY_MS, 2 * this.delayMs), SPF_LONGEST_DELAY_MS);
    }
    if (this.work === undefined || includes(work, this.work)) this.work = work;
    if (work !== 'dijkstra') return;
    if (areaId === undefined) this.areas = undefined;
    else this.areas?.add(areaId);
  }

  nextAtMs(): number | undefined {
    return this.work === undefined ? undefined : this.dueMs;
  }

  /** Nothing has changed since the last run. */
  get isIdle(): boolean {
    return this.work === undefined;
  }

  /** What to calculate now, if anything is due. */
  take(nowMs: number): DueWork | undefined {
    if (this.work === undefined || this.dueMs > nowMs) return undefined;
    const due = { from: this.work, areas: this.areas };
    this.work = undefined;
    this.areas = new Set();
    return due;
  }
}
