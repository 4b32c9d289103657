import { readU16, writeU16 } from '../base/bytes.js';
import { checksum, onesComplementSum } from '../base/checksum.js';
import type { Ipv4 } from '../base/ipv4.js';
import { PROTOCOL_UDP, pseudoHeaderSum } from './ipv4.js';
import { type Malformed, malformed } from './malformed.js';

/**
 * UDP over IPv4, RFC 768.
 *
 * ```
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-------------------------------+-------------------------------+
 *  |          source port          |       destination port        |  0
 *  +-------------------------------+-------------------------------+
 *  |            length             |     checksum, 0 if none       |  4
 *  +-------------------------------+-------------------------------+
 *  |                            payload                            |  8
 *  +---------------------------------------------------------------+
 * ```
 */

export const UDP_SOURCE_PORT = 0;
export const UDP_DESTINATION_PORT = 2;
/** Header and payload, 8 to 65,515. */
export const UDP_LENGTH = 4;
export const UDP_CHECKSUM = 6;
export const UDP_PAYLOAD = 8;
export const UDP_HEADER_BYTES = 8;
export const UDP_MAX_BYTES = 65_515;

export function udpSourcePort(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset + UDP_SOURCE_PORT);
}

export function udpDestinationPort(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset + UDP_DESTINATION_PORT);
}

export function udpLength(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset + UDP_LENGTH);
}

export function setUdpLength(bytes: Uint8Array, offset: number, length: number): void {
  writeU16(bytes, offset + UDP_LENGTH, length);
}

/** Writes a header for a datagram of `length` bytes, header included; the checksum is left 0. */
export function writeUdpHeader(
  bytes: Uint8Array,
  offset: number,
  sourcePort: number,
  destinationPort: number,
  length: number,
): void {
  writeU16(bytes, offset + UDP_SOURCE_PORT, sourcePort);
  writeU16(bytes, offset + UDP_DESTINATION_PORT, destinationPort);
  setUdpLength(bytes, offset, length);
  writeU16(bytes, offset + UDP_CHECKSUM, 0);
}

/** Computes the checksum of the datagram of `length` bytes between two addresses and writes it. */
export function fillUdpChecksum(
  bytes: Uint8Array,
  offset: number,
  length: number,
  source: Ipv4,
  destination: Ipv4,
): void {
  writeU16(bytes, offset + UDP_CHECKSUM, 0);
  const sum = checksum(bytes, offset, length, pseudoHeaderSum(source, destination, PROTOCOL_UDP, length));
  // 0 would mean that there is no checksum; 0xffff is the same number in one's complement.
  writeU16(bytes, offset + UDP_CHECKSUM, sum === 0 ? 0xffff : sum);
}

/** Results of `checkUdp`; `UDP_FAULTS` has the words. */
export const UDP_VALID = 0;
export const UDP_TOO_SHORT = 1;
export const UDP_BAD_LENGTH = 2;
export const UDP_BAD_CHECKSUM = 3;

export const UDP_FAULTS: readonly string[] = [
  'valid',
  'UDP datagram shorter than 8 bytes',
  'UDP length below 8 bytes or beyond the packet',
  'UDP checksum wrong',
];

/** Validates the datagram in an IP payload of `length` bytes at `offset`. Without a checksum there is none to be wrong. */
export function checkUdp(bytes: Uint8Array, offset: number, length: number, source: Ipv4, destination: Ipv4): number {
  if (length < UDP_HEADER_BYTES) return UDP_TOO_SHORT;
  const ownLength = udpLength(bytes, offset);
  if (ownLength < UDP_HEADER_BYTES || ownLength > length) return UDP_BAD_LENGTH;
  if (readU16(bytes, offset + UDP_CHECKSUM) === 0) return UDP_VALID;
  const pseudo = pseudoHeaderSum(source, destination, PROTOCOL_UDP, ownLength);
  return onesComplementSum(bytes, offset, ownLength, pseudo) === 0xffff ? UDP_VALID : UDP_BAD_CHECKSUM;
}

/** A UDP datagram, for the control plane. */
export interface UdpDatagram {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly payload: Uint8Array;
}

/** Reads the datagram in an IP payload that went from `source` to `destination`. `payload` is a view of `bytes`. */
export function decodeUdp(bytes: Uint8Array, source: Ipv4, destination: Ipv4): UdpDatagram | Malformed {
  const fault = checkUdp(bytes, 0, bytes.length, source, destination);
  if (fault !== UDP_VALID) return malformed(UDP_FAULTS[fault], UDP_FAULT_POSITIONS[fault]);
  return {
    sourcePort: udpSourcePort(bytes, 0),
    destinationPort: udpDestinationPort(bytes, 0),
    payload: bytes.subarray(UDP_PAYLOAD, udpLength(bytes, 0)),
  };
}

/** The datagram as bytes, checksum included. Throws a RangeError if the payload is too long for IPv4. */
export function encodeUdp(datagram: UdpDatagram, source: Ipv4, destination: Ipv4): Uint8Array {
  const length = UDP_HEADER_BYTES + datagram.payload.length;
  if (length > UDP_MAX_BYTES)
    throw new RangeError(`UDP datagram of ${length} bytes, expected at most ${UDP_MAX_BYTES}`);
  const bytes = new Uint8Array(length);
  writeUdpHeader(bytes, 0, datagram.sourcePort, datagram.destinationPort, length);
  bytes.set(datagram.payload, UDP_PAYLOAD);
  fillUdpChecksum(bytes, 0, length, source, destination);
  return bytes;
}

/** Where each fault of `checkUdp` lies, in bytes from the start of the datagram. */
const UDP_FAULT_POSITIONS: readonly number[] = [0, 0, UDP_LENGTH, UDP_CHECKSUM];
