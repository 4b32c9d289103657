import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { LasthopError } from '../base/errors.js';
import { labEnvironment } from './program.js';
import { inNamespace } from './wiring.js';

/** A long-running program in a node's namespace. What it writes goes to a log file. */
export class NodeProcess {
  private child: ChildProcess | undefined;
  private endedBy = '';
  private stopping = false;

  constructor(
    readonly name: string,
    private readonly namespace: string,
    private readonly command: readonly string[],
    readonly logPath: string,
  ) {}

  start(): void {
    const log = openSync(this.logPath, 'a');
    try {
      const [program, args] = inNamespace(this.namespace, this.command);
      const child = spawn(program, args, { stdio: ['ignore', log, log], env: labEnvironment() });
      this.child = child;
      this.endedBy = '';
      this.stopping = false;
      child.once('error', (error) => this.ended(child, error.message));
      child.once('exit', (code, signal) => this.ended(child, signal ?? `exit code ${code}`));
    } finally {
      closeSync(log);
    }
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  get running(): boolean {
    return this.child !== undefined;
  }

  /** Why it is not running although nobody stopped it, in one line; undefined while all is well. */
  get failure(): string | undefined {
    if (this.running || this.stopping || this.endedBy === '') return undefined;
    return `${this.name} ended (${this.endedBy}): ${this.logTail(1).trim() || 'it wrote nothing'}`;
  }

  /** Ends it by a signal; returns when it is gone. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const { child } = this;
    if (child === undefined) throw new LasthopError('LAB', `${this.name} is not running`);
    this.stopping = true;
    return new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.kill(signal);
    });
  }

  logTail(lines: number): string {
    if (!existsSync(this.logPath)) return '';
    return `${readFileSync(this.logPath, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')}\n`;
  }

  private ended(child: ChildProcess, end: string): void {
    if (this.child !== child) return;
    this.child = undefined;
    this.endedBy = end;
  }
}
