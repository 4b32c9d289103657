import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { DeputyInput } from '../../src/forward/bfd-deputy.js';
import { BfdDeputyTable, DEPUTY_FRAME_BYTES } from '../../src/forward/bfd-deputy-table.js';
import { WorkerStatus } from '../../src/forward/worker-status.js';
import { native } from '../../src/kernel/binding.js';
import { FrameArena, PacketBatch, SLOT_BYTES } from '../../src/link/frame.js';
import { PacketLink } from '../../src/link/packet-link.js';
import { needsRealRoot, ScratchNamespace } from '../support/scratch-namespace.js';

/* The deputy as the forwarder starts it, with a worker that never does anything. */

const LINK = 3;
const SLOT = 5;
const INTERVAL_US = 10_000;
/** linux/sched.h */
const SCHED_RR = 2;
const WITHIN_MS = 10_000;
const FRAME = Uint8Array.from({ length: DEPUTY_FRAME_BYTES }, (_, i) => (i === 12 ? 0x08 : i === 13 ? 0x00 : i));

const memory = new SharedArrayBuffer(BfdDeputyTable.bytes());
const table = new BfdDeputyTable(memory);
const status = WorkerStatus.allocate();
const wakeFd = native.createEvent();
const arena = new FrameArena(64);
const batch = new PacketBatch();
const io = new native.PacketIo(arena.bytes, SLOT_BYTES, 64);
let a: ScratchNamespace;
let b: ScratchNamespace;
let deputyFd: number;
let receiver: PacketLink;
let deputy: Worker;

function open(namespace: ScratchNamespace): number {
  const options = { vnetHeader: true, ignoreOutgoing: true, qdiscBypass: false };
  const buffers = { receiveBufferBytes: 1 << 20, sendBufferBytes: 1 << 20 };
  return namespace.inside(() => native.openPacket({ ...options, ...buffers, ifindex: native.interfaceIndex('eth0') }));
}

function nowUs(): number {
  const clock = new Float64Array(1);
  native.readClock(clock);
  return clock[0];
}

function received(): string[] {
  const count = Math.max(0, receiver.receive(arena, batch));
  return Array.from({ length: count }, (_, i) => {
    const start = batch.offsets[i] - 14;
    return Buffer.from(arena.bytes.subarray(start, start + 14 + batch.lengths[i])).toString('hex');
  });
}

async function until(reached: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + WITHIN_MS;
  while (!reached()) {
    assert.ok(performance.now() < deadline, `waited for ${what}`);
    await delay(1);
  }
}

function entrust(dueUs: number): void {
  if (table.entrust(SLOT, LINK, FRAME, 0, dueUs, INTERVAL_US)) native.signalEvent(wakeFd);
}

before(() => {
  a = new ScratchNamespace();
  b = new ScratchNamespace();
  a.connect('eth0', b, 'eth0');
  deputyFd = open(a);
  receiver = new PacketLink(io, 'eth0', open(b));
  table.openLink(LINK, deputyFd);
  const workerData: DeputyInput = { table: memory, status, wakeFd };
  deputy = new Worker(new URL('../../src/forward/bfd-deputy.js', import.meta.url), { workerData });
});

after(async () => {
  new WorkerStatus(status).stop();
  native.signalEvent(wakeFd);
  await new Promise((resolve) => deputy.once('exit', resolve));
  receiver.close();
  io.release();
  native.close(wakeFd);
  a.close();
  b.close();
});

/** `policy` of proc_pid_stat(5), of each thread of this process. */
function policies(): number[] {
  return readdirSync('/proc/self/task').map((thread) => {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[38]);
  });
}

test('is the only thread with real-time precedence', { skip: needsRealRoot }, async () => {
  entrust(nowUs());
  await until(() => table.sent[SLOT] > 0, 'the first packet');
  received();
  assert.equal(policies().filter((policy) => policy === SCHED_RR).length, 1);
});

test('sends what was left to it, byte for byte and again, once it is late', async () => {
  entrust(nowUs());
  const frames: string[] = [];
  await until(() => frames.push(...received()) >= 3, 'three frames');
  assert.deepEqual([...new Set(frames)], [Buffer.from(FRAME).toString('hex')]);
  assert.ok(table.sent[SLOT] >= 3);
});

test('falls silent when the worker has been away for a second', async () => {
  entrust(nowUs());
  await until(() => nowUs() > table.dueUs[SLOT] + 1_100_000, 'the time to be over');
  const { sent } = table;
  const before = sent[SLOT];
  const sinceUs = nowUs();
  await until(() => nowUs() > sinceUs + 100_000, 'another ten intervals');
  assert.equal(sent[SLOT], before);
  assert.ok(before <= 2 * 125, `${before} packets`);
});

test('speaks again for a worker that came back and went away again, and is silent when that takes the session back', async () => {
  const before = table.sent[SLOT];
  entrust(nowUs());
  await until(() => table.sent[SLOT] > before, 'a packet');
  table.withdraw(SLOT);
  const after = table.sent[SLOT] + 1;
  const sinceUs = nowUs();
  await until(() => nowUs() > sinceUs + 100_000, 'ten intervals');
  assert.ok(table.sent[SLOT] <= after, 'one packet may have been under way');
});

test('has let go of a descriptor when the link is closed', async () => {
  entrust(nowUs());
  table.closeLink(LINK);
  native.close(deputyFd);
  const { sent } = table;
  const before = sent[SLOT];
  const sinceUs = nowUs();
  await until(() => nowUs() > sinceUs + 50_000, 'five intervals');
  assert.ok(sent[SLOT] <= before + 1);
  table.withdraw(SLOT);
});
