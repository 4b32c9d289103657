/**
 * Token buckets for what the router sends by itself (RFC 1812 section 4.3.2.8). Each bucket holds at most `burst`
 * tokens and gains `perSecond` of them in a second; time comes from outside, in microseconds.
 */
export class TokenBucket {
  private readonly tokensPerUs: number;
  private readonly burst: number;
  /** Tokens, and when they were counted. In an array, so that a change allocates nothing. */
  private readonly state: Float64Array;

  constructor(perSecond: number, burst: number) {
    this.tokensPerUs = perSecond / 1e6;
    this.burst = burst;
    this.state = Float64Array.of(burst, 0);
  }

  /** Takes one token; false if there is none. `clock[0]` is the time and never goes back. */
  take(clock: Float64Array): boolean {
    const { state } = this;
    const now = clock[0];
    state[0] = Math.min(this.burst, state[0] + (now - state[1]) * this.tokensPerUs);
    state[1] = now;
    if (state[0] < 1) return false;
    state[0] -= 1;
    return true;
  }
}
