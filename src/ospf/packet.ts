import { formatIpv4 } from '../base/ipv4.js';
import { formatPrefix, networkOf, prefixContains } from '../base/prefix.js';
import { isMalformed, type Malformed } from '../wire/malformed.js';
import { decodeDatabaseDescription } from '../wire/ospf/dbdesc.js';
import {
  ALL_DESIGNATED_ROUTERS,
  ALL_SPF_ROUTERS,
  decodeOspfHeader,
  OSPF_DATABASE_DESCRIPTION,
  OSPF_HELLO,
  OSPF_LINK_STATE_ACK,
  OSPF_LINK_STATE_REQUEST,
  OSPF_LINK_STATE_UPDATE,
  type OspfHeader,
  ospfBody,
} from '../wire/ospf/header.js';
import { decodeHello } from '../wire/ospf/hello.js';
import { decodeLinkStateAck } from '../wire/ospf/lsack.js';
import { decodeLinkStateRequest } from '../wire/ospf/lsreq.js';
import { decodeLinkStateUpdate } from '../wire/ospf/lsupd.js';
import { raise } from './adjacency.js';
import type { Area } from './area.js';
import { authenticationFault, noteSequence } from './authentication.js';
import { BACKBONE } from './constants.js';
import { receiveDescription } from './database-exchange.js';
import { receiveHello } from './hello.js';
import { findNeighborOf, type OspfInterface } from './interface.js';
import type { Neighbor } from './neighbor.js';
import { reclaim } from './originate.js';
import { receiveUpdate } from './reception.js';
import { receiveRequest } from './request.js';
import { receiveAcknowledgment } from './retransmit.js';
import type { Origin } from './router.js';

/** Takes a packet that came in on `ospfInterface`: the checks of RFC 2328 section 8.2, then on to where it belongs. */
export function receivePacket(
  area: Area,
  ospfInterface: OspfInterface,
  payload: Uint8Array,
  destination: number,
  from: Origin,
): void {
  ospfInterface.heardMs = area.nowMs;
  const header = decodeOspfHeader(payload);
  if (isMalformed(header)) {
    rejectMalformed(area, from, header);
    return;
  }
  const origin = { ...from, routerId: header.routerId };
  if (!headerFits(area, ospfInterface, header, destination, origin)) return;
  if (!isAuthentic(area, ospfInterface, header, payload, origin)) return;
  if (!isFromAnother(area, header.routerId, origin)) return;
  const body = ospfBody(payload, header);
  if (header.type === OSPF_HELLO) {
    const hello = decodeHello(body);
    if (isMalformed(hello)) rejectMalformed(area, origin, hello);
    else receiveHello(area, ospfInterface, header.routerId, hello, origin);
  }
  const neighbor = findNeighborOf(ospfInterface, header.routerId, origin.source);
  if (neighbor !== undefined) noteSequence(neighbor, header, payload);
  if (header.type === OSPF_HELLO) return;
  if (neighbor === undefined) area.discard('neighbor');
  else receiveFromNeighbor(area, neighbor, header, body, origin);
}

/** Where the packet comes from and where it goes, before anything that it says is believed. */
function headerFits(
  area: Area,
  ospfInterface: OspfInterface,
  header: OspfHeader,
  destination: number,
  origin: Origin,
): boolean {
  const { source } = origin;
  const { isBroadcast, config } = ospfInterface;
  if (header.areaId !== area.id) {
    area.reject(origin, 'area', formatIpv4(area.id), areaOf(header));
  } else if (source === 0 || area.router.isOwnAddress(source)) {
    area.reject(origin, 'source', 'the address of a neighbor', formatIpv4(source));
  } else if (isBroadcast && !prefixContains(networkOf(config.address), source)) {
    // On a point-to-point network each end may have an address of its own.
    area.reject(origin, 'source', `an address in ${formatPrefix(networkOf(config.address))}`, formatIpv4(source));
  } else if (destination === ALL_DESIGNATED_ROUTERS && !ospfInterface.isElected) {
    // Of the normal course on a LAN: the driver hears what designated routers are told.
    area.discard('destination');
  } else if (!isForUs(ospfInterface, destination)) {
    area.reject(origin, 'destination', '224.0.0.5 or the address of the interface', formatIpv4(destination));
  } else {
    return true;
  }
  return false;
}

