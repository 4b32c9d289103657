import type { Random } from '../base/random.js';

/** How often a check runs and how much it takes to believe it. */
export interface CheckPolicy {
  readonly intervalMs: number;
  /** As many passes in a row make what was unhealthy healthy, as many failures the reverse. */
  readonly rise: number;
  readonly fall: number;
  /** What is believed before the first run. */
  readonly initial: 'up' | 'down';
}

/** Runs are spread by up to this part of the interval to either side, so that many checks do not run in step. */
const JITTER = 0.1;
/** A rise that follows a fall by less than this has been a flap. */
const FLAP_MS = 60_000;
/** Each flap in a row doubles what it takes to be believed, up to this factor. */
const MOST_DAMPENING = 8;

/**
 * What is believed of one check: healthy or not, by results of runs that overlap never. Who comes back only to fail again
 * has to pass more often each time, so that a service that starts and dies does not take its users with it over and over (the
 * idea of RFC 2439, in terms of `rise`). Pure: time and randomness are given.
 */
export class CheckHealth {
  healthy: boolean;
  /** When it is to be run next; Infinity while it runs. */
  dueMs: number;
  /** Of the last run that failed. */
  reason = 'not run yet';
  private streak = 0;
  private dampening = 1;
  private roseMs = -Infinity;

  constructor(
    private readonly policy: CheckPolicy,
    private readonly random: Random,
    nowMs: number,
  ) {
    this.healthy = policy.initial === 'up';
    this.dueMs = nowMs;
  }

  begin(): void {
    this.dueMs = Infinity;
  }

  /** Takes the result of the run that began at `beganMs`: why it failed, or undefined. Returns true if the belief changed. */
  take(failure: string | undefined, beganMs: number, nowMs: number): boolean {
    const { intervalMs, rise, fall } = this.policy;
    const spread = 1 + JITTER * ((2 * this.random.nextU32()) / 2 ** 32 - 1);
    this.dueMs = Math.max(nowMs, beganMs + intervalMs * spread);
    if (failure !== undefined) this.reason = failure;
    const agrees = (failure === undefined) === this.healthy;
    this.streak = agrees ? 0 : this.streak + 1;
    if (this.streak < (this.healthy ? fall : rise * this.dampening)) return false;
    this.streak = 0;
    this.healthy = !this.healthy;
    if (this.healthy) this.roseMs = nowMs;
    else this.dampening = nowMs - this.roseMs < FLAP_MS ? Math.min(2 * this.dampening, MOST_DAMPENING) : 1;
    return true;
  }
}
