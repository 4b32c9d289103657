import { LSA_EXTERNAL, LSA_ROUTER } from '../wire/ospf/lsa.js';
import { LINK_STUB, MAX_LINK_METRIC, type RouterLsa } from '../wire/ospf/router-lsa.js';
import { MAX_AGE_SECONDS } from './constants.js';
import type { Router } from './router.js';

const HOST_MASK = 0xffffffff;

/**
 * True if every area is told of the host `address` at `cost`, or of none if that is undefined, by the router-LSA of this router
 * or by an AS-external-LSA: what is in the database has left. An area that has no router-LSA of ours has nobody to be told.
 */
export function hasToldHost(router: Router, address: number, cost: number | undefined): boolean {
  const { areas, routerId } = router;
  const external = externalCostOf(router, routerId, address);
  for (const { lsdb } of areas.values()) {
    const body = lsdb.get({ type: LSA_ROUTER, id: routerId, advertisingRouter: routerId })?.body;
    if (body?.kind !== 'router') continue;
    if ((hostStubsOf(body).get(address) ?? external) !== cost) return false;
  }
  return true;
}

/** True if another router advertises the host `address` in some area or to all, at a cost that is no last resort. */
export function isHostOf(router: Router, routerId: number, address: number): boolean {
  const costs = [externalCostOf(router, routerId, address)];
  for (const { lsdb } of router.areas.values()) {
    const body = lsdb.get({ type: LSA_ROUTER, id: routerId, advertisingRouter: routerId })?.body;
    if (body?.kind === 'router') costs.push(hostStubsOf(body).get(address));
  }
  return costs.some((cost) => cost !== undefined && cost < MAX_LINK_METRIC);
}

/** Of the AS-external-LSA for a host, whose ID is its address (RFC 2328 appendix E). */
function externalCostOf({ lsdb }: Router, advertisingRouter: number, address: number): number | undefined {
  const entry = lsdb.get({ type: LSA_EXTERNAL, id: address, advertisingRouter });
  if (entry?.body.kind !== 'external' || entry.body.networkMask !== HOST_MASK) return undefined;
  const isFlushed = entry.ageAt(entry.installedAtMs) >= MAX_AGE_SECONDS;
  return isFlushed || entry.body.metricType !== 1 ? undefined : entry.body.metric;
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
