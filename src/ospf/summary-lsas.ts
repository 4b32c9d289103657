import { maskOf, networkOf, type Prefix } from '../base/prefix.js';
import { LSA_SUMMARY_ASBR, LSA_SUMMARY_NETWORK } from '../wire/ospf/lsa.js';
import type { Area } from './area.js';
import { BACKBONE, LS_INFINITY } from './constants.js';
import { linkStateIds } from './link-state-id.js';
import type { OspfPathType, OspfRoute } from './messages.js';
import { OwnLsa } from './own-lsas.js';
import type { Router } from './router.js';

const SUMMARY_TYPES: readonly number[] = [LSA_SUMMARY_NETWORK, LSA_SUMMARY_ASBR];
const DEFAULT_ROUTE: Prefix = { address: 0, length: 0 };

/** A network or an AS boundary router as areas may be told of it. */
interface Destination {
  readonly cost: number;
  /** The area that the path leads through, which knows by itself: of inter-area paths that is the backbone. */
  readonly area: number;
}

interface NetworkDestination extends Destination {
  readonly prefix: Prefix;
}

interface BoundaryDestination extends Destination {
  readonly routerId: number;
}

/** What an area border router knows of networks and AS boundary routers, which is the same for all areas. */
interface Knowledge {
  readonly networks: readonly NetworkDestination[];
  readonly boundaryRouters: readonly BoundaryDestination[];
}

/**
 * Composes what an area border router tells its areas of each other (RFC 2328 section 12.4.3): of every network and AS
 * boundary router that it reaches. A router that is none, or is no longer, tells nothing.
 */
export function composeSummaries(router: Router): void {
  router.mustComposeSummaries = false;
  const knowledge = router.isBorder ? knowledgeOf(router) : undefined;
  for (const area of router.areas.values()) {
    const lsas =
      knowledge === undefined ? [] : [...networkSummaries(area, knowledge), ...asbrSummaries(area, knowledge)];
    area.ownLsas.want(SUMMARY_TYPES, lsas);
  }
}

function networkSummaries(area: Area, { networks }: Knowledge): OwnLsa[] {
  const told: { readonly prefix: Prefix; readonly cost: number }[] = [];
  const isStub = !area.takesExternals;
  if (!isStub || area.config.summaries) {
    for (const network of networks) {
      const isDefault = network.prefix.length === 0;
      if (network.area !== area.id && !(isStub && isDefault)) told.push(network);
    }
  }
  if (isStub) told.push({ prefix: DEFAULT_ROUTE, cost: area.config.defaultCost });
  const lsas: OwnLsa[] = [];
  for (const [{ prefix, cost }, id] of linkStateIds(told)) {
    if (id === undefined) {
      area.router.lacksLinkStateId(prefix);
      continue;
    }
    const networkMask = maskOf(prefix.length);
    const header = { type: LSA_SUMMARY_NETWORK, id, options: area.options };
    lsas.push(new OwnLsa(header, { kind: 'summary', networkMask, metric: cost }));
  }
  return lsas;
}

/** Not into stub areas, which are not told of externals either. */
function asbrSummaries(area: Area, { boundaryRouters }: Knowledge): OwnLsa[] {
  if (!area.takesExternals) return [];
  return boundaryRouters
    .filter((boundaryRouter) => boundaryRouter.area !== area.id)
    .map(({ routerId, cost }) => {
      const header = { type: LSA_SUMMARY_ASBR, id: routerId, options: area.options };
      return new OwnLsa(header, { kind: 'summary', networkMask: 0, metric: cost });
    });
}

function knowledgeOf(router: Router): Knowledge {
  const networks = new Map<number, NetworkDestination>();
  for (const network of [...attachedNetworks(router), ...router.routes.list().flatMap(reachedNetwork)]) {
    if (network.cost >= LS_INFINITY) continue;
    const key = keyOf(network.prefix);
    const known = networks.get(key);
    if (known === undefined || network.cost < known.cost) networks.set(key, network);
  }
  // Every area has these in our router-LSA.
  for (const { prefix } of router.config.stubs) networks.delete(keyOf(prefix));
  return { networks: [...networks.values()], boundaryRouters: boundaryRoutersOf(router) };
}

/** The networks of our own interfaces, which no route leads to. */
function attachedNetworks(router: Router): NetworkDestination[] {
  const networks: NetworkDestination[] = [];
  for (const area of router.areas.values()) {
    for (const { isUp, isUnnumbered, state, config } of area.interfaces.values()) {
      if (!isUp || isUnnumbered || state === 'Loopback') continue;
      networks.push({ prefix: networkOf(config.address), cost: config.cost, area: area.id });
    }
  }
  return networks;
}

function reachedNetwork({ prefix, cost, pathType, area }: OspfRoute): NetworkDestination[] {
  return mayBeTold(pathType, area) && area !== undefined ? [{ prefix, cost, area }] : [];
}

function boundaryRoutersOf(router: Router): BoundaryDestination[] {
  const found: BoundaryDestination[] = [];
  for (const { routerId, areaId, pathType, cost } of router.routes.asBoundaryRouters()) {
    if (routerId === router.routerId || cost >= LS_INFINITY || !mayBeTold(pathType, areaId)) continue;
    found.push({ routerId, cost, area: areaId });
  }
  return found;
}

/** What another border router says in an area goes no further, unless the area is the backbone (RFC 3509 section 2.2). */
function mayBeTold(pathType: OspfPathType, area: number | undefined): boolean {
  return pathType === 'intra-area' || (pathType === 'inter-area' && area === BACKBONE);
}

function keyOf(prefix: Prefix): number {
  return prefix.address * 64 + prefix.length;
}
