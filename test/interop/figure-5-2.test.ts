import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isInstalled } from '../../src/lab/program.js';
import { runWholeLab } from '../support/whole-lab.js';

const missing = ['ospfd', 'bfdd', 'bird'].filter((program) => !isInstalled(program));
const skip = missing.length === 0 ? false : `${missing.join(' and ')} not installed`;

it('carries TCP through figure 5-2 over FRR and BIRD, whichever fails and however', { skip }, async () => {
  const { probes } = await runWholeLab('labs/figure-5-2-interop.yaml');
  assert.deepEqual(Object.keys(probes), ['frr-carrier', 'frr-silence', 'bird-carrier', 'bird-silence']);
  for (const [name, { tcpSurvived }] of Object.entries(probes)) assert.equal(tcpSurvived, true, name);
});
