import { overload, type TrialSetting } from './trial.js';

const TRIAL_MS = 1000;

/** What comes from the generator with nothing in the way, in frames a second, at several times of a run. */
export class Ceiling {
  readonly measured: number[] = [];

  constructor(
    private readonly direct: TrialSetting,
    private readonly say: (line: string) => void,
  ) {}

  /** The highest rate that a search has to try. */
  get highest(): number {
    return Math.max(...this.measured);
  }

  async measure(): Promise<void> {
    const { forwardedPps } = await overload(this.direct, TRIAL_MS);
    this.measured.push(forwardedPps);
    this.say(`generator alone: ${Math.round(forwardedPps / 1000)} k/s`);
  }
}
