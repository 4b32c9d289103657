import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { SeededRandom } from '../../src/base/random.js';
import { readConversation, writeOutput } from '../../src/ospf/conversation.js';
import { OspfInstance } from '../../src/ospf/instance.js';
import { endOf, lasthop, MAIN } from '../support/lasthop-command.js';
import { eventually, needsRealRoot, ScratchNamespace } from '../support/scratch-namespace.js';

const directory = mkdtempSync(join(tmpdir(), 'lasthop-recording-'));
after(() => rmSync(directory, { recursive: true }));

const CONFIG = `router-id: 10.0.0.1
links:
  - { name: eth1, address: 10.1.0.1/30 }
ospf:
  interfaces:
    - link: eth1
      type: point-to-point
      hello-interval: 1
      authentication: { keys: [{ id: 1, algorithm: md5, secret: only-ours }] }
`;

test('a running router records its OSPF, and the recording can be replayed', { skip: needsRealRoot }, async () => {
  const [router, wire] = [new ScratchNamespace(), new ScratchNamespace()];
  router.connect('eth1', wire, 'eth1');
  const config = join(directory, 'lasthop.yaml');
  const record = join(directory, 'recordings');
  writeFileSync(config, CONFIG);
  const options = ['--config', config, '--socket', join(directory, 'control.sock'), '--record', record];
  const child = spawn('ip', ['netns', 'exec', router.name, process.execPath, MAIN, 'run', ...options]);
  const end = endOf(child);
  const folders = () => (existsSync(record) ? readdirSync(record) : []).map((name) => join(record, name));
  const text = (file: string) =>
    folders()
      .map((folder) => join(folder, file))
      .filter((path) => existsSync(path))
      .map((path) => readFileSync(path, 'utf8'))
      .join('');
  try {
    await eventually('two Hellos are recorded', () => (text('output.jsonl').match(/"kind":"send"/g)?.length ?? 0) >= 2);
  } finally {
    child.kill('SIGTERM');
    const { code, stderr } = await end;
    router.close();
    wire.close();
    assert.equal(code, 0, stderr);
  }
  assert.equal(folders().length, 1);
  assert.equal(statSync(folders()[0]).mode & 0o077, 0, 'it is for its owner only');
  const { seed, inputs } = readConversation(text('input.jsonl'));
  assert.equal(inputs[0].input.kind, 'configure');
  assert.equal(inputs.at(-1)?.input.kind, 'stop');
  const instance = new OspfInstance(new SeededRandom(seed));
  const outputs = inputs.flatMap(({ atMs, input }) =>
    instance.handle(input, atMs).map((output) => `${writeOutput(atMs, output)}\n`),
  );
  assert.equal(outputs.join(''), text('output.jsonl'));
  assert.doesNotMatch(text('input.jsonl') + text('output.jsonl'), new RegExp(Buffer.from('only-ours').toString('hex')));
});

test('a directory that cannot be written is refused before anything is touched', { skip: needsRealRoot }, async () => {
  const config = join(directory, 'refused.yaml');
  writeFileSync(config, CONFIG);
  const { code, stderr } = await lasthop('run', '--config', config, '--record', config);
  assert.equal(code, 1);
  assert.match(stderr, /cannot record to .*refused.yaml: .*, expected a directory/);
});
