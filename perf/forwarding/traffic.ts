import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { LasthopError } from '../../src/base/errors.js';
import { isInstalled } from '../../src/lab/program.js';
import { generatorProcessor } from '../processors.js';

const SOURCES = fileURLToPath(new URL('../../../perf/traffic/', import.meta.url));

/** What a measurement needs from the system, and the Debian package that brings it. */
const PACKAGES = { iperf3: 'iperf3', cc: 'gcc' } as const;

/** Throws LasthopError (`PROGRAM`) with the package to install if the program is missing. */
export function requireProgram(program: keyof typeof PACKAGES): void {
  if (isInstalled(program)) return;
  const message = `the measurement needs ${program}, which is not installed`;
  throw new LasthopError('PROGRAM', message, `install the package ${PACKAGES[program]}`);
}

/** The sender and the receiver of UDP datagrams (`perf/traffic`), compiled on the spot. */
export class Traffic {
  private constructor(private readonly directory: string) {}

  static async build(): Promise<Traffic> {
    requireProgram('cc');
    const directory = await mkdtemp(join(tmpdir(), 'lasthop-traffic-'));
    const compile = (name: string) =>
      promisify(execFile)('cc', ['-O2', '-o', join(directory, name), join(SOURCES, `${name}.c`), '-lm']);
    try {
      await Promise.all([compile('send'), compile('receive')]);
    } catch (cause) {
      await rm(directory, { recursive: true });
      throw new LasthopError('PROGRAM', `cc cannot compile ${SOURCES}: ${(cause as Error).message}`, undefined, {
        cause,
      });
    }
    return new Traffic(directory);
  }

  /** The shell command that sends to a port. */
  send(to: string, port: number, stream: Stream): string {
    const { flows, payloadBytes, warmUpSeconds, seconds, rate, toRate = rate } = stream;
    const words = [to, port, flows, payloadBytes, warmUpSeconds, seconds, rate, toRate];
    return `'${join(this.directory, 'send')}' ${words.join(' ')}`;
  }

  /** A shell command on the generator's processor (`processors.ts`). */
  onGeneratorProcessor(command: string): string {
    return `taskset --cpu-list ${generatorProcessor()} ${command}`;
  }

  /**
   * The shell command that starts to receive in the background; `file` appears when it is done.
   *
   * @param mode what is noted: a `Count` of so many seconds, `Steps` or `Times`
   */
  receive(port: number, file: string, mode: { readonly countSeconds: number } | 'steps' | 'times'): string {
    const words = typeof mode === 'string' ? mode : `count ${mode.countSeconds}`;
    return `rm -f ${file}; '${join(this.directory, 'receive')}' ${port} ${file} ${words} >${file}.log 2>&1 &`;
  }

  remove(): Promise<void> {
    return rm(this.directory, { recursive: true });
  }
}

/** Datagrams as `send` sends them. */
export interface Stream {
  readonly flows: number;
  /** UDP payload of each. */
  readonly payloadBytes: number;
  /** For so long as many go as the sender has, and none counts: code that is not compiled yet. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Datagrams a second, one at a time; 0 for as many as the sender has, 64 at a time. */
  readonly rate: number;
  /** What the rate grows to, in steps that are equally long. */
  readonly toRate?: number;
}

/** What an ordinary program read. */
export interface Count {
  readonly received: number;
  readonly seconds: number;
}

/** `[offered, planned, arrived]` of each step: datagrams a second, datagrams, and how many of them came in time. */
export interface Steps {
  readonly steps: readonly (readonly [number, number, number])[];
}

export interface Times extends Count {
  readonly medianUs: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly maxUs: number;
  /** `[us, datagrams]`: how many took at least so long, up to the next one, in growing order. */
  readonly histogram: readonly (readonly [number, number])[];
}
