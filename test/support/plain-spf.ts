import { formatPrefix, networkOf } from '../../src/base/prefix.js';
import { configOf, type End, partnersOf, type SimulatedRouter, type Wire } from './ospf-network.js';

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
  const own = stubsOf(root, liveWires, true);
  const offered = stubsByPrefix(
    routers.filter((router) => router !== root),
    liveWires,
  );
  const routes = new Map<string, PlainRoute>();
  const ways = edges
    .filter((edge) => edge.from === root)
    .map((edge) => ({ edge, from: distances(edge.to, edges, root) }));
  for (const [prefix, stubs] of offered) {
    const offers = ways.map(({ edge, from }) => {
      let cost = Number.POSITIVE_INFINITY;
      for (const [router, metric] of stubs) {
        cost = Math.min(cost, edge.configured + (from.get(router) ?? Infinity) + metric);
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

/** Who leads to each prefix, and at what metric. */
function stubsByPrefix(
  routers: readonly SimulatedRouter[],
  liveWires: readonly Wire[],
): Map<string, Map<SimulatedRouter, number>> {
  const offered = new Map<string, Map<SimulatedRouter, number>>();
  for (const router of routers) {
    for (const [prefix, metric] of stubsOf(router, liveWires)) {
      const stubs = offered.get(prefix) ?? new Map<SimulatedRouter, number>();
      offered.set(prefix, stubs.set(router, metric));
    }
  }
  return offered;
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

/** What a router leads to itself, prefix to metric: as the others see it, or as it sees it (`isOwn`). */
export function stubsOf(router: SimulatedRouter, liveWires: readonly Wire[], isOwn = false): Map<string, number> {
  const stubs = new Map<string, number>();
  const offer = (prefix: string, cost: number) => stubs.set(prefix, Math.min(cost, stubs.get(prefix) ?? Infinity));
  for (const stub of router.config.stubs) offer(formatPrefix(stub.prefix), stub.cost);
  for (const wire of liveWires) {
    for (const end of wire.ends) {
      if (end.router !== router) continue;
      // A LAN with others on it is told of as a transit network, which a host announces as one of the last resort.
      const isTransit = wire.kind === 'broadcast' && partnersOf(wire, end).length > 0;
      const cost = isTransit && !isOwn ? transitCost(end) : configOf(end).cost;
      offer(formatPrefix(networkOf(configOf(end).address)), cost);
    }
  }
  return stubs;
}

/** Every two that reach each other on a wire: a LAN is as good as wires between all. */
function edgesOf(wires: readonly Wire[]): PlainEdge[] {
  return wires.flatMap((wire) =>
    wire.ends.flatMap((from) =>
      partnersOf(wire, from).map((to) => {
        const config = configOf(from);
        return {
          from: from.router,
          to: to.router,
          configured: config.cost,
          advertised: transitCost(from),
          interface: from.interface,
          via: to.address,
        };
      }),
    ),
  );
}

function transitCost(end: End): number {
  return end.router.config.hostMode ? 0xffff : configOf(end).cost;
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
