import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ForwarderEvent, ToForwarder } from '../../src/forward/messages.js';
import { address, host, ip, link, route } from '../support/forwarder-bench.js';
import { probe } from '../support/icmp-probe.js';
import { eventually, type ScratchNamespace } from '../support/scratch-namespace.js';
import { sendFlows } from '../support/udp-flows.js';

/* The forwarder as a process, with a controller forked:  a 10.1.0.2 ── r1 router r2 ── b 10.2.0.2 */

const WANTED: readonly ToForwarder[] = [
  { type: 'virtual-link', name: 'lasthop0', mtu: 1500, addresses: [address('10.0.0.1')], coalesce: 'all' },
  { type: 'links', links: [link('r1', '10.1.0.1/24'), link('r2', '10.2.0.1/24')] },
  {
    type: 'routes',
    sequence: 1,
    upsert: [
      route('10.0.0.1/32', [{ kind: 'local' }]),
      route('10.1.0.0/24', [{ kind: 'connected', link: 'r1' }]),
      route('10.2.0.0/24', [{ kind: 'connected', link: 'r2' }]),
    ],
    remove: [],
  },
  { type: 'routes-complete' },
];

class RouterProcess {
  readonly events: ForwarderEvent[] = [];
  readonly child: ChildProcess;
  exitCode: number | null | undefined;
  private rest = '';

  constructor(configPath: string, workers = 1) {
    const program = fileURLToPath(new URL('../support/tiny-router.js', import.meta.url));
    const words = [program, configPath, '1', String(workers)];
    this.child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.child.stdout?.on('data', (chunk: Buffer) => {
      const lines = (this.rest + chunk.toString()).split('\n');
      this.rest = lines.pop() ?? '';
      for (const line of lines) this.events.push(JSON.parse(line));
    });
    this.child.once('exit', (code) => {
      this.exitCode = code;
    });
  }

  count(name: string): number {
    return this.events.filter((event) => event.name === name).length;
  }

  controllerPid(): number {
    return Number(this.events.findLast(({ name }) => name === 'controller-started')?.detail.pid);
  }

  async untilForwarding(): Promise<void> {
    await eventually('forwarding on both links', () => this.count('forwarding-started') === 2);
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.exitCode === undefined) this.child.kill(signal);
    await eventually(`the router ends by ${signal}`, () => this.exitCode !== undefined);
    return this.exitCode ?? null;
  }
}

let directory: string;
let configPath: string;
let a: ScratchNamespace;
let b: ScratchNamespace;
let router: RouterProcess;

function machine(): string {
  return [ip('-o', 'link').replaceAll(/ qdisc \w+/g, ''), ip('-o', 'addr'), ip('route', 'show', 'table', 'all')].join(
    '\n',
  );
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

before(() => {
  directory = mkdtempSync(join(tmpdir(), 'lasthop-test-'));
  configPath = join(directory, 'config.json');
  writeFileSync(configPath, JSON.stringify(WANTED));
  a = host('r1', '10.1.0.2/24', '10.1.0.1');
  b = host('r2', '10.2.0.2/24', '10.2.0.1');
});
afterEach(async () => {
  await router.end('SIGKILL');
});
after(() => {
  a.close();
  b.close();
  rmSync(directory, { recursive: true });
});

for (const workers of [1, 2]) {
  test(`a killed controller costs no packet of ${workers} workers, and another one takes over`, async () => {
    router = new RouterProcess(configPath, workers);
    await router.untilForwarding();
    // The neighbors are known from here on.
    await probe(a, { destination: '10.2.0.2' });
    const first = router.controllerPid();
    const seen = await sendFlows(a, b, '10.2.0.2', 8, 200, async () => {
      process.kill(first, 'SIGKILL');
      await eventually('another controller', () => router.count('controller-started') === 2);
    });
    assert.deepEqual([seen.flows, seen.late, seen.datagrams + seen.overrun], [8, 0, seen.sent]);
    assert.notEqual(router.controllerPid(), first);
    const exit = router.events.find(({ name }) => name === 'controller-exited');
    assert.deepEqual(exit?.detail, { how: 'SIGKILL', restartDelayMs: 0 });
    process.kill(router.controllerPid(), 'SIGKILL');
    await eventually('a third controller', () => router.count('controller-started') === 3);
    const second = router.events.findLast(({ name }) => name === 'controller-exited');
    assert.deepEqual(second?.detail, { how: 'SIGKILL', restartDelayMs: 1000 });
    assert.equal(await router.end('SIGTERM'), 0);
  });
}

test('SIGTERM and SIGINT leave the machine as it was, with exit code 0', async () => {
  const before = machine();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    router = new RouterProcess(configPath);
    await router.untilForwarding();
    const controller = router.controllerPid();
    assert.notEqual(machine(), before);
    assert.equal(await router.end(signal), 0);
    assert.equal(machine(), before);
    assert.equal(isAlive(controller), false);
  }
});

test('SIGKILL leaves no virtual link, address, route, program or process', async () => {
  router = new RouterProcess(configPath);
  await router.untilForwarding();
  const controller = router.controllerPid();
  await router.end('SIGKILL');
  await eventually('the controller ends', () => !isAlive(controller));
  assert.equal(ip('-o', 'link').includes('lasthop0'), false);
  assert.equal(ip('route'), '');
  // The kernel hears the link again: its own address on it is answered.
  ip('addr', 'add', '10.1.0.1/24', 'dev', 'r1');
  assert.equal((await probe(a, { destination: '10.1.0.1' })).length, 1);
  ip('addr', 'flush', 'dev', 'r1');
  for (const name of ['r1', 'r2']) ip('link', 'set', 'dev', name, 'down');
});

test('SIGHUP hands the configuration file to the controller; an unreadable one changes nothing', async () => {
  router = new RouterProcess(configPath);
  await router.untilForwarding();
  rmSync(configPath);
  router.child.kill('SIGHUP');
  await eventually('the complaint', () => router.count('config-unreadable') === 1);
  writeFileSync(configPath, JSON.stringify(WANTED));
  assert.equal((await probe(a, { destination: '10.2.0.2' })).length, 1);
  assert.equal(await router.end('SIGTERM'), 0);
});

test('a name for the virtual link that is taken ends the start in one line, with nothing changed', async () => {
  ip('link', 'add', 'name', 'lasthop0', 'type', 'veth', 'peer', 'name', 'taken');
  const before = machine();
  router = new RouterProcess(configPath);
  await eventually('the end', () => router.exitCode !== undefined);
  assert.equal(router.exitCode, 1);
  assert.equal(
    router.events.findLast(({ name }) => name === 'failed')?.detail.reason,
    'virtual link lasthop0: a link of this name exists already',
  );
  assert.equal(machine(), before);
  ip('link', 'del', 'dev', 'lasthop0');
});
