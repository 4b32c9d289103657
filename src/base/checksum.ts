/** The Internet checksum and its incremental update (RFC 1071, RFC 1624). */

/** One's-complement sum of `length` bytes, folded to 16 bits, in big-endian terms; `seed` is an earlier such sum. */
export function onesComplementSum(bytes: Uint8Array, offset: number, length: number, seed = 0): number {
  let sum = seed;
  const end = offset + (length & ~1);
  for (let at = offset; at < end; at += 2) sum += (bytes[at] << 8) | bytes[at + 1];
  if (length & 1) sum += bytes[end] << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return sum;
}

/** The checksum field (RFC 1071) over bytes whose own checksum field is zero; 0 when the bytes hold a right one. */
export function checksum(bytes: Uint8Array, offset: number, length: number, seed = 0): number {
  return ~onesComplementSum(bytes, offset, length, seed) & 0xffff;
}

/** The checksum after one 16-bit word changed from `oldWord` to `newWord` (RFC 1624, equation 3). */
export function updateChecksum(oldChecksum: number, oldWord: number, newWord: number): number {
  let sum = (~oldChecksum & 0xffff) + (~oldWord & 0xffff) + newWord;
  sum = (sum & 0xffff) + (sum >>> 16);
  sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
