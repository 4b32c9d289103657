import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { ControllerProcess, restartDelayMs } from '../../src/forward/controller-process.js';
import { eventually } from '../support/scratch-namespace.js';

/** Ends when it is told to stop, and closes its channel, but does not end, when it gets a configuration. */
const MODULE = `
process.on('message', ({ type }) => {
  if (type === 'stop') process.exit(3);
  if (type === 'config') process.disconnect();
});
process.send({ type: 'hello', pid: process.pid });
setInterval(() => {}, 1000);
`;

/** A controller of that kind, and what is heard of it. */
function start(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'lasthop-test-'));
  const file = join(directory, 'controller.mjs');
  writeFileSync(file, MODULE);
  const heard: string[] = [];
  const controller = new ControllerProcess({
    module: pathToFileURL(file),
    arguments: [],
    onStart: (_pid, restarts) => heard.push(`start ${restarts}`),
    onExit: (how, delayMs) => heard.push(`end ${how} ${delayMs}`),
  });
  controller.onMessage(({ type }) => heard.push(type));
  controller.start();
  t.after(async () => {
    await controller.end(0);
    rmSync(directory, { recursive: true });
  });
  return { controller, heard, until: (what: string) => eventually(what, () => heard.includes(what)) };
}

test('a controller is started again at once, then after waits that double up to half a minute', () => {
  const delays = [0, 1, 2, 3, 4, 5, 6, 7, 100].map(restartDelayMs);
  assert.deepEqual(delays, [0, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

test('one that ends is followed by another, but not when it was to be the last', async (t) => {
  const { controller, heard, until } = start(t);
  await until('hello');
  controller.send({ type: 'stop' });
  await until('end exit code 3 0');
  await eventually('the next one', () => heard.filter((each) => each === 'hello').length === 2);
  controller.letBeLast();
  controller.send({ type: 'stop' });
  await until('end exit code 3 undefined');
  assert.deepEqual(heard, ['start 0', 'hello', 'end exit code 3 0', 'start 1', 'hello', 'end exit code 3 undefined']);
  assert.equal(controller.pid, undefined);
});

test('one that closes its channel is of no use: it is killed, and another one starts', async (t) => {
  const { controller, until } = start(t);
  await until('hello');
  controller.send({ type: 'config', config: '', configPath: '' });
  await until('end SIGKILL 0');
  await until('start 1');
});
