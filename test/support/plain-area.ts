import { formatPrefix, lengthOfMask, maskOf } from '../../src/base/prefix.js';
import type { LsdbEntry } from '../../src/ospf/lsdb.js';
import type { AreaInput } from '../../src/ospf/route-input.js';

/** Paths within one area in the plainest way (RFC 2328 section 16.1): Bellman and Ford, then all shortest paths back. */

export interface PlainArea {
  readonly id: number;
  /** Everything with a prefix, each as often as somebody has it. */
  readonly networks: { readonly prefix: string; readonly cost: number; readonly nextHops: ReadonlySet<string> }[];
  /** All others that can be reached. */
  readonly routers: {
    readonly routerId: number;
    readonly flags: number;
    readonly cost: number;
    readonly nextHops: ReadonlySet<string>;
  }[];
}

export interface PlainEdge {
  readonly from: string;
  readonly to: string;
  readonly cost: number;
  /** Out of the root: `INTERFACE ADDRESS` of the neighbor, or address 0 if it leads to a network. */
  readonly hop?: string;
}

const routerKey = (routerId: number) => `router ${routerId}`;
const networkKey = (entry: LsdbEntry) => `network ${entry.id} ${entry.advertisingRouter}`;

export function plainArea(area: AreaInput, routerId: number, nowMs: number): PlainArea {
  const root = routerKey(routerId);
  const lsas = liveLsas(area, nowMs);
  const edges = [...plainEdges(lsas).filter(({ from }) => from !== root), ...rootEdges(area, lsas, routerId)];
  const distance = plainDistances(edges, root);
  const nextHopsTo = allNextHops(edges, distance, root, lsas);
  const networks: PlainArea['networks'] = [];
  const routers: PlainArea['routers'] = [];
  for (const entry of lsas) {
    const { body } = entry;
    const key = keyOf(entry);
    const cost = distance.get(key);
    if (key === root || cost === undefined) continue;
    const nextHops = nextHopsTo(key);
    if (body.kind === 'network') networks.push({ prefix: prefixOf(entry.id, body.networkMask), cost, nextHops });
    if (body.kind !== 'router') continue;
    routers.push({ routerId: entry.advertisingRouter, flags: body.flags, cost, nextHops });
    for (const link of body.links) {
      if (link.type === 3) networks.push({ prefix: prefixOf(link.id, link.data), cost: cost + link.metric, nextHops });
    }
  }
  for (const { interface: name, address, prefixLength, cost } of area.attached) {
    networks.push({ prefix: prefixOf(address, maskOf(prefixLength)), cost, nextHops: new Set([`${name} 0`]) });
  }
  for (const link of area.ownStubs) {
    if (link.type !== 3) continue;
    networks.push({ prefix: prefixOf(link.id, link.data), cost: link.metric, nextHops: new Set([' 0']) });
  }
  return { id: area.id, networks, routers };
}

export function liveLsas(area: AreaInput, nowMs: number): LsdbEntry[] {
  return [...area.lsdb].filter((entry) => (entry.type === 1 || entry.type === 2) && !entry.isMaxAge(nowMs));
}

export function keyOf(entry: LsdbEntry): string {
  return entry.type === 1 ? routerKey(entry.advertisingRouter) : networkKey(entry);
}

/** Every pair of LSAs that describe a link to each other. */
export function plainEdges(lsas: readonly LsdbEntry[]): PlainEdge[] {
  const edges: PlainEdge[] = [];
  for (const from of lsas) {
    for (const to of lsas) {
      if (from.body.kind === 'router' && to.body.kind === 'router') {
        for (const { type, id, metric } of from.body.links) {
          if ((type !== 1 && type !== 4) || id !== to.advertisingRouter) continue;
          const isMutual = to.body.links.some((back) => back.type === type && back.id === from.advertisingRouter);
          if (isMutual) edges.push({ from: keyOf(from), to: keyOf(to), cost: metric });
        }
      } else if (from.body.kind === 'router' && to.body.kind === 'network') {
        if (!to.body.attachedRouters.includes(from.advertisingRouter)) continue;
        for (const { type, id, metric } of from.body.links) {
          if (type !== 2 || id !== to.id) continue;
          edges.push({ from: keyOf(from), to: keyOf(to), cost: metric }, { from: keyOf(to), to: keyOf(from), cost: 0 });
        }
      }
    }
  }
  return edges;
}

export function plainDistances(edges: readonly PlainEdge[], root: string): Map<string, number> {
  const distance = new Map([[root, 0]]);
  for (let isChanged = true; isChanged; ) {
    isChanged = false;
    for (const { from, to, cost } of edges) {
      const offer = (distance.get(from) ?? Infinity) + cost;
      if (offer >= (distance.get(to) ?? Infinity)) continue;
      distance.set(to, offer);
      isChanged = true;
    }
  }
  return distance;
}

function rootEdges(area: AreaInput, lsas: readonly LsdbEntry[], routerId: number): PlainEdge[] {
  const from = routerKey(routerId);
  const edges: PlainEdge[] = [];
  for (const { interface: name, via, routerId: neighbor, cost } of area.firstHops) {
    const isMutual = lsas.some(({ advertisingRouter, body }) => {
      if (advertisingRouter !== neighbor || body.kind !== 'router') return false;
      return body.links.some(({ type, id }) => type === 1 && id === routerId);
    });
    if (isMutual) edges.push({ from, to: routerKey(neighbor), cost, hop: `${name} ${via}` });
  }
  for (const { interface: name, networkId, cost } of area.transits) {
    for (const entry of lsas) {
      if (entry.body.kind !== 'network' || entry.id !== networkId) continue;
      if (!entry.body.attachedRouters.includes(routerId)) continue;
      edges.push({ from, to: networkKey(entry), cost, hop: `${name} 0` });
    }
  }
  return edges;
}

/** 16.1.1: those of all shortest paths, from the destination back to the root. */
function allNextHops(
  edges: readonly PlainEdge[],
  distance: ReadonlyMap<string, number>,
  root: string,
  lsas: readonly LsdbEntry[],
): (key: string) => ReadonlySet<string> {
  const nextHopsTo = (key: string): ReadonlySet<string> => {
    const found = new Set<string>();
    for (const { from, to, cost, hop } of edges) {
      if (to !== key || (distance.get(from) ?? Infinity) + cost !== distance.get(key)) continue;
      if (from === root) found.add(hop ?? 'nowhere');
      else for (const before of nextHopsTo(from)) for (const next of onward(before, from, key, lsas)) found.add(next);
    }
    return found;
  };
  return nextHopsTo;
}

/** Across a network that the root is on, the next hop is the router on its other side. */
function onward(hop: string, from: string, to: string, lsas: readonly LsdbEntry[]): string[] {
  if (!hop.endsWith(' 0')) return [hop];
  const network = lsas.find((entry) => keyOf(entry) === from);
  const router = lsas.find((entry) => keyOf(entry) === to);
  if (network === undefined || router?.body.kind !== 'router') return [];
  return router.body.links
    .filter(({ type, id }) => type === 2 && id === network.id)
    .map(({ data }) => hop.replace(/0$/, `${data}`));
}

export function prefixOf(address: number, mask: number): string {
  return formatPrefix({ address: (address & mask) >>> 0, length: lengthOfMask(mask) ?? 0 });
}
