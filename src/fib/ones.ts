/**
 * The number of ones in each 16-bit number. Two loads from here take less time than the dozen operations that count the
 * ones of a word in JavaScript, which has no instruction for it, and 64 KiB stay in the second-level cache. A closure that
 * has the table in a constant gets its address compiled in, and an index of 16 bits is not checked.
 */
export const ONES: Uint8Array = new Uint8Array(0x10000);
for (let word = 1; word < ONES.length; word++) ONES[word] = ONES[word >>> 1] + (word & 1);

/** The number of ones in the low 32 bits of `word`. */
export function popcount(word: number): number {
  return ONES[word & 0xffff] + ONES[word >>> 16];
}
