import { CHUNK_UNITS } from './poptrie.js';

const NONE = -1;
const ALL_FREE = -1;

/**
 * Hands out blocks of 1 to 32 neighboring units of a fixed memory. The memory is cut into chunks of 32 units, and a
 * 32-bit map tells which units of a chunk are free; a block lies within one chunk.
 *
 * A block takes exactly its size, and free neighbors are one run again without any work, so there is no waste inside
 * blocks. Chunks are listed by their longest free run, and a block comes from the shortest run that holds it, which keeps
 * long runs whole. What fragmentation can cost: a block of n units needs one chunk with n free neighbors; a chunk that was
 * never used is only touched when there is none.
 */
export class BlockPool {
  private readonly chunks: number;
  /** One bit for each unit of a chunk: 1 = free. */
  private readonly free: Int32Array;
  /** Lists of chunks, doubly linked, by the length of the longest free run; full and untouched chunks are in no list. */
  private readonly heads = new Int32Array(CHUNK_UNITS + 1).fill(NONE);
  private readonly next: Int32Array;
  private readonly previous: Int32Array;
  private readonly runs: Uint8Array;
  private touched = 0;
  private used = 0;

  /** `units` is the size of the memory; a rest that fills no chunk is not used. */
  constructor(units: number) {
    this.chunks = Math.floor(units / CHUNK_UNITS);
    this.free = new Int32Array(this.chunks);
    this.next = new Int32Array(this.chunks);
    this.previous = new Int32Array(this.chunks);
    this.runs = new Uint8Array(this.chunks);
  }

  /** Units in blocks that are handed out. */
  get usedUnits(): number {
    return this.used;
  }

  /** Units of the chunks that were ever used: the extent of the memory that costs something. */
  get touchedUnits(): number {
    return this.touched * CHUNK_UNITS;
  }

  /** The first unit of a block of `size` (1 to 32) units, or -1 if there is no room. */
  take(size: number): number {
    const chunk = this.chunkFor(size);
    if (chunk === NONE) return NONE;
    const position = firstRun(this.free[chunk], size);
    this.free[chunk] &= ~(unitMask(size) << position);
    this.used += size;
    this.relist(chunk);
    return chunk * CHUNK_UNITS + position;
  }

  /** Takes back a block of `take`. */
  give(first: number, size: number): void {
    const chunk = Math.floor(first / CHUNK_UNITS);
    const units = unitMask(size) << (first % CHUNK_UNITS);
    if ((this.free[chunk] & units) !== 0) throw new RangeError(`block ${first} of ${size} units is free already`);
    this.free[chunk] |= units;
    this.used -= size;
    this.relist(chunk);
  }

  private chunkFor(size: number): number {
    for (let run = size; run <= CHUNK_UNITS; run++) {
      if (this.heads[run] !== NONE) return this.heads[run];
    }
    if (this.touched === this.chunks) return NONE;
    const chunk = this.touched++;
    this.free[chunk] = ALL_FREE;
    return chunk;
  }

  /** Moves a chunk to the list of its longest free run. */
  private relist(chunk: number): void {
    const run = longestRun(this.free[chunk]);
    if (run === this.runs[chunk]) return;
    if (this.runs[chunk] !== 0) this.unlist(chunk);
    this.runs[chunk] = run;
    if (run === 0) return;
    const head = this.heads[run];
    this.next[chunk] = head;
    this.previous[chunk] = NONE;
    if (head !== NONE) this.previous[head] = chunk;
    this.heads[run] = chunk;
  }

  private unlist(chunk: number): void {
    const next = this.next[chunk];
    const previous = this.previous[chunk];
    if (next !== NONE) this.previous[next] = previous;
    if (previous !== NONE) this.next[previous] = next;
    else this.heads[this.runs[chunk]] = next;
  }
}

function unitMask(size: number): number {
  return size === CHUNK_UNITS ? ALL_FREE : (1 << size) - 1;
}

/** The lowest position in `map` of `size` ones in a row; there is one. */
function firstRun(map: number, size: number): number {
  let starts = map;
  for (let length = 1; length < size; ) {
    const step = Math.min(length, size - length);
    starts &= starts >>> step;
    length += step;
  }
  return 31 - Math.clz32(starts & -starts);
}

function longestRun(map: number): number {
  let length = 0;
  for (let starts = map; starts !== 0; starts &= starts >>> 1) length++;
  return length;
}
