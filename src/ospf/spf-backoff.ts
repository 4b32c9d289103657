/** When calculations are put off, in milliseconds; the names are those of RFC 8405 section 3. */
export interface SpfDelays {
  /** After a quiet time. */
  readonly initialMs: number;
  /** While it looks like one failure, whose LSAs come one after the other. */
  readonly shortMs: number;
  /** While the network does not come to rest. */
  readonly longMs: number;
  /** For so long after the first event it looks like one failure. */
  readonly timeToLearnMs: number;
  /** The network is quiet after so long without an event; longer than `timeToLearnMs`. */
  readonly holddownMs: number;
}

export type BackoffState = 'quiet' | 'short-wait' | 'long-wait';

/**
 * The state machine of RFC 8405 section 5: how long a calculation of routes is put off after an event. Its timers for
 * learning and holding down change nothing but the state, so they are looked at when the next event comes. The third
 * one, for the calculation itself, is the caller's.
 */
export class SpfBackoff {
  /** Since the last event; timers may have ended it. */
  private state: BackoffState = 'quiet';
  private learnedAtMs = 0;
  private quietAtMs = 0;

  /** An event at `nowMs`, which is never less than before. Returns the delay of a calculation that does not wait yet. */
  event(nowMs: number, delays: SpfDelays): number {
    const before = this.stateAt(nowMs);
    this.quietAtMs = nowMs + delays.holddownMs;
    if (before !== 'quiet') {
      this.state = before;
      return before === 'short-wait' ? delays.shortMs : delays.longMs;
    }
    this.state = 'short-wait';
    this.learnedAtMs = nowMs + delays.timeToLearnMs;
    return delays.initialMs;
  }

  stateAt(nowMs: number): BackoffState {
    if (this.state === 'quiet' || nowMs >= this.quietAtMs) return 'quiet';
    return nowMs >= this.learnedAtMs ? 'long-wait' : this.state;
  }
}
