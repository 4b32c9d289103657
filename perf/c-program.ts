import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LasthopError } from '../src/base/errors.js';
import { isInstalled } from '../src/lab/program.js';

/** Sources are not compiled output: they stay where the checkout has them. */
const SOURCES = fileURLToPath(new URL('../../perf/', import.meta.url));
const PROGRAMS = fileURLToPath(new URL('./programs/', import.meta.url));

const FLAGS = ['-std=gnu11', '-O3', '-march=native', '-Wall', '-Wextra', '-Werror'];

/**
 * Builds a program of ours for this machine, if what is there is older than its folder, and returns its path. `source` is
 * relative to `perf`. Throws LasthopError (`PROGRAM`) without a compiler, or with its first complaint.
 */
export function buildProgram(source: string): string {
  const path = join(SOURCES, source);
  const program = join(PROGRAMS, basename(source, '.c'));
  if (existsSync(program) && statSync(program).mtimeMs > youngest(dirname(path))) return program;
  if (!isInstalled('cc')) {
    throw new LasthopError(
      'PROGRAM',
      'cc is not installed, which builds programs to measure with',
      'apt-get install gcc',
    );
  }
  mkdirSync(PROGRAMS, { recursive: true });
  try {
    execFileSync('cc', [...FLAGS, '-o', program, path], { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  } catch (error) {
    const complaint = String((error as { stderr?: string }).stderr).split('\n')[0];
    throw new LasthopError('PROGRAM', `cannot build ${source}: ${complaint}`, undefined, { cause: error });
  }
  return program;
}

function youngest(directory: string): number {
  return Math.max(...readdirSync(directory).map((name) => statSync(join(directory, name)).mtimeMs));
}
