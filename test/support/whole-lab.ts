import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readLab } from '../../src/lab/lab-file.js';
import type { LabResult } from '../../src/lab/result.js';
import { lasthop } from './lasthop-command.js';

/** Runs a lab and asserts that every step of its file was reached and passed. `file` is relative to the checkout. */
export async function runWholeLab(file: string): Promise<LabResult> {
  const { code, stdout, stderr } = await lasthop('lab', 'run', file, '--json');
  assert.notEqual(stdout, '', stderr);
  const result = JSON.parse(stdout) as LabResult;
  const failed = result.steps.filter((step) => !step.passed);
  assert.deepEqual(failed, [], stderr);
  assert.equal(result.steps.length, readLab(file, readFileSync(file, 'utf8')).steps.length);
  assert.equal(result.passed, true);
  assert.equal(code, 0);
  return result;
}
