import type { CheckRun } from '../controller/health-board.js';
import type { Echo } from './echo.js';
import { runProbe } from './probe.js';

/** Programs and connections of checks that are open at once; the others wait for their turn. */
const MOST_AT_ONCE = 64;

/** Runs checks, each with its time. */
export class CheckRunner {
  private readonly waiting: CheckRun[] = [];
  private running = 0;

  /**
   * @param echo stays the caller's
   * @param settled is called after each result
   */
  constructor(
    private readonly echo: Echo,
    private readonly nowMs: () => number,
    private readonly settled: () => void,
  ) {}

  run(runs: readonly CheckRun[]): void {
    this.waiting.push(...runs);
    while (this.running < MOST_AT_ONCE) {
      const next = this.waiting.shift();
      if (next === undefined) return;
      void this.perform(next);
    }
  }

  private async perform({ probe, timeoutMs, done }: CheckRun): Promise<void> {
    this.running++;
    const failure = await runProbe(probe, AbortSignal.timeout(timeoutMs), this.echo);
    this.running--;
    done(failure, this.nowMs());
    this.settled();
    this.run([]);
  }
}
