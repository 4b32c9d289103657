// npm run demo [-- --json]: sets the checkout up and runs the two figures, the reason why lasthop exists. With `--json`
// stdout has one JSON object a line, one for each.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './checkout.js';
import { compiled } from './isolated.js';
import { setUp } from './setup.js';

const FIGURES = [
  {
    file: 'labs/figure-5-1.yaml',
    text: `Figure 5-1. The client talks to 1.1.1.1, an address of the server's first network card.
The card fails. The server lives, but the service is lost: the address belonged to the wire.`,
  },
  {
    file: 'labs/figure-5-2.yaml',
    text: `Figure 5-2. The client talks to 3.3.3.3, a virtual IP that belongs to no wire.
The same card fails: two running TCP streams go on through the other router.`,
  },
];

const json = process.argv.includes('--json');

/** @param {string} line */
function tell(line) {
  if (!json) process.stdout.write(`${line}\n`);
}

/** @param {string} file */
function runLab(file) {
  const args = [compiled('src/cli/main.js'), 'lab', 'run', join(root, file), ...(json ? ['--json'] : [])];
  return spawnSync(process.execPath, args, { stdio: 'inherit' }).status === 0;
}

if (setUp()) {
  for (const { file, text } of FIGURES) {
    tell(`\n${text}\n`);
    if (!runLab(file)) process.exitCode = 1;
  }
} else {
  process.exitCode = 1;
}
