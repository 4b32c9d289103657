import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { formatMac } from '../../src/base/mac.js';
import { LinkMonitor, readLinks } from '../../src/kernel/link-monitor.js';
import { readChannels, readLinkAddresses, setLinkMtu, setLinkUp } from '../../src/kernel/link-settings.js';
import type { KernelLink } from '../../src/kernel/rtnetlink.js';
import { eventually, ScratchNamespace } from '../support/scratch-namespace.js';

let host: ScratchNamespace;
let far: ScratchNamespace;
let monitor: LinkMonitor;
let changes: [name: string, link: KernelLink | undefined][];

before(() => {
  host = new ScratchNamespace();
  far = new ScratchNamespace();
  changes = [];
  host.connect('first', far, 'first');
  monitor = host.inside(() => new LinkMonitor((name, link) => changes.push([name, link])));
});
after(() => {
  monitor.close();
  host.close();
  far.close();
});
beforeEach(() => {
  changes.length = 0;
});

function state(name: string): 'absent' | 'down' | 'no carrier' | 'up' {
  const link = monitor.link(name);
  if (link === undefined) return 'absent';
  if (!link.adminUp) return 'down';
  return link.carrier ? 'up' : 'no carrier';
}

test('the table starts complete', () => {
  assert.deepEqual(
    monitor
      .links()
      .map((link) => link.name)
      .sort(),
    ['first', 'lo'],
  );
  const link = monitor.link('first');
  assert.ok(link !== undefined);
  assert.equal(link.mtu, 1500);
  assert.match(host.ip('link', 'show', 'dev', 'first'), new RegExp(formatMac(link.mac)));
  assert.equal(state('first'), 'up');
  assert.equal(monitor.link('absent'), undefined);
});

test('carrier is lost and comes back', async () => {
  far.ip('link', 'set', 'dev', 'first', 'down');
  await eventually('loss', () => state('first') === 'no carrier');
  far.ip('link', 'set', 'dev', 'first', 'up');
  await eventually('return', () => state('first') === 'up');
  assert.ok(changes.every(([name, link]) => name === 'first' && link !== undefined));
});

test('a link vanishes and appears again with another index', async () => {
  const before = monitor.link('first')?.ifindex;
  host.ip('link', 'del', 'dev', 'first');
  await eventually('vanished', () => state('first') === 'absent');
  assert.deepEqual(changes.at(-1), ['first', undefined]);
  host.connect('first', far, 'first');
  await eventually('back', () => state('first') === 'up');
  assert.notEqual(monitor.link('first')?.ifindex, before);
});

test('a link that moves to another namespace is gone, one that is renamed is another', async () => {
  host.connect('second', far, 'second');
  await eventually('there', () => state('second') === 'up');
  host.ip('link', 'set', 'dev', 'second', 'down');
  host.ip('link', 'set', 'dev', 'second', 'name', 'third');
  await eventually('renamed', () => state('third') === 'down' && state('second') === 'absent');
  host.ip('link', 'set', 'dev', 'third', 'netns', far.name);
  await eventually('moved', () => state('third') === 'absent');
});

test('leaving a bridge is not vanishing', async () => {
  host.ip('link', 'add', 'name', 'br', 'type', 'bridge');
  host.ip('link', 'set', 'dev', 'first', 'master', 'br');
  host.ip('link', 'set', 'dev', 'first', 'nomaster');
  host.ip('link', 'del', 'dev', 'br');
  await eventually('bridge gone', () => changes.some(([name, link]) => name === 'br' && link === undefined));
  assert.equal(state('first'), 'up');
  assert.ok(!changes.some(([name, link]) => name === 'first' && link === undefined));
});

test('a burst that overflows the socket ends in the right table', async () => {
  // Nothing reads the socket while this synchronous loop runs.
  const ifindex = monitor.link('first')?.ifindex ?? 0;
  host.inside(() => {
    for (let round = 0; round < 2000; round++) setLinkMtu(ifindex, 1000 + (round % 100));
    setLinkMtu(ifindex, 1400);
  });
  await eventually('the last value', () => monitor.link('first')?.mtu === 1400);
  far.ip('link', 'set', 'dev', 'first', 'down');
  await eventually('loss', () => state('first') === 'no carrier');
  far.ip('link', 'set', 'dev', 'first', 'up');
  await eventually('return', () => state('first') === 'up');
});

test('a link is set down and up, and its addresses are read', () => {
  const ifindex = monitor.link('first')?.ifindex ?? 0;
  host.ip('addr', 'add', '10.7.0.1/24', 'dev', 'first');
  assert.deepEqual(
    host.inside(() => readLinkAddresses(ifindex)),
    [{ address: 0x0a070001, prefixLength: 24 }],
  );
  host.inside(() => setLinkUp(ifindex, false));
  assert.equal(host.inside(readLinks).find((link) => link.ifindex === ifindex)?.adminUp, false);
  host.inside(() => setLinkUp(ifindex, true));
  assert.equal(host.inside(readLinks).find((link) => link.ifindex === ifindex)?.adminUp, true);
});

test('the queues of a link are counted by direction', () => {
  const names = ['numrxqueues', '2', 'numtxqueues', '3', 'type', 'veth', 'peer', 'name', 'queued-far'];
  host.ip('link', 'add', 'name', 'queued', ...names);
  host.ip('link', 'add', 'name', 'plain', 'type', 'bridge');
  assert.deepEqual(
    host.inside(() => readChannels('queued')),
    { receive: 2, transmit: 3, combined: 0 },
  );
  // Its driver has no word for queues.
  assert.deepEqual(
    host.inside(() => readChannels('plain')),
    { receive: 0, transmit: 0, combined: 1 },
  );
  assert.equal(
    host.inside(() => readChannels('nowhere')),
    undefined,
  );
  for (const name of ['queued', 'plain']) host.ip('link', 'del', 'dev', name);
});

test('a refusal carries the errno and the words of the kernel', () => {
  assert.throws(() => host.inside(() => setLinkUp(4242, true)), {
    code: 'ENODEV',
    errno: -19,
    syscall: 'RTM_SETLINK',
    message: /^ENODEV: no such device, RTM_SETLINK/,
  });
  const ifindex = monitor.link('first')?.ifindex ?? 0;
  assert.throws(() => host.inside(() => setLinkMtu(ifindex, 10)), { code: 'EINVAL', message: /\(mtu less than.*\)$/ });
});
