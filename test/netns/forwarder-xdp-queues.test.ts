import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ForwarderEvent, LinkRequest } from '../../src/forward/messages.js';
import { ForwarderBench, host, ip, link, route } from '../support/forwarder-bench.js';
import { probe } from '../support/icmp-probe.js';
import { packetsOf } from '../support/link-statistics.js';
import { eventually, needsRealRoot, type ScratchNamespace } from '../support/scratch-namespace.js';
import { stream } from '../support/tcp-stream.js';
import { sendFlows } from '../support/udp-flows.js';

/*
 * Two workers, links by AF_XDP:
 *
 *   a 10.1.0.2 ════ r1 10.1.0.1 ┌────────┐ r2 10.2.0.1 ════ b 10.2.0.2      two queues each
 *                               │ router │ r3 10.3.0.1 ──── c 10.3.0.2      one queue
 *                               └───┬────┘
 *                                   └ lasthop0, VIP 3.3.3.3
 */

const skip = needsRealRoot;
const FLOWS = 16;
const LINKS = [xdp('r1', '10.1.0.1/24'), xdp('r2', '10.2.0.1/24'), xdp('r3', '10.3.0.1/24')];

interface WorkerRow {
  readonly rxPackets: number;
  readonly txPackets: number;
  readonly handedOverPackets: number;
}

interface CounterRow {
  readonly link: string;
  readonly rxPackets: number;
  readonly txPackets: number;
  readonly rxMissedPackets: number;
}

let bench: ForwarderBench;
let a: ScratchNamespace;
let b: ScratchNamespace;
let c: ScratchNamespace;

function xdp(name: string, address: string): LinkRequest {
  return { ...link(name, address), io: 'xdp' };
}

/** How a link is read was told last. */
function choice(name: string): ForwarderEvent['detail'] | undefined {
  return bench.events.findLast((event) => event.name === 'link-io-chosen' && event.detail.link === name)?.detail;
}

function workers(): WorkerRow[] {
  return bench.ask({ what: 'workers' }) as WorkerRow[];
}

