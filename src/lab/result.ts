/** What a scenario came to: the one JSON object that `lab run --json` ends with. */
export interface LabResult {
  readonly lab: string;
  readonly passed: boolean;
  readonly steps: readonly StepResult[];
  readonly probes: { readonly [name: string]: ProbeResult };
}

export interface StepResult {
  readonly name: string;
  readonly passed: boolean;
  /** When the step ended, counted from the beginning of the scenario. */
  readonly atMs: number;
  readonly detail: string;
}

export interface ProbeResult {
  readonly sent: number;
  readonly lost: number;
  /** The longest time without an answer. */
  readonly outageMs: number;
  /** Whether every TCP transfer that ran beside the probe arrived whole; null if none did. */
  readonly tcpSurvived: boolean | null;
}
