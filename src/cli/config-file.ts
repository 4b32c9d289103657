import { readFileSync } from 'node:fs';
import { LasthopError } from '../base/errors.js';
import { type Config, readConfig } from '../config/config.js';

export const DEFAULT_CONFIG_PATH = '/etc/lasthop/lasthop.yaml';

export interface ConfigFile {
  readonly path: string;
  readonly text: string;
  readonly config: Config;
}

/** Reads and checks a configuration file. Throws a LasthopError if it cannot be read or is wrong. */
export function readConfigFile(path: string): ConfigFile {
  const text = readTextFile(path, 'a configuration file');
  return { path, text, config: readConfig(path, text) };
}

/** Reads what a user named. Throws a LasthopError that says `expected` if it cannot be read. */
export function readTextFile(path: string, expected: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reasons: { readonly [code: string]: string } = {
      ENOENT: 'there is no such file',
      EACCES: 'no permission to read it',
      EISDIR: 'it is a directory',
    };
    const reason = reasons[code ?? ''] ?? message;
    throw new LasthopError('CONFIG_UNREADABLE', `cannot read ${path}: ${reason}, expected ${expected}`, undefined, {
      cause: error,
    });
  }
}
