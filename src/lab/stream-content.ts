import { createHash } from 'node:crypto';
import { SeededRandom } from '../base/random.js';

/** Random numbers are made in blocks of this size; any amount can be taken from them. */
const BLOCK_BYTES = 65_536;

/** Counts and hashes a stream. */
export class StreamHash {
  private readonly hash = createHash('sha256');
  private count = 0;

  update(chunk: Uint8Array): void {
    this.hash.update(chunk);
    this.count += chunk.length;
  }

  get bytes(): number {
    return this.count;
  }

  /** SHA-256 in hexadecimal of everything so far; can be asked at any time. */
  digest(): string {
    return this.hash.copy().digest('hex');
  }
}

/** An endless stream of content that a seed determines: no piece of it repeats, so that a lost or doubled one shows. */
export class StreamContent {
  private readonly random: SeededRandom;
  private readonly words = new Uint32Array(BLOCK_BYTES / 4);
  private readonly block = new Uint8Array(this.words.buffer);
  private used = BLOCK_BYTES;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
  }

  /** The next `length` bytes, in memory of their own. */
  next(length: number): Uint8Array {
    const result = new Uint8Array(length);
    for (let filled = 0; filled < length; ) {
      if (this.used === BLOCK_BYTES) this.refill();
      const part = this.block.subarray(this.used, this.used + length - filled);
      result.set(part, filled);
      this.used += part.length;
      filled += part.length;
    }
    return result;
  }

  private refill(): void {
    for (let index = 0; index < this.words.length; index++) this.words[index] = this.random.nextU32();
    this.used = 0;
  }
}
