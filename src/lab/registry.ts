import { chmodSync, lstatSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LasthopError } from '../base/errors.js';
import { pollUntil } from './poll.js';

/** A lab that goes on in the background. */
export interface RegisteredLab {
  readonly lab: string;
  readonly file: string;
  /** The keeper. */
  readonly pid: number;
  /** When the keeper started, in the kernel's ticks since boot: tells it from a later process with its number. */
  readonly startTicks: number;
  /** True if root inside is an ordinary user outside. */
  readonly unprivileged: boolean;
}

const END_WITHIN_MS = 10_000;

/**
 * The labs of this user that go on in the background: one JSON file and one control socket each, in a directory that
 * only this user can use. The record, not the lab file, says what there is to remove.
 */
export class LabRegistry {
  private readonly directory = join(tmpdir(), `lasthop-lab-${process.getuid?.() ?? 0}`);

  /** Where the lab's keeper listens. The directory is made if need be. */
  socketPath(lab: string): string {
    this.openDirectory();
    return join(this.directory, `${lab}.sock`);
  }

  /** Opens the log of a lab that is about to be built: it must not keep the terminal of the command that builds it. */
  openLog(lab: string): number {
    this.openDirectory();
    return openSync(this.logPath(lab), 'w', 0o600);
  }

  add(lab: Omit<RegisteredLab, 'startTicks'>): void {
    const startTicks = startTicksOf(lab.pid);
    if (startTicks === undefined) throw new LasthopError('LAB', `the lab ${lab.lab} has ended already`);
    this.openDirectory();
    writeFileSync(this.recordPath(lab.lab), `${JSON.stringify({ ...lab, startTicks })}\n`);
  }

  /** The labs that live; what is left of others is removed. */
  list(): RegisteredLab[] {
    const files = this.exists() ? readdirSync(this.directory).filter((name) => name.endsWith('.json')) : [];
    const labs = files.map((name) => JSON.parse(readFileSync(join(this.directory, name), 'utf8')) as RegisteredLab);
    for (const lab of labs) if (!isAlive(lab)) this.forget(lab.lab);
    return labs.filter(isAlive);
  }

  /** Throws LasthopError if there is no such lab. */
  get(name: string): RegisteredLab {
    const labs = this.list();
    const found = labs.find((lab) => lab.lab === name);
    if (found !== undefined) return found;
    const names = labs.map((lab) => lab.lab).join(', ');
    throw new LasthopError('LAB', `no lab ${name} is up, ${names === '' ? 'none is' : `expected one of ${names}`}`);
  }

  requireFree(name: string): void {
    if (!this.list().some((lab) => lab.lab === name)) return;
    throw new LasthopError('LAB', `the lab ${name} is up already`, `lasthop lab down ${name}`);
  }

  /** Ends a lab and forgets it; returns when it is gone. */
  async end(lab: RegisteredLab): Promise<void> {
    // The kernel ends the rest with the first process of a process namespace.
    if (isAlive(lab)) process.kill(lab.pid, 'SIGKILL');
    await pollUntil(END_WITHIN_MS, `the lab ${lab.lab} to end`, async () => !isAlive(lab));
    this.forget(lab.lab);
  }

  /** Removes what is kept of a lab that has ended, or was never built. */
  forget(lab: string): void {
    rmSync(this.recordPath(lab), { force: true });
    rmSync(this.logPath(lab), { force: true });
    rmSync(join(this.directory, `${lab}.sock`), { force: true });
    if (readdirSync(this.directory).length === 0) rmSync(this.directory, { recursive: true, force: true });
  }

  private recordPath(lab: string): string {
    return join(this.directory, `${lab}.json`);
  }

  private logPath(lab: string): string {
    return join(this.directory, `${lab}.log`);
  }

  private exists(): boolean {
    return lstatSync(this.directory, { throwIfNoEntry: false }) !== undefined;
  }

  /** Anyone can make directories beside it: refuses one that is not this user's own. */
  private openDirectory(): void {
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    const status = lstatSync(this.directory);
    if (!status.isDirectory() || status.uid !== process.getuid?.()) {
      throw new LasthopError('LAB', `${this.directory} belongs to somebody else, expected a directory of this user`);
    }
    chmodSync(this.directory, 0o700);
  }
}

function isAlive(lab: RegisteredLab): boolean {
  return startTicksOf(lab.pid) === lab.startTicks;
}

/** Field 22 of `/proc/PID/stat` (`proc_pid_stat(5)`); undefined if the process has ended. */
function startTicksOf(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : Number(fields[19]);
  } catch {
    return undefined;
  }
}
