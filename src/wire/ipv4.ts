import { readU16, readU32, writeU16, writeU32 } from '../base/bytes.js';
import { checksum, onesComplementSum } from '../base/checksum.js';
import type { Ipv4 } from '../base/ipv4.js';
import { type Malformed, malformed } from './malformed.js';

/**
 * IPv4, RFC 791; validation by RFC 1812 section 5.2.2.
 *
 * ```
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-------+-------+---------------+-------------------------------+
 *  |version|  IHL  |      TOS      |         total length          |  0
 *  +-------+-------+---------------+-----+-------------------------+
 *  |        identification         |  DM |     fragment offset     |  4
 *  +---------------+---------------+-----+-------------------------+
 *  |      TTL      |   protocol    |        header checksum        |  8
 *  +---------------+---------------+-------------------------------+
 *  |                            source                             | 12
 *  +---------------------------------------------------------------+
 *  |                          destination                          | 16
 *  +---------------------------------------------------------------+
 *  |               options, 0 to 40 bytes, then payload            | 20
 *  +---------------------------------------------------------------+
 * ```
 */

export const IPV4_VERSION_IHL = 0;
export const IPV4_TOS = 1;
export const IPV4_TOTAL_LENGTH = 2;
export const IPV4_IDENTIFICATION = 4;
/** Three flag bits, then the fragment offset in units of 8 bytes. */
export const IPV4_FRAGMENT = 6;
export const IPV4_TTL = 8;
export const IPV4_PROTOCOL = 9;
export const IPV4_CHECKSUM = 10;
export const IPV4_SOURCE = 12;
export const IPV4_DESTINATION = 16;
export const IPV4_OPTIONS = 20;

/** Length of a header without options. */
export const IPV4_HEADER_BYTES = 20;
export const IPV4_MAX_HEADER_BYTES = 60;
export const IPV4_MAX_BYTES = 65_535;
/** Every link must carry packets of this size whole (RFC 791). */
export const IPV4_MIN_MTU = 68;

/** The first byte of a header without options. */
export const IPV4_VERSION_IHL_PLAIN = 0x45;

/** Bits of the word at `IPV4_FRAGMENT`. */
export const IPV4_DONT_FRAGMENT = 0x4000;
export const IPV4_MORE_FRAGMENTS = 0x2000;
export const IPV4_FRAGMENT_OFFSET_MASK = 0x1fff;

/** TTL of packets that the router itself originates (RFC 1700). */
export const IPV4_DEFAULT_TTL = 64;

/** TOS of routing protocols and ICMP errors: precedence 6, internetwork control (RFC 1812 section 4.3.2.5). */
export const TOS_INTERNETWORK_CONTROL = 0xc0;

export const PROTOCOL_ICMP = 1;
/** IPv4 in IPv4 (RFC 2003). */
export const PROTOCOL_IPIP = 4;
export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;
export const PROTOCOL_GRE = 47;
export const PROTOCOL_OSPF = 89;

export const OPTION_END = 0;
export const OPTION_NO_OPERATION = 1;
export const OPTION_RECORD_ROUTE = 7;
export const OPTION_TIMESTAMP = 68;
export const OPTION_LOOSE_SOURCE_ROUTE = 131;
export const OPTION_STRICT_SOURCE_ROUTE = 137;
/** Set in the type of an option that goes into every fragment, clear in one that stays in the first. */
export const OPTION_COPIED = 0x80;

/** Flags of a Timestamp option, the lower half of its fourth octet (RFC 791 section 3.1). */
export const TIMESTAMP_ONLY = 0;
export const TIMESTAMP_WITH_ADDRESS = 1;
/** Only the addresses that are there already are to add their time. */
export const TIMESTAMP_PRESPECIFIED = 3;

/** Header length in bytes, options included: 0 to 60; below 20 it is malformed. */
export function ipv4HeaderLength(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] & 0x0f) << 2;
}

export function ipv4TotalLength(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset + IPV4_TOTAL_LENGTH);
}

export function setIpv4TotalLength(bytes: Uint8Array, offset: number, length: number): void {
  writeU16(bytes, offset + IPV4_TOTAL_LENGTH, length);
}

export function ipv4Identification(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset + IPV4_IDENTIFICATION);
}

export function setIpv4Identification(bytes: Uint8Array, offset: number, identification: number): void {
  writeU16(bytes, offset + IPV4_IDENTIFICATION, identification);
}

/** Flags and fragment offset as one word. */
export function ipv4Fragment(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset + IPV4_FRAGMENT);
}

export function setIpv4Fragment(bytes: Uint8Array, offset: number, word: number): void {
  writeU16(bytes, offset + IPV4_FRAGMENT, word);
}

/** True for every fragment, the first one included. */
export function isIpv4Fragment(bytes: Uint8Array, offset: number): boolean {
  return (readU16(bytes, offset + IPV4_FRAGMENT) & (IPV4_MORE_FRAGMENTS | IPV4_FRAGMENT_OFFSET_MASK)) !== 0;
}

export function ipv4Protocol(bytes: Uint8Array, offset: number): number {
  return bytes[offset + IPV4_PROTOCOL];
}

