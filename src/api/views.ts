import { formatIpv4 } from '../base/ipv4.js';
import { formatInterfaceAddress, formatPrefix } from '../base/prefix.js';
import type { Controller } from '../controller/controller.js';
import type { LoggedEvent } from '../controller/event-log.js';
import { calendarTime } from './clock.js';

/**
 * What the control protocol shows, as plain data: stable camelCase keys with units, addresses as text. Tables and JSON
 * of the command line are made from the same objects.
 */
export type View = { readonly [key: string]: unknown };

type Route = Controller['rib'] extends Iterable<infer R> ? R : never;
type RoutePath = Route['paths'][number];

export function statusView(controller: Controller, uptimeMs: number): View {
  const { config } = controller;
  return {
    routerId: config === undefined ? null : formatIpv4(config.routerId),
    converged: controller.isConverged,
    maintenance: controller.isInMaintenance,
    uptimeSeconds: seconds(uptimeMs),
    restarts: controller.restarts,
    controllerPid: process.pid,
    forwarderPid: process.ppid,
  };
}

/** The forwarder's rows of links, with their counters and the addresses that the configuration gives them. */
export function linkViews(controller: Controller, links: unknown, counters: unknown): View[] {
  const { config } = controller;
  const counts = new Map(asRows(counters).map(({ link, ...row }) => [link, row]));
  const addresses = new Map(config?.links.map((link) => [link.name, link.addresses.map(formatInterfaceAddress)]));
  if (config !== undefined) {
    const own = [config.virtualLink.address, ...controller.vips.addresses()];
    addresses.set(
      config.virtualLink.name,
      own.map((address) => `${formatIpv4(address)}/32`),
    );
  }
  return asRows(links).map((row) => ({
    ...row,
    addresses: addresses.get(String(row.name)) ?? [],
    counters: counts.get(row.name) ?? {},
  }));
}

/** Of routes that OSPF has not learnt, what only OSPF knows is null. */
export function routeViews(controller: Controller): View[] {
  const learnt = new Map(controller.ospf.instance?.routes().map((route) => [formatPrefix(route.prefix), route]));
  return [...controller.rib].map(({ prefix, source, cost, paths, repair }) => {
    const ospf = source.startsWith('ospf-') ? learnt.get(formatPrefix(prefix)) : undefined;
    return {
      prefix: formatPrefix(prefix),
      source,
      pathType: ospf?.pathType ?? null,
      area: addressOrNull(ospf?.area),
      cost,
      type2Cost: ospf?.type2Cost ?? null,
      tag: ospf?.tag ?? null,
      paths: paths.map(pathView),
      repair: repair === undefined ? null : pathView(repair),
    };
  });
}

type VipState = ReturnType<Controller['vips']['views']>[number]['state'];

/** What a VIP that is not served waits for. */
const VIP_REASONS: { readonly [state in VipState]?: string } = {
  waiting: 'for OSPF to converge',
  'adding-address': 'for its address on the virtual link',
  checking: 'for its checks to pass',
  programming: 'for its route to be programmed',
  ready: 'for its owner to give it away',
  failed: 'for its checks to pass',
  'last-resort': 'for its checks to pass',
  leaving: 'for other servers to hear of it',
  draining: 'for others to prefer another way',
  withdrawn: 'for packets to it to end',
  unprogramming: 'for its route to be removed',
  'removing-address': 'for its address to leave the virtual link',
};

export function vipViews(controller: Controller, nowMs: number): View[] {
  const advertised = new Map(controller.vips.advertised().map(({ address, cost }) => [address, cost]));
  return controller.vips.views().map(({ name, address, cost, state, sinceMs, drained }) => ({
    name,
    address: formatIpv4(address),
    mode: modeOf(controller, address),
    ...ownershipOf(controller, address, nowMs),
    state,
    sinceSeconds: seconds(nowMs - sinceMs),
    cost,
    advertisedCost: controller.config?.ospf === undefined ? null : (advertised.get(address) ?? null),
    health: vipHealth(controller, name),
    drained,
    move: moveView(controller, address),
    others: otherViews(controller, address),
    openConnections: controller.connections.open(address) ?? null,
    reason: reasonOf(controller, state, drained),
  }));
}

function reasonOf({ isInMaintenance }: Controller, state: VipState, drained: boolean): string | null {
  if (drained && state === 'released') return 'drained';
  return state === 'last-resort' && isInMaintenance ? 'for the end of maintenance' : (VIP_REASONS[state] ?? null);
}

