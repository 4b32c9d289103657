import { type Random, randomBelow, SeededRandom } from '../../src/base/random.js';
import { toHex } from '../support/hex.js';
import { mutate } from '../support/mutation.js';
import type { FuzzTarget } from './targets.js';

/** How many damaged packets a decoder took, and how many it called malformed. */
export interface FuzzCounts {
  accepted: number;
  rejected: number;
}

/** Damages packets and gives them to one decoder, the same ones for the same seed. */
export class Fuzzer {
  readonly counts: FuzzCounts = { accepted: 0, rejected: 0 };
  private readonly random: Random;

  constructor(
    private readonly target: FuzzTarget,
    seed: number,
  ) {
    this.random = new SeededRandom(seed);
  }

  /** Throws an Error that has the packet in it if the decoder throws, changes its input or reads what it cannot write. */
  run(packets: number): void {
    for (let index = 0; index < packets; index++) {
      if (this.try(this.next())) this.counts.accepted++;
      else this.counts.rejected++;
    }
  }

  /** Half of the packets have their checksums put right: they get further than the first check. */
  private next(): Uint8Array {
    const { seeds } = this.target;
    const packet = mutate(seeds[randomBelow(this.random, seeds.length)], seeds, this.random);
    if (this.random.nextU32() & 1) this.target.seal(packet);
    return packet;
  }

  private try(packet: Uint8Array): boolean {
    const before = packet.slice();
    try {
      const accepted = this.target.takes(packet);
      if (Buffer.compare(packet, before) !== 0) throw new Error('the decoder changed its input');
      return accepted;
    } catch (error) {
      throw new Error(`${this.target.name} failed on ${toHex(before)}`, { cause: error });
    }
  }
}
