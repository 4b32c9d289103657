import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isInstalled } from '../../src/lab/program.js';
import { BFD_SILENCE, Daemons } from '../support/daemons.js';
import { address, ForwarderBench, host, ip, link, route } from '../support/forwarder-bench.js';
import { probe } from '../support/icmp-probe.js';
import { packetsOf } from '../support/link-statistics.js';
import { eventually, type ScratchNamespace } from '../support/scratch-namespace.js';
import { stream } from '../support/tcp-stream.js';
import { sendFlows } from '../support/udp-flows.js';

/*
 * Two workers:
 *
 *   a 10.1.0.2 ──── r1 10.1.0.1 ┌────────┐ r2 10.2.0.1 ──── b 10.2.0.2   9.9.9.9 is b's, by r2 and, to repair, by r3
 *                               │ router │ r3 10.3.0.1 ──── b 10.3.0.2
 *                               └───┬────┘ lasthop0 10.0.0.1, VIP 3.3.3.3: this process's own kernel
 */
const FLOWS = 16;

let bench: ForwarderBench;
let a: ScratchNamespace;
let b: ScratchNamespace;

interface WorkerRow {
  readonly rxPackets: number;
  readonly txPackets: number;
  readonly handedOverPackets: number;
}

function workers(): WorkerRow[] {
  return bench.ask({ what: 'workers' }) as WorkerRow[];
}

function counted(name: string, counter: 'rxPackets' | 'txPackets'): number {
  const rows = bench.ask({ what: 'counters' }) as readonly { link: string; rxPackets: number; txPackets: number }[];
  return rows.find((row) => row.link === name)?.[counter] ?? assert.fail(name);
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

before(async () => {
  a = host('r1', '10.1.0.2/24', '10.1.0.1');
  b = host('r2', '10.2.0.2/24', '10.2.0.1');
  ip('link', 'add', 'name', 'r3', 'type', 'veth', 'peer', 'name', 'eth1', 'netns', b.name);
  b.ip('link', 'set', 'dev', 'eth1', 'addrgenmode', 'none', 'up');
  b.ip('addr', 'add', '10.3.0.2/24', 'dev', 'eth1');
  b.ip('addr', 'add', '9.9.9.9/32', 'dev', 'lo');
  b.run('sysctl', '-qw', 'net.ipv4.conf.all.rp_filter=0', 'net.ipv4.conf.eth1.rp_filter=0');
  ip('link', 'set', 'dev', 'r3', 'addrgenmode', 'none');
  bench = new ForwarderBench(60_000, 2);
  bench.hello();
  bench.virtualLink('10.0.0.1', '10.1.0.1', '10.2.0.1', '10.3.0.1', '3.3.3.3');
  const links = [link('r1', '10.1.0.1/24'), link('r2', '10.2.0.1/24'), link('r3', '10.3.0.1/24')];
  bench.tell({ type: 'links', links });
  await bench.untilUp('r1', 'r2', 'r3');
  await bench.routes([
    route('10.0.0.1/32', [{ kind: 'local' }]),
    route('10.1.0.1/32', [{ kind: 'local' }]),
    route('10.2.0.1/32', [{ kind: 'local' }]),
    route('3.3.3.3/32', [{ kind: 'deliver' }]),
    route('10.1.0.0/24', [{ kind: 'connected', link: 'r1' }]),
    route('10.2.0.0/24', [{ kind: 'connected', link: 'r2' }]),
    route('10.3.0.0/24', [{ kind: 'connected', link: 'r3' }]),
    route('9.9.9.9/32', [{ kind: 'neighbor', link: 'r2', via: address('10.2.0.2') }], {
      kind: 'neighbor',
      link: 'r3',
      via: address('10.3.0.2'),
    }),
  ]);
});

after(async () => {
  await bench.close();
  a.close();
  b.close();
});

test('flows to a host that must be found first are shared out, and each keeps its order', async () => {
  const seen = await sendFlows(a, b, '10.2.0.7', FLOWS, 400, async () => {
    await eventually('packets of the second worker wait for the host', () => workers()[1].handedOverPackets > FLOWS);
    const before = counted('r2', 'txPackets');
    b.ip('addr', 'add', '10.2.0.7/24', 'dev', 'eth0');
    await eventually('the host is found', () => counted('r2', 'txPackets') > before + 10 * FLOWS);
  });
  assert.equal(seen.flows, FLOWS);
  assert.equal(seen.late, 0);
  const rows = workers();
  assert.equal(rows.length, 2);
  for (const { rxPackets, txPackets } of rows) assert.ok(rxPackets > 0 && txPackets > 0, JSON.stringify(rows));
});

test('counters are the sum of all workers, and miss nothing', async () => {
  await sendFlows(a, b, '10.2.0.2', FLOWS, 100);
  await eventually('everything counted', () => counted('r1', 'rxPackets') === packetsOf(a, 'eth0').tx);
  const links = ['lasthop0', 'r1', 'r2', 'r3'];
  for (const counter of ['rxPackets', 'txPackets'] as const) {
    assert.equal(sum(workers().map((row) => row[counter])), sum(links.map((name) => counted(name, counter))));
  }
});

test('the host behind the virtual link is reached by both queues, and answers', async () => {
  const seen = await sendFlows(a, undefined, '3.3.3.3', FLOWS, 100);
  assert.deepEqual([seen.flows, seen.late], [FLOWS, 0]);
  const replies = await probe(a, { destination: '3.3.3.3', count: 5 });
  assert.equal(replies.filter(({ from, type }) => from === '3.3.3.3' && type === 0).length, 5);
  const into = await stream(a, undefined, '3.3.3.3', 8 << 20);
  assert.deepEqual(into.received, into.sent);
  const out = await stream(undefined, b, '10.2.0.2', 8 << 20);
  assert.deepEqual(out.received, out.sent);
});

test('when carrier is lost every worker turns to the repair path', async () => {
  await turnToRepair(() => b.ip('link', 'set', 'dev', 'eth0', 'down'));
  b.ip('link', 'set', 'dev', 'eth0', 'up');
  await bench.untilUp('r2');
  await turnBack();
});

test('when a BFD session is lost every worker turns to the repair path', { skip: !isInstalled('bird') }, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lasthop-test-'));
  const bird = new Daemons(b);
  const ends = { link: 'r2', local: address('10.2.0.1'), peer: address('10.2.0.2') };
  const untilSessionUp = () =>
    eventually('the session is up', () => bench.received.filter((each) => each.type === 'bfd').at(-1)?.to === 'up');
  try {
    bird.startBirdBfd(directory, '10.2.0.2', '10.2.0.1');
    bench.tell({ type: 'bfd-sessions', sessions: [{ ...ends, minTxMs: 50, minRxMs: 50, multiplier: 3 }] });
    await untilSessionUp();
    await turnToRepair(() => bird.drop(BFD_SILENCE));
    bird.drop();
    await untilSessionUp();
    await turnBack();
  } finally {
    bench.tell({ type: 'bfd-sessions', sessions: [] });
    await bird.stop();
    rmSync(directory, { recursive: true });
  }
});

