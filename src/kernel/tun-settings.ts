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

/** What the host's own kernel is to have on the virtual link: all of it and nothing else. */
export interface TunSettings {
  /** Octets of an IP packet. */
  readonly mtu: number;
  /** Each as a /32. The order has no meaning. */
  readonly addresses: readonly Ipv4[];
  readonly defaultRoute: TunDefaultRoute | undefined;
}

/** The default route of the host, through the virtual link. */
export interface TunDefaultRoute {
  /** Smaller is preferred. */
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
  const present = readDefaultRoutes(socket, ifindex);
  const kept = present.find((route) => wanted !== undefined && isSameRoute(route, wanted));
  for (const route of present) {
    if (route !== kept) socket.request(removeRouteRequest(route), 'RTM_DELROUTE');
  }
  if (wanted === undefined || kept !== undefined) return;
  const destination = { address: 0, length: 0 };
  const route = { destination, ifindex, gateway: 0, table: RT_TABLE_MAIN, protocol: RTPROT_STATIC, ...wanted };
  try {
    socket.request(addRouteRequest(route), 'RTM_NEWROUTE');
  } catch (cause) {
    throw explain(cause, wanted);
  }
}

function readDefaultRoutes(socket: NetlinkSocket, ifindex: number): KernelRoute[] {
  const rows = socket.dump(() => dumpRoutesRequest(ifindex), 'RTM_GETROUTE').flatMap((row) => readRoute(row) ?? []);
  const isDefault = (route: KernelRoute) => route.ifindex === ifindex && route.destination.length === 0;
  return rows.filter((route) => isDefault(route) && route.table === RT_TABLE_MAIN);
}

function isSameRoute(route: KernelRoute, wanted: TunDefaultRoute): boolean {
  return route.priority === wanted.priority && route.source === wanted.source;
}

function explain(cause: unknown, wanted: TunDefaultRoute): unknown {
  if (!hasCode(cause, 'EEXIST')) return cause;
  return new LasthopError(
    'default-route-taken',
    `virtual link: the host has another default route with metric ${wanted.priority}`,
    'remove that route, or give the virtual link another metric',
    { cause },
  );
}
