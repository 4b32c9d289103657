import type { Ipv4 } from '../base/ipv4.js';

/** How long after the end of a session that was lost its neighbor stays lost: until the routes have found other ways. */
const LOSS_HOLD_US = 5e6;

interface Hold {
  readonly link: number;
  readonly peer: Ipv4;
  readonly untilUs: number;
}

/** The neighbors that stay marked as lost although their sessions have ended. Times are microseconds. */
export class BfdHolds {
  private holds: Hold[] = [];

  /** Returns when it ends. */
  begin(link: number, peer: Ipv4, nowUs: number): number {
    const untilUs = nowUs + LOSS_HOLD_US;
    this.holds.push({ link, peer, untilUs });
    return untilUs;
  }

  /** Ends it before its time; false if there is none. */
  end(link: number, peer: Ipv4): boolean {
    const before = this.holds.length;
    this.holds = this.holds.filter((hold) => hold.link !== link || hold.peer !== peer);
    return this.holds.length < before;
  }

  /** Lets go of the neighbors whose time is over. Returns the end of the next one, or Infinity. */
  expire(nowUs: number, neighbors: { setLost(link: number, address: Ipv4, isLost: boolean): void }): number {
    let nextUs = Infinity;
    if (this.holds.length === 0) return nextUs;
    for (const { link, peer, untilUs } of this.holds) {
      if (untilUs <= nowUs) neighbors.setLost(link, peer, false);
      else nextUs = Math.min(nextUs, untilUs);
    }
    this.holds = this.holds.filter(({ untilUs }) => untilUs > nowUs);
    return nextUs;
  }
}
