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
      promisify(execFile)('cc', ['-O2', '-o', join(directory, name), join(SOURCES, `${name}.c`)]);
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

  /** The shell command that sends; `rate` in datagrams a second, 0 for all that goes. Addresses and numbers as text. */
  send(to: string, port: number, flows: number, bytes: number, seconds: number, rate: number): string {
    return `'${join(this.directory, 'send')}' ${to} ${port} ${flows} ${bytes} ${seconds} ${rate}`;
  }

  /** A shell command on the generator's processor (`processors.ts`). */
  onGeneratorProcessor(command: string): string {
    return `taskset --cpu-list ${generatorProcessor()} ${command}`;
  }

  /** The shell command that starts to receive in the background; `file` appears when it is done. */
  receive(port: number, warmUpSeconds: number, seconds: number, file: string, stamps: boolean): string {
    const program = `'${join(this.directory, 'receive')}' ${port} ${warmUpSeconds} ${seconds} ${file}`;
    return `rm -f ${file}; ${program}${stamps ? ' stamps' : ''} >${file}.log 2>&1 &`;
  }

  remove(): Promise<void> {
    return rm(this.directory, { recursive: true });
  }
}

/** What `receive` writes; the times only if it was asked for them. */
export interface Reception {
  readonly received: number;
  readonly seconds: number;
  readonly medianUs: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly maxUs: number;
  /** `[us, datagrams]`: how many took at least so long, up to the next one, in growing order. */
  readonly histogram: readonly (readonly [number, number])[];
}
