import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { LasthopError } from '../base/errors.js';
import { unreadableReason } from '../base/unreadable.js';
import { type AdvisedConfig, readConfigWithAdvice } from '../config/config.js';
import { readChannels } from '../kernel/link-settings.js';

export const DEFAULT_CONFIG_PATH = '/etc/lasthop/lasthop.yaml';

export interface ConfigFile extends AdvisedConfig {
  readonly path: string;
  readonly text: string;
}

/** Reads and checks a configuration file. Throws a LasthopError if it cannot be read or is wrong. */
export function readConfigFile(path: string): ConfigFile {
  const text = readTextFile(path, 'a configuration file');
  const circumstances = { calendarMs: Date.now(), processors: availableParallelism(), receiveQueues };
  return { path, text, ...readConfigWithAdvice(path, text, circumstances) };
}

/** Of a link that is not here, nobody knows. */
function receiveQueues(link: string): number | undefined {
  const channels = readChannels(link);
  return channels === undefined ? undefined : channels.receive + channels.combined;
}

/** Reads the text file that a user named. Throws a LasthopError that says `expected` if it cannot be read. */
export function readTextFile(path: string, expected: string): string {
  const bytes = readBytes(path, expected);
  const text = decodeUtf8(bytes);
  if (text !== undefined) return text;
  throw new LasthopError('CONFIG_UNREADABLE', `${path} is not UTF-8 text, expected ${expected}`);
}

/** A named pipe without a writer must not keep the command waiting, so nothing that is not a file is read. */
function readBytes(path: string, expected: string): Buffer {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const status = fstatSync(descriptor);
    if (status.isFile()) return readFileSync(descriptor);
    const reason = status.isDirectory() ? 'it is a directory' : 'it is not a file';
    throw new LasthopError('CONFIG_UNREADABLE', `cannot read ${path}: ${reason}, expected ${expected}`);
  } catch (error) {
    if (error instanceof LasthopError) throw error;
    const message = `cannot read ${path}: ${unreadableReason(error)}, expected ${expected}`;
    throw new LasthopError('CONFIG_UNREADABLE', message, undefined, { cause: error });
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Undefined for what is no UTF-8. UTF-16 may pass for it, but for its NULs, which no text file has. */
function decodeUtf8(bytes: Buffer): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
