import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PerfResult } from '../result.js';

/** In the checkout, not among what was compiled. */
const RESULTS = fileURLToPath(new URL('../../../perf/results/', import.meta.url));

/** Keeps a result as the latest one of its name; returns the file. */
export function saveResult(result: PerfResult, directory = RESULTS): string {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `${result.name}.json`);
  // Two steps: who reads meanwhile finds the one or the other.
  writeFileSync(`${file}.new`, `${JSON.stringify(result, undefined, 2)}\n`);
  renameSync(`${file}.new`, file);
  return file;
}

/** The latest result of each measurement that was ever run here, by name. */
export function readResults(directory = RESULTS): PerfResult[] {
  const files = readdirSync(directory).filter((name) => name.endsWith('.json'));
  return files.sort().map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')) as PerfResult);
}
