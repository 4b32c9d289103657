import { readU16 } from '../base/bytes.js';
import { ETHERTYPE_IPV4 } from '../wire/ethernet.js';
import { GRE_HEADER_BYTES, GRE_PROTOCOL, greHasSequence, greHeaderLength } from '../wire/gre.js';
import {
  checkIpv4,
  IPV4_VALID,
  ipv4HeaderLength,
  ipv4Protocol,
  ipv4TotalLength,
  isIpv4Fragment,
  PROTOCOL_GRE,
  PROTOCOL_IPIP,
} from '../wire/ipv4.js';

/** In place of a length: nothing that can be looked into. */
export const TUNNEL_UNKNOWN = -1;

/**
 * Bytes before the inner packet of a packet in IPIP or GRE, outer IP header included: 0 if it is in neither,
 * `TUNNEL_UNKNOWN` if what is inside is not a whole IPv4 packet, or the tunnel numbers its packets.
 */
export function tunnelHeaderLength(bytes: Uint8Array, offset: number, length: number): number {
  const start = ipv4HeaderLength(bytes, offset);
  const protocol = ipv4Protocol(bytes, offset);
  if (protocol === PROTOCOL_IPIP) return wholeInside(bytes, offset, length, start);
  if (protocol !== PROTOCOL_GRE) return 0;
  const gre = offset + start;
  if (start + GRE_HEADER_BYTES > length) return TUNNEL_UNKNOWN;
  const header = greHeaderLength(bytes, gre);
  if (header === 0 || greHasSequence(bytes, gre)) return TUNNEL_UNKNOWN;
  if (readU16(bytes, gre + GRE_PROTOCOL) !== ETHERTYPE_IPV4) return TUNNEL_UNKNOWN;
  return wholeInside(bytes, offset, length, start + header);
}

function wholeInside(bytes: Uint8Array, offset: number, length: number, before: number): number {
  const inner = offset + before;
  if (checkIpv4(bytes, inner, length - before) !== IPV4_VALID) return TUNNEL_UNKNOWN;
  return ipv4TotalLength(bytes, inner) === length - before && !isIpv4Fragment(bytes, inner) ? before : TUNNEL_UNKNOWN;
}
