import { readU32, writeU32 } from '../base/bytes.js';
import { type Malformed, malformed } from './malformed.js';

/**
 * The BFD Control packet, RFC 5880 section 4.1, carried over UDP as RFC 5881 says.
 *
 * ```
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-----+---------+---+-+-+-+-+-+-+---------------+---------------+
 *  |ver 1|diagnosis|sta|P|F|C|A|D|M|  multiplier   |    length     |  0
 *  +-----+---------+---+-+-+-+-+-+-+---------------+---------------+
 *  |                       my discriminator                        |  4
 *  +---------------------------------------------------------------+
 *  |                      your discriminator                       |  8
 *  +---------------------------------------------------------------+
 *  |                  desired min TX interval (us)                 | 12
 *  +---------------------------------------------------------------+
 *  |                 required min RX interval (us)                 | 16
 *  +---------------------------------------------------------------+
 *  |               required min echo RX interval (us)              | 20
 *  +---------------------------------------------------------------+
 *  |                  authentication section, if A                 | 24
 *  +---------------------------------------------------------------+
 * ```
 */

export const BFD_FLAGS = 1;
export const BFD_MULTIPLIER = 2;
/** Of the whole packet, authentication section included. */
export const BFD_LENGTH = 3;
export const BFD_MY_DISCRIMINATOR = 4;
export const BFD_YOUR_DISCRIMINATOR = 8;
export const BFD_DESIRED_MIN_TX = 12;
export const BFD_REQUIRED_MIN_RX = 16;
export const BFD_REQUIRED_MIN_ECHO_RX = 20;
export const BFD_BYTES = 24;
/** Type and length of an authentication section. */
export const BFD_AUTHENTICATION_HEADER_BYTES = 2;
export const BFD_MAX_BYTES = 255;

/** Destination port of single-hop Control packets, and the first of the source ports (RFC 5881 section 4). */
export const BFD_PORT = 3784;
export const BFD_FIRST_SOURCE_PORT = 49_152;
/** Sent with it, and dropped without it: whoever sent the packet is on the link (RFC 5881 section 5). */
export const BFD_TTL = 255;

export const BFD_VERSION = 1;

/** Bits of the byte at `BFD_FLAGS`; the two above them are the state. */
export const BFD_POLL = 0x20;
export const BFD_FINAL = 0x10;
export const BFD_CONTROL_PLANE_INDEPENDENT = 0x08;
export const BFD_AUTHENTICATED = 0x04;
export const BFD_DEMAND = 0x02;
export const BFD_MULTIPOINT = 0x01;

export const BFD_ADMIN_DOWN = 0;
export const BFD_DOWN = 1;
export const BFD_INIT = 2;
export const BFD_UP = 3;

/** Diagnostics that are used here; `BFD_DIAGNOSTIC_NAMES` has all of section 4.1. */
export const BFD_DIAGNOSTIC_NONE = 0;
export const BFD_DIAGNOSTIC_TIME_EXPIRED = 1;
export const BFD_DIAGNOSTIC_NEIGHBOR_DOWN = 3;
export const BFD_DIAGNOSTIC_ADMIN_DOWN = 7;

export const BFD_STATE_NAMES: readonly string[] = ['admin-down', 'down', 'init', 'up'];

export const BFD_DIAGNOSTIC_NAMES: readonly string[] = [
  'none',
  'control detection time expired',
  'echo function failed',
  'neighbor signaled session down',
  'forwarding plane reset',
  'path down',
  'concatenated path down',
  'administratively down',
  'reverse concatenated path down',
];

/** The words for a diagnostic, 0 to 31; those that no RFC names have their number. */
export function bfdDiagnosticName(diagnostic: number): string {
  return BFD_DIAGNOSTIC_NAMES[diagnostic] ?? `diagnostic ${diagnostic}`;
}

export function bfdDiagnostic(bytes: Uint8Array, offset: number): number {
  return bytes[offset] & 0x1f;
}

