import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { LasthopError } from '../../src/base/errors.js';

/** A program that is spoken to in lines: each line that it writes is read in its turn. */
export class SpokenProcess {
  private readonly lines: string[] = [];
  private readonly readers: { resolve: (line: string) => void; reject: (error: Error) => void }[] = [];
  private readonly child: ChildProcess;
  private end: LasthopError | undefined;

  constructor(
    readonly name: string,
    command: readonly string[],
  ) {
    const [program = '', ...args] = command;
    this.child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.child.stdin?.on('error', () => {});
    createInterface({ input: this.child.stdout! }).on('line', (line) => this.receive(line));
    this.child.once('error', (error) => this.finish(error.message));
    this.child.once('close', (code, signal) => this.finish(signal ?? `exit code ${code}`));
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  say(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  /** The next line. Throws LasthopError (`PERF`) if the program ends before it comes. */
  hear(): Promise<string> {
    const line = this.lines.shift();
    if (line !== undefined) return Promise.resolve(line);
    if (this.end !== undefined) return Promise.reject(this.end);
    return new Promise((resolve, reject) => this.readers.push({ resolve, reject }));
  }

  /** Lets it end by itself: its standard input ends. */
  close(): void {
    this.child.stdin?.end();
  }

  private receive(line: string): void {
    const reader = this.readers.shift();
    if (reader === undefined) this.lines.push(line);
    else reader.resolve(line);
  }

  private finish(how: string): void {
    this.end ??= new LasthopError('PERF', `${this.name} ended (${how})`);
    for (const { reject } of this.readers.splice(0)) reject(this.end);
  }
}
