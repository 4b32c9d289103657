import { readU16, writeU16 } from '../base/bytes.js';
import { checksum } from '../base/checksum.js';

/**
 * GRE, RFC 2784 and RFC 2890.
 *
 * ```
 *  +-+-+-+-+-----------------+-----+-------------------------------+
 *  |C| |K|S|    reserved     | ver |        protocol type          |  0
 *  +-+-+-+-+-----------------+-----+-------------------------------+
 *  |    checksum (if C), 0     |  key (if K)  |  sequence (if S)   |  4, four bytes each
 *  +---------------------------------------------------------------+
 * ```
 */

export const GRE_PROTOCOL = 2;
export const GRE_CHECKSUM = 4;
export const GRE_HEADER_BYTES = 4;

const CHECKSUM_PRESENT = 0x8000;
const KEY_PRESENT = 0x2000;
const SEQUENCE_PRESENT = 0x1000;

/** Length of the header in bytes; 0 if it has other fields than these (version 1, or the routing of RFC 1701). */
export function greHeaderLength(bytes: Uint8Array, offset: number): number {
  const flags = readU16(bytes, offset);
  if ((flags & ~(CHECKSUM_PRESENT | KEY_PRESENT | SEQUENCE_PRESENT)) !== 0) return 0;
  const fields = (flags >>> 15) + ((flags >>> 13) & 1) + ((flags >>> 12) & 1);
  return GRE_HEADER_BYTES + 4 * fields;
}

export function greHasChecksum(bytes: Uint8Array, offset: number): boolean {
  return (readU16(bytes, offset) & CHECKSUM_PRESENT) !== 0;
}

export function greHasSequence(bytes: Uint8Array, offset: number): boolean {
  return (readU16(bytes, offset) & SEQUENCE_PRESENT) !== 0;
}

/** Computes the checksum over header and payload, `length` bytes, and writes it; only with `greHasChecksum`. */
export function fillGreChecksum(bytes: Uint8Array, offset: number, length: number): void {
  writeU16(bytes, offset + GRE_CHECKSUM, 0);
  writeU16(bytes, offset + GRE_CHECKSUM, checksum(bytes, offset, length));
}
