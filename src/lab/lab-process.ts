import type { ChildProcess, StdioOptions } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { LasthopError } from '../base/errors.js';
import { insideOf, isolationFlags, isUnprivileged, spawnIsolated } from './isolation.js';
import type { FromKeeper, LogTail, ToKeeper } from './keeper-messages.js';
import type { LabResult, StepResult } from './result.js';

/** What is to be heard while a lab runs. */
export interface LabListener {
  onStep(step: StepResult): void;
  /** The scenario failed: where the nodes' files are, and the ends of their logs. */
  onLogs(directory: string, tails: readonly LogTail[]): void;
}

/** What lab, and how. */
export interface LabOrder {
  /** Name of the lab file, for messages. */
  readonly file: string;
  readonly text: string;
  readonly scenario: boolean;
  /** The lab ends with this process. */
  readonly bound: boolean;
  /** Descriptor for what goes wrong inside beyond the messages to here. */
  readonly log: number;
}

const KEEPER = fileURLToPath(new URL('./keeper.js', import.meta.url));

/** A lab in an isolation of its own, seen from outside. */
export class LabProcess {
  private problem: LasthopError | undefined;
  private started = false;
  private staying = false;
  private finalResult: LabResult | undefined;
  private listeners: (() => void)[] = [];

  private constructor(
    private readonly isolation: ChildProcess,
    private readonly listener: LabListener,
    /** True if root inside the lab is an ordinary user outside. */
    readonly unprivileged: boolean,
  ) {
    isolation.on('message', (message: FromKeeper) => this.receive(message));
    isolation.once('error', (error) => this.fail(new LasthopError('LAB', `cannot start the lab: ${error.message}`)));
    isolation.once('exit', (code, signal) =>
      this.fail(new LasthopError('LAB', `the lab ended early (${signal ?? `exit code ${code}`})`)),
    );
  }

  /**
   * Enters an isolation and builds the lab there; returns when it stands. A `bound` lab ends with this process whatever
   * happens; another can be told to stay.
   */
  static async start(lab: LabOrder, listener: LabListener): Promise<LabProcess> {
    const flags = isolationFlags();
    const command = [process.execPath, KEEPER];
    const stdio: StdioOptions = ['ignore', lab.log, lab.log, 'ipc'];
    const isolation = spawnIsolated(flags, command, { bound: lab.bound, stdio });
    const process_ = new LabProcess(isolation, listener, isUnprivileged(flags));
    process_.send({ type: 'build', file: lab.file, text: lab.text, pid: process.pid, scenario: lab.scenario });
    await process_.until(() => process_.started);
    return process_;
  }

  /** The keeper's process id as seen from here; undefined if it has ended. */
  get pid(): number | undefined {
    return insideOf(this.isolation);
  }

  async result(): Promise<LabResult> {
    await this.until(() => this.finalResult !== undefined);
    return this.finalResult!;
  }

  /** Lets the lab go on without this process. */
  async stay(socketPath: string): Promise<void> {
    this.send({ type: 'stay', socketPath });
    await this.until(() => this.staying);
    this.isolation.removeAllListeners('exit');
    this.isolation.disconnect();
    this.isolation.unref();
  }

  /** Ends the lab and all that is in it; returns when it is gone. */
  end(): Promise<void> {
    this.isolation.removeAllListeners('exit');
    if (this.isolation.exitCode !== null || this.isolation.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      this.isolation.once('exit', () => resolve());
      this.isolation.kill('SIGKILL');
    });
  }

  private send(message: ToKeeper): void {
    this.isolation.send(message, (error) => {
      if (error !== null) this.fail(new LasthopError('LAB', `the lab does not listen: ${error.message}`));
    });
  }

  private receive(message: FromKeeper): void {
    switch (message.type) {
      case 'started':
        this.started = true;
        break;
      case 'staying':
        this.staying = true;
        break;
      case 'step':
        this.listener.onStep(message.step);
        break;
      case 'logs':
        this.listener.onLogs(message.directory, message.tails);
        break;
      case 'result':
        this.finalResult = message.result;
        break;
      case 'failed':
        this.problem ??= new LasthopError(message.code, message.message, message.hint);
        break;
    }
    this.notify();
  }

  private fail(problem: LasthopError): void {
    this.problem ??= problem;
    this.notify();
  }

  private notify(): void {
    for (const listener of this.listeners.splice(0)) listener();
  }

  private async until(reached: () => boolean): Promise<void> {
    while (!reached()) {
      if (this.problem !== undefined) throw this.problem;
      await new Promise<void>((resolve) => this.listeners.push(resolve));
    }
  }
}
