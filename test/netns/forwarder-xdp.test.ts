import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { ForwarderEvent, LinkRequest } from '../../src/forward/messages.js';
import { native } from '../../src/kernel/binding.js';
import { readXdpFeatures, XDP_BASIC, XDP_ZERO_COPY } from '../../src/kernel/xdp-features.js';
import { CHUNK_BYTES, CHUNKS } from '../../src/link/xdp-layout.js';
import { ForwarderBench, host, ip, link, route } from '../support/forwarder-bench.js';
import { probe } from '../support/icmp-probe.js';
import { eventually, needsRealRoot, type ScratchNamespace } from '../support/scratch-namespace.js';
import { stream } from '../support/tcp-stream.js';
import { runWholeLab } from '../support/whole-lab.js';

/*
 *   a 10.1.0.2 ──── r1 10.1.0.1 ┌────────┐ r2 10.2.0.1 ──── b 10.2.0.2      by AF_XDP
 *                               │ router │ p1 10.3.0.1 ──── c 10.3.0.2      by AF_PACKET
 *                               └───┬────┘
 *                                   └ lasthop0, VIP 3.3.3.3
 */

const skip = needsRealRoot;
const XDP_LINKS = [xdp('r1', '10.1.0.1/24'), xdp('r2', '10.2.0.1/24')];
const LINKS: readonly LinkRequest[] = [...XDP_LINKS, { ...link('p1', '10.3.0.1/24'), io: 'auto' }];

let bench: ForwarderBench;
let hosts: ScratchNamespace[];
let a: ScratchNamespace;
let b: ScratchNamespace;
let c: ScratchNamespace;

function xdp(name: string, address: string): LinkRequest {
  return { ...link(name, address), io: 'xdp' };
}

/** All that was told of how a link is read. */
function choices(name: string): ForwarderEvent['detail'][] {
  const told = bench.events.filter((event) => event.name === 'link-io-chosen' && event.detail.link === name);
  return told.map(({ detail }) => detail);
}

/** What was told of it last. */
function choice(name: string): ForwarderEvent['detail'] | undefined {
  return choices(name).at(-1);
}

function chosen(name: string, io: string): Promise<void> {
  return eventually(`${name} by ${io}`, () => choice(name)?.io === io);
}

function kinds(): string[] {
  const rows = bench.ask({ what: 'links' }) as readonly { name: string; kind: string }[];
  return rows.map(({ name, kind }) => `${name} ${kind}`);
}

/** Whether a host reaches an address; the first of the requests may wait for ARP. */
async function answers(from: ScratchNamespace, destination: string): Promise<number> {
  return (await probe(from, { destination, count: 5 })).filter(({ type }) => type === 0).length;
}

function programs(): string[] {
  return ip('-d', 'link')
    .split('\n')
    .filter((line) => line.includes('xdp'));
}

if (skip === false) {
  before(async () => {
    a = host('r1', '10.1.0.2/24', '10.1.0.1');
    b = host('r2', '10.2.0.2/24', '10.2.0.1');
    c = host('p1', '10.3.0.2/24', '10.3.0.1');
    hosts = [a, b, c];
    for (const each of [a, b]) each.run('ethtool', '-K', 'eth0', 'tx', 'off');
    bench = new ForwarderBench();
    bench.hello();
    bench.virtualLink('10.0.0.1', '10.1.0.1', '10.2.0.1', '10.3.0.1', '3.3.3.3');
    bench.tell({ type: 'links', links: LINKS });
    await bench.untilUp('r1', 'r2', 'p1');
    await bench.routes([
      route('10.0.0.1/32', [{ kind: 'local' }]),
      route('10.1.0.1/32', [{ kind: 'local' }]),
      route('3.3.3.3/32', [{ kind: 'deliver' }]),
      route('10.1.0.0/24', [{ kind: 'connected', link: 'r1' }]),
      route('10.2.0.0/24', [{ kind: 'connected', link: 'r2' }]),
      route('10.3.0.0/24', [{ kind: 'connected', link: 'p1' }]),
    ]);
  });

  after(async () => {
    await bench.close();
    for (const each of hosts) each.close();
  });
}