/** One of `BFD_ADMIN_DOWN` to `BFD_UP`. */
export function bfdState(bytes: Uint8Array, offset: number): number {
  return bytes[offset + BFD_FLAGS] >>> 6;
}

export function bfdFlags(bytes: Uint8Array, offset: number): number {
  return bytes[offset + BFD_FLAGS] & 0x3f;
}

export function bfdYourDiscriminator(bytes: Uint8Array, offset: number): number {
  return readU32(bytes, offset + BFD_YOUR_DISCRIMINATOR);
}

/** Writes version, diagnostic, state, flags and length of a packet without authentication; the rest is the caller's. */
export function writeBfdHead(
  bytes: Uint8Array,
  offset: number,
  diagnostic: number,
  state: number,
  flags: number,
): void {
  bytes[offset] = (BFD_VERSION << 5) | diagnostic;
  bytes[offset + BFD_FLAGS] = (state << 6) | flags;
  bytes[offset + BFD_LENGTH] = BFD_BYTES;
}

/** Results of `checkBfd`; `BFD_FAULTS` has the words. */
export const BFD_VALID = 0;
export const BFD_TOO_SHORT = 1;
export const BFD_BAD_VERSION = 2;
export const BFD_BAD_LENGTH = 3;
export const BFD_ZERO_MULTIPLIER = 4;
export const BFD_IS_MULTIPOINT = 5;
export const BFD_ZERO_DISCRIMINATOR = 6;
export const BFD_POLL_AND_FINAL = 7;
export const BFD_STATE_WITHOUT_DISCRIMINATOR = 8;

export const BFD_FAULTS: readonly string[] = [
  'valid',
  'BFD packet shorter than 24 bytes',
  'BFD version is not 1',
  'BFD length below its minimum or beyond the datagram',
  'BFD detection multiplier is 0',
  'BFD multipoint bit set',
  'BFD discriminator of the sender is 0',
  'BFD Poll and Final in one packet',
  'BFD session is Init or Up without our discriminator',
];

/**
 * The checks of RFC 5880 section 6.8.6 that need no session, for a packet in a UDP payload of `length` bytes at `offset`.
 * Bytes behind the packet's own length are not looked at.
 */
export function checkBfd(bytes: Uint8Array, offset: number, length: number): number {
  if (length < BFD_BYTES) return BFD_TOO_SHORT;
  if (bytes[offset] >>> 5 !== BFD_VERSION) return BFD_BAD_VERSION;
  const flags = bytes[offset + BFD_FLAGS];
  const least = BFD_BYTES + ((flags & BFD_AUTHENTICATED) !== 0 ? BFD_AUTHENTICATION_HEADER_BYTES : 0);
  const ownLength = bytes[offset + BFD_LENGTH];
  if (ownLength < least || ownLength > length) return BFD_BAD_LENGTH;
  if (bytes[offset + BFD_MULTIPLIER] === 0) return BFD_ZERO_MULTIPLIER;
  if ((flags & BFD_MULTIPOINT) !== 0) return BFD_IS_MULTIPOINT;
  if (readU32(bytes, offset + BFD_MY_DISCRIMINATOR) === 0) return BFD_ZERO_DISCRIMINATOR;
  if ((flags & (BFD_POLL | BFD_FINAL)) === (BFD_POLL | BFD_FINAL)) return BFD_POLL_AND_FINAL;
  if (flags >>> 6 > BFD_DOWN && bfdYourDiscriminator(bytes, offset) === 0) return BFD_STATE_WITHOUT_DISCRIMINATOR;
  return BFD_VALID;
}

/** A Control packet as fields, for people and tests; sessions work on the bytes. */
export interface BfdPacket {
  /** 0 to 31. */
  readonly diagnostic: number;
  /** 0 to 3. */
  readonly state: number;
  readonly poll: boolean;
  readonly final: boolean;
  readonly controlPlaneIndependent: boolean;
  readonly demand: boolean;
  /** 1 to 255. */
  readonly multiplier: number;
  readonly myDiscriminator: number;
  readonly yourDiscriminator: number;
  /** Microseconds, 32 bits. */
  readonly desiredMinTxUs: number;
  readonly requiredMinRxUs: number;
  readonly requiredMinEchoRxUs: number;
  /** The whole section, not looked into, at least 2 bytes; undefined without the A bit. */
  readonly authentication: Uint8Array | undefined;
}

