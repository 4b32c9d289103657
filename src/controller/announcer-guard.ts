import type { Ipv4 } from '../base/ipv4.js';
import type { Config, VipConfig } from '../config/config.js';
import type { VipHealth, VipState } from '../vip/lifecycle.js';

/**
 * So long enough others have to serve a VIP before it is withdrawn here: what all of them depend on fails for all at once, and
 * that each of them has failed takes its time to be heard.
 */
export const ENOUGH_MS = 3000;

/** States of a VIP that was found fit before. */
const IN_SERVICE: readonly (VipState | undefined)[] = ['serving', 'failed', 'last-resort'];

/** A VIP is kept as a last resort, or is not any more. */
export interface GuardView {
  readonly vip: string;
  readonly kept: boolean;
  /** How many others serve it, and how many it takes. */
  readonly announcers: number;
  readonly expected: number;
}

/**
 * Keeps a VIP whose checks fail as a last resort while fewer than `minimum-announcers` others serve it: a check that fails
 * everywhere at once says more of what the servers share than of their services.
 */
export class AnnouncerGuard {
  /** Those that ask for it. */
  private vips: ReadonlyMap<Ipv4, VipConfig> = new Map();
  /** VIPs that enough others serve, and from when on that counts; -Infinity: from now on. */
  private readonly enough = new Map<Ipv4, number>();
  private readonly kept = new Set<Ipv4>();

  /** @param announcersOf how many others are heard of that serve a VIP */
  constructor(
    private readonly announcersOf: (vip: Ipv4) => number,
    private readonly changed: (view: GuardView, nowMs: number) => void,
  ) {}

  configure({ vips }: Config): void {
    const asked = vips.filter(({ minimumAnnouncers }) => minimumAnnouncers > 0);
    this.vips = new Map(asked.map((vip) => [vip.address, vip]));
    for (const address of [...this.enough.keys(), ...this.kept]) {
      if (this.vips.has(address)) continue;
      this.enough.delete(address);
      this.kept.delete(address);
    }
  }

  /** What follows from the `health` of a VIP in `state`. To be asked whenever something is heard of it. */
  temper(address: Ipv4, health: VipHealth, state: VipState | undefined, nowMs: number): VipHealth {
    const vip = this.vips.get(address);
    if (vip === undefined) return health;
    const announcers = this.announcersOf(address);
    const isLacking = announcers < vip.minimumAnnouncers;
    const isAsked = health === 'failed' && IN_SERVICE.includes(state);
    this.keep(vip, isAsked && isLacking, announcers, nowMs);
    if (!isAsked || isLacking) this.enough.delete(address);
    if (!isAsked) return health;
    if (isLacking) return 'last-resort';
    const dueMs = this.enough.get(address) ?? nowMs + ENOUGH_MS;
    this.enough.set(address, nowMs < dueMs ? dueMs : -Infinity);
    return nowMs < dueMs ? 'last-resort' : 'failed';
  }

  /** When `temper` says something else although nothing is heard; undefined: never. */
  nextTimeoutMs(): number | undefined {
    const due = [...this.enough.values()].filter((atMs) => atMs > -Infinity);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  private keep(
    { name, address, minimumAnnouncers }: VipConfig,
    kept: boolean,
    announcers: number,
    nowMs: number,
  ): void {
    if (kept === this.kept.has(address)) return;
    if (kept) this.kept.add(address);
    else this.kept.delete(address);
    this.changed({ vip: name, kept, announcers, expected: minimumAnnouncers }, nowMs);
  }
}
