/** What a probe has seen so far. */
export interface ProbeFigures {
  readonly sent: number;
  readonly answered: number;
  readonly lost: number;
  /** The longest time without an answer, in milliseconds; the time up to now counts if a probe waits for its answer. */
  readonly outageMs: number;
  /** Probes sent since the last one that was answered. */
  readonly unanswered: number;
}

const INITIAL_PROBES = 1 << 16;

/** Counts probes and answers. Probes are numbered from 0; times are milliseconds of a clock that never goes back. */
export class ProbeRecord {
  private sentProbes = 0;
  private answered = 0;
  private newestAnswered = -1;
  private lastSentAt = 0;
  private lastAnswerAt = 0;
  private longestGapMs = 0;
  private isAnswered = new Uint8Array(INITIAL_PROBES);

  /** Notes that the next probe leaves, and returns its number. */
  send(nowMs: number): number {
    if (this.sentProbes === 0) this.lastAnswerAt = nowMs;
    this.lastSentAt = nowMs;
    return this.sentProbes++;
  }

  /** Notes an answer; a repeated one, or one to a probe that was never sent, does not count. */
  answer(number: number, nowMs: number): void {
    if (number >= this.sent || this.wasAnswered(number)) return;
    this.mark(number);
    this.answered++;
    this.newestAnswered = Math.max(this.newestAnswered, number);
    this.longestGapMs = Math.max(this.longestGapMs, nowMs - this.lastAnswerAt);
    this.lastAnswerAt = nowMs;
  }

  get sent(): number {
    return this.sentProbes;
  }

  figures(): ProbeFigures {
    const unanswered = this.sent - 1 - this.newestAnswered;
    const openGapMs = unanswered > 0 ? this.lastSentAt - this.lastAnswerAt : 0;
    return {
      sent: this.sent,
      answered: this.answered,
      lost: this.sent - this.answered,
      outageMs: Math.round(Math.max(this.longestGapMs, openGapMs) * 10) / 10,
      unanswered,
    };
  }

  private wasAnswered(number: number): boolean {
    return this.isAnswered[number] === 1;
  }

  private mark(number: number): void {
    if (number >= this.isAnswered.length) {
      const grown = new Uint8Array(Math.max(number + 1, 2 * this.isAnswered.length));
      grown.set(this.isAnswered);
      this.isAnswered = grown;
    }
    this.isAnswered[number] = 1;
  }
}
