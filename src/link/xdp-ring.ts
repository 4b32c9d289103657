/** The bit of `flags` that asks for a system call (`XDP_RING_NEED_WAKEUP`). */
const NEED_WAKEUP = 1;

/**
 * One end of a ring that a process and the kernel share: entries, and two indices that count modulo 2^32, of which each
 * side writes one. A side first reads or writes entries (`entry`), then says so (`produce`, `consume`).
 */
export class XdpRing {
  /** The ring's memory; `entry` counts in it. */
  readonly words: Int32Array;
  private readonly producer: number;
  private readonly consumer: number;
  private readonly flags: number;
  private readonly entries: number;
  private readonly entryWords: number;
  private readonly slots: number;
  /** Our own index. */
  private position = 0;

  /**
   * @param memory a ring that nobody has used yet; `slots`, a power of two, is how many entries it has
   * @param offsets of producer index, consumer index, flags and entries, in bytes
   */
  constructor(memory: Uint8Array, offsets: ArrayLike<number>, entryBytes: number, slots: number) {
    this.words = new Int32Array(memory.buffer, memory.byteOffset, memory.byteLength >> 2);
    this.producer = offsets[0] >> 2;
    this.consumer = offsets[1] >> 2;
    this.flags = offsets[2] >> 2;
    this.entries = offsets[3] >> 2;
    this.entryWords = entryBytes >> 2;
    this.slots = slots;
  }

  /** Index into `words` of the entry `ahead` entries from where we are. */
  entry(ahead: number): number {
    return this.entries + ((this.position + ahead) & (this.slots - 1)) * this.entryWords;
  }

  /** Consumer: entries that wait. */
  waiting(): number {
    return (Atomics.load(this.words, this.producer) - this.position) | 0;
  }

  /** Consumer: hands the next `count` entries back. */
  consume(count: number): void {
    this.position = (this.position + count) | 0;
    Atomics.store(this.words, this.consumer, this.position);
  }

  /** Producer: entries that may be written. */
  room(): number {
    return this.slots - this.pending();
  }

  /** Producer: entries that the other side has not taken yet. */
  pending(): number {
    return (this.position - Atomics.load(this.words, this.consumer)) | 0;
  }

  /** Producer: hands the next `count` entries over. */
  produce(count: number): void {
    this.position = (this.position + count) | 0;
    Atomics.store(this.words, this.producer, this.position);
  }

  /** Producer: the kernel sleeps, and does not look into the ring before it is told to. */
  needsWakeup(): boolean {
    return (Atomics.load(this.words, this.flags) & NEED_WAKEUP) !== 0;
  }
}
