/**
 * How much of the hold time OSPF may take to converge: when it is over, the forwarder sweeps what was not sent again, and
 * what has been learnt by then is better than nothing.
 */
const HOLD_TIME_SHARE = 0.9;

/**
 * The time in which a controller that comes after one that died keeps what it learns by OSPF to itself. The forwarder goes
 * on with the routes of the one before, which are good: a neighbor that is Full already knows ways for destinations whose
 * own neighbor is not, and routes by them would be worse, or loops, until OSPF has converged (RFC 3623 has a restarting
 * router leave its FIB alone for the same reason).
 */
export class Takeover {
  private endMs: number | undefined;

  get isActive(): boolean {
    return this.endMs !== undefined;
  }

  /** When it ends by itself; undefined if it is not active. */
  get deadlineMs(): number | undefined {
    return this.endMs;
  }

  begin(holdTimeSeconds: number, nowMs: number): void {
    this.endMs = nowMs + holdTimeSeconds * 1000 * HOLD_TIME_SHARE;
  }

  /** OSPF has converged, or the old routes are good no longer: a link or a neighbor that they may use is lost. */
  end(): void {
    this.endMs = undefined;
  }

  /** Ends it if its time is over. */
  expire(nowMs: number): void {
    if (this.endMs !== undefined && nowMs >= this.endMs) this.endMs = undefined;
  }
}
