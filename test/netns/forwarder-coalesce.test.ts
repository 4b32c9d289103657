import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ForwarderBench, host, link, route } from '../support/forwarder-bench.js';
import type { ScratchNamespace } from '../support/scratch-namespace.js';
import { stream } from '../support/tcp-stream.js';

/*
 *   a 10.1.0.2 ──── r1 10.1.0.1 ┌────────┐ r2 10.2.0.1 ──── b 10.2.0.2
 *   (sends no super-packets)    │ router │ (joins)
 *                               └────────┘
 */
let bench: ForwarderBench;
let a: ScratchNamespace;
let b: ScratchNamespace;

interface Count {
  readonly link: string;
  readonly rxPackets: number;
  readonly txPackets: number;
  readonly coalescedPackets: number;
}

function counted(name: string): Count {
  const rows = bench.ask({ what: 'counters' }) as readonly Count[];
  return rows.find((row) => row.link === name) ?? assert.fail(name);
}

function tellLinks(coalesce: 'none' | 'tcp' | 'all'): void {
  bench.tell({ type: 'links', links: [link('r1', '10.1.0.1/24'), { ...link('r2', '10.2.0.1/24'), coalesce }] });
}

/** Packets that were joined on their way from a to b while a stream crossed, whose content must be intact. */
async function joinedOfStream(): Promise<number> {
  const before = counted('r2').coalescedPackets;
  const { sent, received } = await stream(a, b, '10.2.0.2', 16 << 20);
  assert.deepEqual(received, sent);
  return counted('r2').coalescedPackets - before;
}

before(async () => {
  a = host('r1', '10.1.0.2/24', '10.1.0.1');
  b = host('r2', '10.2.0.2/24', '10.2.0.1');
  a.run('ethtool', '-K', 'eth0', 'tso', 'off', 'gso', 'off');
  bench = new ForwarderBench();
  bench.hello();
  bench.virtualLink('10.0.0.1');
  tellLinks('tcp');
  await bench.untilUp('r1', 'r2');
  await bench.routes([
    route('10.1.0.0/24', [{ kind: 'connected', link: 'r1' }]),
    route('10.2.0.0/24', [{ kind: 'connected', link: 'r2' }]),
  ]);
});

after(async () => {
  await bench.close();
  a.close();
  b.close();
});

test('segments that come one by one leave joined, with their content intact', async () => {
  const before = counted('r1').rxPackets;
  assert.ok((await joinedOfStream()) > 0);
  // 16 MiB in segments that fit the MTU.
  assert.ok(counted('r1').rxPackets - before > 11_000);
});

test('segments with complete checksums are joined too', async () => {
  a.run('ethtool', '-K', 'eth0', 'tx', 'off');
  assert.ok((await joinedOfStream()) > 0);
  a.run('ethtool', '-K', 'eth0', 'tx', 'on', 'tso', 'off', 'gso', 'off');
});

test('a reload turns it off and on', async () => {
  tellLinks('none');
  await new Promise<void>((seen) => bench.forwarder.plane.whenWorkerHasSeen(seen));
  assert.equal(await joinedOfStream(), 0);
  tellLinks('all');
  await new Promise<void>((seen) => bench.forwarder.plane.whenWorkerHasSeen(seen));
  assert.ok((await joinedOfStream()) > 0);
  assert.equal(bench.eventNames().includes('coalescing-refused'), false);
});
