import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The directory of the source checkout, without a slash at the end. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

/**
 * Modification time of a file in milliseconds, or 0 if there is none.
 * @param {string} path relative to the checkout
 */
export function modifiedAt(path) {
  return statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/**
 * The newest modification time among files and, for directories, everything in them. Directories count themselves, so
 * that a removed file is noticed.
 * @param {readonly string[]} paths relative to the checkout; missing ones are skipped
 */
export function newest(paths) {
  let latest = 0;
  for (const path of paths) {
    const status = statSync(join(root, path), { throwIfNoEntry: false });
    if (status === undefined) continue;
    latest = Math.max(latest, status.mtimeMs);
    if (!status.isDirectory()) continue;
    const entries = readdirSync(join(root, path)).map((name) => join(path, name));
    latest = Math.max(latest, newest(entries));
  }
  return latest;
}

/**
 * One line about what is going on. Always stderr: stdout belongs to the command that the user typed.
 * @param {string} line
 */
export function say(line) {
  process.stderr.write(`lasthop: ${line}\n`);
}
