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
    const routers = new Set<Ipv4>();
    for (const notices of this.byVip.values()) for (const { router } of notices) routers.add(router);
    return [...routers].sort((a, b) => a - b);
  }

  clear(): void {
    this.byVip.clear();
    this.subjects.clear();
  }

  private forget(vip: Ipv4, routerId: Ipv4): void {
    const others = this.of(vip).filter((other) => other.routerId !== routerId);
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