function counters(name: string): CounterRow {
  const rows = bench.ask({ what: 'counters' }) as readonly CounterRow[];
  return rows.find((row) => row.link === name) ?? assert.fail(name);
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

if (skip === false) {
  before(async () => {
    a = host('r1', '10.1.0.2/24', '10.1.0.1', 2);
    b = host('r2', '10.2.0.2/24', '10.2.0.1', 2);
    c = host('r3', '10.3.0.2/24', '10.3.0.1');
    for (const each of [a, b, c]) each.run('ethtool', '-K', 'eth0', 'tx', 'off');
    bench = new ForwarderBench(60_000, 2);
    bench.hello();
    bench.virtualLink('10.0.0.1', '10.1.0.1', '10.2.0.1', '10.3.0.1', '3.3.3.3');
    bench.tell({ type: 'links', links: LINKS });
    await bench.untilUp('r1', 'r2', 'r3');
    await bench.routes([
      route('10.0.0.1/32', [{ kind: 'local' }]),
      route('3.3.3.3/32', [{ kind: 'deliver' }]),
      route('10.1.0.0/24', [{ kind: 'connected', link: 'r1' }]),
      route('10.2.0.0/24', [{ kind: 'connected', link: 'r2' }]),
      route('10.3.0.0/24', [{ kind: 'connected', link: 'r3' }]),
    ]);
  });

  after(async () => {
    await bench.close();
    for (const each of [a, b, c]) each.close();
  });
}

/** Has `a` know its router: while it asks for it, its kernel lets new packets pass those that wait for the answer. */
async function meet(): Promise<void> {
  assert.equal((await probe(a, { destination: '10.2.0.2' })).length, 1);
}

test('each link says how the workers share its queues', { skip }, () => {
  const offload = (name: string) =>
    `at the other end of ${name}, which leaves checksums to us: ethtool -K PEER tx off txvlan off`;
  for (const name of ['r1', 'r2']) {
    const reason = 'as configured, the kernel copies, a queue for each worker';
    assert.deepEqual(choice(name), { link: name, io: 'xdp', reason, hint: offload(name) });
  }
  assert.deepEqual(choice('r3'), {
    link: 'r3',
    io: 'xdp',
    reason: 'as configured, the kernel copies, 1 of 2 workers receive',
    hint: `ethtool -L r3 rx 2 tx 2; ${offload('r3')}`,
  });
});

test('flows are shared out by queue, each keeps its order, and every frame is counted once', { skip }, async () => {
  await meet();
  const seen = await sendFlows(a, b, '10.2.0.2', FLOWS, 400);
  assert.deepEqual([seen.flows, seen.late], [FLOWS, 0]);
  const rows = workers();
  assert.equal(rows.length, 2);
  for (const { rxPackets, txPackets } of rows) assert.ok(rxPackets > FLOWS && txPackets > FLOWS, JSON.stringify(rows));
  await eventually('all that came in by r1 is counted', () => {
    const { rxPackets, rxMissedPackets } = counters('r1');
    return rxPackets + rxMissedPackets === packetsOf(a, 'eth0').tx;
  });
  assert.equal(counters('r2').txPackets, packetsOf(b, 'eth0').rx);
  const links = ['lasthop0', 'r1', 'r2', 'r3'].map(counters);
  for (const counter of ['rxPackets', 'txPackets'] as const) {
    assert.equal(sum(workers().map((row) => row[counter])), sum(links.map((row) => row[counter])));
  }
});

test('flows to a host that must be found first keep their order', { skip }, async () => {
  const seen = await sendFlows(a, b, '10.2.0.7', FLOWS, 400, async () => {
    await eventually('packets of the second worker wait for the host', () => workers()[1].handedOverPackets > FLOWS);
    const before = counters('r2').txPackets;
    b.ip('addr', 'add', '10.2.0.7/24', 'dev', 'eth0');
    await eventually('the host is found', () => counters('r2').txPackets > before + 10 * FLOWS);
  });
  assert.deepEqual([seen.flows, seen.late], [FLOWS, 0]);
});

test('a worker without a queue of a link sends by it all the same', { skip }, async () => {
  const before = workers().map(({ txPackets }) => txPackets);
  const seen = await sendFlows(a, c, '10.3.0.2', FLOWS, 100);
  assert.deepEqual([seen.flows, seen.late], [FLOWS, 0]);
  workers().forEach(({ txPackets }, worker) => {
    assert.ok(txPackets > before[worker] + FLOWS, `worker ${worker}`);
  });
  assert.equal(counters('r3').txPackets, packetsOf(c, 'eth0').rx);
});

test('TCP arrives intact, from host to host and to and from the virtual link', { skip }, async () => {
  for (const [from, to, destination] of [
    [a, b, '10.2.0.2'],
    [c, a, '10.1.0.2'],
    [undefined, b, '10.2.0.2'],
    [a, undefined, '3.3.3.3'],
  ] as const) {
    const { sent, received } = await stream(from, to, destination, 8 << 20);
    assert.deepEqual(received, sent, destination);
  }
});

test('a link that was down is received by all its workers when it is up again', { skip }, async () => {
  ip('link', 'set', 'dev', 'r1', 'down');
  await eventually('r1 down', () => bench.state('r1')?.up === false && !bench.isForwarding('r1'));
  ip('link', 'set', 'dev', 'r1', 'up');
  await bench.untilUp('r1');
  await meet();
  const before = workers().map(({ rxPackets }) => rxPackets);
  const seen = await sendFlows(a, b, '10.2.0.2', FLOWS, 100);
  assert.deepEqual([seen.flows, seen.late], [FLOWS, 0]);
  workers().forEach(({ rxPackets }, worker) => {
    assert.ok(rxPackets > before[worker] + FLOWS, `worker ${worker}`);
  });
});

test('a link with more queues than workers, or with one that cannot send, goes by AF_PACKET', { skip }, async () => {
  const queues = (rx: string, tx: string) => ['numrxqueues', rx, 'numtxqueues', tx, 'type', 'veth'];
  ip('link', 'add', 'name', 'q3', ...queues('3', '3'), 'peer', 'name', 'far3');
  ip('link', 'add', 'name', 'q2', ...queues('2', '1'), 'peer', 'name', 'far2');
  bench.tell({ type: 'links', links: [...LINKS, xdp('q3', '10.4.0.1/24'), xdp('q2', '10.5.0.1/24')] });
  await eventually('both opened', () => choice('q3') !== undefined && choice('q2') !== undefined);
  assert.deepEqual(choice('q3'), {
    link: 'q3',
    io: 'packet',
    reason: 'AF_XDP is not available: link q3 receives by 3 queues, expected at most 2, one a worker',
    hint: 'ethtool -L q3 rx 2 tx 2',
  });
  assert.deepEqual(choice('q2'), {
    link: 'q2',
    io: 'packet',
    reason: 'AF_XDP is not available: link q2 receives by 2 queues and sends by 1, expected as many',
    hint: 'ethtool -L q2 rx 2 tx 2',
  });
  bench.tell({ type: 'links', links: LINKS });
  for (const name of ['q3', 'q2']) ip('link', 'del', 'dev', name);
});

test('nothing is left when the forwarder ends', { skip }, async () => {
  const programs = () => ip('-d', 'link').includes('xdp');
  assert.equal(programs(), true);
  await bench.close();
  assert.equal(programs(), false);
  // No queue has a socket any more: another router may have them.
  const next = new ForwarderBench(60_000, 2);
  try {
    next.hello();
    next.virtualLink('10.0.0.1', '10.1.0.1');
    next.tell({ type: 'links', links: LINKS.slice(0, 1) });
    await next.untilUp('r1');
    const chosen = next.events.findLast(({ name }) => name === 'link-io-chosen');
    assert.equal(chosen?.detail.io, 'xdp');
  } finally {
    await next.close();
  }
});
