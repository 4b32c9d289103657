/** Addresses of a batch at most. */
export const BATCH_ADDRESSES = 64;

const WORD = 4;
const LIST_BYTES = (BATCH_ADDRESSES + 1) * WORD;

/** What a reader shares with `lookup-program.ts`, in bytes from where its scratch memory begins: addresses in, groups out. */
export const ADDRESSES_AT = 0;
export const GROUPS_AT = ADDRESSES_AT + BATCH_ADDRESSES * WORD;
/** Of the addresses whose answer is not in `direct`: byte of the address, address, byte of the half node, its vector. */
export const PLACES_AT = GROUPS_AT + BATCH_ADDRESSES * WORD;
export const RESTS_AT = PLACES_AT + LIST_BYTES;
export const HALVES_AT = RESTS_AT + LIST_BYTES;
export const VECTORS_AT = HALVES_AT + LIST_BYTES;

const CACHE_LINE = 64;

/** Scratch memory of a reader: whole cache lines, since each reader is another thread. */
export const SCRATCH_BYTES = Math.ceil((VECTORS_AT + LIST_BYTES) / CACHE_LINE) * CACHE_LINE;