test('each link says how it is read and written, and why', { skip }, () => {
  assert.deepEqual(choice('r1'), {
    link: 'r1',
    io: 'xdp',
    reason: 'as configured, the kernel copies',
    hint: 'at the other end of r1, which leaves checksums to us: ethtool -K PEER tx off txvlan off',
  });
  assert.deepEqual(choice('p1'), {
    link: 'p1',
    io: 'packet',
    reason:
      'AF_XDP would be no more than 1.7 times as fast here, since the kernel copies; this way super-packets of 64 KiB ' +
      'pass whole, and checksums that hosts leave to their NIC are completed',
  });
  assert.deepEqual(kinds(), ['lasthop0 tun', 'r1 xdp', 'r2 xdp', 'p1 packet']);
});

test('hosts reach each other and the router, by links of either kind', { skip }, async () => {
  for (const [from, to] of [
    [a, '10.2.0.2'],
    [b, '10.1.0.2'],
    [a, '10.1.0.1'],
    [a, '3.3.3.3'],
    [a, '10.3.0.2'],
    [c, '10.2.0.2'],
  ] as const) {
    assert.equal(await answers(from, to), 5, `${from.name} to ${to}`);
  }
});

test('TCP arrives intact, whatever the link that it comes by has to be done for', { skip }, async () => {
  for (const [from, to, destination] of [
    [a, b, '10.2.0.2'],
    // From super-packets with partial checksums, of another host and of this one.
    [c, a, '10.1.0.2'],
    [undefined, b, '10.2.0.2'],
    [a, undefined, '3.3.3.3'],
  ] as const) {
    const { sent, received } = await stream(from, to, destination, 8 << 20);
    assert.deepEqual(received, sent, destination);
  }
});

test('a link that was down forwards again when it is up', { skip }, async () => {
  ip('link', 'set', 'dev', 'r2', 'down');
  await eventually('r2 down', () => bench.state('r2')?.up === false && !bench.isForwarding('r2'));
  assert.equal(await answers(a, '10.2.0.2'), 0);
  ip('link', 'set', 'dev', 'r2', 'up');
  await bench.untilUp('r2');
  assert.equal(await answers(a, '10.2.0.2'), 5);
});

test('a link whose frames outgrow a chunk goes on as a packet link until they fit again', { skip }, async () => {
  const told = choices('r1').length;
  ip('link', 'set', 'dev', 'r1', 'mtu', '3000');
  await chosen('r1', 'packet');
  assert.match(
    String(choice('r1')?.reason),
    /^AF_XDP is not available: link r1 has an MTU of 3000, expected at most 1776/,
  );
  await bench.untilUp('r1');
  assert.equal(await answers(a, '10.2.0.2'), 5);
  ip('link', 'set', 'dev', 'r1', 'mtu', '1500');
  await chosen('r1', 'xdp');
  await bench.untilUp('r1');
  assert.equal(await answers(a, '10.2.0.2'), 5);
  assert.equal(choices('r1').length, told + 2);
});

test('a link goes by AF_XDP as soon as whoever was in the way is gone', { skip }, async () => {
  ip('link', 'add', 'name', 'b1', 'type', 'veth', 'peer', 'name', 'b2');
  ip('link', 'set', 'dev', 'b2', 'up');
  // In generic mode, which the kernel does not have beside the driver's own.
  const foreign = native.attachXdpDrop(native.interfaceIndex('b1'));
  bench.tell({ type: 'links', links: [...LINKS, xdp('b1', '10.6.0.1/24')] });
  await chosen('b1', 'packet');
  assert.match(String(choice('b1')?.reason), /^AF_XDP is not available: EEXIST/);
  native.close(foreign);
  await chosen('b1', 'xdp');
  await bench.untilUp('b1');
  assert.equal(choices('b1').length, 2);
  assert.deepEqual(kinds(), ['lasthop0 tun', 'r1 xdp', 'r2 xdp', 'p1 packet', 'b1 xdp']);
  // It was down when it was found, and opening it again did not make anybody forget that.
  bench.tell({ type: 'links', links: LINKS });
  assert.match(ip('-o', 'link', 'show', 'dev', 'b1'), /state DOWN/);
  ip('link', 'del', 'dev', 'b1');
});

