import type { Ipv4 } from '../base/ipv4.js';
import { formatPrefix, networkOf, type Prefix, prefixContains } from '../base/prefix.js';
import type { Config, LinkConfig, StaticRoute } from '../config/config.js';
import type { Route, RouteSource } from '../fib/rib.js';
import type { RibPath } from '../fib/rib-path.js';
import type { OspfNextHop, OspfPathType, OspfRoute } from '../ospf/messages.js';

/** Whether a link carries packets now. */
export type LinkUp = (link: string) => boolean;

/** Whether BFD says that a neighbor is lost. */
export type NeighborLost = (link: string, address: Ipv4) => boolean;

/** What routes that OSPF has no part in depend on, apart from the configuration. */
export interface RouteFacts {
  readonly up: LinkUp;
  readonly lost: NeighborLost;
  /** VIPs that are delivered to the virtual link. */
  readonly delivered: readonly Ipv4[];
  /** Whether a VIP is delivered only as long as its lease lasts. */
  readonly isLeased: (vip: Ipv4) => boolean;
  /** What of a VIP's packets is carried to another server, and where to; undefined: nothing is. */
  readonly carried: (vip: Ipv4) => Carried | undefined;
}

export interface Carried {
  /** TCP connections that are not known here, or those that are about to begin. */
  readonly flows: 'unknown' | 'new';
  /** Address of the other server's router. */
  readonly to: Ipv4;
}

/** All routes that OSPF has no part in, by source. */
export function ownRoutes(config: Config, facts: RouteFacts): Map<RouteSource, Route[]> {
  const { up, lost } = facts;
  return new Map([
    ['local', localRoutes(config)],
    ['connected', connectedRoutes(config, up)],
    ['static', staticRoutes(config, up, lost)],
    ['vip', vipRoutes(facts)],
  ]);
}

/** The router's own addresses. They stay when a link is down: sockets bound to them survive a flap. */
function localRoutes(config: Config): Route[] {
  return ownAddresses(config).map((address) => route(hostPrefix(address), 'local', [{ kind: 'local' }]));
}

/**
 * The router's address and those of its links, each once: what the kernel behind the virtual link owns, VIPs apart.
 * Unnumbered links have the router's.
 */
export function ownAddresses(config: Config): Ipv4[] {
  const ofLinks = config.links.flatMap((link) => link.addresses.map(({ address }) => address));
  return [...new Set([config.virtualLink.address, ...ofLinks])];
}

/** The subnets of the links that are up. A /32 is no subnet: its only address is the link's own. */
function connectedRoutes(config: Config, up: LinkUp): Route[] {
  const routes = new Map<string, Route>();
  for (const link of config.links.filter(({ name }) => up(name))) {
    for (const subnet of link.addresses.map(networkOf).filter(({ length }) => length < 32)) {
      routes.set(formatPrefix(subnet), route(subnet, 'connected', [{ kind: 'connected', link: link.name }]));
    }
  }
  return [...routes.values()];
}

/** Static routes, each by those of its neighbors whose link is up; one without any is left to other sources. */
function staticRoutes(config: Config, up: LinkUp, lost: NeighborLost): Route[] {
  return config.routes.flatMap((request) => {
    const paths = staticPaths(request, config.links, up).filter(
      (path) => !isWatched(request) || path.kind !== 'neighbor' || !lost(path.link, path.via),
    );
    return paths.length === 0 ? [] : [route(request.prefix, 'static', paths)];
  });
}

function vipRoutes(facts: RouteFacts): Route[] {
  return facts.delivered.map((address) => route(hostPrefix(address), 'vip', [deliveryPath(address, facts)]));
}

function deliveryPath(address: Ipv4, { isLeased, carried }: RouteFacts): RibPath {
  const carry = carried(address);
  const leased = isLeased(address);
  if (carry !== undefined) return { kind: 'carry', ...carry, leased };
  return { kind: leased ? 'deliver-leased' : 'deliver' };
}

export type OspfSource = 'ospf-intra' | 'ospf-inter' | 'ospf-external';

const OSPF_SOURCES: { readonly [type in OspfPathType]: OspfSource } = {
  'intra-area': 'ospf-intra',
  'inter-area': 'ospf-inter',
  'external-1': 'ospf-external',
  'external-2': 'ospf-external',
};

/** The routes of OSPF that are of one of its sources. */
export function ospfRoutes(routes: readonly OspfRoute[], source: OspfSource): Route[] {
  return routes
    .filter(({ pathType }) => OSPF_SOURCES[pathType] === source)
    .map(({ prefix, cost, nextHops, repair }) => ({
      prefix,
      source,
      cost,
      paths: nextHops.map(neighborPath),
      repair: repair === undefined ? undefined : neighborPath(repair),
    }));
}

export function hostPrefix(address: Ipv4): Prefix {
  return { address, length: 32 };
}

function isWatched({ action }: StaticRoute): boolean {
  return action.kind === 'via' && action.bfd !== undefined;
}

function staticPaths({ action }: StaticRoute, links: readonly LinkConfig[], up: LinkUp): RibPath[] {
  if (action.kind !== 'via') return [{ kind: action.kind }];
  return action.via.flatMap((via): RibPath[] => {
    const link = links.find(({ addresses }) => addresses.some((address) => prefixContains(networkOf(address), via)));
    return link === undefined || !up(link.name) ? [] : [{ kind: 'neighbor', link: link.name, via }];
  });
}

function neighborPath(hop: OspfNextHop): RibPath {
  return { kind: 'neighbor', link: hop.interface, via: hop.via };
}

function route(prefix: Prefix, source: RouteSource, paths: readonly RibPath[]): Route {
  return { prefix, source, cost: 0, paths, repair: undefined };
}
