import type { Area } from './area.js';
import type { OspfInterface } from './interface.js';

/**
 * What our network-LSA of this interface's network lists (RFC 2328 section 12.4.2): the router IDs of all that are Full
 * with us, and our own; undefined unless we are its designated router and anybody is.
 */
export function attachedRoutersOf(area: Area, ospfInterface: OspfInterface): readonly number[] | undefined {
  if (ospfInterface.state !== 'DR' || !ospfInterface.isTransit) return undefined;
  const routerIds = [area.routerId];
  for (const neighbor of ospfInterface.neighbors.values()) {
    if (neighbor.isAdjacent) routerIds.push(neighbor.routerId);
  }
  return routerIds.sort((a, b) => a - b);
}
