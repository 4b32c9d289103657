import { type BackoffState, SpfBackoff, type SpfDelays } from './spf-backoff.js';

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

/** What is to be calculated, and when: at once after a quiet time, later while the network does not come to rest. */
export class SpfSchedule {
  private work: RouteWork | undefined = undefined;
  /** Areas whose graph has changed; undefined for all. */
  private areas: Set<number> | undefined = new Set();
  private dueMs = 0;
  private readonly backoff = new SpfBackoff();

  /** @param delays those that hold at the time, to be asked for with each change */
  constructor(private readonly delays: () => SpfDelays) {}

  /** A change at `nowMs`, of the graph of area `areaId` or of more; a run that is already due keeps its time. */
  request(work: RouteWork, nowMs: number, areaId?: number): void {
    const delayMs = this.backoff.event(nowMs, this.delays());
    if (this.work === undefined) this.dueMs = nowMs + delayMs;
    if (this.work === undefined || includes(work, this.work)) this.work = work;
    if (work !== 'dijkstra') return;
    if (areaId === undefined) this.areas = undefined;
    else this.areas?.add(areaId);
  }

  nextAtMs(): number | undefined {
    return this.work === undefined ? undefined : this.dueMs;
  }

  stateAt(nowMs: number): BackoffState {
    return this.backoff.stateAt(nowMs);
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
