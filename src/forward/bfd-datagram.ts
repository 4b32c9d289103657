import type { Ipv4 } from '../base/ipv4.js';
import type { BfdSession } from '../bfd/session.js';
import { BFD_BYTES, BFD_FIRST_SOURCE_PORT, BFD_PORT, BFD_TTL } from '../wire/bfd.js';
import {
  fillIpv4Checksum,
  IPV4_HEADER_BYTES,
  IPV4_TOS,
  IPV4_TTL,
  ipv4Destination,
  ipv4HeaderLength,
  ipv4Protocol,
  ipv4Source,
  ipv4Ttl,
  isIpv4Fragment,
  PROTOCOL_UDP,
  TOS_INTERNETWORK_CONTROL,
  writeIpv4Header,
} from '../wire/ipv4.js';
import {
  checkUdp,
  fillUdpChecksum,
  UDP_HEADER_BYTES,
  UDP_VALID,
  udpDestinationPort,
  udpLength,
  writeUdpHeader,
} from '../wire/udp.js';
import type { BfdDescriptor } from './bfd-table.js';
import { DROP_BAD_UDP, DROP_BFD_TTL } from './drop-reason.js';
import { isChecksumPartial } from './partial-checksum.js';

const UDP_BYTES = UDP_HEADER_BYTES + BFD_BYTES;

/** An IPv4 packet with a Control packet of ours. */
export const BFD_PACKET_BYTES = IPV4_HEADER_BYTES + UDP_BYTES;

/** What `faultOfBfdDatagram` says of a datagram without a fault. */
export const BFD_DATAGRAM_PASS = -1;

/** The packets of one session: everything in front of the Control packet stays the same. */
export class BfdDatagram {
  private readonly head = new Uint8Array(BFD_PACKET_BYTES);
  private readonly local: Ipv4;
  private readonly peer: Ipv4;

  /** @param slot makes the source port unique (RFC 5881 section 4) */
  constructor({ local, peer }: BfdDescriptor, slot: number) {
    const { head } = this;
    this.local = local;
    this.peer = peer;
    writeIpv4Header(head, 0, BFD_PACKET_BYTES, PROTOCOL_UDP, local, peer);
    head[IPV4_TOS] = TOS_INTERNETWORK_CONTROL;
    head[IPV4_TTL] = BFD_TTL;
    fillIpv4Checksum(head, 0);
    writeUdpHeader(head, IPV4_HEADER_BYTES, BFD_FIRST_SOURCE_PORT + slot, BFD_PORT, UDP_BYTES);
  }

  /** Writes the session's next packet, `BFD_PACKET_BYTES` at `offset`. */
  write(bytes: Uint8Array, offset: number, session: BfdSession, nowUs: number): void {
    const { head } = this;
    for (let i = 0; i < BFD_PACKET_BYTES - BFD_BYTES; i++) bytes[offset + i] = head[i];
    session.write(bytes, offset + BFD_PACKET_BYTES - BFD_BYTES, nowUs);
    fillUdpChecksum(bytes, offset + IPV4_HEADER_BYTES, UDP_BYTES, this.local, this.peer);
  }
}

/** True for a packet to the port of single-hop BFD. Fragments have no port that could be looked at. */
export function isBfdDatagram(bytes: Uint8Array, offset: number, length: number): boolean {
  if (ipv4Protocol(bytes, offset) !== PROTOCOL_UDP || isIpv4Fragment(bytes, offset)) return false;
  const udp = offset + ipv4HeaderLength(bytes, offset);
  return udp + UDP_HEADER_BYTES <= offset + length && udpDestinationPort(bytes, udp) === BFD_PORT;
}

/**
 * The drop reason of a packet for which `isBfdDatagram` is true, or `BFD_DATAGRAM_PASS`. With any other TTL it may come from
 * beyond the link (RFC 5881 section 5). The source port is nobody's business.
 */
export function faultOfBfdDatagram(bytes: Uint8Array, offset: number, length: number): number {
  if (ipv4Ttl(bytes, offset) !== BFD_TTL) return DROP_BFD_TTL;
  const udp = offset + ipv4HeaderLength(bytes, offset);
  const room = offset + length - udp;
  // A checksum that is only begun has not been on a wire yet.
  if (isChecksumPartial(bytes, offset)) return udpLength(bytes, udp) <= room ? BFD_DATAGRAM_PASS : DROP_BAD_UDP;
  const fault = checkUdp(bytes, udp, room, ipv4Source(bytes, offset), ipv4Destination(bytes, offset));
  return fault === UDP_VALID ? BFD_DATAGRAM_PASS : DROP_BAD_UDP;
}
