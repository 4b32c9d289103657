import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readlinkSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { insideOf, isolationFlags, isRunning, spawnIsolated } from '../../src/lab/isolation.js';
import { pollUntil } from '../../src/lab/poll.js';
import { endOf } from '../support/lasthop-command.js';

const ISOLATION = fileURLToPath(new URL('../../src/lab/isolation.js', import.meta.url));

async function outputInside(script: string): Promise<string> {
  const command = ['sh', '-c', script];
  const child = spawnIsolated(isolationFlags(), command, { bound: true, stdio: ['ignore', 'pipe', 2] });
  const { code, stdout } = await endOf(child);
  assert.equal(code, 0);
  return stdout.trim();
}

describe('isolation', () => {
  it('has no link but its own loopback, which is up', async () => {
    assert.match(await outputInside('ip -oneline link'), /^1: lo: <LOOPBACK,UP,LOWER_UP>[^\n]*$/);
  });

  it('has no route, not even to the machine', async () => {
    assert.equal(await outputInside('ip route; ip -6 route show dev lo scope global'), '');
  });

  it('is another network namespace, with processes of its own', async () => {
    const [namespace, pid] = (await outputInside('readlink /proc/self/ns/net; echo $PPID')).split('\n');
    assert.notEqual(namespace, readlinkSync('/proc/self/ns/net'));
    assert.equal(pid, '1');
  });

  it('has an empty /run of its own', async () => {
    assert.equal(await outputInside('touch /run/trace-of-a-test; ls /run'), 'lock\nnetns\ntrace-of-a-test');
    assert.equal(existsSync('/run/trace-of-a-test'), false);
  });

  it('leaves no zombies of orphans', async () => {
    const script = `sh -c 'sleep 0.01 & echo $!' > /run/orphan; read orphan < /run/orphan
      while [ -e /proc/$orphan ]; do sleep 0.01; done; echo gone`;
    assert.equal(await outputInside(script), 'gone');
  });

  it('passes on the exit code', async () => {
    const child = spawnIsolated(isolationFlags(), ['sh', '-c', 'exit 7'], { bound: true, stdio: 'ignore' });
    assert.equal((await endOf(child)).code, 7);
  });

  it('ends with all that is in it when the first process ends', async () => {
    const script = 'setsid sleep 1000 & echo $!; read line';
    const child = spawnIsolated(isolationFlags(), ['sh', '-c', script], { bound: true, stdio: ['pipe', 'pipe', 2] });
    const started = new Promise((resolve) => child.stdout?.once('data', resolve));
    await started;
    const inside = insideOf(child);
    assert.ok(inside !== undefined && isRunning(inside));
    const end = endOf(child);
    child.kill('SIGKILL');
    await end;
    await pollUntil(5000, 'the inside to end', async () => !isRunning(inside));
  });

  it('ends when the process that started it is killed', async () => {
    const script = `
      const { spawnIsolated, isolationFlags, insideOf } = await import(${JSON.stringify(ISOLATION)});
      const child = spawnIsolated(isolationFlags(), ['sh', '-c', 'echo ready; exec sleep 1000'], { bound: true, stdio: ['ignore', 'pipe', 2] });
      child.stdout.once('data', () => process.stdout.write(String(insideOf(child))));
    `;
    const outer = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: ['ignore', 'pipe', 2] });
    const text = await new Promise<string>((resolve) => outer.stdout?.once('data', (chunk) => resolve(String(chunk))));
    const inside = Number(text);
    assert.ok(isRunning(inside));
    outer.kill('SIGKILL');
    await pollUntil(5000, 'the inside to end', async () => !isRunning(inside));
  });
});
