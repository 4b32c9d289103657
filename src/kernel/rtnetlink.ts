import type { Ipv4 } from '../base/ipv4.js';
import type { InterfaceAddress, Prefix } from '../base/prefix.js';
import { native } from './binding.js';
import { type NetlinkMessage, NetlinkRequest, readAttributes, readText, readU32, viewOf } from './netlink-message.js';

/**
 * Links, addresses and routes as rtnetlink(7) messages: pure, bytes ⇄ fields, IPv4 only. Requests are built here and sent
 * by `netlink.ts`; readers return undefined for a message that is of another kind or too short.
 */

const { constants } = native;
const { RTM_NEWLINK, RTM_DELLINK, RTM_NEWADDR, RTM_NEWROUTE, NLM_F_DUMP, NLM_F_CREATE, NLM_F_EXCL } = constants;
const { SIZEOF_IFINFOMSG, SIZEOF_IFADDRMSG, SIZEOF_RTMSG } = constants;

const AF_UNSPEC = 0;
const AF_INET = 2;
const AF_INET6 = 10;

/** What the kernel says about a link. */
export interface KernelLink {
  readonly ifindex: number;
  readonly name: string;
  /** The kind of a link that is no hardware, `veth` for example; empty for others. */
  readonly kind: string;
  /** `ARPHRD_…`: what its frames look like. */
  readonly hardware: number;
  /** Octets of an IP packet. */
  readonly mtu: number;
  /** Six bytes; empty if the link has no address. */
  readonly mac: Uint8Array;
  readonly adminUp: boolean;
  /** The layer below can carry frames (`IFF_LOWER_UP`); meaningful while the link is administratively up. */
  readonly carrier: boolean;
}

/** The link appeared or changed, or it is gone (or left the network namespace). */
export interface LinkNotice {
  readonly removed: boolean;
  readonly link: KernelLink;
}

export interface LinkAddress {
  readonly ifindex: number;
  readonly address: InterfaceAddress;
}

/** A route of one path. */
export interface KernelRoute {
  readonly destination: Prefix;
  readonly ifindex: number;
  /** 0: the destination is on the link itself. */
  readonly gateway: Ipv4;
  /** Smaller is preferred (`metric` of ip-route). */
  readonly priority: number;
  /** The source address of what this host sends by the route; 0 leaves it to the kernel. */
  readonly source: Ipv4;
  readonly table: number;
  /** `RTPROT_…`: who made it. */
  readonly protocol: number;
}

export function dumpLinksRequest(): NetlinkRequest {
  return new NetlinkRequest(constants.RTM_GETLINK, NLM_F_DUMP)
    .zeros(SIZEOF_IFINFOMSG)
    .attributeU32(constants.IFLA_EXT_MASK, constants.RTEXT_FILTER_SKIP_STATS);
}

/**
 * Reads RTM_NEWLINK and RTM_DELLINK. Other families than the unspecified one speak of a link's part in something, a
 * bridge for example, and are not read: "removed" would only mean that it left the bridge.
 */
export function readLinkNotice(message: NetlinkMessage): LinkNotice | undefined {
  const { type, body } = message;
  if ((type !== RTM_NEWLINK && type !== RTM_DELLINK) || body.length < SIZEOF_IFINFOMSG) return undefined;
  if (body[0] !== AF_UNSPEC) return undefined;
  const view = viewOf(body);
  const flags = view.getUint32(8, true);
  const attributes = readAttributes(body, SIZEOF_IFINFOMSG);
  // Wireless drivers speak of their own events in this form, and leave out what a link is.
  if (type === RTM_NEWLINK && !attributes.has(constants.IFLA_MTU)) return undefined;
  return {
    removed: type === RTM_DELLINK,
    link: {
      ifindex: view.getInt32(4, true),
      name: readText(attributes.get(constants.IFLA_IFNAME)),
      kind: readKind(attributes.get(constants.IFLA_LINKINFO)),
      hardware: view.getUint16(2, true),
      mtu: readU32(attributes.get(constants.IFLA_MTU), 0),
      mac: (attributes.get(constants.IFLA_ADDRESS) ?? new Uint8Array()).slice(),
      adminUp: (flags & constants.IFF_UP) !== 0,
      carrier: (flags & constants.IFF_LOWER_UP) !== 0,
    },
  };
}

function readKind(information: Uint8Array | undefined): string {
  return information === undefined ? '' : readText(readAttributes(information, 0).get(constants.IFLA_INFO_KIND));
}

export function setLinkUpRequest(ifindex: number, up: boolean): NetlinkRequest {
  return linkRequest(ifindex, up ? constants.IFF_UP : 0, constants.IFF_UP);
}

/** `mtu` in octets. */
export function setLinkMtuRequest(ifindex: number, mtu: number): NetlinkRequest {
  return linkRequest(ifindex, 0, 0).attributeU32(constants.IFLA_MTU, mtu);
}

/** Keeps the kernel from making an IPv6 link-local address for the link. To be sent while the link is down. */
export function disableIpv6LinkLocalRequest(ifindex: number): NetlinkRequest {
  return linkRequest(ifindex, 0, 0).nested(constants.IFLA_AF_SPEC, (families) =>
    families.nested(AF_INET6, (inet6) =>
      inet6.attributeU8(constants.IFLA_INET6_ADDR_GEN_MODE, constants.IN6_ADDR_GEN_MODE_NONE),
    ),
  );
}

