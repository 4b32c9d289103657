import { readU32, writeU16, writeU32 } from '../base/bytes.js';
import { checksum } from '../base/checksum.js';
import type { Ipv4 } from '../base/ipv4.js';
import { PROTOCOL_TCP, pseudoHeaderSum } from './ipv4.js';

/**
 * TCP, RFC 9293: only what a router needs to tell flows apart and to cut a super-packet into segments. Connections are
 * the end systems' business, so there is no codec.
 *
 * ```
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-------------------------------+-------------------------------+
 *  |          source port          |       destination port        |  0
 *  +-------------------------------+-------------------------------+
 *  |                        sequence number                        |  4
 *  +---------------------------------------------------------------+
 *  |                     acknowledgment number                     |  8
 *  +-------+-------+---------------+-------------------------------+
 *  |data of| rsvd  |     flags     |            window             | 12
 *  +-------+-------+---------------+-------------------------------+
 *  |           checksum            |        urgent pointer         | 16
 *  +-------------------------------+-------------------------------+
 *  |              options, 0 to 40 bytes, then payload             | 20
 *  +---------------------------------------------------------------+
 * ```
 */

export const TCP_SOURCE_PORT = 0;
export const TCP_DESTINATION_PORT = 2;
export const TCP_SEQUENCE = 4;
/** Header length in 32-bit words, in the high four bits. */
export const TCP_DATA_OFFSET = 12;
export const TCP_FLAGS = 13;
export const TCP_CHECKSUM = 16;
/** Length of a header without options. */
export const TCP_HEADER_BYTES = 20;

export const TCP_FIN = 0x01;
export const TCP_SYN = 0x02;
export const TCP_RST = 0x04;
export const TCP_PSH = 0x08;
export const TCP_ACK = 0x10;
export const TCP_URG = 0x20;
export const TCP_CWR = 0x80;

export function tcpSequence(bytes: Uint8Array, offset: number): number {
  return readU32(bytes, offset + TCP_SEQUENCE);
}

export function setTcpSequence(bytes: Uint8Array, offset: number, sequence: number): void {
  writeU32(bytes, offset + TCP_SEQUENCE, sequence);
}

/** Header length in bytes, options included: 0 to 60; below 20 it is malformed. */
export function tcpHeaderLength(bytes: Uint8Array, offset: number): number {
  return (bytes[offset + TCP_DATA_OFFSET] >>> 4) << 2;
}

export function tcpFlags(bytes: Uint8Array, offset: number): number {
  return bytes[offset + TCP_FLAGS];
}

export function setTcpFlags(bytes: Uint8Array, offset: number, flags: number): void {
  bytes[offset + TCP_FLAGS] = flags;
}

/** Computes the checksum of the segment of `length` bytes between two addresses and writes it. */
export function fillTcpChecksum(
  bytes: Uint8Array,
  offset: number,
  length: number,
  source: Ipv4,
  destination: Ipv4,
): void {
  writeU16(bytes, offset + TCP_CHECKSUM, 0);
  const pseudo = pseudoHeaderSum(source, destination, PROTOCOL_TCP, length);
  writeU16(bytes, offset + TCP_CHECKSUM, checksum(bytes, offset, length, pseudo));
}

/** Results of `checkTcp`. */
export const TCP_VALID = 0;
export const TCP_TOO_SHORT = 1;
export const TCP_BAD_HEADER_LENGTH = 2;

/** Checks that the header of the segment of `length` bytes at `offset` lies inside it. The checksum is not verified. */
export function checkTcp(bytes: Uint8Array, offset: number, length: number): number {
  if (length < TCP_HEADER_BYTES) return TCP_TOO_SHORT;
  const headerLength = tcpHeaderLength(bytes, offset);
  if (headerLength < TCP_HEADER_BYTES) return TCP_BAD_HEADER_LENGTH;
  return headerLength <= length ? TCP_VALID : TCP_TOO_SHORT;
}
