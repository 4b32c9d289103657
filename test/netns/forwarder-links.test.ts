import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { checksum } from '../../src/base/checksum.js';
import { MAILBOX_BYTES } from '../../src/forward/mailbox.js';
import { address, ForwarderBench, host, ip, link, plug, route } from '../support/forwarder-bench.js';
import { probe } from '../support/icmp-probe.js';
import { eventually, type ScratchNamespace } from '../support/scratch-namespace.js';

/*
 *                 ┌────────┐ r1 10.1.0.1 ──── 10.1.0.2 ┐
 *   lasthop0 ─────┤ router │                           b  192.0.2.1
 *   10.0.0.1      └────────┘ r2 10.2.0.1 ──── 10.2.0.2 ┘
 */
let bench: ForwarderBench;
let b: ScratchNamespace;

const LINKS = [link('r1', '10.1.0.1/24'), link('r2', '10.2.0.1/24')];
const FIRST = { kind: 'neighbor', link: 'r1', via: address('10.1.0.2') } as const;
const SECOND = { kind: 'neighbor', link: 'r2', via: address('10.2.0.2') } as const;

/** What the kernel has on the virtual link. */
function tunAddresses(): string[] {
  return [...ip('-o', '-4', 'addr', 'show', 'dev', 'lasthop0').matchAll(/inet ([0-9.]+\/\d+)/g)].map(
    ([, text]) => text,
  );
}

/** The default routes through the virtual link: that of the main table and that of its own. */
function defaultRoutes(): string[] {
  const lines = ip('-4', 'route', 'show', 'table', 'all', 'default').split('\n');
  return lines.map((line) => line.trim()).filter((line) => line.includes('dev lasthop0'));
}

function tunEvents(): string[] {
  return bench.eventNames().filter((name) => name.startsWith('virtual-link-'));
}

/** True if b refuses a connection from the router's own kernel: packets go there and come back. */
function isReached(): boolean {
  const attempt = "timeout 1 bash -c 'echo > /dev/tcp/192.0.2.1/9' 2>&1 || true";
  return execFileSync('bash', ['-c', attempt], { encoding: 'utf8' }).includes('Connection refused');
}

before(async () => {
  b = host('r1', '10.1.0.2/24', '10.1.0.1');
  ip('link', 'add', 'name', 'r2', 'type', 'veth', 'peer', 'name', 'eth1', 'netns', b.name);
  b.ip('link', 'set', 'dev', 'eth1', 'up');
  b.ip('addr', 'add', '10.2.0.2/24', 'dev', 'eth1');
  b.ip('addr', 'add', '192.0.2.1/32', 'dev', 'lo');
  b.run('sysctl', '-qw', 'net.ipv4.conf.all.rp_filter=0');
  bench = new ForwarderBench();
  bench.hello();
  bench.tell({ type: 'links', links: LINKS });
  // Whether a router comes to be is decided by its virtual link; until then it keeps its hands off.
  assert.deepEqual(bench.ask({ what: 'links' }), []);
  bench.virtualLink('10.0.0.1');
  await bench.untilUp('r1', 'r2');
  await bench.routes([
    route('10.0.0.1/32', [{ kind: 'local' }]),
    route('10.1.0.1/32', [{ kind: 'local' }]),
    route('10.2.0.1/32', [{ kind: 'local' }]),
    route('10.1.0.0/24', [{ kind: 'connected', link: 'r1' }]),
    route('10.2.0.0/24', [{ kind: 'connected', link: 'r2' }]),
    route('192.0.2.1/32', [FIRST], SECOND),
  ]);
});

after(async () => {
  await bench.close();
  b.close();
});

test('addresses of the virtual link follow what is asked for, each as a /32', () => {
  assert.deepEqual(tunAddresses(), ['10.0.0.1/32']);
  bench.virtualLink('10.0.0.1', '3.3.3.3', '4.4.4.4');
  assert.deepEqual(tunAddresses(), ['10.0.0.1/32', '3.3.3.3/32', '4.4.4.4/32']);
  bench.virtualLink('10.0.0.1', '4.4.4.4');
  assert.deepEqual(tunAddresses(), ['10.0.0.1/32', '4.4.4.4/32']);
  assert.match(ip('route', 'show', 'default'), /default dev lasthop0 .*src 10\.0\.0\.1/);
  const ready = bench.received.findLast((message) => message.type === 'virtual-link-ready');
  assert.deepEqual(ready, { type: 'virtual-link-ready', addresses: [address('10.0.0.1'), address('4.4.4.4')] });
});

test('a virtual link that somebody removes is made again, with what was on it', async () => {
  ip('link', 'del', 'dev', 'lasthop0');
  await eventually('the virtual link again', () => ip('-o', 'link').includes('lasthop0'));
  await eventually('its addresses', () => tunAddresses().length === 2);
  await eventually('its route', () => isReached());
  await eventually('told', () => tunEvents().length === 2);
  // The kernel sets a device down before it removes it; which of the two is seen is a matter of time.
  assert.match(tunEvents().join(' '), /^virtual-link-(vanished|down) virtual-link-restored$/);
});