/** Reads the packet in a UDP payload. `authentication` is a view of `bytes`. */
export function decodeBfd(bytes: Uint8Array): BfdPacket | Malformed {
  const fault = checkBfd(bytes, 0, bytes.length);
  if (fault !== BFD_VALID) return malformed(BFD_FAULTS[fault], BFD_FAULT_POSITIONS[fault]);
  const flags = bfdFlags(bytes, 0);
  return {
    diagnostic: bfdDiagnostic(bytes, 0),
    state: bfdState(bytes, 0),
    poll: (flags & BFD_POLL) !== 0,
    final: (flags & BFD_FINAL) !== 0,
    controlPlaneIndependent: (flags & BFD_CONTROL_PLANE_INDEPENDENT) !== 0,
    demand: (flags & BFD_DEMAND) !== 0,
    multiplier: bytes[BFD_MULTIPLIER],
    myDiscriminator: readU32(bytes, BFD_MY_DISCRIMINATOR),
    yourDiscriminator: bfdYourDiscriminator(bytes, 0),
    desiredMinTxUs: readU32(bytes, BFD_DESIRED_MIN_TX),
    requiredMinRxUs: readU32(bytes, BFD_REQUIRED_MIN_RX),
    requiredMinEchoRxUs: readU32(bytes, BFD_REQUIRED_MIN_ECHO_RX),
    authentication: (flags & BFD_AUTHENTICATED) !== 0 ? bytes.subarray(BFD_BYTES, bytes[BFD_LENGTH]) : undefined,
  };
}

/** The packet as bytes. Throws a RangeError if the authentication section is too long for the length byte. */
export function encodeBfd(packet: BfdPacket): Uint8Array {
  const { authentication } = packet;
  const length = BFD_BYTES + (authentication?.length ?? 0);
  if (length > BFD_MAX_BYTES) throw new RangeError(`BFD packet of ${length} bytes, expected at most ${BFD_MAX_BYTES}`);
  const bytes = new Uint8Array(length);
  const flags =
    (packet.poll ? BFD_POLL : 0) |
    (packet.final ? BFD_FINAL : 0) |
    (packet.controlPlaneIndependent ? BFD_CONTROL_PLANE_INDEPENDENT : 0) |
    (authentication !== undefined ? BFD_AUTHENTICATED : 0) |
    (packet.demand ? BFD_DEMAND : 0);
  writeBfdHead(bytes, 0, packet.diagnostic, packet.state, flags);
  bytes[BFD_MULTIPLIER] = packet.multiplier;
  bytes[BFD_LENGTH] = length;
  writeU32(bytes, BFD_MY_DISCRIMINATOR, packet.myDiscriminator);
  writeU32(bytes, BFD_YOUR_DISCRIMINATOR, packet.yourDiscriminator);
  writeU32(bytes, BFD_DESIRED_MIN_TX, packet.desiredMinTxUs);
  writeU32(bytes, BFD_REQUIRED_MIN_RX, packet.requiredMinRxUs);
  writeU32(bytes, BFD_REQUIRED_MIN_ECHO_RX, packet.requiredMinEchoRxUs);
  if (authentication !== undefined) bytes.set(authentication, BFD_BYTES);
  return bytes;
}

/** Where each fault of `checkBfd` lies, in bytes from the start of the packet. */
const BFD_FAULT_POSITIONS: readonly number[] = [
  0,
  0,
  0,
  BFD_LENGTH,
  BFD_MULTIPLIER,
  BFD_FLAGS,
  BFD_MY_DISCRIMINATOR,
  BFD_FLAGS,
  BFD_YOUR_DISCRIMINATOR,
];
