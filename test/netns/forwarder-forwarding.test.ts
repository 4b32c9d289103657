import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { address, ForwarderBench, host, ip, link, route } from '../support/forwarder-bench.js';
import { type ProbeReply, probe, TIME_EXCEEDED, UNREACHABLE } from '../support/icmp-probe.js';
import { eventually, type ScratchNamespace } from '../support/scratch-namespace.js';
import { stream } from '../support/tcp-stream.js';

/*
 *   a 10.1.0.2 ──── r1 10.1.0.1 ┌────────┐ r2 10.2.0.1 ──── b 10.2.0.2
 *                               │ router │
 *                               └───┬────┘ lasthop0 10.0.0.1, VIP 3.3.3.3: this process's own kernel
 */
let bench: ForwarderBench;
let a: ScratchNamespace;
let b: ScratchNamespace;
let machineBefore: string;

/** What the router has counted on a link. */
function received(name: string): { rxPackets: number; rxBytes: number } {
  const rows = bench.ask({ what: 'counters' }) as readonly { link: string; rxPackets: number; rxBytes: number }[];
  return rows.find((row) => row.link === name) ?? assert.fail(name);
}

/** Counts replies by where they came from and what they say. */
function tally(replies: readonly ProbeReply[]): { [reply: string]: number } {
  const counts: { [reply: string]: number } = {};
  for (const { from, type } of replies) counts[`${from} type ${type}`] = (counts[`${from} type ${type}`] ?? 0) + 1;
  return counts;
}

/** What a router could leave behind in its namespace; a queue discipline that the kernel made of itself is none. */
function machine(): string {
  const links = ip('-o', 'link').replaceAll(/ qdisc \w+/g, '');
  return [links, ip('-o', 'addr'), ip('route', 'show', 'table', 'all')].join('\n');
}

before(async () => {
  a = host('r1', '10.1.0.2/24', '10.1.0.1');
  b = host('r2', '10.2.0.2/24', '10.2.0.1');
  machineBefore = machine();
  bench = new ForwarderBench();
  bench.hello();
  bench.virtualLink('10.0.0.1', '10.1.0.1', '10.2.0.1', '3.3.3.3');
  bench.tell({ type: 'links', links: [link('r1', '10.1.0.1/24'), link('r2', '10.2.0.1/24')] });
  await bench.untilUp('r1', 'r2');
  await bench.routes([
    route('10.0.0.1/32', [{ kind: 'local' }]),
    route('10.1.0.1/32', [{ kind: 'local' }]),
    route('10.2.0.1/32', [{ kind: 'local' }]),
    route('3.3.3.3/32', [{ kind: 'deliver' }]),
    route('10.1.0.0/24', [{ kind: 'connected', link: 'r1' }]),
    route('10.2.0.0/24', [{ kind: 'connected', link: 'r2' }]),
  ]);
});

after(async () => {
  await bench.close();
  a.close();
  b.close();
});

test('the controller is welcomed with the configuration, and told of its links', () => {
  const [welcome] = bench.received;
  assert.deepEqual(welcome, {
    type: 'welcome',
    restarts: 0,
    config: 'the configuration',
    configPath: '/nowhere/lasthop.yaml',
    maintenance: false,
  });
  assert.equal(bench.state('r1')?.up, true);
  assert.equal(bench.state('r1')?.mtu, 1500);
});

test('hosts reach each other through the router', async () => {
  const replies = await probe(a, { destination: '10.2.0.2', count: 20 });
  assert.deepEqual(tally(replies), { '10.2.0.2 type 0': 20 });
});

test('the router answers on every address that is its own, from both sides', async () => {
  for (const destination of ['10.1.0.1', '10.2.0.1', '10.0.0.1']) {
    for (const from of [a, b]) {
      assert.deepEqual(tally(await probe(from, { destination, count: 2 })), { [`${destination} type 0`]: 2 });
    }
  }
});

test('a VIP is answered by the kernel behind the virtual link', async () => {
  const replies = await probe(a, { destination: '3.3.3.3', count: 3 });
  assert.deepEqual(tally(replies), { '3.3.3.3 type 0': 3 });
  assert.equal(a.reaches('3.3.3.3'), true);
});

test('whoever is a hop too far away is told so by the router', async () => {
  const [reply] = await probe(a, { destination: '10.2.0.2', ttl: 1 });
  assert.deepEqual([reply.from, reply.type, reply.code], ['10.1.0.1', TIME_EXCEEDED, 0]);
});

test('a destination without a route is refused by the router', async () => {
  const [reply] = await probe(a, { destination: '99.0.0.1' });
  assert.deepEqual([reply.from, reply.type, reply.code], ['10.1.0.1', UNREACHABLE, 0]);
});

test('a packet that is too big to be sent on is reported with the MTU of the next link', async () => {
  ip('link', 'set', 'dev', 'r2', 'mtu', '1400');
  await eventually('MTU', () => bench.state('r2')?.mtu === 1400);
  const [reply] = await probe(a, { destination: '10.2.0.2', packetBytes: 1450 });
  assert.deepEqual([reply.from, reply.type, reply.code, reply.nextMtu], ['10.1.0.1', UNREACHABLE, 4, 1400]);
  ip('link', 'set', 'dev', 'r2', 'mtu', '1500');
  await eventually('MTU', () => bench.state('r2')?.mtu === 1500);
});

test('TCP passes in super-packets, with its content intact', async () => {
  const before = received('r1');
  const { sent, received: arrived } = await stream(a, b, '10.2.0.2', 64 << 20);
  assert.deepEqual(arrived, sent);
  const after = received('r1');
  const bytesPerPacket = (after.rxBytes - before.rxBytes) / (after.rxPackets - before.rxPackets);
  assert.ok(bytesPerPacket > 1500, `${bytesPerPacket} bytes a packet, expected more than the MTU`);
});

test('TCP into a VIP and out of it is served by the kernel behind the virtual link', async () => {
  const into = await stream(a, undefined, '3.3.3.3', 32 << 20);
  assert.deepEqual(into.received, into.sent);
  const out = await stream(undefined, b, '10.2.0.2', 32 << 20);
  assert.deepEqual(out.received, out.sent);
});

test('TCP of a host that neither segments nor merges in its NIC arrives intact', async () => {
  ip('link', 'set', 'dev', 'r2', 'mtu', '1400');
  await eventually('MTU', () => bench.state('r2')?.mtu === 1400);
  b.run('ethtool', '-K', 'eth0', 'gro', 'off', 'tso', 'off', 'gso', 'off', 'tx', 'off');
  const back = await stream(b, a, '10.1.0.2', 8 << 20);
  assert.deepEqual(back.received, back.sent);
  ip('link', 'set', 'dev', 'r2', 'mtu', '1500');
  await eventually('MTU', () => bench.state('r2')?.mtu === 1500);
});

test('the FIB says which way an address takes', () => {
  const found = bench.ask({ what: 'fib', address: address('10.2.0.77') }) as { prefix: string; paths: unknown[] };
  assert.equal(found.prefix, '10.2.0.0/24');
  assert.equal(found.paths.length, 1);
});

test('nothing is left when the forwarder ends', async () => {
  assert.notEqual(machine(), machineBefore);
  await bench.close();
  assert.equal(machine(), machineBefore);
});
