import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameArena, PacketBatch } from '../../src/link/frame.js';
import { MemoryLink } from '../../src/link/memory-link.js';

const ENETDOWN = 100;

function batchOf(arena: FrameArena, packets: readonly Uint8Array[]): PacketBatch {
  const batch = new PacketBatch();
  for (const packet of packets) {
    const offset = arena.packetOffset(batch.count);
    arena.bytes.set(packet, offset);
    batch.offsets[batch.count] = offset;
    batch.lengths[batch.count] = packet.length;
    batch.count++;
  }
  return batch;
}

test('what one end transmits the other receives, in order, with its headers', () => {
  const [a, b] = MemoryLink.pair('wire');
  const sending = new FrameArena(2);
  const batch = batchOf(sending, [Uint8Array.of(1, 2, 3), Uint8Array.of(4)]);
  sending.bytes[sending.packetOffset(0) - 14] = 0xaa;
  sending.bytes[sending.packetOffset(0) - 64] = 0xbb;
  assert.equal(a.transmit(sending, batch), 2);

  const receiving = new FrameArena(4);
  const received = new PacketBatch(4);
  assert.equal(b.receive(receiving, received), 2);
  assert.deepEqual([...received.lengths.subarray(0, 2)], [3, 1]);
  const first = received.offsets[0];
  assert.deepEqual([...receiving.bytes.subarray(first, first + 3)], [1, 2, 3]);
  assert.equal(receiving.bytes[first - 14], 0xaa);
  assert.equal(receiving.bytes[first - 64], 0xbb);
  assert.equal(b.receive(receiving, received), 0);
});

test('a full wire takes no more than its capacity', () => {
  const [a] = MemoryLink.pair('wire', { capacity: 1 });
  const arena = new FrameArena(2);
  assert.equal(a.transmit(arena, batchOf(arena, [Uint8Array.of(1), Uint8Array.of(2)])), 1);
});

test('a batch takes what it has room for and leaves the rest', () => {
  const [a, b] = MemoryLink.pair('wire');
  const arena = new FrameArena(3);
  a.transmit(arena, batchOf(arena, [Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)]));
  const two = new PacketBatch(2);
  assert.equal(b.receive(arena, two), 2);
  assert.equal(b.waitingCount, 1);
});

test('a cut wire refuses both directions, loses what was under way, and can be mended', () => {
  const [a, b] = MemoryLink.pair('wire');
  const arena = new FrameArena(1);
  const batch = batchOf(arena, [Uint8Array.of(1)]);
  a.transmit(arena, batch);
  a.setUp(false);
  assert.equal(a.transmit(arena, batch), -ENETDOWN);
  assert.equal(b.receive(arena, batch), -ENETDOWN);
  a.setUp(true);
  assert.equal(b.receive(arena, batch), 0);
});

test('a frame delivered from outside has its packet at the slot and its Ethernet header in front', () => {
  const [a] = MemoryLink.pair('wire');
  a.deliver(Uint8Array.from({ length: 16 }, (_, index) => index + 1));
  const arena = new FrameArena(1);
  const batch = new PacketBatch(1);
  assert.equal(a.receive(arena, batch), 1);
  assert.equal(batch.lengths[0], 2);
  assert.deepEqual([...arena.bytes.subarray(batch.offsets[0] - 14, batch.offsets[0] - 12)], [1, 2]);
  assert.deepEqual([...arena.bytes.subarray(batch.offsets[0], batch.offsets[0] + 2)], [15, 16]);
});
