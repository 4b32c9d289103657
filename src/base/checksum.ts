/** The Internet checksum and its incremental update (RFC 1071, RFC 1624). */

/**
 * One's-complement sum of `length` bytes, folded to 16 bits, in big-endian terms. A byte without a partner at the end
 * counts as the high half of a word. `seed` is an earlier such sum, not necessarily folded, below 2^48. The result is
 * 0 only if all bytes and the seed are 0.
 */
export function onesComplementSum(bytes: Uint8Array, offset: number, length: number, seed = 0): number {
  const sum = length < WORDS_PAY_FROM ? sumOfBytes(bytes, offset, length) : sumOfWords(bytes, offset, length);
  return fold(sum + seed);
}

/** The checksum field (RFC 1071) over bytes whose own checksum field is zero; 0 when the bytes hold a right one. */
export function checksum(bytes: Uint8Array, offset: number, length: number, seed = 0): number {
  return ~onesComplementSum(bytes, offset, length, seed) & 0xffff;
}

/**
 * The checksum after one 16-bit word changed from `oldWord` to `newWord`: RFC 1624 equation 3, which unlike that of
 * RFC 1141 gives 0x0000 where a full computation does, and not 0xffff.
 */
export function updateChecksum(oldChecksum: number, oldWord: number, newWord: number): number {
  let sum = (~oldChecksum & 0xffff) + (~oldWord & 0xffff) + newWord;
  sum = (sum & 0xffff) + (sum >>> 16);
  sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** From this length on, reading words of four bytes is faster although they need a view of their own. */
const WORDS_PAY_FROM = 256;

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * The words of the buffer summed last, since views cannot be made per packet: a worker sums in one arena. It keeps
 * that one buffer alive.
 */
let words: Uint32Array = new Uint32Array(0);

/** Not folded. High and low bytes are summed apart, which needs no carry below 16 MiB. */
function sumOfBytes(bytes: Uint8Array, offset: number, length: number): number {
  const end = offset + length;
  const endOfEights = offset + (length & ~7);
  let high = 0;
  let low = 0;
  let at = offset;
  for (; at < endOfEights; at += 8) {
    high += bytes[at] + bytes[at + 2] + bytes[at + 4] + bytes[at + 6];
    low += bytes[at + 1] + bytes[at + 3] + bytes[at + 5] + bytes[at + 7];
  }
  for (; at + 1 < end; at += 2) {
    high += bytes[at];
    low += bytes[at + 1];
  }
  if (at < end) high += bytes[at];
  return high * 256 + low;
}

/**
 * Not folded. Words of four bytes are added as doubles, exact for 2^21 of them; the byte order of the machine is put
 * right at the end, as the sum does not depend on it (RFC 1071 section 2). What is not aligned is summed as bytes.
 */
function sumOfWords(bytes: Uint8Array, offset: number, length: number): number {
  const start = bytes.byteOffset + offset;
  if ((start & 1) !== 0) return sumOfBytes(bytes, offset, length);
  const before = start & 2;
  const first = (start + before) >>> 2;
  const count = (length - before) >>> 2;
  const after = before + count * 4;
  const edges = sumOfBytes(bytes, offset, before) + sumOfBytes(bytes, offset + after, length - after);
  return edges + inNetworkOrder(fold(sumOfWordRange(bytes.buffer, first, first + count)));
}

function sumOfWordRange(buffer: ArrayBufferLike, first: number, end: number): number {
  if (words.buffer !== buffer) words = new Uint32Array(buffer, 0, buffer.byteLength >>> 2);
  const view = words;
  let even = 0;
  let odd = 0;
  let at = first;
  for (; at + 3 < end; at += 4) {
    even += view[at] + view[at + 2];
    odd += view[at + 1] + view[at + 3];
  }
  for (; at < end; at++) even += view[at];
  return even + odd;
}

function inNetworkOrder(sum: number): number {
  return LITTLE_ENDIAN ? ((sum & 0xff) << 8) | (sum >>> 8) : sum;
}

/** Adds the carries back in, for `sum` below 2^53: the division is exact where a shift would cut at 32 bits. */
function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return folded;
}
