import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, test } from 'node:test';
import { Echo } from '../../src/health/echo.js';
import { runProbe } from '../../src/health/probe.js';

const echo = new Echo();
after(() => echo.close());

const ask = (address: string, limitMs: number) =>
  runProbe({ kind: 'icmp', address }, AbortSignal.timeout(limitMs), echo);

test('an address that answers passes, many at once as well', async () => {
  const addresses = Array.from({ length: 100 }, (_, index) => `127.0.1.${index + 1}`);
  const reasons = await Promise.all(addresses.map((address) => ask(address, 5000)));
  assert.deepEqual(new Set(reasons), new Set([undefined]));
});

test('an address without a route fails at once, one that is silent when its time is over', async () => {
  assert.match((await ask('192.0.2.1', 60_000)) ?? '', /unreachable/i);
  for (const words of ['link add silent type veth peer name other', 'addr add 198.51.100.1/24 dev silent']) {
    assert.equal(spawnSync('ip', words.split(' ')).status, 0);
  }
  for (const end of ['silent', 'other']) assert.equal(spawnSync('ip', ['link', 'set', end, 'up']).status, 0);
  assert.equal(await ask('198.51.100.2', 300), 'no answer in time');
  assert.equal(spawnSync('ip', ['link', 'del', 'silent']).status, 0);
});

test('a time that is over before it began is a failure', async () => {
  assert.equal(await runProbe({ kind: 'icmp', address: '127.0.0.1' }, AbortSignal.abort(), echo), 'no answer in time');
});
