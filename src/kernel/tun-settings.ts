import { LasthopError } from '../base/errors.js';
import type { Ipv4 } from '../base/ipv4.js';
import { native } from './binding.js';
import { type NetlinkSocket, tolerate, withNetlink } from './netlink.js';
import {
  addAddressRequest,
  addRouteRequest,
  disableIpv6LinkLocalRequest,
  dumpAddressesRequest,
  dumpRoutesRequest,
  findRouteRequest,
  type KernelRoute,
  type LinkAddress,
  readAddress,
  readRoute,
  removeAddressRequest,
  removeRouteRequest,
  setLinkMtuRequest,
  setLinkUpRequest,
} from './rtnetlink.js';
import { hasCode } from './system-error.js';

const { RT_TABLE_MAIN, RTPROT_STATIC } = native.constants;

/**
 * A routing table that holds nothing but the default route through the virtual link. The route goes with the device, a
 * rule that an operator has made for the table stays, and does nothing meanwhile.
 */
export const TUN_TABLE = 2328;

/** An address that is nobody's (RFC 5737): the way to it is the way to everybody. */
const ANYBODY: Ipv4 = 0xc0000201;

/** What the host's own kernel is to have on the virtual link: all of it and nothing else. */
export interface TunSettings {
  /** Octets of an IP packet. */
  readonly mtu: number;
  /** Each as a /32. The order has no meaning. */
  readonly addresses: readonly Ipv4[];
  readonly defaultRoute: TunDefaultRoute | undefined;
}

/** The default route of the host, through the virtual link: in the main table, and alone in `TUN_TABLE`. */
export interface TunDefaultRoute {
  /** In the main table; smaller is preferred. */
  readonly priority: number;
  /** Where the host's own packets come from unless a program chooses; one of the addresses, or 0. */
  readonly source: Ipv4;
}

/**
 * Brings the TUN device `ifindex` up with the given settings; called again, it changes only what differs. New addresses
 * come before old ones go. Throws a LasthopError if the host has another default route of the same priority.
 */
export function configureTun(ifindex: number, settings: TunSettings): void {
  withNetlink((socket) => {
    // A kernel without IPv6 has nothing to switch off.
    tolerate(['EAFNOSUPPORT', 'ENOTSUP', 'EINVAL'], () =>
      socket.request(disableIpv6LinkLocalRequest(ifindex), 'RTM_SETLINK'),
    );
    socket.request(setLinkMtuRequest(ifindex, settings.mtu), 'RTM_SETLINK');
    socket.request(setLinkUpRequest(ifindex, true), 'RTM_SETLINK');
    const present = readTunAddresses(socket, ifindex);
    addMissingAddresses(socket, ifindex, settings.addresses, present);
    configureDefaultRoute(socket, ifindex, settings.defaultRoute);
    removeOtherAddresses(socket, settings.addresses, present);
  });
}

function readTunAddresses(socket: NetlinkSocket, ifindex: number): LinkAddress[] {
  const rows = socket.dump(dumpAddressesRequest, 'RTM_GETADDR').flatMap((row) => readAddress(row) ?? []);
  return rows.filter((row) => row.ifindex === ifindex);
}

function addMissingAddresses(
  socket: NetlinkSocket,
  ifindex: number,
  wanted: readonly Ipv4[],
  present: readonly LinkAddress[],
): void {
  for (const address of new Set(wanted)) {
    if (present.some((row) => isHostAddress(row, address))) continue;
    socket.request(addAddressRequest(ifindex, { address, prefixLength: 32 }), 'RTM_NEWADDR');
  }
}

function removeOtherAddresses(socket: NetlinkSocket, wanted: readonly Ipv4[], present: readonly LinkAddress[]): void {
  for (const row of present) {
    if (wanted.some((address) => isHostAddress(row, address))) continue;
    socket.request(removeAddressRequest(row.ifindex, row.address), 'RTM_DELADDR');
  }
}

function isHostAddress(row: LinkAddress, address: Ipv4): boolean {
  return row.address.address === address && row.address.prefixLength === 32;
}

function configureDefaultRoute(socket: NetlinkSocket, ifindex: number, wanted: TunDefaultRoute | undefined): void {
  const missing = wanted === undefined ? [] : defaultRoutes(ifindex, wanted);
  for (const route of readDefaultRoutes(socket, ifindex)) {
    const place = missing.findIndex((each) => isSameRoute(each, route));
    if (place < 0) socket.request(removeRouteRequest(route), 'RTM_DELROUTE');
    else missing.splice(place, 1);
  }
  for (const route of missing) {
    try {
      socket.request(addRouteRequest(route), 'RTM_NEWROUTE');
    } catch (cause) {
      throw explain(cause, route);
    }
  }
}

function defaultRoutes(ifindex: number, { priority, source }: TunDefaultRoute): KernelRoute[] {
  const destination = { address: 0, length: 0 };
  const route = { destination, ifindex, gateway: 0, source, protocol: RTPROT_STATIC };
  return [
    { ...route, table: RT_TABLE_MAIN, priority },
    { ...route, table: TUN_TABLE, priority: 0 },
  ];
}

function readDefaultRoutes(socket: NetlinkSocket, ifindex: number): KernelRoute[] {
  const rows = socket.dump(() => dumpRoutesRequest(ifindex), 'RTM_GETROUTE').flatMap((row) => readRoute(row) ?? []);
  const isDefault = (route: KernelRoute) => route.ifindex === ifindex && route.destination.length === 0;
  return rows.filter((route) => isDefault(route) && [RT_TABLE_MAIN, TUN_TABLE].includes(route.table));
}

function isSameRoute(a: KernelRoute, b: KernelRoute): boolean {
  return a.table === b.table && a.priority === b.priority && a.source === b.source;
}

/** The link by which what the host sends from its address `source` to the world leaves; 0 if there is none. */
export function wayOut(source: Ipv4): number {
  return withNetlink((socket) => {
    try {
      return readRoute(socket.ask(findRouteRequest(ANYBODY, source), 'RTM_GETROUTE'))?.ifindex ?? 0;
    } catch (error) {
      if (!hasCode(error, 'ENETUNREACH', 'EHOSTUNREACH', 'EACCES', 'EINVAL')) throw error;
      return 0;
    }
  });
}

function explain(cause: unknown, wanted: KernelRoute): unknown {
  if (!hasCode(cause, 'EEXIST')) return cause;
  return new LasthopError(
    'DEFAULT_ROUTE_TAKEN',
    `virtual link: table ${wanted.table} of the host has another default route with metric ${wanted.priority}`,
    'give that route another metric',
    { cause },
  );
}