test('a virtual link that somebody sets down is set up again, with the routes that the kernel took from it', async () => {
  const before = defaultRoutes();
  assert.equal(before.length, 2);
  const seen = tunEvents().length;
  ip('link', 'set', 'dev', 'lasthop0', 'down');
  await eventually('told', () => tunEvents().length === seen + 2);
  assert.deepEqual(tunEvents().slice(seen), ['virtual-link-down', 'virtual-link-restored']);
  assert.deepEqual(defaultRoutes(), before);
  await eventually('packets on it', () => isReached());
  assert.ok(bench.isForwarding('lasthop0'));
  // Down and up at once: the routes are lost all the same.
  execFileSync('bash', ['-c', 'ip link set lasthop0 down; ip link set lasthop0 up']);
  await eventually('told again', () => tunEvents().length === seen + 4);
  assert.deepEqual(defaultRoutes(), before);
});

test('a virtual link that cannot be restored at once is tried again', async () => {
  const seen = tunEvents().length;
  // Both at once, so that the route is in the way when the forwarder comes to hear of it.
  const commands = 'link set dev lasthop0 down\nroute add default dev r1 metric 1000000\n';
  execFileSync('ip', ['-batch', '-'], { input: commands });
  await eventually('told', () => tunEvents().length === seen + 1);
  assert.equal(tunEvents().at(-1), 'virtual-link-down');
  ip('route', 'del', 'default', 'dev', 'r1');
  await eventually('restored', () => tunEvents().length === seen + 2);
  assert.equal(tunEvents().at(-1), 'virtual-link-restored');
  assert.equal(defaultRoutes().length, 2);
  assert.equal(bench.failure, undefined);
});

test('a default route that the host has already stays, and what that means is said', (t) => {
  ip('link', 'add', 'name', 'uplink', 'type', 'veth', 'peer', 'name', 'uplink-far');
  t.after(() => ip('link', 'del', 'dev', 'uplink'));
  ip('link', 'set', 'dev', 'uplink', 'up');
  ip('addr', 'add', '172.16.0.1/24', 'dev', 'uplink');
  ip('route', 'add', 'default', 'via', '172.16.0.2', 'dev', 'uplink');
  bench.virtualLink('10.0.0.1', '4.4.4.4');
  assert.match(ip('route', 'get', '198.51.100.1'), /dev uplink/);
  const said = bench.events.findLast(({ name }) => name === 'default-route-elsewhere');
  const hint = 'for each address of lasthop0: ip rule add from ADDRESS lookup 2328';
  assert.deepEqual(said?.detail, { link: 'uplink', hint });
  ip('route', 'del', 'default', 'dev', 'uplink');
  bench.virtualLink('10.0.0.1', '4.4.4.4');
  assert.match(ip('route', 'get', '198.51.100.1'), /dev lasthop0/);
  assert.equal(bench.eventNames().filter((name) => name === 'default-route-elsewhere').length, 1);
});

test('when a carrier is lost the worker takes the repair path, with no help from a controller', async () => {
  assert.ok(isReached());
  b.ip('link', 'set', 'dev', 'eth0', 'down');
  // Nobody has changed a route, and b's way back to the router leads over the other link as well.
  b.ip('route', 'replace', 'default', 'via', '10.2.0.1');
  await eventually('the way around', () => isReached());
  await eventually('the controller told', () => bench.state('r1')?.reason === 'no carrier');
  assert.ok(bench.eventNames().includes('forwarding-stopped'));
  b.ip('link', 'set', 'dev', 'eth0', 'up');
  await bench.untilUp('r1');
  await eventually('the first way again', () => isReached());
});

test('a link that is set down here is left down, and used again when it is set up', async () => {
  ip('link', 'set', 'dev', 'r1', 'down');
  await eventually('told', () => bench.state('r1')?.reason === 'administratively down');
  await eventually('the way around', () => isReached());
  assert.match(ip('-o', 'link', 'show', 'dev', 'r1'), /state DOWN/);
  ip('link', 'set', 'dev', 'r1', 'up');
  await bench.untilUp('r1');
  const stops = bench.eventNames().filter((name) => name === 'forwarding-stopped').length;
  assert.match((await probe(b, { destination: '10.1.0.1', count: 3 })).map(({ from }) => from).join(), /^10\.1\.0\.1,/);
  assert.equal(bench.eventNames().filter((name) => name === 'forwarding-stopped').length, stops);
});

test('a link that vanishes is reported, and taken over again when it is back', async () => {
  ip('link', 'del', 'dev', 'r1');
  await eventually('gone', () => bench.state('r1')?.present === false);
  assert.equal(bench.state('r1')?.reason, 'there is no such link');
  await eventually('the way around', () => isReached());
  plug('r1', b);
  b.ip('addr', 'add', '10.1.0.2/24', 'dev', 'eth0');
  await bench.untilUp('r1');
  assert.equal((await probe(b, { destination: '10.1.0.1' })).length, 1);
});