/** What other routers say of a VIP in their VIP-LSAs. */
function otherViews({ moves }: Controller, address: number): View[] {
  const heard = moves.heard(address);
  return moves.board.of(address).map(({ name: router, routerId, state, epoch, rank, mode, peer }) => ({
    router,
    routerId: formatIpv4(routerId),
    state,
    mode,
    rank,
    epoch: epoch === 0 ? null : epoch,
    peer: peer === 0 ? null : formatIpv4(peer),
    reachable: heard.some((notice) => notice.routerId === routerId),
  }));
}

/** The last move from here; null if there was none. */
function moveView(controller: Controller, address: number): View | null {
  const move = controller.moves.view(address);
  return move === undefined ? null : { ...move, reason: move.reason ?? null };
}

function modeOf(controller: Controller, address: number): string {
  return controller.config?.vips.find((vip) => vip.address === address)?.mode ?? 'static';
}

function ownershipOf({ exclusive }: Controller, address: number, nowMs: number): View {
  if (!exclusive.isExclusive(address)) return {};
  const { owner, epoch } = exclusive.view(address, nowMs);
  return { owner: owner ?? null, epoch: epoch ?? null };
}

/** Null for a VIP without checks. */
function vipHealth(controller: Controller, name: string): string | null {
  const checks = controller.health.views().filter(({ vip }) => vip === name);
  if (checks.length === 0) return null;
  return checks.every(({ healthy }) => healthy) ? 'up' : 'down';
}

/** One row for each check of a VIP. */
export function healthViews(controller: Controller): View[] {
  return controller.health.views().map(({ vip, check, healthy, reason }) => ({
    vip,
    check,
    health: healthy ? 'up' : 'down',
    reason: reason ?? null,
  }));
}

export function eventView({ sequence, atMs, origin, name, detail }: LoggedEvent): View {
  return { sequence, time: calendarTime(atMs).toISOString(), origin, event: name, detail };
}

/** The OSPF instance as a whole; null where there is none. */
export function ospfView(controller: Controller, nowMs: number): View | null {
  const { config } = controller;
  const { instance } = controller.ospf;
  if (config?.ospf === undefined || instance === undefined) return null;
  const { lastSpfMicroseconds, ...rest } = instance.statistics();
  return {
    routerId: formatIpv4(config.routerId),
    mode: config.ospf.mode,
    areas: [...new Set(config.ospf.interfaces.map(({ area }) => area))].sort((a, b) => a - b).map(formatIpv4),
    ...rest,
    lastSpfMicroseconds: lastSpfMicroseconds ?? null,
    spfDelay: instance.backoffState(nowMs) ?? 'quiet',
  };
}

export function neighborViews(controller: Controller, nowMs: number): View[] {
  const neighbors = controller.ospf.instance?.neighbors(nowMs) ?? [];
  const inOrder = byLink(controller, neighbors, (neighbor) => neighbor.interface);
  return inOrder.map((item) => {
    const { interface: link, area, routerId, address, priority, role, ...more } = item;
    const { stateAgeMs, exchangeAgeMs: _exchangeAgeMs, deadInMs, graceEndsInMs, options: _options, ...rest } = more;
    return {
      link,
      area: formatIpv4(area),
      routerId: formatIpv4(routerId),
      address: formatIpv4(address),
      priority: priority ?? null,
      role: role ?? null,
      stateAgeSeconds: seconds(stateAgeMs),
      deadInSeconds: deadInMs === undefined ? null : seconds(deadInMs),
      graceEndsInMs: graceEndsInMs === undefined ? null : Math.round(graceEndsInMs),
      ...rest,
    };
  });
}

/** OSPF's own view of the links that it runs on. */
export function interfaceViews(controller: Controller, nowMs: number): View[] {
  const interfaces = controller.ospf.instance?.interfaces(nowMs) ?? [];
  return byLink(controller, interfaces, ({ name }) => name).map((item) => {
    const { name, address, area, designatedRouter, backupDesignatedRouter, ...more } = item;
    const { stateAgeMs, nextHelloInMs, heardAgeMs, hasRival: _, ...rest } = more;
    return {
      link: name,
      address: formatInterfaceAddress(address),
      area: formatIpv4(area),
      designatedRouter: electedOrNull(designatedRouter),
      backupDesignatedRouter: electedOrNull(backupDesignatedRouter),
      stateAgeSeconds: seconds(stateAgeMs),
      nextHelloInSeconds: nextHelloInMs === undefined ? null : seconds(nextHelloInMs),
      heardSecondsAgo: heardAgeMs === undefined ? null : seconds(heardAgeMs),
      ...rest,
    };
  });
}

