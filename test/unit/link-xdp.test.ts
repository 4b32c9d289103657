import assert from 'node:assert/strict';
import { test } from 'node:test';
import { native } from '../../src/kernel/binding.js';
import { ChunkPool } from '../../src/link/chunk-pool.js';
import { FrameArena, PacketBatch, SLOT_BYTES } from '../../src/link/frame.js';
import { MemoryLink } from '../../src/link/memory-link.js';
import { RING_SLOTS, umemOf, XDP_MAX_MTU, xdpBytes } from '../../src/link/xdp-layout.js';
import { XdpLink } from '../../src/link/xdp-link.js';
import { XdpRing } from '../../src/link/xdp-ring.js';
import type { XdpPort } from '../../src/link/xdp-socket.js';

const { EAGAIN, EMSGSIZE, ENETDOWN } = native.constants;
const SLOTS = 2;
const HEADROOM = 258;
const OFFSETS = [0, 64, 128, 192];

interface Frame {
  readonly address: number;
  readonly bytes: readonly number[];
}

/** The kernel's part: fills the chunks that it was given, and sends when it is kicked, up to `budget` frames a time. */
class ScriptedPort implements XdpPort {
  readonly fd = 9;
  readonly received = ring(16);
  readonly toSend = ring(16);
  readonly toFill = ring(8);
  readonly sent = ring(8);
  readonly wire: Frame[] = [];
  closed = false;
  budget = 32;
  error = 0;
  completes = true;
  private readonly kernel = {
    received: twin(this.received, 16),
    toSend: twin(this.toSend, 16),
    toFill: twin(this.toFill, 8),
    sent: twin(this.sent, 8),
  };

  constructor(private readonly umem: Uint8Array) {
    this.toSend.words[OFFSETS[2] / 4] = 1;
  }

  /** A frame comes in; false if there is no chunk for it. */
  deliver(...bytes: readonly number[]): boolean {
    const { toFill, received } = this.kernel;
    if (toFill.waiting() === 0 || received.room() === 0) return false;
    const address = toFill.words[toFill.entry(0)] + HEADROOM;
    toFill.consume(1);
    this.umem.set(bytes, address);
    const entry = received.entry(0);
    received.words.set([address, 0, bytes.length, 0], entry);
    received.produce(1);
    return true;
  }

  kick(): number {
    const { toSend, sent } = this.kernel;
    if (this.error !== 0) return this.error;
    for (let frames = 0; toSend.waiting() > 0; frames++) {
      if (frames === this.budget) return -EAGAIN;
      const [address, , length] = toSend.words.subarray(toSend.entry(0));
      this.wire.push({ address, bytes: [...this.umem.subarray(address, address + length)] });
      toSend.consume(1);
      if (!this.completes) continue;
      sent.words[sent.entry(0)] = address;
      sent.produce(1);
    }
    return 0;
  }

  close(): void {
    this.closed = true;
  }
}

function ring(entryBytes: number): XdpRing {
  return new XdpRing(new Uint8Array(192 + RING_SLOTS * entryBytes), OFFSETS, entryBytes, RING_SLOTS);
}

function twin({ words }: XdpRing, entryBytes: number): XdpRing {
  return new XdpRing(new Uint8Array(words.buffer), OFFSETS, entryBytes, RING_SLOTS);
}

/** Two links that share chunks. */
function two() {
  const arena = new FrameArena(SLOTS, new Uint8Array(SLOTS * SLOT_BYTES + xdpBytes()));
  const umem = umemOf(arena.bytes, SLOTS * SLOT_BYTES);
  const chunks = new ChunkPool(arena, umem);
  const open = (name: string) => {
    const port = new ScriptedPort(umem);
    const [beside] = MemoryLink.pair(name);
    return { port, link: new XdpLink(name, port, chunks, beside) };
  };
  return { arena, chunks, open, a: open('eth1'), b: open('eth2'), batch: new PacketBatch() };
}

/** A frame with an Ethernet header of 14 bytes of `mark` and a packet of `length`. */
function frame(mark: number, length: number): number[] {
  return [...new Array(14).fill(mark), ...Array.from({ length }, (_, i) => (mark + i) & 0xff)];
}

test('a frame that was received on one link leaves by another from where it is', () => {
  const { arena, a, b, batch } = two();
  a.port.deliver(...frame(1, 46));
  a.port.deliver(...frame(2, 100));
  assert.equal(a.link.receive(arena, batch), 2);
  assert.deepEqual([...batch.lengths.subarray(0, 2)], [46, 100]);
  assert.deepEqual([...arena.bytes.subarray(batch.offsets[0] - 1, batch.offsets[0] + 2)], [1, 1, 2]);
  assert.equal(batch.offsets[0] % 4, 0);
  const offset = batch.offsets[1];
  assert.equal(b.link.transmit(arena, batch), 2);
  assert.deepEqual(
    b.port.wire.map(({ bytes }) => bytes),
    [frame(1, 46), frame(2, 100)],
  );
  arena.bytes[offset] = 77;
  const umem = umemOf(arena.bytes, SLOTS * SLOT_BYTES);
  assert.equal(umem[b.port.wire[1].address + 14], 77);
});

