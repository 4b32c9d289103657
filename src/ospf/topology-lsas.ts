import { maskOf } from '../base/prefix.js';
import { LSA_NETWORK, LSA_ROUTER } from '../wire/ospf/lsa.js';
import {
  LINK_POINT_TO_POINT,
  LINK_TRANSIT,
  ROUTER_IS_ASBR,
  ROUTER_IS_BORDER,
  type RouterLink,
} from '../wire/ospf/router-lsa.js';
import type { Area } from './area.js';
import type { OspfInterface } from './interface.js';
import type { LsdbEntry } from './lsdb.js';
import { attachedRoutersOf } from './network-links.js';
import { OwnLsa } from './own-lsas.js';
import { routerLinks } from './router-links.js';

export const TOPOLOGY_TYPES: readonly number[] = [LSA_ROUTER, LSA_NETWORK];

/** Whether the LSAs that describe our place in an area, the router-LSA and the network-LSAs, have to be composed anew. */
export class Origination {
  /** Something that they describe may have changed. */
  private isRequested = false;
  /** A new instance of the router-LSA is due even if it says the same. */
  private isRenewal = false;
  /** They have been composed since the start. */
  private isBegun = false;

  request(): void {
    this.isRequested = true;
  }

  renew(): void {
    this.isRequested = true;
    this.isRenewal = true;
  }

  get isPending(): boolean {
    return this.isRequested;
  }

  get hasBegun(): boolean {
    return this.isBegun;
  }

  /** They are composed now. Returns whether the router-LSA has to be renewed. */
  begin(): boolean {
    const { isRenewal } = this;
    this.isRequested = false;
    this.isRenewal = false;
    this.isBegun = true;
    return isRenewal;
  }
}

/** Our router-LSA, and a network-LSA for every network that we are designated router of (RFC 2328 sections 12.4.1, 12.4.2). */
export function topologyLsas(area: Area): OwnLsa[] {
  const { options } = area;
  const router = new OwnLsa(
    { type: LSA_ROUTER, id: area.routerId, options },
    { kind: 'router', flags: routerFlags(area), links: routerLinks(area) },
  );
  const lsas = [router];
  for (const ospfInterface of area.interfaces.values()) {
    const attachedRouters = attachedRoutersOf(area, ospfInterface);
    if (attachedRouters === undefined) continue;
    const { address, prefixLength } = ospfInterface.config.address;
    const networkMask = maskOf(prefixLength);
    lsas.push(
      new OwnLsa({ type: LSA_NETWORK, id: address, options }, { kind: 'network', networkMask, attachedRouters }),
    );
  }
  return lsas;
}

/**
 * The first instance waits for somebody to be told: if the neighbor read an earlier one in the exchange, it would not
 * take the one that lists it for another second. Then it waits a moment for what belongs into it; that of a router that
 * resumes, for the neighbors of before. `current` is the router-LSA in the database.
 */
export function mustWait(area: Area, current: LsdbEntry | undefined): boolean {
  const isFirst = !area.origination.hasBegun;
  if ((isFirst || current === undefined) && !hasFullNeighbor(area)) return true;
  if (!isFirst) return false;
  if (area.startup.isResuming && current !== undefined) return isNeighborMissing(area, current);
  return area.timers.isSet('good-news');
}

/** Stub areas have no AS boundary routers (section 12.4.1); an NSSA may, but we originate no type 7. */
function routerFlags(area: Area): number {
  const isAsbr = area.takesExternals && area.router.isAsbr;
  return (area.router.isBorder ? ROUTER_IS_BORDER : 0) | (isAsbr ? ROUTER_IS_ASBR : 0);
}

/** Our LSA from before the restart has a neighbor, on a link that is up, that is not Full yet. */
function isNeighborMissing(area: Area, before: LsdbEntry): boolean {
  if (before.body.kind !== 'router') return false;
  return before.body.links.some((link) => {
    if (link.type !== LINK_POINT_TO_POINT && link.type !== LINK_TRANSIT) return false;
    const ospfInterface = [...area.interfaces.values()].find((candidate) => isBelow(candidate, link));
    if (ospfInterface === undefined || !ospfInterface.isActive) return false;
    if (link.type === LINK_TRANSIT) return !ospfInterface.isTransit || isMemberMissing(area, ospfInterface);
    return ospfInterface.neighbors.get(link.id)?.state !== 'Full';
  });
}

/** Our network-LSA from before the restart has a router that is not Full with us, its designated router, yet. */
function isMemberMissing(area: Area, ospfInterface: OspfInterface): boolean {
  const { address } = ospfInterface.config.address;
  const before = area.lsdb.get({ type: LSA_NETWORK, id: address, advertisingRouter: area.routerId })?.body;
  if (ospfInterface.state !== 'DR' || before?.kind !== 'network') return false;
  const attached = attachedRoutersOf(area, ospfInterface) ?? [];
  return before.attachedRouters.some((routerId) => !attached.includes(routerId));
}

/** An unnumbered interface is known by its index. */
function isBelow(ospfInterface: OspfInterface, link: RouterLink): boolean {
  const { config, ifindex, isUnnumbered } = ospfInterface;
  return link.data === (isUnnumbered ? ifindex : config.address.address);
}

function hasFullNeighbor(area: Area): boolean {
  for (const neighbor of area.neighbors()) {
    if (neighbor.state === 'Full') return true;
  }
  return false;
}