test('a link with an address in the kernel is refused in one line, and taken when the address is gone', async () => {
  ip('link', 'add', 'name', 'r3', 'type', 'veth', 'peer', 'name', 'r3-far');
  ip('link', 'set', 'dev', 'r3-far', 'up');
  ip('addr', 'add', '10.3.0.9/24', 'dev', 'r3');
  bench.tell({ type: 'links', links: [...LINKS, link('r3', '10.3.0.1/24')] });
  const reason = 'link r3 has the address 10.3.0.9/24 in the kernel, expected none: lasthop answers for it';
  await eventually('the refusal', () => bench.state('r3')?.reason === reason);
  ip('addr', 'flush', 'dev', 'r3');
  await bench.untilUp('r3');
});

test("a link that is not wanted any more is the kernel's again, as it was", async () => {
  assert.match(ip('-o', 'link', 'show', 'dev', 'r3'), /state UP/);
  bench.tell({ type: 'links', links: LINKS });
  assert.match(ip('-o', 'link', 'show', 'dev', 'r3'), /state DOWN/);
  ip('link', 'del', 'dev', 'r3');
  const rows = bench.ask({ what: 'links' }) as readonly { name: string }[];
  assert.deepEqual(
    rows.map(({ name }) => name),
    ['lasthop0', 'r1', 'r2'],
  );
});

test('a link that does not exist yet is waited for', async () => {
  bench.tell({ type: 'links', links: [...LINKS, link('later', '10.4.0.1/24')] });
  assert.equal(bench.state('later')?.present, false);
  ip('link', 'add', 'name', 'later', 'type', 'veth', 'peer', 'name', 'later-far');
  ip('link', 'set', 'dev', 'later-far', 'up');
  await bench.untilUp('later');
  bench.tell({ type: 'links', links: LINKS });
  ip('link', 'del', 'dev', 'later');
});

test('the kernel of the host stays off the links of the router', async () => {
  // The kernel owns 10.0.0.1 on the virtual link, and would answer ARP for it on any of its links.
  const answers = b.run('bash', '-c', 'ip neigh flush all; ip route add 10.0.0.1/32 dev eth1; true');
  assert.equal(answers, '');
  assert.deepEqual(await probe(b, { destination: '10.0.0.1' }), []);
  b.ip('route', 'del', '10.0.0.1/32');
});

test('while nothing happens the worker does not move', async () => {
  await bench.routes([], ['192.0.2.1/32']);
  const { plane } = bench.forwarder;
  // Hosts that were spoken to are forgotten after a while; until then the loop may turn for them.
  let breaths = plane.breaths;
  let still = 0;
  const deadline = performance.now() + 120_000;
  while (still < 5 && performance.now() < deadline) {
    await delay(200);
    still = plane.breaths === breaths ? still + 1 : 0;
    breaths = plane.breaths;
  }
  assert.equal(still, 5);
  assert.equal(plane.isAlive(), true);
});

test('commands that wait while packets fill the way to the worker get through', async () => {
  const { plane } = bench.forwarder;
  const large = new Uint8Array(60_000);
  large.set([0x45, 0, 0xea, 0x60, 0, 0, 0, 0, 64, 17, 0, 0, 10, 1, 0, 1, 10, 1, 0, 2]);
  new DataView(large.buffer).setUint16(10, checksum(large, 0, 20));
  for (let round = 0; round < 3; round++) {
    // Large ones keep the worker busy with fragments, while empty ones take the room to the last byte.
    const fill = (packet: Uint8Array, most: number) => {
      for (let sent = 0; sent < most && plane.inject('r1', FIRST.via, packet); sent++);
    };
    fill(large, 20);
    fill(new Uint8Array(0), MAILBOX_BYTES);
    await bench.routes([]);
  }
});

test('what is not a message is refused and changes nothing', () => {
  const routes = bench.forwarder.plane.fib.routeCount;
  bench.tell({ type: 'routes', sequence: 1, upsert: [], remove: [{ address: 1, length: 0 }] });
  assert.ok(bench.eventNames().includes('controller-message-refused'));
  assert.equal(bench.forwarder.plane.fib.routeCount, routes);
});

test('another controller takes over routes and addresses; what it does not ask for goes', async () => {
  await bench.routes([route('198.51.100.0/24', [SECOND]), route('203.0.113.0/24', [SECOND])]);
  bench.hello();
  const welcome = bench.received.findLast((message) => message.type === 'welcome');
  assert.equal(welcome?.type === 'welcome' && welcome.restarts, 1);
  bench.virtualLink('10.0.0.1');
  assert.deepEqual(tunAddresses(), ['10.0.0.1/32', '4.4.4.4/32']);
  await bench.routes([route('198.51.100.0/24', [SECOND])]);
  const { fib } = bench.forwarder.plane;
  assert.equal(fib.lookup(address('203.0.113.1'))?.stale, true);
  bench.tell({ type: 'routes-complete' });
  assert.deepEqual(tunAddresses(), ['10.0.0.1/32']);
  assert.equal(fib.routeCount, 1);
  assert.equal(fib.lookup(address('198.51.100.1'))?.stale, false);
  assert.ok(bench.eventNames().includes('stale-routes-swept'));
});
