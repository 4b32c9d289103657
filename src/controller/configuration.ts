import { availableParallelism } from 'node:os';
import { type Config, readConfigWithAdvice } from '../config/config.js';
import { ConfigError } from '../config/problem.js';
import { changedSections } from './changed-sections.js';
import type { Clocks } from './clocks.js';
import type { EventLog } from './event-log.js';

/** How a reload ended: the sections that changed, or what is wrong with the file (one line for each problem). */
export type ReloadOutcome =
  | { readonly applied: true; readonly changed: readonly string[] }
  | { readonly applied: false; readonly code: 'CONFIG' | 'CONFIG_UNREADABLE'; readonly problems: string };

/** The configuration in force, and those who wait for the file to have been read again. */
export class Configuration {
  private config: Config | undefined;
  private readonly waiting: ((outcome: ReloadOutcome) => void)[] = [];

  constructor(
    private readonly events: EventLog,
    private readonly clocks: Clocks,
  ) {}

  /** Undefined until a good one has come. */
  get current(): Config | undefined {
    return this.config;
  }

  /** `done` is called with what the next `take` or `cannotRead` leads to. */
  await(done: (outcome: ReloadOutcome) => void): void {
    this.waiting.push(done);
  }

  /** Returns true if `text` is good, and in force from now on; otherwise nothing changes. */
  take(file: string, text: string, nowMs: number): boolean {
    const outcome = this.replace(file, text, nowMs);
    if (outcome.applied) {
      this.events.record(nowMs, 'config-applied', { file, changed: outcome.changed.join(',') });
    } else {
      const [first = ''] = outcome.problems.split('\n');
      this.events.record(nowMs, 'config-rejected', { file, problem: first });
    }
    this.settle(outcome);
    return outcome.applied;
  }

  cannotRead(file: string, reason: string): void {
    this.settle({ applied: false, code: 'CONFIG_UNREADABLE', problems: `cannot read ${file}: ${reason}` });
  }

  private settle(outcome: ReloadOutcome): void {
    for (const done of this.waiting.splice(0)) done(outcome);
  }

  private replace(file: string, text: string, nowMs: number): ReloadOutcome {
    try {
      const circumstances = {
        calendarMs: this.clocks.calendarMs(nowMs),
        processors: availableParallelism(),
        // The forwarder says so itself when it opens a link.
        receiveQueues: () => undefined,
      };
      const { config, warnings } = readConfigWithAdvice(file, text, circumstances, this.config);
      for (const { line, column, message } of warnings) {
        this.events.record(nowMs, 'config-warning', { file, line, column, warning: message });
      }
      const changed = changedSections(this.config, config);
      this.config = config;
      return { applied: true, changed };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return { applied: false, code: 'CONFIG', problems: error.message };
    }
  }
}
