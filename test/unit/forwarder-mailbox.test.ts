import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedRing } from '../../src/base/ring.js';
import {
  COMMAND_ADJACENCY_DEFINED,
  COMMAND_FENCE,
  COMMAND_INJECT,
  COMMAND_OPEN_LINK,
  decodeLinkDescriptor,
  Mailbox,
} from '../../src/forward/mailbox.js';
import { WorkerStatus } from '../../src/forward/worker-status.js';

interface Command {
  readonly tag: number;
  readonly aux: number;
  readonly bytes: Uint8Array;
}

/** A mailbox with a worker that carries commands out when it is told to. */
function mailboxWithWorker(capacityBytes: number) {
  const memory = new SharedArrayBuffer(SharedRing.bytesFor(capacityBytes));
  const status = new WorkerStatus(WorkerStatus.allocate());
  let wakes = 0;
  const mailbox = new Mailbox(new SharedRing(memory), status, () => wakes++);
  const ring = new SharedRing(memory);
  const work = (): Command[] => {
    const commands: Command[] = [];
    while (ring.peek()) {
      const bytes = new Uint8Array(ring.length);
      ring.copyTo(bytes, 0);
      commands.push({ tag: ring.tag, aux: ring.aux, bytes });
      ring.pop();
    }
    status.handled += commands.length;
    return commands;
  };
  return { mailbox, work, wakes: () => wakes };
}

test('commands arrive in order, each with a wake-up', () => {
  const { mailbox, work, wakes } = mailboxWithWorker(1024);
  mailbox.openLink(3, { kind: 'packet', name: 'eth1', ifindex: 70_000, fd: 21, controlFd: 22 });
  mailbox.adjacencyDefined(5);
  mailbox.inject(3, 0x0a000001, Uint8Array.of(0x45, 0));
  assert.equal(wakes(), 3);
  const [open, defined, inject] = work();
  assert.equal(open.tag, COMMAND_OPEN_LINK);
  assert.equal(open.aux, 3);
  assert.deepEqual(decodeLinkDescriptor(open.bytes), {
    kind: 'packet',
    name: 'eth1',
    ifindex: 70_000,
    fd: 21,
    controlFd: 22,
  });
  mailbox.openLink(4, { kind: 'packet', name: 'eth2', ifindex: 5, fd: 23, controlFd: 24, xdp: { fd: 25, place: 3 } });
  assert.deepEqual(decodeLinkDescriptor(work()[0].bytes).xdp, { fd: 25, place: 3 });
  assert.deepEqual([defined.tag, defined.aux], [COMMAND_ADJACENCY_DEFINED, 5]);
  assert.deepEqual([inject.tag, inject.aux, ...inject.bytes], [COMMAND_INJECT, 3, 10, 0, 0, 1, 0x45, 0]);
});

test('a fence is passed once the worker has carried out everything before it, and not earlier', () => {
  const { mailbox, work } = mailboxWithWorker(1024);
  const passed: string[] = [];
  mailbox.adjacencyDefined(1);
  mailbox.fence(() => passed.push('first'));
  mailbox.settle();
  assert.equal(passed.length, 0);
  work();
  mailbox.fence(() => passed.push('second'));
  mailbox.settle();
  assert.equal(passed.join(), 'first');
  work();
  mailbox.settle();
  assert.equal(passed.join(), 'first,second');
});

test('when the ring is full commands wait in order, packets are refused, and fences hold', () => {
  const { mailbox, work } = mailboxWithWorker(64);
  let passed = false;
  for (let index = 1; index <= 10; index++) mailbox.adjacencyDefined(index);
  mailbox.fence(() => {
    passed = true;
  });
  assert.equal(mailbox.inject(1, 0, Uint8Array.of(1)), false);
  const seen: number[] = [];
  for (let turn = 0; turn < 10 && !passed; turn++) {
    for (const { tag, aux } of work()) if (tag !== COMMAND_FENCE) seen.push(aux);
    mailbox.settle();
  }
  assert.equal(passed, true);
  assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  assert.equal(mailbox.inject(1, 0, Uint8Array.of(1)), true);
});