test('chunks go round: of what was forwarded, dropped, and never sent none is lost', () => {
  const { arena, a, b, batch } = two();
  for (let round = 0; round < 3 * RING_SLOTS; round++) {
    const count = 1 + (round % 64);
    for (let i = 0; i < count; i++) assert.equal(a.port.deliver(...frame(i, 46)), true, `round ${round}`);
    assert.equal(a.link.receive(arena, batch), count);
    batch.count = round % 3 === 0 ? 0 : count >> 1;
    if (batch.count > 0) assert.equal(b.link.transmit(arena, batch), batch.count);
  }
});

test('what a link did not receive, or sends twice, is copied', () => {
  const { arena, a, b, batch } = two();
  batch.offsets[0] = arena.packetOffset(1);
  batch.lengths[0] = 46;
  batch.count = 1;
  arena.bytes.set(frame(5, 46), batch.offsets[0] - 14);
  assert.equal(a.link.transmit(arena, batch), 1);
  assert.deepEqual(a.port.wire[0].bytes, frame(5, 46));
  b.port.deliver(...frame(6, 60));
  b.link.receive(arena, batch);
  assert.equal(a.link.transmit(arena, batch), 1);
  assert.equal(b.link.transmit(arena, batch), 1);
  assert.deepEqual(b.port.wire[0].bytes, frame(6, 60));
  assert.notEqual(b.port.wire[0].address, a.port.wire[1].address);
});

test('a kernel that sends some frames a time is asked until it has sent them all', () => {
  const { arena, a, b, batch } = two();
  a.port.budget = 10;
  for (let i = 0; i < 64; i++) b.port.deliver(...frame(i, 46));
  assert.equal(b.link.receive(arena, batch), 64);
  assert.equal(a.link.transmit(arena, batch), 64);
  assert.equal(a.port.wire.length, 64);
});

test('a kernel that gives no chunk back takes a full ring and no more', () => {
  const { arena, a, batch } = two();
  a.port.completes = false;
  batch.offsets.fill(arena.packetOffset(0));
  batch.lengths.fill(46);
  let taken = 0;
  for (let round = 0; round < 100; round++) {
    batch.count = 64;
    taken += a.link.transmit(arena, batch);
  }
  assert.equal(taken, RING_SLOTS);
});

test('a packet that no chunk holds is refused, those before it are not', () => {
  const { arena, a, batch } = two();
  batch.offsets.fill(arena.packetOffset(0));
  batch.lengths.set([XDP_MAX_MTU, XDP_MAX_MTU + 1]);
  batch.count = 2;
  assert.equal(a.link.transmit(arena, batch), 1);
  assert.equal(a.port.wire[0].bytes.length, XDP_MAX_MTU + 14);
  batch.lengths[0] = XDP_MAX_MTU + 1;
  assert.equal(a.link.transmit(arena, batch), -EMSGSIZE);
});

test('a link that is down takes one batch, which waits, and then says so until it is up', () => {
  const { arena, a, batch } = two();
  batch.offsets.fill(arena.packetOffset(0));
  batch.lengths.fill(46);
  batch.count = 3;
  a.port.error = -ENETDOWN;
  assert.equal(a.link.transmit(arena, batch), 3);
  assert.equal(a.link.transmit(arena, batch), -ENETDOWN);
  assert.equal(a.link.transmit(arena, batch), -ENETDOWN);
  a.port.error = 0;
  assert.equal(a.link.transmit(arena, batch), 3);
  assert.equal(a.port.wire.length, 6);
});

test('the kernel has as many chunks of a link as its ring holds, and all come back when it is closed', () => {
  const { arena, a, b, batch, open } = two();
  for (let i = 0; i < RING_SLOTS; i++) assert.equal(a.port.deliver(...frame(1, 46)), true);
  assert.equal(a.port.deliver(...frame(1, 46)), false);
  assert.equal(a.link.receive(arena, batch), 64);
  for (let i = 0; i < 64; i++) assert.equal(a.port.deliver(...frame(1, 46)), true);
  assert.equal(a.port.deliver(...frame(1, 46)), false);
  b.link.close();
  a.link.close();
  assert.deepEqual([a.port.closed, b.port.closed], [true, true]);
  const again = Array.from({ length: 4 }, (_, i) => open(`eth${i}`));
  for (const { port } of again) {
    for (let i = 0; i < RING_SLOTS; i++) assert.equal(port.deliver(...frame(1, 46)), true);
  }
  assert.throws(() => open('eth9'), RangeError);
});
