import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { LasthopError } from '../../src/base/errors.js';

const run = promisify(execFile);
const SOURCES = fileURLToPath(new URL('../../../perf/limit/', import.meta.url));

/** A library that a program is linked with, and the Debian package that brings it. */
export interface Library {
  /** Its name for pkg-config. */
  readonly name: string;
  readonly debianPackage: string;
}

/**
 * Compiles `perf/limit/NAME.c` for this machine (`cc -O3 -march=native`) into `directory`, as NAME. Throws a LasthopError that
 * names the package if the compiler or the library is missing, and says why if the program does not compile.
 */
async function compilePeer(name: string, directory: string, library?: Library): Promise<void> {
  const flags = library === undefined ? [] : await flagsOf(library);
  const options = ['-O3', '-march=native', join(SOURCES, `${name}.c`), '-o', join(directory, name), ...flags];
  await run('cc', options).catch((cause) => {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const reason = missing ? 'there is no C compiler (Debian package gcc)' : String(cause.stderr ?? cause);
    throw new LasthopError('PEER_NOT_BUILT', `${name} was not built: ${reason}`, undefined, { cause });
  });
}

async function flagsOf({ name, debianPackage }: Library): Promise<string[]> {
  try {
    const { stdout } = await run('pkg-config', ['--cflags', '--libs', name]);
    return stdout.trim().split(/\s+/);
  } catch (cause) {
    const message = `${name} is not installed (Debian packages pkg-config and ${debianPackage})`;
    throw new LasthopError('PEER_NOT_INSTALLED', message, undefined, { cause });
  }
}

/** A running program that answers each line with a line: it works only while somebody waits for the answer. */
export class NativePeer {
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly answers: AsyncIterator<string>;

  constructor(program: string, options: readonly string[]) {
    this.child = spawn(program, options, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.answers = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  /**
   * Compiles the peer of this name into `directory` and starts it. A peer that cannot be had is a text that says why: its
   * ratios are to be left out.
   */
  static async start(
    name: string,
    directory: string,
    options: readonly string[],
    library?: Library,
  ): Promise<NativePeer | string> {
    try {
      await compilePeer(name, directory, library);
    } catch (error) {
      if (error instanceof LasthopError) return error.message;
      throw error;
    }
    return new NativePeer(join(directory, name), options);
  }

  /** Has it do `work` and returns the numbers of its answer. */
  async turn(work: string): Promise<number[]> {
    this.child.stdin.write(`${work}\n`);
    const { value, done } = await this.answers.next();
    if (done === true)
      throw new LasthopError('PEER_FAILED', `${this.child.spawnfile} ended before it answered "${work}"`);
    return String(value).split(' ').map(Number);
  }

  async close(): Promise<void> {
    this.child.stdin.end();
    if (this.child.exitCode === null) await once(this.child, 'exit');
  }
}
