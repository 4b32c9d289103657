/** A source of random numbers given to protocol code from outside, so that a seed reproduces a run. */
export interface Random {
  /** A uniformly distributed unsigned 32-bit number. */
  nextU32(): number;
}

/** The sfc32 generator (Chris Doty-Humphrey, PractRand): small, fast and good enough for jitter and simulation. */
export class SeededRandom implements Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  /** `seed` is any 32-bit number; equal seeds give equal sequences. */
  constructor(seed: number) {
    this.a = seed | 0;
    this.b = (seed ^ 0x9e3779b9) | 0;
    this.c = (seed ^ 0x243f6a88) | 0;
    for (let warmUp = 0; warmUp < 12; warmUp++) this.nextU32();
  }

  nextU32(): number {
    const result = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + result) | 0;
    return result >>> 0;
  }
}

/** A number in [0, bound), for 0 < bound <= 2^32. */
export function randomBelow(random: Random, bound: number): number {
  return Math.floor((random.nextU32() / 0x100000000) * bound);
}
