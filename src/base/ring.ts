/** One cache line for each index, so that the two sides do not take it from each other. */
const INDEX_BYTES = 128;
const WRITTEN = 0;
const TAKEN = 16;
const RECORD_HEADER_BYTES = 12;

/**
 * A ring of records of variable length in shared memory: one thread pushes, one other thread takes.
 *
 * ```
 *  indexes (128 bytes)                    data (capacity, a power of two)
 *  ┌───────────────┬───────────────┐  ┌──────────────────────────────────────────┐
 *  │ written       │ taken         │  │ … │ tag aux length bytes… pad │ tag aux … │
 *  └───────────────┴───────────────┘  └──────────────────────────────────────────┘
 *    producer's      consumer's           a record may go round the end
 *    cache line      cache line
 * ```
 *
 * `written` and `taken` count bytes and run freely modulo 2^32; their difference is what is in the ring. The producer
 * stores `written` after the record, the consumer stores `taken` after it has read the record, both with Atomics: that
 * orders the plain accesses to the data. No method allocates.
 */
export class SharedRing {
  /** Fields of the record that `peek` found: two unsigned 32-bit numbers of the producer's and the bytes' length. */
  tag = 0;
  aux = 0;
  length = 0;

  readonly capacityBytes: number;

  private readonly indexes: Int32Array;
  private readonly words: Uint32Array;
  private readonly data: Uint8Array;
  private readonly mask: number;

  /** Bytes of shared memory for a ring whose data take `capacityBytes`, a power of two from 16 to 2^30. */
  static bytesFor(capacityBytes: number): number {
    if (capacityBytes < 16 || capacityBytes > 0x40000000 || (capacityBytes & (capacityBytes - 1)) !== 0) {
      throw new RangeError(`ring capacity ${capacityBytes}, expected a power of two from 16 to 2^30`);
    }
    return INDEX_BYTES + capacityBytes;
  }

  /**
   * A view of the ring in `memory` from `byteOffset` (a multiple of 4) for `byteLength` bytes, by default to the end:
   * exactly `bytesFor` its capacity. Fresh memory is an empty ring. Each side makes its own view.
   */
  constructor(memory: SharedArrayBuffer, byteOffset = 0, byteLength: number = memory.byteLength - byteOffset) {
    const capacity = byteLength - INDEX_BYTES;
    SharedRing.bytesFor(capacity);
    this.capacityBytes = capacity;
    this.mask = capacity - 1;
    this.indexes = new Int32Array(memory, byteOffset, INDEX_BYTES / 4);
    this.words = new Uint32Array(memory, byteOffset + INDEX_BYTES, capacity / 4);
    this.data = new Uint8Array(memory, byteOffset + INDEX_BYTES, capacity);
  }

  /** Bytes that a record of `length` bytes takes in a ring. */
  static recordBytes(length: number): number {
    return RECORD_HEADER_BYTES + ((length + 3) & ~3);
  }

  /**
   * Producer: appends a record with `length` bytes from `offset` of `bytes`. Returns false, and changes nothing, if
   * there is no room now, or never (`recordBytes` above the capacity).
   */
  push(tag: number, aux: number, bytes: Uint8Array, offset: number, length: number): boolean {
    const written = this.indexes[WRITTEN];
    const used = (written - Atomics.load(this.indexes, TAKEN)) >>> 0;
    const size = SharedRing.recordBytes(length);
    if (size > this.capacityBytes - used) return false;
    this.setWord(written, tag);
    this.setWord(written + 4, aux);
    this.setWord(written + 8, length);
    const start = written + RECORD_HEADER_BYTES;
    const { data, mask } = this;
    for (let i = 0; i < length; i++) data[(start + i) & mask] = bytes[offset + i];
    Atomics.store(this.indexes, WRITTEN, (written + size) | 0);
    return true;
  }

  /** Consumer: reads `tag`, `aux` and `length` of the oldest record. Returns false if the ring is empty. */
  peek(): boolean {
    const taken = this.indexes[TAKEN];
    if (Atomics.load(this.indexes, WRITTEN) === taken) return false;
    this.tag = this.word(taken);
    this.aux = this.word(taken + 4);
    this.length = this.word(taken + 8);
    return true;
  }

  /** Either side: true if nothing waits to be taken. */
  get isEmpty(): boolean {
    return Atomics.load(this.indexes, WRITTEN) === Atomics.load(this.indexes, TAKEN);
  }

  /** Consumer: copies the bytes of the record that `peek` found; `bytes` has room for `length` of them from `offset`. */
  copyTo(bytes: Uint8Array, offset: number): void {
    const start = this.indexes[TAKEN] + RECORD_HEADER_BYTES;
    const { data, mask, length } = this;
    for (let i = 0; i < length; i++) bytes[offset + i] = data[(start + i) & mask];
  }

  /** Consumer: gives the room of the record that `peek` found back to the producer. */
  pop(): void {
    const taken = this.indexes[TAKEN] + SharedRing.recordBytes(this.length);
    Atomics.store(this.indexes, TAKEN, taken | 0);
  }

  private word(position: number): number {
    return this.words[(position & this.mask) >>> 2];
  }

  private setWord(position: number, value: number): void {
    this.words[(position & this.mask) >>> 2] = value;
  }
}
