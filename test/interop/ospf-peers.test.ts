import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { readLab } from '../../src/lab/lab-file.js';
import { isInstalled } from '../../src/lab/program.js';
import type { LabResult } from '../../src/lab/result.js';
import { lasthop } from '../support/lasthop-command.js';

const missing = ['ospfd', 'bfdd', 'bird'].filter((program) => !isInstalled(program));
const skip = missing.length === 0 ? false : `${missing.join(' and ')} not installed`;

/** Each lab asks FRR and BIRD themselves: for neighbors, routes, databases and BFD sessions. */
const LABS = {
  'is Full with FRR, and BFD tells both of a silent wire': 'interop-frr',
  'is Full with BIRD by HMAC-SHA-256, and BFD tells both of a silent wire': 'interop-bird',
  'takes part in elections on a segment of eight': 'interop-lan',
  'borders areas and passes external routes on': 'interop-areas',
  'shares every kind of authentication, and changes keys': 'interop-authentication',
  'explains what does not match': 'interop-mismatch',
  'has several equal paths, with and without link addresses': 'interop-ecmp',
  'helps an FRR that restarts': 'interop-graceful-restart',
  'moves virtual IPs faster than others take LSAs': 'interop-vips',
};

async function run(name: string): Promise<LabResult> {
  const file = `labs/${name}.yaml`;
  const { code, stdout, stderr } = await lasthop('lab', 'run', file, '--json');
  assert.notEqual(stdout, '', stderr);
  const result = JSON.parse(stdout) as LabResult;
  assert.deepEqual(
    result.steps.filter((step) => !step.passed),
    [],
    stderr,
  );
  assert.equal(result.steps.length, readLab(file, readFileSync(file, 'utf8')).steps.length);
  assert.equal(result.passed, true);
  assert.equal(code, 0);
  return result;
}

describe('lasthop among FRR and BIRD', { skip }, () => {
  for (const [claim, lab] of Object.entries(LABS)) {
    it(claim, async () => {
      await run(lab);
    });
  }

  it('carries TCP through figure 5-2 over FRR and BIRD, whichever fails and however', async () => {
    const { probes } = await run('figure-5-2-interop');
    assert.deepEqual(Object.keys(probes), ['frr-carrier', 'frr-silence', 'bird-carrier', 'bird-silence']);
    for (const [name, { tcpSurvived }] of Object.entries(probes)) assert.equal(tcpSurvived, true, name);
  });
});
