import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { LasthopError } from '../base/errors.js';

/** Where routing daemons and network tools live, also when the user's PATH leaves them out. */
const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/lib/frr'];

/** Where a lab puts a `lasthop` command for its nodes: in the private `/run`, so that it vanishes with the lab. */
export const LAB_PROGRAMS = '/run/lasthop-bin';

/** The environment for programs that a lab starts: the own one with a PATH that finds them. */
export function labEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: searchPath().join(delimiter) };
}

/** True if the program is installed. */
export function isInstalled(program: string): boolean {
  return searchPath().some((directory) => isExecutable(join(directory, program)));
}

/**
 * Runs a program to its end and returns what it wrote to stdout. Throws LasthopError (`PROGRAM`) with the last line of
 * stderr if it ends with anything but 0.
 */
export function runProgram(program: string, args: readonly string[], input?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { env: labEnvironment(), maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const reason = stderr.trim().split('\n').at(-1) || error.message;
      reject(new LasthopError('PROGRAM', `${[program, ...args].join(' ')}: ${reason}`, undefined, { cause: error }));
    });
    // A program that ends without reading its input is judged by its exit code.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input ?? '');
  });
}

function searchPath(): string[] {
  const own = (process.env.PATH ?? '').split(delimiter).filter((directory) => directory !== '');
  return [LAB_PROGRAMS, ...own, ...SYSTEM_DIRECTORIES.filter((directory) => !own.includes(directory))];
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
