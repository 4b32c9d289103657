import { maskOf } from '../../src/base/prefix.js';
import type { LsdbEntry } from '../../src/ospf/lsdb.js';
import type { AreaInput, RouteInput } from '../../src/ospf/route-input.js';
import type { ExternalLsa } from '../../src/wire/ospf/external-lsa.js';
import { type PlainArea, plainArea, prefixOf } from './plain-area.js';

/**
 * The slow twin of the routing table: RFC 2328 section 16 and RFC 3101 section 2.5 step by step, with a search through
 * everything for each.
 */

const LS_INFINITY = 0xffffff;

export interface PlainRoute {
  readonly pathType: 'intra-area' | 'inter-area' | 'external-1' | 'external-2';
  readonly cost: number;
  readonly area: number | undefined;
  readonly type2Cost: number | undefined;
  readonly tag: number | undefined;
  /** `INTERFACE ADDRESS`; address 0 means that the destination is on the link, and no interface that it is ours. */
  readonly nextHops: ReadonlySet<string>;
}

export interface PlainRouter {
  readonly routerId: number;
  readonly areaId: number;
  readonly pathType: 'intra-area' | 'inter-area';
  readonly cost: number;
  readonly isAbr: boolean;
  readonly isAsbr: boolean;
  readonly nextHops: ReadonlySet<string>;
}

export interface PlainTable {
  /** By prefix. */
  readonly routes: Map<string, PlainRoute>;
  readonly routers: PlainRouter[];
}

export function plainTable(input: RouteInput): PlainTable {
  const areas = input.areas.map((area) => plainArea(area, input.routerId, input.nowMs));
  const table: PlainTable = { routes: new Map(), routers: [] };
  for (const area of areas) addIntraArea(table, area);
  for (const [index, area] of areas.entries()) {
    if (!input.readsBackboneOnly || area.id === 0) addInterArea(table, area, input.areas[index], input);
  }
  addExternals(table, input);
  return table;
}

/** The route itself, as the table has it before anything is left out because it is here. */
export function isHere(route: PlainRoute): boolean {
  return [...route.nextHops].some((hop) => hop.endsWith(' 0'));
}

function addIntraArea({ routes, routers }: PlainTable, area: PlainArea): void {
  for (const { prefix, cost, nextHops } of area.networks) {
    const known = routes.get(prefix);
    if (known === undefined || cost < known.cost) {
      routes.set(prefix, { ...INSIDE, pathType: 'intra-area', cost, area: area.id, nextHops });
    } else if (cost === known.cost) {
      const both = new Set([...known.nextHops, ...nextHops]);
      routes.set(prefix, { ...known, area: Math.max(area.id, known.area ?? 0), nextHops: both });
    }
  }
  for (const { routerId, flags, cost, nextHops } of area.routers) {
    const entry = { routerId, areaId: area.id, pathType: 'intra-area' as const, cost, nextHops };
    if ((flags & 3) !== 0) routers.push({ ...entry, isAbr: (flags & 1) !== 0, isAsbr: (flags & 2) !== 0 });
  }
}

const INSIDE = { type2Cost: undefined, tag: undefined };

/** 16.2, by its steps. */
function addInterArea(table: PlainTable, area: PlainArea, { lsdb }: AreaInput, input: RouteInput): void {
  for (const entry of lsdb) {
    const { body } = entry;
    if (body.kind !== 'summary' || body.metric === LS_INFINITY || entry.isMaxAge(input.nowMs)) continue; // 1
    if (entry.advertisingRouter === input.routerId) continue; // 2
    const border = table.routers.find(
      ({ routerId, areaId, isAbr }) => isAbr && areaId === area.id && routerId === entry.advertisingRouter,
    );
    if (border === undefined) continue; // 4
    const cost = border.cost + body.metric;
    if (entry.type === 3) {
      const path = { ...INSIDE, pathType: 'inter-area' as const, cost, area: area.id, nextHops: border.nextHops };
      offerNetwork(table, prefixOf(entry.id, body.networkMask), path);
    } else if (entry.id !== input.routerId) {
      const path = { routerId: entry.id, areaId: area.id, pathType: 'inter-area' as const, cost };
      offerRouter(table, { ...path, isAbr: false, isAsbr: true, nextHops: border.nextHops });
    }
  }
}

