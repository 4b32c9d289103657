import { maskOf, networkOf } from '../base/prefix.js';
import {
  LINK_POINT_TO_POINT,
  LINK_STUB,
  LINK_TRANSIT,
  MAX_LINK_METRIC,
  type RouterLink,
} from '../wire/ospf/router-lsa.js';
import type { Area } from './area.js';
import type { OspfInterface } from './interface.js';

/** What fits an LSA that is alone in a Link State Update, in an IP packet of 65,535 bytes. */
const MAX_LINKS = 5455;

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
