import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readLab } from '../../src/lab/lab-file.js';
import type { LabResult, ProbeResult } from '../../src/lab/result.js';
import { lasthop } from './lasthop-command.js';

/** How fast this machine was while it was busy with tests is not what a test is about: the labs print it. */
const SPEED_STEPS = [
  'the outage was at most 60 ms',
  'the outage was about the dead interval',
  'no address was without an answer for a second',
];

/** Runs a lab that lasthop comes with: all of its steps pass, those about speed excepted. */
export async function runFigure(file: string): Promise<LabResult> {
  const { stdout, stderr } = await lasthop('lab', 'run', file, '--json');
  const result = JSON.parse(stdout) as LabResult;
  const failed = result.steps.filter((step) => !step.passed && !SPEED_STEPS.includes(step.name));
  assert.deepEqual(failed, [], stderr);
  const { steps } = readLab(file, readFileSync(file, 'utf8'));
  assert.equal(result.steps.length, steps.length);
  return result;
}

export function probeOf(result: LabResult, name: string): ProbeResult {
  const probe = result.probes[name];
  assert.ok(probe !== undefined, `no probe ${name}`);
  return probe;
}