export function lsdbViews(controller: Controller, nowMs: number): View[] {
  return (controller.ospf.instance?.database(nowMs) ?? []).map((lsa) => ({
    type: lsa.type,
    kind: lsa.body.kind,
    id: formatIpv4(lsa.id),
    advertisingRouter: formatIpv4(lsa.advertisingRouter),
    selfOriginated: lsa.selfOriginated,
    ageSeconds: lsa.age,
    sequence: hexadecimal(lsa.sequence >>> 0, 8),
    checksum: hexadecimal(lsa.checksum, 4),
    lengthBytes: lsa.length,
    area: addressOrNull(lsa.area),
    link: lsa.interface ?? null,
    ...lsaBodyView(lsa.body, lsa.length),
  }));
}

/** Why packets were not accepted: the answer to "why is there no adjacency?". Oldest first. */
export function rejectionViews(controller: Controller): View[] {
  const rejections = controller.ospf.instance?.rejections() ?? [];
  return rejections.map(({ atMs, firstMs, interface: link, source, routerId, ...rest }) => ({
    time: calendarTime(atMs).toISOString(),
    firstTime: calendarTime(firstMs).toISOString(),
    link,
    source: formatIpv4(source),
    routerId: addressOrNull(routerId),
    ...rest,
  }));
}

/** How many OSPF packets, and LSAs in packets, failed each check. */
export function checkViews(controller: Controller): View[] {
  const counters = controller.ospf.instance?.rejectionCounters() ?? {};
  return Object.entries(counters).map(([check, failed]) => ({ check, failed }));
}

type Lsa = ReturnType<NonNullable<Controller['ospf']['instance']>['database']>[number];
type LsaBody = Lsa['body'];
type RouterLink = Extract<LsaBody, { readonly kind: 'router' }>['links'][number];

/** Flags of a router-LSA: B and E (RFC 2328 appendix A.4.2). */
const BORDER_FLAG = 1;
const BOUNDARY_FLAG = 2;

/** RFC 2328 appendix A.4.1. */
const LSA_HEADER_BYTES = 20;

/** Types of links in a router-LSA (RFC 2328 appendix A.4.2). */
const ROUTER_LINK_TYPES = ['unknown', 'point-to-point', 'transit', 'stub', 'virtual'] as const;

function lsaBodyView(body: LsaBody, lengthBytes: number): View {
  switch (body.kind) {
    case 'router':
      return {
        areaBorder: (body.flags & BORDER_FLAG) !== 0,
        asBoundary: (body.flags & BOUNDARY_FLAG) !== 0,
        links: body.links.map(routerLinkView),
      };
    case 'network':
      return { mask: formatIpv4(body.networkMask), attachedRouters: body.attachedRouters.map(formatIpv4) };
    case 'summary':
      return { mask: formatIpv4(body.networkMask), metric: body.metric };
    case 'external': {
      const { networkMask, metric, metricType, forwardingAddress, tag } = body;
      const mask = formatIpv4(networkMask);
      return { mask, metric, metricType, forwardingAddress: formatIpv4(forwardingAddress), tag };
    }
    case 'opaque':
      return { dataBytes: lengthBytes - LSA_HEADER_BYTES };
  }
}

function routerLinkView({ type, id, data, metric }: RouterLink): View {
  return { type: ROUTER_LINK_TYPES[type] ?? 'unknown', id: formatIpv4(id), data: formatIpv4(data), metric };
}

function pathView(path: RoutePath): View {
  const link = 'link' in path ? path.link : null;
  return { kind: path.kind, link, via: path.kind === 'neighbor' ? formatIpv4(path.via) : null };
}

/** In the order of the links in the configuration; OSPF has them in the order in which they came. */
function byLink<T>({ config }: Controller, items: readonly T[], linkOf: (item: T) => string): T[] {
  const positions = new Map(config?.links.map(({ name }, position) => [name, position]));
  return [...items].sort((a, b) => (positions.get(linkOf(a)) ?? 0) - (positions.get(linkOf(b)) ?? 0));
}

/** Also for areas, which are written as addresses. */
function addressOrNull(address: number | undefined): string | null {
  return address === undefined ? null : formatIpv4(address);
}

/** 0.0.0.0 stands for none (RFC 2328 appendix A.3.2). */
function electedOrNull(address: number | undefined): string | null {
  return address === 0 ? null : addressOrNull(address);
}

function asRows(value: unknown): View[] {
  return Array.isArray(value) ? value.filter((row) => typeof row === 'object' && row !== null) : [];
}

function hexadecimal(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}

function seconds(ms: number): number {
  return Math.round(ms) / 1000;
}