/** Steps 5 to 7 for networks. */
function offerNetwork({ routes }: PlainTable, prefix: string, path: PlainRoute): void {
  const known = routes.get(prefix);
  if (known?.pathType === 'intra-area') return;
  if (known === undefined || path.cost < known.cost) routes.set(prefix, path);
  else if (path.cost === known.cost) {
    const nextHops = new Set([...known.nextHops, ...path.nextHops]);
    routes.set(prefix, { ...known, area: Math.max(known.area ?? 0, path.area ?? 0), nextHops });
  }
}

/** Steps 5 to 7 for AS boundary routers: entries belong to areas. */
function offerRouter({ routers }: PlainTable, path: PlainRouter): void {
  const index = routers.findIndex((other) => {
    return other.isAsbr && other.routerId === path.routerId && other.areaId === path.areaId;
  });
  const known = routers[index];
  if (known === undefined) routers.push(path);
  else if (known.pathType === 'intra-area') return;
  else if (path.cost < known.cost) routers[index] = path;
  else if (path.cost === known.cost) {
    routers[index] = { ...known, nextHops: new Set([...known.nextHops, ...path.nextHops]) };
  }
}

/** What an LSA of type 5 or 7 resolves to. */
interface External {
  readonly entry: LsdbEntry;
  readonly body: ExternalLsa;
  /** X of 16.4. */
  readonly distance: number;
  /** It is reached within an area other than the backbone (16.4.1). */
  readonly sparesBackbone: boolean;
  readonly nextHops: ReadonlySet<string>;
}

/** 16.4: all paths to a prefix are held against each other at once. */
function addExternals(table: PlainTable, input: RouteInput): void {
  const offers = new Map<string, External[]>();
  const inside = new Map(table.routes);
  for (const { entry, nssa } of externalLsas(input)) {
    const { body } = entry;
    if (body.kind !== 'external') continue;
    if (body.metric === LS_INFINITY || entry.isMaxAge(input.nowMs)) continue; // 1
    if (entry.advertisingRouter === input.routerId) continue; // 2
    const external = resolve(table.routers, inside, { entry, body, nssa }, input);
    if (external === undefined) continue; // 3
    const prefix = prefixOf(entry.id, body.networkMask);
    offers.set(prefix, [...(offers.get(prefix) ?? []), external]);
  }
  for (const [prefix, externals] of offers) {
    if (!inside.has(prefix)) table.routes.set(prefix, bestOf(externals)); // 6a
  }
}

interface ExternalEntry {
  readonly entry: LsdbEntry;
  /** Where it is of type 7. */
  readonly nssa: AreaInput | undefined;
}

function externalLsas({ externals, areas }: RouteInput): ExternalEntry[] {
  const found: ExternalEntry[] = [];
  for (const entry of externals) if (entry.type === 5) found.push({ entry, nssa: undefined });
  for (const area of areas) {
    if (area.kind !== 'nssa') continue;
    for (const entry of area.lsdb) if (entry.type === 7) found.push({ entry, nssa: area });
  }
  return found;
}

