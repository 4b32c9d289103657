import { formatPrefix, networkOf } from '../../src/base/prefix.js';
import type { SimulatedRouter, Wire } from './ospf-network.js';

/** The slow twin of SPF: what routes a router must have, from the topology itself and in the plainest way. */

export interface PlainRoute {
  readonly cost: number;
  /** `INTERFACE ADDRESS`, sorted. */
  readonly nextHops: readonly string[];
}

/** Edge as its tail advertises it. */
interface PlainEdge {
  readonly from: SimulatedRouter;
  readonly to: SimulatedRouter;
  readonly advertised: number;
  readonly configured: number;
  readonly interface: string;
  readonly via: number;
}

export function plainRoutes(
  routers: readonly SimulatedRouter[],
  liveWires: readonly Wire[],
  root: SimulatedRouter,
): Map<string, PlainRoute> {
  const edges = edgesOf(liveWires);
  const own = stubsOf(root, liveWires);
  const routes = new Map<string, PlainRoute>();
  const ways = edges
    .filter((edge) => edge.from === root)
    .map((edge) => ({ edge, from: distances(edge.to, edges, root) }));
  const prefixes = new Set(routers.flatMap((router) => [...stubsOf(router, liveWires).keys()]));
  for (const prefix of prefixes) {
    const offers = ways.map(({ edge, from }) => {
      let cost = Number.POSITIVE_INFINITY;
      for (const router of routers) {
        if (router === root) continue;
        const metric = stubsOf(router, liveWires).get(prefix);
        if (metric !== undefined) cost = Math.min(cost, edge.configured + (from.get(router) ?? Infinity) + metric);
      }
      return { cost, nextHop: `${edge.interface} ${edge.via}` };
    });
    const cost = Math.min(...offers.map((offer) => offer.cost));
    if (cost === Number.POSITIVE_INFINITY || (own.get(prefix) ?? Infinity) <= cost) continue;
    const nextHops = offers.filter((offer) => offer.cost === cost).map((offer) => offer.nextHop);
    routes.set(prefix, { cost, nextHops: nextHops.sort() });
  }
  return routes;
}

/** The routes that a router has found, in the same form. */
export function foundRoutes(router: SimulatedRouter): Map<string, PlainRoute> {
  return new Map(
    router.routes.map((route) => [
      formatPrefix(route.prefix),
      { cost: route.cost, nextHops: route.nextHops.map((hop) => `${hop.interface} ${hop.via}`).sort() },
    ]),
  );
}

/** Stub links of a router: prefix to metric. */
export function stubsOf(router: SimulatedRouter, liveWires: readonly Wire[]): Map<string, number> {
  const stubs = new Map<string, number>();
  const offer = (prefix: string, cost: number) => stubs.set(prefix, Math.min(cost, stubs.get(prefix) ?? Infinity));
  for (const stub of router.config.stubs) offer(formatPrefix(stub.prefix), stub.cost);
  for (const wire of liveWires) {
    for (const end of wire.ends) {
      if (end.router !== router) continue;
      const config = router.config.interfaces.find((entry) => entry.name === end.interface);
      if (config !== undefined) offer(formatPrefix(networkOf(config.address)), config.cost);
    }
  }
  return stubs;
}

function edgesOf(wires: readonly Wire[]): PlainEdge[] {
  return wires.flatMap((wire) =>
    [wire.ends, [wire.ends[1], wire.ends[0]] as const].map(([from, to]) => {
      const config = from.router.config.interfaces.find((entry) => entry.name === from.interface);
      if (config === undefined) throw new Error(`${from.router.name} has no ${from.interface}`);
      return {
        from: from.router,
        to: to.router,
        configured: config.cost,
        advertised: from.router.config.hostMode ? 0xffff : config.cost,
        interface: from.interface,
        via: to.address,
      };
    }),
  );
}

/** Bellman and Ford, without the root: a shortest path does not come back to it. */
function distances(
  from: SimulatedRouter,
  edges: readonly PlainEdge[],
  root: SimulatedRouter,
): Map<SimulatedRouter, number> {
  const found = new Map([[from, 0]]);
  for (let changed = true; changed; ) {
    changed = false;
    for (const edge of edges) {
      const base = found.get(edge.from);
      if (base === undefined || edge.to === root || base + edge.advertised >= (found.get(edge.to) ?? Infinity))
        continue;
      found.set(edge.to, base + edge.advertised);
      changed = true;
    }
  }
  return found;
}
