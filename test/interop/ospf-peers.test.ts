import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isInstalled } from '../../src/lab/program.js';
import type { LabResult } from '../../src/lab/result.js';
import { lasthop } from '../support/lasthop-command.js';

/** The labs assert from the peer's own output: its neighbors and its route table. */
const PEERS = [
  { peer: 'FRR', program: 'ospfd', lab: 'labs/interop-frr.yaml' },
  { peer: 'BIRD', program: 'bird', lab: 'labs/interop-bird.yaml' },
];

describe('OSPF with another implementation on a point-to-point link', () => {
  for (const { peer, program, lab } of PEERS) {
    const skip = isInstalled(program) ? false : `${program} is not installed`;
    it(`is Full with ${peer}, and ${peer} routes the virtual IP`, { skip }, async () => {
      const { code, stdout, stderr } = await lasthop('lab', 'run', lab, '--json');
      const { passed, steps } = JSON.parse(stdout) as LabResult;
      const failed = steps.filter((step) => !step.passed);
      assert.deepEqual(failed, [], stderr);
      assert.equal(passed, true);
      assert.equal(code, 0);
    });
  }
});
