import { readU32, writeU16, writeU32 } from '../base/bytes.js';
import { checksum } from '../base/checksum.js';
import { type Malformed, malformed } from './malformed.js';

/**
 * ICMP for IPv4, RFC 792; what a router sends by RFC 1812 section 4.3.
 *
 * ```
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------+---------------+-------------------------------+
 *  |     type      |     code      |           checksum            |  0
 *  +---------------+---------------+-------------------------------+
 *  |  echo: identifier, sequence   |  frag. needed: 0, next MTU    |  4   redirect: gateway;
 *  +---------------------------------------------------------------+
 *  |  body: echo data, or the header and start of the bad packet   |  8   parameter problem: pointer, 0
 *  +---------------------------------------------------------------+
 * ```
 */

export const ICMP_TYPE = 0;
export const ICMP_CODE = 1;
export const ICMP_CHECKSUM = 2;
/**
 * Four bytes whose meaning depends on the type: identifier and sequence, or 0 and the next hop's MTU (RFC 1191), for
 * example. Where RFC 4884 has the length of a quote, ours is 0: nothing follows what an error quotes.
 */
export const ICMP_REST = 4;
export const ICMP_BODY = 8;
export const ICMP_HEADER_BYTES = 8;

export const ICMP_ECHO_REPLY = 0;
export const ICMP_DESTINATION_UNREACHABLE = 3;
export const ICMP_REDIRECT = 5;
export const ICMP_ECHO_REQUEST = 8;
export const ICMP_TIME_EXCEEDED = 11;
export const ICMP_PARAMETER_PROBLEM = 12;

/** Codes of destination unreachable. */
export const ICMP_NET_UNREACHABLE = 0;
export const ICMP_HOST_UNREACHABLE = 1;
export const ICMP_FRAGMENTATION_NEEDED = 4;
export const ICMP_SOURCE_ROUTE_FAILED = 5;
export const ICMP_ADMINISTRATIVELY_PROHIBITED = 13;

/** Code of time exceeded. */
export const ICMP_TTL_EXCEEDED = 0;

/** Code of redirect: for this host only. A router sends no other (RFC 1812 section 4.3.3.2). */
export const ICMP_REDIRECT_HOST = 1;

/** Code of parameter problem: the first octet of `ICMP_REST` says where. */
export const ICMP_POINTER = 0;

/** An error message is at most this long, IP header included (RFC 1812 section 4.3.2.3). */
export const ICMP_MAX_ERROR_BYTES = 576;

export function icmpType(bytes: Uint8Array, offset: number): number {
  return bytes[offset];
}

export function icmpCode(bytes: Uint8Array, offset: number): number {
  return bytes[offset + ICMP_CODE];
}

/**
 * True if no ICMP error may be sent about a message of this type (RFC 1812 section 4.3.2.7). Types that are not known
 * to be queries or answers count as errors, so that two routers never answer each other for ever.
 */
export function isIcmpError(type: number): boolean {
  switch (type) {
    case ICMP_ECHO_REPLY:
    case ICMP_ECHO_REQUEST:
    case 9: // router advertisement
    case 10: // router solicitation
    case 13: // timestamp
    case 14: // timestamp reply
    case 15: // information request
    case 16: // information reply
    case 17: // address mask request
    case 18: // address mask reply
    case 42: // extended echo request, RFC 8335
    case 43: // extended echo reply
      return false;
    default:
      return true;
  }
}

/** Writes the eight header bytes; the checksum is left 0 and `fillIcmpChecksum` completes it. */
export function writeIcmpHeader(bytes: Uint8Array, offset: number, type: number, code: number, rest: number): void {
  bytes[offset] = type;
  bytes[offset + ICMP_CODE] = code;
  writeU16(bytes, offset + ICMP_CHECKSUM, 0);
  writeU32(bytes, offset + ICMP_REST, rest);
}

/** Computes the checksum of the message of `length` bytes and writes it. */
export function fillIcmpChecksum(bytes: Uint8Array, offset: number, length: number): void {
  writeU16(bytes, offset + ICMP_CHECKSUM, 0);
  writeU16(bytes, offset + ICMP_CHECKSUM, checksum(bytes, offset, length));
}

/** Results of `checkIcmp`; `ICMP_FAULTS` has the words. */
export const ICMP_VALID = 0;
export const ICMP_TOO_SHORT = 1;
export const ICMP_BAD_CHECKSUM = 2;

export const ICMP_FAULTS: readonly string[] = ['valid', 'ICMP message shorter than 8 bytes', 'ICMP checksum wrong'];

/** Validates the message that is the whole IP payload: `length` bytes at `offset`. */
export function checkIcmp(bytes: Uint8Array, offset: number, length: number): number {
  if (length < ICMP_HEADER_BYTES) return ICMP_TOO_SHORT;
  return checksum(bytes, offset, length) === 0 ? ICMP_VALID : ICMP_BAD_CHECKSUM;
}

/** An ICMP message, for the control plane. */
export interface IcmpMessage {
  readonly type: number;
  readonly code: number;
  /** The four bytes at `ICMP_REST`, big-endian: for echo `identifier << 16 | sequence`, unsigned. */
  readonly rest: number;
  readonly body: Uint8Array;
}

/** Reads the message that fills an IP payload. `body` is a view of `bytes`. */
export function decodeIcmp(bytes: Uint8Array): IcmpMessage | Malformed {
  const fault = checkIcmp(bytes, 0, bytes.length);
  if (fault !== ICMP_VALID) return malformed(ICMP_FAULTS[fault], fault === ICMP_BAD_CHECKSUM ? ICMP_CHECKSUM : 0);
  return {
    type: icmpType(bytes, 0),
    code: icmpCode(bytes, 0),
    rest: readU32(bytes, ICMP_REST),
    body: bytes.subarray(ICMP_BODY),
  };
}

export function encodeIcmp(message: IcmpMessage): Uint8Array {
  const bytes = new Uint8Array(ICMP_HEADER_BYTES + message.body.length);
  writeIcmpHeader(bytes, 0, message.type, message.code, message.rest);
  bytes.set(message.body, ICMP_BODY);
  fillIcmpChecksum(bytes, 0, bytes.length);
  return bytes;
}