export function ipv4Ttl(bytes: Uint8Array, offset: number): number {
  return bytes[offset + IPV4_TTL];
}

export function ipv4Source(bytes: Uint8Array, offset: number): Ipv4 {
  return readU32(bytes, offset + IPV4_SOURCE);
}

export function setIpv4Source(bytes: Uint8Array, offset: number, source: Ipv4): void {
  writeU32(bytes, offset + IPV4_SOURCE, source);
}

export function ipv4Destination(bytes: Uint8Array, offset: number): Ipv4 {
  return readU32(bytes, offset + IPV4_DESTINATION);
}

/** Computes the header checksum of a complete header of `ipv4HeaderLength` bytes and writes it. */
export function fillIpv4Checksum(bytes: Uint8Array, offset: number): void {
  writeU16(bytes, offset + IPV4_CHECKSUM, 0);
  writeU16(bytes, offset + IPV4_CHECKSUM, checksum(bytes, offset, ipv4HeaderLength(bytes, offset)));
}

/**
 * Writes a header without options: TOS 0, identification 0, no flags, `IPV4_DEFAULT_TTL`. The checksum is left 0 so
 * that the caller can set other fields first; `fillIpv4Checksum` completes it.
 */
export function writeIpv4Header(
  bytes: Uint8Array,
  offset: number,
  totalLength: number,
  protocol: number,
  source: Ipv4,
  destination: Ipv4,
): void {
  bytes[offset] = IPV4_VERSION_IHL_PLAIN;
  bytes[offset + IPV4_TOS] = 0;
  writeU16(bytes, offset + IPV4_TOTAL_LENGTH, totalLength);
  writeU32(bytes, offset + IPV4_IDENTIFICATION, 0);
  bytes[offset + IPV4_TTL] = IPV4_DEFAULT_TTL;
  bytes[offset + IPV4_PROTOCOL] = protocol;
  writeU16(bytes, offset + IPV4_CHECKSUM, 0);
  writeU32(bytes, offset + IPV4_SOURCE, source);
  writeU32(bytes, offset + IPV4_DESTINATION, destination);
}

/**
 * The one's-complement sum of the pseudo-header of UDP and TCP (RFC 768, RFC 9293), a seed for `checksum`. `length` is
 * that of the UDP or TCP header and what follows it.
 */
export function pseudoHeaderSum(source: Ipv4, destination: Ipv4, protocol: number, length: number): number {
  const addresses = (source >>> 16) + (source & 0xffff) + (destination >>> 16) + (destination & 0xffff);
  return addresses + protocol + length;
}

/**
 * Length in bytes of the option at `at`, which ends before `end` (the end of the header): 1 for no-operation and for
 * end-of-list, after which nothing more is to be read; 0 if the option is malformed.
 */
export function ipv4OptionLength(bytes: Uint8Array, at: number, end: number): number {
  const type = bytes[at];
  if (type === OPTION_END || type === OPTION_NO_OPERATION) return 1;
  if (at + 1 >= end) return 0;
  const length = bytes[at + 1];
  return length >= 2 && at + length <= end ? length : 0;
}

/** Results of `checkIpv4`; `IPV4_FAULTS` has the words. */
export const IPV4_VALID = 0;
export const IPV4_TOO_SHORT = 1;
export const IPV4_BAD_VERSION = 2;
export const IPV4_BAD_HEADER_LENGTH = 3;
export const IPV4_BAD_TOTAL_LENGTH = 4;
export const IPV4_BAD_CHECKSUM = 5;

export const IPV4_FAULTS: readonly string[] = [
  'valid',
  'IPv4 packet shorter than its header',
  'IP version is not 4',
  'IPv4 header length below 20 bytes',
  'IPv4 total length below the header or beyond the packet',
  'IPv4 header checksum wrong',
];

/**
 * Validates the packet of at most `length` bytes (what the link received, padding included) at `offset`. When it
 * returns `IPV4_VALID`, header and total length lie inside, and every getter above may be used. Options are not looked
 * into.
 */
export function checkIpv4(bytes: Uint8Array, offset: number, length: number): number {
  if (length < IPV4_HEADER_BYTES) return IPV4_TOO_SHORT;
  const first = bytes[offset];
  if (first >>> 4 !== 4) return IPV4_BAD_VERSION;
  const headerLength = (first & 0x0f) << 2;
  if (headerLength < IPV4_HEADER_BYTES) return IPV4_BAD_HEADER_LENGTH;
  if (headerLength > length) return IPV4_TOO_SHORT;
  const totalLength = readU16(bytes, offset + IPV4_TOTAL_LENGTH);
  if (totalLength < headerLength || totalLength > length) return IPV4_BAD_TOTAL_LENGTH;
  const sum =
    headerLength === IPV4_HEADER_BYTES ? plainHeaderSum(bytes, offset) : onesComplementSum(bytes, offset, headerLength);
  return sum === 0xffff ? IPV4_VALID : IPV4_BAD_CHECKSUM;
}

