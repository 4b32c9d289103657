import type { Ipv4 } from '../base/ipv4.js';
import type { VipConfig } from '../config/config.js';
import type { Notice } from '../vip/rank-ownership.js';

/** Tells of VIPs that another router serves as well, though they are not meant to be served at several places. */
export class DuplicateWatch {
  private known: ReadonlySet<string> = new Set();

  /** @param found is told of each once, until it is one no more */
  constructor(private readonly found: (vip: VipConfig, other: Notice, nowMs: number) => void) {}

  /**
   * @param isServed whether a VIP is served here
   * @param heard what other routers say of a VIP
   */
  look(
    vips: readonly VipConfig[],
    isServed: (vip: Ipv4) => boolean,
    heard: (vip: Ipv4) => readonly Notice[],
    nowMs: number,
  ): void {
    const duplicates = new Set<string>();
    for (const vip of vips) {
      if (!isServed(vip.address)) continue;
      for (const other of heard(vip.address)) {
        if (other.state !== 'serving' || (other.mode === 'anycast' && vip.mode === 'anycast')) continue;
        const key = `${vip.address} ${other.routerId}`;
        duplicates.add(key);
        if (!this.known.has(key)) this.found(vip, other, nowMs);
      }
    }
    this.known = duplicates;
  }
}
