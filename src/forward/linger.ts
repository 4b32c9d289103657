/** Longer than the gap between packets of a busy stream, far shorter than what would be seen as load. */
const LINGER_US = 40;
/** A kernel turns to another thread at a tick, every 1 to 10 ms; by then a socket of 200 KiB is full. */
const TURN_US = 500;
/** A thread that waited for its processor so long in a turn has to share it. */
const SHARED_WAIT_US = 200;
/** How long what was seen of others holds. */
const SHARED_US = 1_000_000;

/**
 * Whether a worker that has nothing to do looks again instead of sleeping. It does for `LINGER_US` after its last packet,
 * since to sleep and to be woken costs more than a short wait, but only on a processor that nobody else wants. There it would
 * keep those waiting who are to take what it delivers, and their sockets overflow (receive livelock: Mogul and Ramakrishnan,
 * 1996); one that sleeps whenever it can has its turn as soon as there is a packet, and leaves the rest to them. All times are
 * monotonic, in microseconds.
 */
export class Linger {
  private busyUs = -Infinity;
  private lookedUs = 0;
  private sharedUntilUs = -Infinity;
  private runDelayUs = Number.NaN;

  /** Packets came. */
  busy(nowUs: number): void {
    this.busyUs = nowUs;
  }

  /** True if it is too early to sleep. */
  isOn(nowUs: number): boolean {
    return nowUs - this.busyUs < LINGER_US && nowUs >= this.sharedUntilUs;
  }

  /** The worker has slept until now. */
  slept(nowUs: number): void {
    this.lookedUs = nowUs;
    this.runDelayUs = Number.NaN;
  }

  /** True if the worker has been awake for so long that it is to look who else wants the processor. */
  isLookDue(nowUs: number): boolean {
    return nowUs - this.lookedUs >= TURN_US;
  }

  /**
   * Takes how long the thread has waited for a processor, in all its life (`run-delay.ts`). Returns true if others want it: a
   * worker that has too much to do to sleep is to leave it to them for a moment.
   */
  look(nowUs: number, runDelayUs: number): boolean {
    if (runDelayUs - this.runDelayUs >= SHARED_WAIT_US) this.sharedUntilUs = nowUs + SHARED_US;
    this.lookedUs = nowUs;
    this.runDelayUs = runDelayUs;
    return nowUs < this.sharedUntilUs;
  }
}
