import { maskOf, networkOf } from '../base/prefix.js';
import { LSA_ROUTER } from '../wire/ospf/lsa.js';
import {
  LINK_POINT_TO_POINT,
  LINK_STUB,
  LINK_TRANSIT,
  MAX_LINK_METRIC,
  type RouterLink,
  type RouterLsa,
} from '../wire/ospf/router-lsa.js';
import type { Area } from './area.js';
import type { OspfInterface } from './interface.js';
import type { Router } from './router.js';

/** What fits an LSA that is alone in a Link State Update, in an IP packet of 65,535 bytes. */
const MAX_LINKS = 5455;
const HOST_MASK = 0xffffffff;

/** The links of our router-LSA (RFC 2328 section 12.4.1), sorted so that equal states give equal bytes. */
export function routerLinks(area: Area): RouterLink[] {
  const links: RouterLink[] = [];
  for (const ospfInterface of area.interfaces.values()) {
    if (ospfInterface.isUp) links.push(...interfaceLinks(area, ospfInterface));
  }
  for (const stub of area.router.config.stubs) {
    links.push(stubLink(stub.prefix.address, stub.prefix.length, stub.cost));
  }
  links.sort(compareLinks);
  const unique = links.filter((link, index) => !isSameStub(link, links[index - 1]));
  if (unique.length > MAX_LINKS) area.event('router-lsa-full', { links: unique.length, limit: MAX_LINKS }, 'links');
  return unique.slice(0, MAX_LINKS);
}

/**
 * True if the router-LSA of every area has the stub `address`/32 at `cost`, or none if that is undefined: what is in the
 * database has left. An area that has none has nobody to be told.
 */
export function hasToldStub({ areas, routerId }: Router, address: number, cost: number | undefined): boolean {
  for (const { lsdb } of areas.values()) {
    const body = lsdb.get({ type: LSA_ROUTER, id: routerId, advertisingRouter: routerId })?.body;
    if (body?.kind !== 'router') continue;
    if (hostStubsOf(body).get(address) !== cost) return false;
  }
  return true;
}

/** True if the router-LSA of another router in some area has the stub `address`/32, at a cost that is no last resort. */
export function isStubOf({ areas }: Router, routerId: number, address: number): boolean {
  for (const { lsdb } of areas.values()) {
    const body = lsdb.get({ type: LSA_ROUTER, id: routerId, advertisingRouter: routerId })?.body;
    if (body?.kind !== 'router') continue;
    if ((hostStubsOf(body).get(address) ?? MAX_LINK_METRIC) < MAX_LINK_METRIC) return true;
  }
  return false;
}

/** By the body of a router-LSA, which never changes: the costs of its hosts. */
const hostStubs = new WeakMap<RouterLsa, ReadonlyMap<number, number>>();

function hostStubsOf(body: RouterLsa): ReadonlyMap<number, number> {
  const known = hostStubs.get(body);
  if (known !== undefined) return known;
  const costs = new Map<number, number>();
  for (const { type, id, data, metric } of body.links) {
    if (type === LINK_STUB && data === HOST_MASK && !costs.has(id)) costs.set(id, metric);
  }
  hostStubs.set(body, costs);
  return costs;
}

/** Sections 12.4.1.1 and 12.4.1.2; a loopback is a host (12.4.1.3). */
function interfaceLinks(area: Area, ospfInterface: OspfInterface): RouterLink[] {
  const { address, cost } = ospfInterface.config;
  const transitCost = area.router.config.hostMode ? MAX_LINK_METRIC : cost;
  if (ospfInterface.state === 'Loopback') return [stubLink(address.address, 32, 0)];
  const network = networkOf(address);
  if (ospfInterface.isTransit) {
    const id = ospfInterface.designatedRouter;
    return [{ type: LINK_TRANSIT, id, data: address.address, metric: transitCost }];
  }
  if (ospfInterface.isBroadcast) return [stubLink(network.address, network.length, cost)];
  const data = ospfInterface.isUnnumbered ? ospfInterface.ifindex : address.address;
  const links: RouterLink[] = [];
  for (const neighbor of ospfInterface.neighbors.values()) {
    if (!neighbor.isAdjacent) continue;
    links.push({ type: LINK_POINT_TO_POINT, id: neighbor.routerId, data, metric: transitCost });
  }
  if (!ospfInterface.isUnnumbered) links.push(stubLink(network.address, network.length, cost));
  return links;
}

function stubLink(id: number, prefixLength: number, metric: number): RouterLink {
  return { type: LINK_STUB, id, data: maskOf(prefixLength), metric };
}

/** By type, link ID, data and metric: of stubs that are configured twice the cheapest comes first. */
function compareLinks(a: RouterLink, b: RouterLink): number {
  return a.type - b.type || a.id - b.id || a.data - b.data || a.metric - b.metric;
}

function isSameStub(link: RouterLink, before: RouterLink | undefined): boolean {
  return link.type === LINK_STUB && before?.type === LINK_STUB && link.id === before.id && link.data === before.data;
}
