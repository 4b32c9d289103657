import type { Ipv4 } from '../base/ipv4.js';
import type { OspfOpaqueLsa } from '../ospf/messages.js';
import type { Notice } from '../vip/rank-ownership.js';
import { isMalformed } from '../wire/malformed.js';
import {
  decodeVipLsa,
  encodeVipLsa,
  isSameVipLsa,
  OPAQUE_ID_BITS,
  VIP_OPAQUE_TYPE,
  type VipLsa,
} from '../wire/ospf/vip-lsa.js';

const OPAQUE_IDS = 2 ** OPAQUE_ID_BITS;

/** What the other routers say of VIPs, as it is in the LSDB. */
export class NoticeBoard {
  /** By router and link state ID, in the order in which they came. */
  private readonly notices = new Map<string, Notice>();
  /** The keys of those that are about a VIP: of one router there may be two while its list of VIPs changes. */
  private readonly keys = new Map<Ipv4, readonly string[]>();
  /** One of each router, in the order of router IDs. */
  private readonly lists = new Map<Ipv4, readonly Notice[]>();
  /** How many notices name each router. */
  private readonly mentions = new Map<Ipv4, number>();

  /** An opaque LSA is there, or (without a payload) is gone. Returns whether that is news of a VIP. */
  take(routerId: Ipv4, id: number, payload: Uint8Array | undefined): boolean {
    if (id >>> OPAQUE_ID_BITS !== VIP_OPAQUE_TYPE) return false;
    const key = `${routerId} ${id}`;
    const lsa = payload === undefined ? undefined : decodeVipLsa(payload);
    const notice = lsa === undefined || isMalformed(lsa) ? undefined : { ...lsa, routerId };
    const before = this.notices.get(key);
    if (before !== undefined) this.remove(key, before);
    if (notice !== undefined) this.add(key, notice);
    if (before === undefined || notice === undefined) return before !== notice;
    return !isSameVipLsa(before, notice);
  }

  /** What others say of the VIP of an address, in the order of their router IDs. */
  of(vip: Ipv4): readonly Notice[] {
    return this.lists.get(vip) ?? [];
  }

  /** The addresses of all routers that have something to say. */
  routers(): Ipv4[] {
    return [...this.mentions.keys()].sort((a, b) => a - b);
  }

  get isEmpty(): boolean {
    return this.notices.size === 0;
  }

  clear(): void {
    for (const map of [this.notices, this.keys, this.lists, this.mentions]) map.clear();
  }

  private add(key: string, notice: Notice): void {
    this.notices.set(key, notice);
    this.mention(notice.router, 1);
    this.list(notice.address, [...(this.keys.get(notice.address) ?? []), key]);
  }

  private remove(key: string, { address, router }: Notice): void {
    this.notices.delete(key);
    this.mention(router, -1);
    const keys = this.keys.get(address) ?? [];
    this.list(
      address,
      keys.filter((other) => other !== key),
    );
  }

  private list(vip: Ipv4, keys: readonly string[]): void {
    // What came last counts.
    const byRouter = new Map<Ipv4, Notice>();
    for (const key of keys) {
      const notice = this.notices.get(key);
      if (notice !== undefined) byRouter.set(notice.routerId, notice);
    }
    if (keys.length === 0) {
      this.keys.delete(vip);
      this.lists.delete(vip);
      return;
    }
    this.keys.set(vip, keys);
    this.lists.set(
      vip,
      [...byRouter.values()].sort((a, b) => a.routerId - b.routerId),
    );
  }

  private mention(router: Ipv4, change: number): void {
    const count = (this.mentions.get(router) ?? 0) + change;
    if (count === 0) this.mentions.delete(router);
    else this.mentions.set(router, count);
  }
}

/** What this router has to say: an LSA for each VIP, so that a change of one does not hold up another. */
export function opaqueLsasOf(notices: readonly VipLsa[]): OspfOpaqueLsa[] {
  const taken = new Set<number>();
  return notices.map((notice) => {
    let opaqueId = notice.address % OPAQUE_IDS;
    while (taken.has(opaqueId)) opaqueId = (opaqueId + 1) % OPAQUE_IDS;
    taken.add(opaqueId);
    return { id: VIP_OPAQUE_TYPE * OPAQUE_IDS + opaqueId, payload: encodeVipLsa(notice) };
  });
}