/** A packet of the backbone in another area goes over a virtual link, which we do not have (section 15). */
function areaOf({ areaId }: OspfHeader): string {
  return areaId === BACKBONE ? `${formatIpv4(areaId)}, the backbone` : formatIpv4(areaId);
}

function isForUs({ config }: OspfInterface, destination: number): boolean {
  return (
    destination === ALL_SPF_ROUTERS || destination === ALL_DESIGNATED_ROUTERS || destination === config.address.address
  );
}

function isAuthentic(
  area: Area,
  ospfInterface: OspfInterface,
  header: OspfHeader,
  payload: Uint8Array,
  origin: Origin,
): boolean {
  const neighbor = findNeighborOf(ospfInterface, header.routerId, origin.source);
  const fault = authenticationFault(area, ospfInterface, neighbor, header, payload);
  if (fault === undefined) return true;
  area.reject(origin, fault.check, fault.expected, fault.got);
  return false;
}

/** Two routers with one ID are told of: each would take the LSAs of the other for its own. */
function isFromAnother(area: Area, routerId: number, origin: Origin): boolean {
  if (routerId === 0) {
    area.reject(origin, 'router-id', 'not 0.0.0.0', formatIpv4(routerId));
    return false;
  }
  if (routerId !== area.routerId) return true;
  area.reject(origin, 'router-id', 'another than ours', formatIpv4(routerId));
  const detail = { interface: origin.interface, routerId: formatIpv4(routerId), source: formatIpv4(origin.source) };
  area.event('duplicate-router-id', detail, origin.interface);
  return false;
}

/** Below Exchange only descriptions mean something; what means something proves that the neighbor is alive. */
function receiveFromNeighbor(
  area: Area,
  neighbor: Neighbor,
  header: OspfHeader,
  body: Uint8Array,
  origin: Origin,
): void {
  if (header.type !== OSPF_DATABASE_DESCRIPTION && !neighbor.isAtLeast('Exchange')) {
    area.discard('neighbor-state');
    return;
  }
  switch (header.type) {
    case OSPF_DATABASE_DESCRIPTION: {
      const description = alive(area, neighbor, decodeDatabaseDescription(body), origin);
      if (description !== undefined) receiveDescription(area, neighbor, description, origin);
      return;
    }
    case OSPF_LINK_STATE_REQUEST: {
      const requests = alive(area, neighbor, decodeLinkStateRequest(body), origin);
      if (requests !== undefined) receiveRequest(area, neighbor, requests);
      return;
    }
    case OSPF_LINK_STATE_UPDATE: {
      const lsas = alive(area, neighbor, decodeLinkStateUpdate(body), origin);
      if (lsas === undefined) return;
      reclaim(area, neighbor.interface, receiveUpdate(area, neighbor, lsas, origin));
      return;
    }
    case OSPF_LINK_STATE_ACK: {
      const headers = alive(area, neighbor, decodeLinkStateAck(body), origin);
      if (headers !== undefined) receiveAcknowledgment(area, neighbor, headers);
      return;
    }
  }
}

/** A body that can be read is as good as a Hello: under load Hellos are what gets lost. */
function alive<Body extends object>(
  area: Area,
  neighbor: Neighbor,
  body: Body | Malformed,
  origin: Origin,
): Body | undefined {
  if (isMalformed(body)) {
    rejectMalformed(area, origin, body);
    return undefined;
  }
  raise(area, neighbor, 'HelloReceived', 'a packet');
  return body;
}

function rejectMalformed(area: Area, origin: Origin, malformed: Malformed): void {
  area.reject(origin, 'malformed', malformed.malformed, `byte ${malformed.at}`);
}