/** Both workers send by r2, and by r3 once `lose` is done. */
async function turnToRepair(lose: () => void): Promise<void> {
  const seen = await sendFlows(a, b, '9.9.9.9', FLOWS, 400, async () => {
    const start = counted('r2', 'txPackets');
    await eventually('traffic by r2', () => counted('r2', 'txPackets') > start + FLOWS);
    const before = counted('r3', 'txPackets');
    lose();
    await eventually('traffic by r3', () => counted('r3', 'txPackets') > before + 10 * FLOWS);
    const byLost = counted('r2', 'txPackets');
    const sent = workers().map(({ txPackets }) => txPackets);
    await eventually('traffic by r3 of each worker', () =>
      workers().every(({ txPackets }, worker) => txPackets > sent[worker]),
    );
    await eventually('more of it', () => counted('r3', 'txPackets') > before + 30 * FLOWS);
    assert.ok(counted('r2', 'txPackets') < byLost + FLOWS);
  });
  assert.equal(seen.flows, FLOWS);
}

/** Nothing goes by r3 any more. */
async function turnBack(): Promise<void> {
  const before = counted('r3', 'txPackets');
  const seen = await sendFlows(a, b, '9.9.9.9', FLOWS, 20);
  assert.deepEqual([seen.datagrams, seen.flows, seen.late], [seen.sent, FLOWS, 0]);
  assert.ok(counted('r3', 'txPackets') < before + FLOWS);
}

test('a controller that comes anew finds both workers forwarding', async () => {
  bench.hello();
  const seen = await sendFlows(a, b, '10.2.0.2', FLOWS, 20);
  assert.deepEqual([seen.datagrams, seen.late], [seen.sent, 0]);
});
