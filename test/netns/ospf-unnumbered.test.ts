import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { readLab } from '../../src/lab/lab-file.js';
import type { LabResult } from '../../src/lab/result.js';
import { lasthop } from '../support/lasthop-command.js';

const FILE = 'test/labs/unnumbered.yaml';

it('two routers find and forward to each other over links without addresses of their own', async () => {
  const { stdout, stderr } = await lasthop('lab', 'run', FILE, '--json');
  const { steps } = JSON.parse(stdout) as LabResult;
  assert.deepEqual(
    steps.filter(({ passed }) => !passed),
    [],
    stderr,
  );
  assert.equal(steps.length, readLab(FILE, readFileSync(FILE, 'utf8')).steps.length);
});
