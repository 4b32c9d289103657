import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { childrenOf, isRunning } from '../../src/lab/isolation.js';
import { pollUntil } from '../../src/lab/poll.js';
import type { LabResult } from '../../src/lab/result.js';
import { endOf, lasthop, startLasthop } from '../support/lasthop-command.js';

let directory = '';

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lab-run-test-'));
});
after(() => rm(directory, { recursive: true }));

function labFile(name: string, text: string): string {
  const path = join(directory, `${name}.yaml`);
  writeFileSync(path, `name: ${name}\n${text}`);
  return path;
}

const TWO_HOSTS = `
nodes:
  left: { kind: host, addresses: { eth1: [10.0.0.1/24] } }
  right: { kind: host, addresses: { eth1: [10.0.0.2/24] } }
links:
  - ends: [left:eth1, right:eth1]
`;

describe('lab run', () => {
  it('measures outages, checks streams, and witnesses what is on a wire', async () => {
    const { code, stdout, stderr } = await lasthop('lab', 'run', 'test/labs/kernel-path.yaml', '--json');
    const result = JSON.parse(stdout) as LabResult;
    assert.deepEqual(
      result.steps.filter((step) => !step.passed),
      [],
    );
    assert.equal(stderr, '');
    assert.equal(code, 0);
    assert.equal(result.lab, 'kernel-path');
    assert.equal(result.passed, true);
    assert.deepEqual(Object.keys(result), ['lab', 'passed', 'steps', 'probes']);
    assert.deepEqual(Object.keys(result.steps[0] ?? {}).sort(), ['atMs', 'detail', 'name', 'passed']);
    const { carrier, silent } = result.probes;
    assert.ok(carrier !== undefined && silent !== undefined);
    assert.deepEqual(Object.keys(carrier), ['sent', 'lost', 'outageMs', 'tcpSurvived']);
    assert.ok(carrier.outageMs >= 190 && carrier.lost >= 190, `carrier: ${JSON.stringify(carrier)}`);
    assert.ok(silent.outageMs >= 600 && silent.lost >= 600, `silent: ${JSON.stringify(silent)}`);
    assert.equal(carrier.tcpSurvived, true);
    assert.equal(silent.tcpSurvived, true);
    const times = result.steps.map((step) => step.atMs);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
  });

  it('ends at the first step that fails, and says so', async () => {
    const file = labFile(
      'fails',
      `${TWO_HOSTS}
steps:
  - { name: they see each other, wait: { reachable: { from: left, to: 10.0.0.2 } } }
  - { name: a stranger answers, wait: { reachable: { from: left, to: 10.0.0.3 } }, within: 0.1 }
  - { name: never tried, pause: { seconds: 100 } }
`,
    );
    const { code, stdout } = await lasthop('lab', 'run', file, '--json');
    const { passed, steps, probes } = JSON.parse(stdout) as LabResult;
    assert.equal(code, 1);
    assert.equal(passed, false);
    assert.deepEqual(
      steps.map((step) => [step.name, step.passed, step.detail]),
      [
        ['they see each other', true, '10.0.0.2 answers left'],
        ['a stranger answers', false, 'not within 0.1 s: 10.0.0.3 does not answer left'],
      ],
    );
    assert.deepEqual(probes, {});
  });

  it('reports a probe that is never answered', async () => {
    const file = labFile(
      'unanswered',
      `${TWO_HOSTS}
steps:
  - { name: the probe starts, start-probe: { name: lost, from: left, to: 10.0.0.2, at: right } }
  - { name: the probe is answered, wait: { probe: { name: lost, answered: 100 } } }
  - { name: the wire fails, fail: { link: right:eth1 } }
  - { name: it never comes back, wait: { probe: { name: lost, unanswered: 300 } } }
`,
    );
    const { code, stdout } = await lasthop('lab', 'run', file, '--json');
    const { lost } = (JSON.parse(stdout) as LabResult).probes;
    assert.equal(code, 0);
    assert.ok(lost !== undefined && lost.outageMs >= 290 && lost.lost >= 300, JSON.stringify(lost));
    assert.equal(lost.tcpSurvived, null);
  });

  it('tells the timeline to people', async () => {
    const file = labFile(
      'told',
      `${TWO_HOSTS}\nsteps:\n  - { name: an echo, run: { node: left, command: echo hello } }\n`,
    );
    const { stdout } = await lasthop('lab', 'run', file);
    assert.match(stdout, /^told \(.*told\.yaml\)\n {3}0\.\d{3} s {2}ok {4}an echo\n {18}hello\n\ntold: passed\n$/);
  });

  it('says where a file is wrong', async () => {
    const file = labFile('wrong', TWO_HOSTS.replace('right:eth1]', 'rihgt:eth1]'));
    const { code, stderr } = await lasthop('lab', 'run', file);
    assert.equal(code, 1);
    assert.deepEqual(stderr.split('\n'), [
      `${file}:5:43: node right has no link eth1, expected an end of a link`,
      `${file}:7:23: there is no node rihgt, expected one of left, right`,
      '',
    ]);
    assert.equal(
      (await lasthop('lab', 'run', '/nowhere.yaml')).stderr,
      'lasthop: cannot read /nowhere.yaml: there is no such file, expected a lab file\n',
    );
  });

  it('leaves nothing behind when it is interrupted', async () => {
    const file = labFile('long', `${TWO_HOSTS}\nsteps:\n  - { name: a long pause, pause: { seconds: 600 } }\n`);
    const child = startLasthop('lab', 'run', file);
    const end = endOf(child);
    let keeper: number | undefined;
    await pollUntil(10_000, 'the keeper', async () => {
      keeper = childrenOf(child.pid ?? 0).flatMap(childrenOf)[0];
      return keeper !== undefined;
    });
    child.kill('SIGTERM');
    assert.equal((await end).code, 143);
    await pollUntil(5000, 'the lab to vanish', async () => keeper !== undefined && !isRunning(keeper));
  });
});
