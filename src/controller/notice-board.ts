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
  /** In the order of router IDs. */
  private readonly byVip = new Map<Ipv4, readonly Notice[]>();
  /** How many notices name each router. */
  private readonly mentions = new Map<Ipv4, number>();
  /** By router and link state ID, the VIP that the LSA is about. */
  private readonly subjects = new Map<string, Ipv4>();

  /** An opaque LSA is there, or (without a payload) is gone. Returns whether that is news of a VIP. */
  take(routerId: Ipv4, id: number, payload: Uint8Array | undefined): boolean {
    if (id >>> OPAQUE_ID_BITS !== VIP_OPAQUE_TYPE) return false;
    const key = `${routerId} ${id}`;
    const lsa = payload === undefined ? undefined : decodeVipLsa(payload);
    const notice = lsa === undefined || isMalformed(lsa) ? undefined : { ...lsa, routerId };
    const subject = this.subjects.get(key);
    if (subject !== undefined && subject !== notice?.address) this.forget(subject, routerId);
    if (notice === undefined) return this.subjects.delete(key);
    this.subjects.set(key, notice.address);
    const others = this.of(notice.address);
    const before = others.find((other) => other.routerId === routerId);
    const list = [...others.filter((other) => other !== before), notice];
    this.mention(notice.router, 1);
    if (before !== undefined) this.mention(before.router, -1);
    this.byVip.set(
      notice.address,
      list.sort((a, b) => a.routerId - b.routerId),
    );
    return before === undefined || !isSameVipLsa(before, notice);
  }

  /** What others say of the VIP of an address, in the order of their router IDs. */
  of(vip: Ipv4): readonly Notice[] {
    return this.byVip.get(vip) ?? [];
  }

  /** The addresses of all routers that have something to say. */
  routers(): Ipv4[] {
    return [...this.mentions.keys()].sort((a, b) => a - b);
  }

  get isEmpty(): boolean {
    return this.mentions.size === 0;
  }

  clear(): void {
    this.byVip.clear();
    this.subjects.clear();
    this.mentions.clear();
  }

  private mention(router: Ipv4, change: number): void {
    const count = (this.mentions.get(router) ?? 0) + change;
    if (count === 0) this.mentions.delete(router);
    else this.mentions.set(router, count);
  }

  private forget(vip: Ipv4, routerId: Ipv4): void {
    const notices = this.of(vip);
    const others = notices.filter((other) => other.routerId !== routerId);
    for (const { router } of notices.filter((notice) => !others.includes(notice))) this.mention(router, -1);
    if (others.length === 0) this.byVip.delete(vip);
    else this.byVip.set(vip, others);
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
