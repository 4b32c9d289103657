import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isInstalled } from '../../src/lab/program.js';
import type { LabResult } from '../../src/lab/result.js';
import { lasthop } from '../support/lasthop-command.js';

const missing = ['zebra', 'bird'].filter((program) => !isInstalled(program));
const skip = missing.length === 0 ? false : `${missing.join(' and ')} not installed`;

it('asks FRR and BIRD for their neighbors and routes', { skip }, async () => {
  const { code, stdout } = await lasthop('lab', 'run', 'test/labs/peers.yaml', '--json');
  const { steps } = JSON.parse(stdout) as LabResult;
  assert.deepEqual(
    steps.filter((step) => !step.passed),
    [],
  );
  assert.equal(code, 0);
});
