import assert from 'node:assert/strict';
import { test } from 'node:test';
import { native, type PacketIo } from '../../src/kernel/binding.js';
import { FrameArena, PacketBatch } from '../../src/link/frame.js';
import { PacketLink } from '../../src/link/packet-link.js';

const VNET = 64;
const GSO_HEADER = [1, 1, 54 + 14, 0, 0xb4, 5, 34, 0, 16, 0];
const GSO_HEADER_OF_PACKET = [1, 1, 54, 0, 0xb4, 5, 20, 0, 16, 0];

/** What the native side would do: hands out one packet with `header`, and keeps the headers that it is given to send. */
class ScriptedIo implements PacketIo {
  readonly sentHeaders: number[][] = [];
  header: readonly number[] = [];
  result = 1;

  constructor(private readonly arena: FrameArena) {}

  receivePacket(_fd: number, _vnetHeader: boolean, offsets: Int32Array, lengths: Int32Array): number {
    if (this.result <= 0) return this.result;
    offsets[0] = this.arena.packetOffset(0);
    lengths[0] = 60;
    this.arena.bytes.set(this.header, offsets[0] - VNET);
    return this.result;
  }

  transmitPacket(_fd: number, _vnetHeader: boolean, offsets: Int32Array, _lengths: Int32Array, count: number): number {
    for (let i = 0; i < count; i++) this.sentHeaders.push(headerAt(this.arena, offsets[i]));
    return this.result;
  }

  receiveTun(): number {
    throw new Error('not a TUN device');
  }

  transmitTun(): number {
    throw new Error('not a TUN device');
  }

  release(): void {}
}

function headerAt(arena: FrameArena, offset: number): number[] {
  return [...arena.bytes.subarray(offset - VNET, offset - VNET + 10)];
}

test('positions in the virtio header count from the frame outside and from the packet inside', () => {
  const arena = new FrameArena(1);
  const io = new ScriptedIo(arena);
  io.header = GSO_HEADER;
  const link = new PacketLink(io, 'eth1', 9);
  const batch = new PacketBatch();
  assert.equal(link.receive(arena, batch), 1);
  assert.deepEqual(headerAt(arena, batch.offsets[0]), GSO_HEADER_OF_PACKET);
  assert.equal(link.transmit(arena, batch), 1);
  assert.deepEqual(io.sentHeaders, [GSO_HEADER]);
});

test('a header that is all zero, or says no more than "checksum valid", is sent as all zero', () => {
  const arena = new FrameArena(1);
  const io = new ScriptedIo(arena);
  const link = new PacketLink(io, 'eth1', 9);
  const batch = new PacketBatch();
  for (const flags of [0, 2]) {
    io.header = [flags, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    link.receive(arena, batch);
    link.transmit(arena, batch);
  }
  assert.deepEqual(io.sentHeaders, [new Array(10).fill(0), new Array(10).fill(0)]);
});

test('what the kernel did not take can be sent again as it is', () => {
  const arena = new FrameArena(1);
  const io = new ScriptedIo(arena);
  io.header = GSO_HEADER;
  const link = new PacketLink(io, 'eth1', 9);
  const batch = new PacketBatch();
  link.receive(arena, batch);
  io.result = -native.constants.EAGAIN;
  assert.equal(link.transmit(arena, batch), -native.constants.EAGAIN);
  io.result = 1;
  link.transmit(arena, batch);
  assert.deepEqual(io.sentHeaders, [GSO_HEADER, GSO_HEADER]);
});

test('a piece of a packet has no header of its own', () => {
  const arena = new FrameArena(1);
  const io = new ScriptedIo(arena);
  io.header = GSO_HEADER;
  const link = new PacketLink(io, 'eth1', 9);
  const batch = new PacketBatch();
  link.receive(arena, batch);
  const payload = batch.offsets[0] + 100;
  arena.bytes.set([1, 1, 54, 0, 0, 0, 20, 0, 16, 0], payload - VNET);
  batch.offsets[1] = payload;
  batch.lengths[1] = 50;
  batch.joined[1] = 1;
  batch.inPieces = true;
  batch.count = 2;
  io.result = 2;
  assert.equal(link.transmit(arena, batch), 2);
  assert.deepEqual(io.sentHeaders, [GSO_HEADER, [1, 1, 54, 0, 0, 0, 20, 0, 16, 0]]);
});

test('a packet that the kernel lost for want of a virtio form is reported as one without a length', () => {
  const arena = new FrameArena(1);
  const io = new ScriptedIo(arena);
  const batch = new PacketBatch();
  io.result = -native.constants.EINVAL;
  assert.equal(new PacketLink(io, 'eth1', 9).receive(arena, batch), 1);
  assert.deepEqual([batch.count, batch.lengths[0]], [1, -1]);
});

test('a link that is down says so', () => {
  const arena = new FrameArena(1);
  const io = new ScriptedIo(arena);
  const batch = new PacketBatch();
  io.result = -native.constants.ENETDOWN;
  assert.equal(new PacketLink(io, 'eth1', 9).receive(arena, batch), -native.constants.ENETDOWN);
  assert.equal(batch.count, 0);
});
