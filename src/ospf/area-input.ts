import type { Area } from './area.js';
import type { OspfInterface } from './interface.js';
import type { AreaInput, AttachedNetwork, FirstHop, Transit } from './route-input.js';
import { routerLinks } from './router-links.js';

/**
 * What the routes of an area are calculated from: the adjacencies of now, which our router-LSA may not say yet. The same
 * object until something in it has changed.
 */
export function areaInput(area: Area): AreaInput {
  area.routeInput ??= gather(area);
  return area.routeInput;
}

function gather(area: Area): AreaInput {
  const interfaces = [...area.interfaces.values()].filter((ospfInterface) => ospfInterface.isUp);
  return {
    id: area.id,
    kind: area.config.kind,
    lsdb: area.lsdb,
    firstHops: interfaces.filter((ospfInterface) => !ospfInterface.isBroadcast).flatMap(firstHops),
    transits: interfaces.filter((ospfInterface) => ospfInterface.isTransit).map(transit),
    attached: interfaces.filter(hasSubnet).map(attachedNetwork),
    ownStubs: routerLinks(area),
  };
}

function firstHops({ name, config, neighbors }: OspfInterface): FirstHop[] {
  const hops: FirstHop[] = [];
  for (const { isAdjacent, address, routerId } of neighbors.values()) {
    if (isAdjacent) hops.push({ interface: name, via: address, routerId, cost: config.cost });
  }
  return hops;
}

function transit({ name, config, designatedRouter }: OspfInterface): Transit {
  return { interface: name, networkId: designatedRouter, cost: config.cost };
}

function attachedNetwork({ name, config }: OspfInterface): AttachedNetwork {
  return { interface: name, ...config.address, cost: config.cost };
}

function hasSubnet({ state, isUnnumbered }: OspfInterface): boolean {
  return state !== 'Loopback' && !isUnnumbered;
}
