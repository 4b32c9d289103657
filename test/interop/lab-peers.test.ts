import { it } from 'node:test';
import { isInstalled } from '../../src/lab/program.js';
import { runWholeLab } from '../support/whole-lab.js';

const missing = ['zebra', 'bird'].filter((program) => !isInstalled(program));
const skip = missing.length === 0 ? false : `${missing.join(' and ')} not installed`;

it('asks, tells, configures, kills and starts FRR and BIRD', { skip }, async () => {
  await runWholeLab('test/labs/peers.yaml');
});
