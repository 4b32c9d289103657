/** A calendar that has moved less is slewed, and keys do not change by the second. */
const SET_MS = 1000;

/** How long a calendar that was set may go unnoticed. */
const LOOK_INTERVAL_MS = 3_600_000;

/**
 * How far the calendar is from the clock of inputs. Lifetimes of keys are calendar times, and OSPF goes by a clock that
 * nobody sets: they are converted by an offset that stays the same until somebody does.
 */
export class CalendarOffset {
  private offsetMs: number | undefined;
  private lookedMs = 0;

  constructor(private readonly calendarMs: (atMs: number) => number) {}

  /** What to add to `nowMs` to have milliseconds since 1970. */
  at(nowMs: number): number {
    this.lookedMs = nowMs;
    const seenMs = this.calendarMs(nowMs) - nowMs;
    if (this.offsetMs === undefined || Math.abs(seenMs - this.offsetMs) >= SET_MS) this.offsetMs = seenMs;
    return this.offsetMs;
  }

  /** When to look again, if anything depends on it. */
  get nextLookMs(): number {
    return this.lookedMs + LOOK_INTERVAL_MS;
  }
}
