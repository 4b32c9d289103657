import { readU16 } from '../../base/bytes.js';

/**
 * The checksum of an LSA (RFC 905 annex B, ISO 8473), over everything but the age field.
 *
 * The two running sums are reduced modulo 255 once per block; 4102 bytes is the longest block that cannot take the
 * second one past 32 bits, so that V8 may keep both as integers.
 */
const BLOCK_BYTES = 4102;
const AGE_BYTES = 2;
const LSA_CHECKSUM_OFFSET = 16;

/**
 * True if the LSA, whole and with its checksum in place, sums up to zero. A checksum of 0 means "not computed" and is
 * never right in OSPF (RFC 2328 section 12.1.7).
 */
export function lsaChecksumIsRight(lsa: Uint8Array): boolean {
  return readU16(lsa, LSA_CHECKSUM_OFFSET) !== 0 && fletcherSums(lsa, AGE_BYTES, lsa.length) === 0;
}

/** The checksum to write at offset 16 of an LSA, whose checksum field counts as zero here whatever it holds. */
export function lsaChecksum(lsa: Uint8Array): number {
  const copy = lsa.slice();
  copy[LSA_CHECKSUM_OFFSET] = 0;
  copy[LSA_CHECKSUM_OFFSET + 1] = 0;
  const sums = fletcherSums(copy, AGE_BYTES, copy.length);
  const c0 = sums & 0xff;
  const c1 = sums >>> 8;
  const bytesAfter = copy.length - LSA_CHECKSUM_OFFSET - 1;
  const x = modulo255(bytesAfter * c0 - c1) || 255;
  const y = modulo255(-c0 - x) || 255;
  return (x << 8) | y;
}

/** Both sums modulo 255: the first in the low octet, the second above it. */
function fletcherSums(bytes: Uint8Array, from: number, to: number): number {
  let c0 = 0;
  let c1 = 0;
  for (let block = from; block < to; block += BLOCK_BYTES) {
    const end = Math.min(block + BLOCK_BYTES, to);
    for (let at = block; at < end; at++) {
      c0 += bytes[at];
      c1 += c0;
    }
    c0 %= 255;
    c1 %= 255;
  }
  return (c1 << 8) | c0;
}

function modulo255(value: number): number {
  return ((value % 255) + 255) % 255;
}