function resolve(
  routers: readonly PlainRouter[],
  inside: ReadonlyMap<string, PlainRoute>,
  lsa: ExternalEntry & { readonly body: ExternalLsa },
  input: RouteInput,
): External | undefined {
  const { entry, body } = lsa;
  const isUsable = (pathType: PlainRoute['pathType'], areaId: number | undefined) => {
    if (lsa.nssa !== undefined) return areaId === lsa.nssa.id && pathType === 'intra-area';
    return input.areas.some(({ id, kind }) => id === areaId && kind === 'normal');
  };
  let entries = routers.filter(({ routerId, isAsbr, pathType, areaId }) => {
    return isAsbr && routerId === entry.advertisingRouter && isUsable(pathType, areaId);
  });
  if (entries.length === 0) return undefined;
  if (body.forwardingAddress !== 0) {
    const route = longestMatch(inside, body.forwardingAddress);
    return route !== undefined && isUsable(route.pathType, route.area)
      ? resolveForwarding(route, entry, body, input)
      : undefined;
  }
  if (entries.some(sparesBackbone)) entries = entries.filter(sparesBackbone);
  const distance = Math.min(...entries.map(({ cost }) => cost));
  entries = entries.filter(({ cost }) => cost === distance);
  const [chosen] = entries.sort((a, b) => b.areaId - a.areaId);
  return { entry, body, distance, sparesBackbone: sparesBackbone(chosen), nextHops: chosen.nextHops };
}

function sparesBackbone({ pathType, areaId }: PlainRouter): boolean {
  return pathType === 'intra-area' && areaId !== 0;
}

function longestMatch(inside: ReadonlyMap<string, PlainRoute>, address: number): PlainRoute | undefined {
  for (let length = 32; length >= 0; length--) {
    const route = inside.get(prefixOf(address, maskOf(length)));
    if (route !== undefined) return route;
  }
  return undefined;
}

function resolveForwarding(
  route: PlainRoute,
  entry: LsdbEntry,
  body: ExternalLsa,
  input: RouteInput,
): External | undefined {
  const address = body.forwardingAddress;
  if (input.areas.some(({ attached }) => attached.some((network) => network.address === address))) return undefined;
  const nextHops = [...route.nextHops]
    .filter((hop) => hop !== ' 0')
    .map((hop) => (hop.endsWith(' 0') ? hop.replace(/0$/, `${address}`) : hop));
  if (nextHops.length === 0) return undefined;
  const isSpared = route.pathType === 'intra-area' && route.area !== 0;
  return { entry, body, distance: route.cost, sparesBackbone: isSpared, nextHops: new Set(nextHops) };
}

/** 0 is best: RFC 3101 section 2.5, step 6e. */
function precedence({ type, options }: LsdbEntry): number {
  if (type === 5) return 1;
  return (options & 8) !== 0 ? 0 : 2;
}

/**
 * That step: of what goes the same way to the same forwarding address at the same cost, `externals` being all that are left
 * for a prefix. Among those of type 5 alone all stay, as in RFC 2328.
 */
function withoutRepetitions(externals: readonly External[]): External[] {
  return externals.filter((one) => {
    if (one.body.forwardingAddress === 0) return true;
    return !externals.some((other) => {
      if (other.body.forwardingAddress !== one.body.forwardingAddress) return false;
      if (one.entry.type === 5 && other.entry.type === 5) return false;
      const order = precedence(other.entry) - precedence(one.entry);
      return order < 0 || (order === 0 && other.entry.advertisingRouter > one.entry.advertisingRouter);
    });
  });
}

/** Steps 6b to 7, each as a filter. */
function bestOf(externals: readonly External[]): PlainRoute {
  let left = externals;
  const keepLowest = (measure: (external: External) => number) => {
    const lowest = Math.min(...left.map(measure));
    left = left.filter((external) => measure(external) === lowest);
  };
  keepLowest(({ body }) => body.metricType);
  keepLowest(({ body }) => (body.metricType === 2 ? body.metric : 0));
  keepLowest((external) => (external.sparesBackbone ? 0 : 1));
  keepLowest(({ body, distance }) => (body.metricType === 1 ? distance + body.metric : distance));
  left = withoutRepetitions(left);
  const [{ body, distance }] = left;
  return {
    pathType: body.metricType === 1 ? 'external-1' : 'external-2',
    cost: body.metricType === 1 ? Math.min(...left.map((one) => one.distance + one.body.metric)) : distance,
    area: undefined,
    type2Cost: body.metricType === 1 ? undefined : body.metric,
    tag: Math.min(...left.map((one) => one.body.tag)),
    nextHops: new Set(left.flatMap((one) => [...one.nextHops])),
  };
}