function linkRequest(ifindex: number, flags: number, change: number): NetlinkRequest {
  const request = new NetlinkRequest(constants.RTM_SETLINK, 0);
  return request.u8(AF_UNSPEC).u8(0).u16(0).u32(ifindex).u32(flags).u32(change);
}

export function dumpAddressesRequest(): NetlinkRequest {
  return new NetlinkRequest(constants.RTM_GETADDR, NLM_F_DUMP).u8(AF_INET).zeros(SIZEOF_IFADDRMSG - 1);
}

export function readAddress(message: NetlinkMessage): LinkAddress | undefined {
  const { type, body } = message;
  if (type !== RTM_NEWADDR || body.length < SIZEOF_IFADDRMSG || body[0] !== AF_INET) return undefined;
  const attributes = readAttributes(body, SIZEOF_IFADDRMSG);
  // On a point-to-point link IFA_ADDRESS is the far end's.
  const address = attributes.get(constants.IFA_LOCAL) ?? attributes.get(constants.IFA_ADDRESS);
  return {
    ifindex: viewOf(body).getUint32(4, true),
    address: { address: readIpv4(address), prefixLength: body[1] },
  };
}

export function addAddressRequest(ifindex: number, address: InterfaceAddress): NetlinkRequest {
  return addressRequest(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, ifindex, address);
}

export function removeAddressRequest(ifindex: number, address: InterfaceAddress): NetlinkRequest {
  return addressRequest(constants.RTM_DELADDR, 0, ifindex, address);
}

function addressRequest(type: number, flags: number, ifindex: number, address: InterfaceAddress): NetlinkRequest {
  return new NetlinkRequest(type, flags)
    .u8(AF_INET)
    .u8(address.prefixLength)
    .u8(0)
    .u8(constants.RT_SCOPE_UNIVERSE)
    .u32(ifindex)
    .attributeBe32(constants.IFA_LOCAL, address.address)
    .attributeBe32(constants.IFA_ADDRESS, address.address);
}

/** Asks for the IPv4 routes of one link only: the whole table may be large. */
export function dumpRoutesRequest(ifindex: number): NetlinkRequest {
  return new NetlinkRequest(constants.RTM_GETROUTE, NLM_F_DUMP)
    .u8(AF_INET)
    .zeros(SIZEOF_RTMSG - 1)
    .attributeU32(constants.RTA_OIF, ifindex);
}

/** Asks by which route a packet of this host from its address `source` would go to `destination`. */
export function findRouteRequest(destination: Ipv4, source: Ipv4): NetlinkRequest {
  return new NetlinkRequest(constants.RTM_GETROUTE, 0)
    .u8(AF_INET)
    .u8(32)
    .u8(32)
    .zeros(SIZEOF_RTMSG - 3)
    .attributeBe32(constants.RTA_DST, destination)
    .attributeBe32(constants.RTA_SRC, source);
}

/** Reads unicast routes of one path; others (local, broadcast, several paths) give undefined. */
export function readRoute(message: NetlinkMessage): KernelRoute | undefined {
  const { type, body } = message;
  if (type !== RTM_NEWROUTE || body.length < SIZEOF_RTMSG || body[0] !== AF_INET) return undefined;
  const attributes = readAttributes(body, SIZEOF_RTMSG);
  const ifindex = readU32(attributes.get(constants.RTA_OIF), 0);
  if (body[7] !== constants.RTN_UNICAST || ifindex === 0) return undefined;
  return {
    destination: { address: readIpv4(attributes.get(constants.RTA_DST)), length: body[1] },
    ifindex,
    gateway: readIpv4(attributes.get(constants.RTA_GATEWAY)),
    priority: readU32(attributes.get(constants.RTA_PRIORITY), 0),
    source: readIpv4(attributes.get(constants.RTA_PREFSRC)),
    table: readU32(attributes.get(constants.RTA_TABLE), body[4]),
    protocol: body[5],
  };
}

/** Fails with EEXIST if the table has a route to the same destination with the same priority. */
export function addRouteRequest(route: KernelRoute): NetlinkRequest {
  return routeRequest(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route);
}

export function removeRouteRequest(route: KernelRoute): NetlinkRequest {
  return routeRequest(constants.RTM_DELROUTE, 0, route);
}

function routeRequest(type: number, flags: number, route: KernelRoute): NetlinkRequest {
  const { destination, gateway, source } = route;
  const scope = gateway === 0 ? constants.RT_SCOPE_LINK : constants.RT_SCOPE_UNIVERSE;
  const request = new NetlinkRequest(type, flags)
    .u8(AF_INET)
    .u8(destination.length)
    .u8(0)
    .u8(0)
    .u8(constants.RT_TABLE_UNSPEC)
    .u8(route.protocol)
    .u8(scope)
    .u8(constants.RTN_UNICAST)
    .u32(0)
    .attributeU32(constants.RTA_TABLE, route.table)
    .attributeU32(constants.RTA_OIF, route.ifindex)
    .attributeU32(constants.RTA_PRIORITY, route.priority);
  if (destination.length > 0) request.attributeBe32(constants.RTA_DST, destination.address);
  if (gateway !== 0) request.attributeBe32(constants.RTA_GATEWAY, gateway);
  if (source !== 0) request.attributeBe32(constants.RTA_PREFSRC, source);
  return request;
}

function readIpv4(attribute: Uint8Array | undefined): Ipv4 {
  return attribute === undefined || attribute.length < 4 ? 0 : viewOf(attribute).getUint32(0, false);
}