test('a link with another MAC address is opened anew without being in its own way', { skip }, async () => {
  const told = choices('r2').length;
  ip('link', 'set', 'dev', 'r2', 'address', '02:00:00:00:02:77');
  await eventually('told', () => choices('r2').length > told);
  await eventually('the new address', () => bench.state('r2')?.mac === '02:00:00:00:02:77');
  await bench.untilUp('r2');
  assert.deepEqual([choices('r2').length, choice('r2')?.io], [told + 1, 'xdp']);
  b.ip('neigh', 'flush', 'all');
  assert.equal(await answers(a, '10.2.0.2'), 5);
});

test('the memory that the kernel receives into stays with this process when it forks', { skip }, () => {
  const mappings = readFileSync('/proc/self/smaps', 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  const umem = mappings.filter((text) => new RegExp(`^Size: +${(CHUNKS * CHUNK_BYTES) / 1024} kB$`, 'm').test(text));
  // "Do not copy on fork" (proc(5)).
  assert.equal(umem.filter((text) => /^VmFlags:.* dc\b/m.test(text)).length, 1);
});

test('a veth pair says that it takes part in XDP, and that it copies', { skip }, () => {
  const features = readXdpFeatures(native.interfaceIndex('r1'));
  // Before Linux 6.3 nobody says anything.
  if (features !== 0) assert.equal(features & (XDP_BASIC | XDP_ZERO_COPY), XDP_BASIC);
  assert.equal(readXdpFeatures(0x7fffffff), 0);
});

test('a link is opened anew when another io is asked for', { skip }, async () => {
  bench.tell({ type: 'links', links: LINKS.map((each) => ({ ...each, io: 'packet' as const })) });
  for (const name of ['r1', 'r2', 'p1']) await chosen(name, 'packet');
  await bench.untilUp('r1', 'r2', 'p1');
  assert.deepEqual(programs(), []);
  assert.equal(await answers(a, '10.2.0.2'), 5);
  bench.tell({ type: 'links', links: LINKS });
  for (const name of ['r1', 'r2']) await chosen(name, 'xdp');
  await bench.untilUp('r1', 'r2', 'p1');
  assert.equal(await answers(a, '10.2.0.2'), 5);
});

test('what a link or its driver lacks is named', { skip }, async () => {
  ip('link', 'add', 'name', 'd1', 'type', 'bridge');
  ip('link', 'add', 'name', 'q1', 'numrxqueues', '2', 'type', 'veth', 'peer', 'name', 'q2');
  bench.tell({ type: 'links', links: [...LINKS, xdp('d1', '10.4.0.1/24'), xdp('q1', '10.5.0.1/24')] });
  await eventually('both opened', () => choice('d1') !== undefined && choice('q1') !== undefined);
  assert.match(String(choice('d1')?.reason), /BPF_XDP native mode/);
  assert.deepEqual(choice('q1'), {
    link: 'q1',
    io: 'packet',
    reason: 'AF_XDP is not available: link q1 receives by 2 queues, expected 1: there is one worker',
    hint: 'ethtool -L q1 rx 1 tx 1',
  });
  execFileSync('ethtool', ['-L', 'q1', 'rx', '1']);
  await chosen('q1', 'xdp');
  assert.deepEqual([choices('d1').length, choices('q1').length], [1, 2]);
  bench.tell({ type: 'links', links: LINKS });
  ip('link', 'del', 'dev', 'd1');
  ip('link', 'del', 'dev', 'q1');
});

test('a vanished link leaves the others, and what comes back is taken again', { skip }, async () => {
  ip('link', 'del', 'dev', 'r1');
  await eventually('r1 gone', () => bench.state('r1')?.present === false);
  assert.equal(await answers(b, '10.3.0.2'), 5);
  a.close();
  a = host('r1', '10.1.0.2/24', '10.1.0.1');
  hosts[0] = a;
  a.run('ethtool', '-K', 'eth0', 'tx', 'off');
  await chosen('r1', 'xdp');
  await bench.untilUp('r1');
  assert.equal(await answers(a, '10.2.0.2'), 5);
});

test('no program is left when the forwarder ends', { skip }, async () => {
  assert.equal(programs().length > 0, true);
  await bench.close();
  assert.deepEqual(programs(), []);
});

test('OSPF and BFD keep neighbors over AF_XDP', { skip }, async () => {
  await runWholeLab('test/labs/xdp.yaml');
});
