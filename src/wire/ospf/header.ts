/**
 * The header that every OSPFv2 packet begins with (RFC 2328 section A.3.1).
 *
 * ```
 *   0        1        2        3
 *   version  type     length            whole packet, without digest and LLS block (RFC 5613)
 *   router ID
 *   area ID
 *   checksum          authentication type
 *   authentication (8 bytes)
 * ```
 */
import { readU16, readU32, writeU16, writeU32 } from '../../base/bytes.js';
import { checksum } from '../../base/checksum.js';
import { type Malformed, malformed } from '../malformed.js';

export const OSPF_VERSION = 2;
export const OSPF_HEADER_BYTES = 24;

export const OSPF_TYPE = 1;
export const OSPF_LENGTH = 2;
export const OSPF_ROUTER_ID = 4;
export const OSPF_AREA_ID = 8;
export const OSPF_CHECKSUM = 12;
export const OSPF_AUTH_TYPE = 14;
export const OSPF_AUTHENTICATION = 16;

export const OSPF_HELLO = 1;
export const OSPF_DATABASE_DESCRIPTION = 2;
export const OSPF_LINK_STATE_REQUEST = 3;
export const OSPF_LINK_STATE_UPDATE = 4;
export const OSPF_LINK_STATE_ACK = 5;

export const AUTH_TYPE_NULL = 0;
export const AUTH_TYPE_SIMPLE = 1;
export const AUTH_TYPE_CRYPTOGRAPHIC = 2;

/** 224.0.0.5, which every OSPF router listens to. */
export const ALL_SPF_ROUTERS = 0xe0000005;
/** 224.0.0.6, which the designated router and its backup listen to. */
export const ALL_DESIGNATED_ROUTERS = 0xe0000006;

/** Options of Hello, Database Description and LSA header (RFC 2328 section A.2, RFC 3101, RFC 5250, RFC 5613). */
export const OPTION_EXTERNAL = 0x02;
export const OPTION_NSSA = 0x08;
/** The same bit in the header of an LSA of type 7, P: area border routers translate it (RFC 3101 appendix A). */
export const OPTION_PROPAGATE = OPTION_NSSA;
export const OPTION_OPAQUE = 0x40;

export interface OspfHeader {
  /** 1 to 5. */
  readonly type: number;
  /** Octets of header and body; the buffer may be longer (digest, LLS block). */
  readonly length: number;
  readonly routerId: number;
  readonly areaId: number;
  readonly authType: number;
}

/**
 * Reads and checks the header of a whole packet. The checksum is checked for all but cryptographic authentication,
 * which does without. Octets after `length` are tolerated.
 */
export function decodeOspfHeader(bytes: Uint8Array): OspfHeader | Malformed {
  if (bytes.length < OSPF_HEADER_BYTES) return malformed('OSPF packet shorter than its header', bytes.length);
  if (bytes[0] !== OSPF_VERSION) return malformed('OSPF version is not 2', 0);
  const type = bytes[OSPF_TYPE];
  if (type < OSPF_HELLO || type > OSPF_LINK_STATE_ACK) return malformed('OSPF packet type is not 1 to 5', OSPF_TYPE);
  const length = readU16(bytes, OSPF_LENGTH);
  if (length < OSPF_HEADER_BYTES) return malformed('OSPF length is less than its header', OSPF_LENGTH);
  if (length > bytes.length) return malformed('OSPF length is more than was received', OSPF_LENGTH);
  if (length % 4 !== 0) return malformed('OSPF length is not a multiple of 4', OSPF_LENGTH);
  const authType = readU16(bytes, OSPF_AUTH_TYPE);
  if (authType !== AUTH_TYPE_CRYPTOGRAPHIC && ospfChecksum(bytes, length) !== readU16(bytes, OSPF_CHECKSUM)) {
    return malformed('OSPF checksum is wrong', OSPF_CHECKSUM);
  }
  return {
    type,
    length,
    routerId: readU32(bytes, OSPF_ROUTER_ID),
    areaId: readU32(bytes, OSPF_AREA_ID),
    authType,
  };
}

/** The part between header and `length`; a view, not a copy. */
export function ospfBody(bytes: Uint8Array, header: OspfHeader): Uint8Array {
  return bytes.subarray(OSPF_HEADER_BYTES, header.length);
}

/** A whole packet with null authentication: header, checksum and a copy of `body`. */
export function encodeOspfPacket(type: number, routerId: number, areaId: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(OSPF_HEADER_BYTES + body.length);
  bytes[0] = OSPF_VERSION;
  bytes[OSPF_TYPE] = type;
  writeU16(bytes, OSPF_LENGTH, bytes.length);
  writeU32(bytes, OSPF_ROUTER_ID, routerId);
  writeU32(bytes, OSPF_AREA_ID, areaId);
  writeU16(bytes, OSPF_AUTH_TYPE, AUTH_TYPE_NULL);
  bytes.set(body, OSPF_HEADER_BYTES);
  writeOspfChecksum(bytes, bytes.length);
  return bytes;
}

/** Puts in the checksum of the first `length` bytes, as all but cryptographic authentication have it. */
export function writeOspfChecksum(bytes: Uint8Array, length: number): void {
  writeU16(bytes, OSPF_CHECKSUM, ospfChecksum(bytes, length));
}

/** The checksum of the first `length` bytes without the checksum and the authentication fields. */
function ospfChecksum(bytes: Uint8Array, length: number): number {
  const words = bytes.slice(0, length);
  words.fill(0, OSPF_CHECKSUM, OSPF_CHECKSUM + 2);
  words.fill(0, OSPF_AUTHENTICATION, OSPF_HEADER_BYTES);
  return checksum(words, 0, length);
}