/** `onesComplementSum` of a header without options, in a straight line: almost every packet has such a header. */
function plainHeaderSum(bytes: Uint8Array, offset: number): number {
  const high =
    bytes[offset] +
    bytes[offset + 2] +
    bytes[offset + 4] +
    bytes[offset + 6] +
    bytes[offset + 8] +
    bytes[offset + 10] +
    bytes[offset + 12] +
    bytes[offset + 14] +
    bytes[offset + 16] +
    bytes[offset + 18];
  const low =
    bytes[offset + 1] +
    bytes[offset + 3] +
    bytes[offset + 5] +
    bytes[offset + 7] +
    bytes[offset + 9] +
    bytes[offset + 11] +
    bytes[offset + 13] +
    bytes[offset + 15] +
    bytes[offset + 17] +
    bytes[offset + 19];
  const sum = (high << 8) + low;
  const folded = (sum & 0xffff) + (sum >>> 16);
  return (folded & 0xffff) + (folded >>> 16);
}

/** A whole IPv4 packet, for the control plane. */
export interface Ipv4Packet {
  /** The TOS byte: six bits of DSCP (RFC 2474), two of ECN (RFC 3168). */
  readonly tos: number;
  readonly identification: number;
  readonly dontFragment: boolean;
  readonly moreFragments: boolean;
  /** Bytes before this fragment's payload in the whole one: a multiple of 8, up to 65,528. */
  readonly fragmentOffset: number;
  readonly ttl: number;
  readonly protocol: number;
  readonly source: Ipv4;
  readonly destination: Ipv4;
  /** As on the wire, padding included: 0 to 40 bytes, a multiple of 4. */
  readonly options: Uint8Array;
  readonly payload: Uint8Array;
}

/** Reads one packet; bytes after its total length are ignored. `options` and `payload` are views of `bytes`. */
export function decodeIpv4(bytes: Uint8Array): Ipv4Packet | Malformed {
  const fault = checkIpv4(bytes, 0, bytes.length);
  if (fault !== IPV4_VALID) return malformed(IPV4_FAULTS[fault], IPV4_FAULT_POSITIONS[fault]);
  const headerLength = ipv4HeaderLength(bytes, 0);
  const fragment = ipv4Fragment(bytes, 0);
  return {
    tos: bytes[IPV4_TOS],
    identification: ipv4Identification(bytes, 0),
    dontFragment: (fragment & IPV4_DONT_FRAGMENT) !== 0,
    moreFragments: (fragment & IPV4_MORE_FRAGMENTS) !== 0,
    fragmentOffset: (fragment & IPV4_FRAGMENT_OFFSET_MASK) << 3,
    ttl: ipv4Ttl(bytes, 0),
    protocol: ipv4Protocol(bytes, 0),
    source: ipv4Source(bytes, 0),
    destination: ipv4Destination(bytes, 0),
    options: bytes.subarray(IPV4_OPTIONS, headerLength),
    payload: bytes.subarray(headerLength, ipv4TotalLength(bytes, 0)),
  };
}

/**
 * The packet as bytes, checksum included. Throws a RangeError if options or payload have a length that IPv4 cannot
 * express: a mistake of the caller, since both are its own.
 */
export function encodeIpv4(packet: Ipv4Packet): Uint8Array {
  const headerLength = IPV4_HEADER_BYTES + packet.options.length;
  const totalLength = headerLength + packet.payload.length;
  if (headerLength > IPV4_MAX_HEADER_BYTES || (headerLength & 3) !== 0) {
    throw new RangeError(`IPv4 options of ${packet.options.length} bytes, expected a multiple of 4 up to 40`);
  }
  if (totalLength > IPV4_MAX_BYTES) {
    throw new RangeError(`IPv4 packet of ${totalLength} bytes, expected at most ${IPV4_MAX_BYTES}`);
  }
  const bytes = new Uint8Array(totalLength);
  writeIpv4Header(bytes, 0, totalLength, packet.protocol, packet.source, packet.destination);
  bytes[IPV4_VERSION_IHL] = 0x40 | (headerLength >>> 2);
  bytes[IPV4_TOS] = packet.tos;
  setIpv4Identification(bytes, 0, packet.identification);
  setIpv4Fragment(bytes, 0, fragmentWord(packet));
  bytes[IPV4_TTL] = packet.ttl;
  bytes.set(packet.options, IPV4_OPTIONS);
  bytes.set(packet.payload, headerLength);
  fillIpv4Checksum(bytes, 0);
  return bytes;
}

/** Where each fault of `checkIpv4` lies, in bytes from the start of the packet. */
const IPV4_FAULT_POSITIONS: readonly number[] = [
  0,
  0,
  IPV4_VERSION_IHL,
  IPV4_VERSION_IHL,
  IPV4_TOTAL_LENGTH,
  IPV4_CHECKSUM,
];

function fragmentWord(packet: Ipv4Packet): number {
  const flags = (packet.dontFragment ? IPV4_DONT_FRAGMENT : 0) | (packet.moreFragments ? IPV4_MORE_FRAGMENTS : 0);
  return flags | ((packet.fragmentOffset >>> 3) & IPV4_FRAGMENT_OFFSET_MASK);
}
