import assert from 'node:assert/strict';
import { formatPrefix } from '../../src/base/prefix.js';
import type { OspfNextHop, OspfRoute } from '../../src/ospf/messages.js';
import { LSA_NETWORK } from '../../src/wire/ospf/lsa.js';
import type { World } from './ospf-chaos.js';
import type { SimulatedRouter, Wire } from './ospf-network.js';
import { foundRoutes, plainRoutes, stubsOf } from './plain-spf.js';

/** What must hold of a simulated network after a quiet time, whatever has befallen it. */

export function checkDatabases({ network, live }: World): void {
  assert.ok(network.databasesAgree([...live]), 'databases agree');
}

/** Of one area: the routes of the slow twin. */
export function checkRoutes({ routers, live }: World, roots: readonly SimulatedRouter[]): void {
  for (const root of roots) assert.deepEqual(foundRoutes(root), plainRoutes(routers, [...live], root), root.name);
}

/** Follows every repair path through the routes of the routers that it leads to. */
export function checkRepairs({ routers, live }: World): void {
  for (const router of routers) {
    for (const route of router.routes) {
      if (route.repair === undefined) continue;
      const first = neighborAt(live, router, route.repair);
      assert.ok(avoids(live, first, route, router, 64), `${router.name} ${formatPrefix(route.prefix)}`);
    }
  }
}

function avoids(live: Set<Wire>, at: SimulatedRouter, to: OspfRoute, forbidden: SimulatedRouter, ttl: number): boolean {
  if (at === forbidden || ttl === 0) return false;
  const key = formatPrefix(to.prefix);
  const onward = at.routes.find((route) => formatPrefix(route.prefix) === key);
  if (onward === undefined) return stubsOf(at, [...live], true).has(key);
  return onward.nextHops.every((hop) => avoids(live, neighborAt(live, at, hop), to, forbidden, ttl - 1));
}

function neighborAt(live: Set<Wire>, router: SimulatedRouter, hop: OspfNextHop): SimulatedRouter {
  const wire = router.places.get(hop.interface)?.wire;
  const end = wire?.ends.find(({ address }) => address === hop.via);
  if (wire === undefined || end === undefined || !live.has(wire)) {
    throw new Error(`${router.name} uses ${hop.interface}, which is down`);
  }
  return end.router;
}

/** Every router has in its database of its own LSAs what it is to tell, and nothing else. */
export function checkOwnLsas({ network, routers, live }: World): void {
  for (const router of routers) {
    const { routerId } = router.config;
    if (![...router.places.values()].some(({ wire }) => live.has(wire))) continue;
    const own = router.instance.database(network.nowMs).filter((lsa) => lsa.advertisingRouter === routerId);
    const designated = router.instance
      .interfaces(network.nowMs)
      .filter(({ state, fullNeighbors }) => state === 'DR' && fullNeighbors > 0)
      .map(({ address }) => address.address);
    assert.deepEqual(
      own.filter(({ type }) => type === LSA_NETWORK).map(({ id }) => id),
      designated.sort((a, b) => a - b),
      `network-LSAs of ${router.name}`,
    );
    assert.ok(
      own.every(({ age }) => age < 3600),
      `${router.name} has a ghost`,
    );
    assert.deepEqual(router.events('defect'), []);
  }
}
