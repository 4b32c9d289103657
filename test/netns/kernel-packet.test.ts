import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { native, type PacketIo } from '../../src/kernel/binding.js';
import { FrameArena, PACKET_START, PacketBatch, SLOT_BYTES } from '../../src/link/frame.js';
import { eventually, ScratchNamespace } from '../support/scratch-namespace.js';

const BATCH = 64;
const { ENETDOWN, ENXIO, VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_GSO_TCPV4 } = native.constants;
const BROADCAST = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
const SENDER = [2, 0, 0, 0, 0, 1];
/** An EtherType for local experiments (IEEE 802): no protocol of the kernel reacts to it. */
const EXPERIMENT = [0x88, 0xb5];

let here: ScratchNamespace;
let there: ScratchNamespace;
let arena: FrameArena;
let io: PacketIo;
let batch: PacketBatch;

before(() => {
  here = new ScratchNamespace();
  there = new ScratchNamespace();
  here.connect('a', there, 'b');
});
after(() => {
  here.close();
  there.close();
});
beforeEach(() => {
  arena = new FrameArena(BATCH);
  io = new native.PacketIo(arena.bytes, SLOT_BYTES, BATCH);
  batch = new PacketBatch(BATCH);
});

interface Choice {
  readonly vnetHeader?: boolean;
  readonly ignoreOutgoing?: boolean;
  readonly qdiscBypass?: boolean;
}

function open(namespace: ScratchNamespace, link: string, choice: Choice = {}): number {
  return namespace.inside(() =>
    native.openPacket({
      ifindex: native.interfaceIndex(link),
      vnetHeader: true,
      ignoreOutgoing: true,
      qdiscBypass: false,
      receiveBufferBytes: 8 << 20,
      sendBufferBytes: 8 << 20,
      ...choice,
    }),
  );
}

/** Writes a frame of the experimental type whose payload of `length` bytes starts with `tag`. */
function write(slot: number, length: number, tag: number, etherType: readonly number[] = EXPERIMENT): void {
  const offset = arena.packetOffset(slot);
  arena.bytes.fill(0, slot * SLOT_BYTES, offset);
  arena.bytes.set([...BROADCAST, ...SENDER, ...etherType], offset - 14);
  arena.bytes.fill(tag, offset, offset + length);
  batch.offsets[slot] = offset;
  batch.lengths[slot] = length;
}

function transmit(fd: number, count: number, vnetHeader = true): number {
  return io.transmitPacket(fd, vnetHeader, batch.offsets, batch.lengths, count);
}

/** Empties the batch, then receives into it. */
function receive(fd: number, vnetHeader = true): number {
  arena.bytes.fill(0xee);
  batch.offsets.fill(0);
  batch.lengths.fill(-2);
  return io.receivePacket(fd, vnetHeader, batch.offsets, batch.lengths, BATCH);
}

for (const vnetHeader of [true, false]) {
  test(`64 frames cross a wire in one call each way, ${vnetHeader ? 'with' : 'without'} the virtio-net header`, async (t) => {
    const [sender, receiver] = [open(here, 'a', { vnetHeader }), open(there, 'b', { vnetHeader })];
    t.after(() => [sender, receiver].forEach(native.close));
    for (let slot = 0; slot < BATCH; slot++) write(slot, 100 + slot, slot);
    assert.equal(transmit(sender, BATCH, vnetHeader), BATCH);
    let received = 0;
    await eventually('64 frames', () => {
      const count = receive(receiver, vnetHeader);
      for (let i = 0; i < count; i++, received++) {
        assert.deepEqual([batch.offsets[i], batch.lengths[i]], [arena.packetOffset(i), 100 + received]);
        const frame = arena.bytes.subarray(batch.offsets[i] - 14, batch.offsets[i] + batch.lengths[i]);
        assert.deepEqual([...frame.subarray(0, 14)], [...BROADCAST, ...SENDER, ...EXPERIMENT]);
        assert.ok(frame.subarray(14).every((byte) => byte === received));
        assert.deepEqual([...arena.bytes.subarray(i * SLOT_BYTES, i * SLOT_BYTES + 10)], Array(10).fill(0));
      }
      return received === BATCH;
    });
    assert.equal(receive(receiver, vnetHeader), 0);
    assert.deepEqual(native.packetStatistics(receiver), { packets: BATCH, drops: 0 });
  });
}

test('a TCP super-packet of 64 KiB crosses as one frame with its header', async (t) => {
  const [sender, receiver] = [open(here, 'a', { qdiscBypass: true }), open(there, 'b')];
  t.after(() => [sender, receiver].forEach(native.close));
  const length = 65_226;
  write(0, length, 0x5a, [0x08, 0x00]);
  const packet = Buffer.from(arena.bytes.buffer, PACKET_START, length);
  packet.fill(0, 0, 40);
  packet.set([0x45, 0]);
  packet.writeUInt16BE(length, 2);
  packet.set([64, 6], 8);
  packet.set([192, 0, 2, 1, 192, 0, 2, 2], 12);
  packet[32] = 0x50;
  const header = new DataView(arena.bytes.buffer, 0, 10);
  header.setUint8(0, VIRTIO_NET_HDR_F_NEEDS_CSUM);
  header.setUint8(1, VIRTIO_NET_HDR_GSO_TCPV4);
  header.setUint16(2, 54, true);
  header.setUint16(4, 1448, true);
  header.setUint16(6, 34, true);
  header.setUint16(8, 16, true);
  const sent = [...arena.bytes.subarray(0, 10)];
  assert.equal(transmit(sender, 1), 1);
  await eventually('the super-packet', () => receive(receiver) === 1);
  assert.equal(batch.lengths[0], length);
  assert.deepEqual([...arena.bytes.subarray(0, 10)], sent);
});

test('a packet in pieces is gathered, and counts with all its pieces', async (t) => {
  const [sender, receiver] = [open(here, 'a'), open(there, 'b')];
  t.after(() => [sender, receiver].forEach(native.close));
  write(0, 60, 1);
  write(1, 40, 2);
  write(2, 30, 3);
  write(3, 61, 4);
  const joined = Uint8Array.of(0, 1, 1, 0);
  const { offsets, lengths } = batch;
  assert.equal(io.transmitPacket(sender, true, offsets, lengths, 4, joined), 4);
  const heard: number[][] = [];
  await eventually('two frames', () => {
    const count = receive(receiver);
    for (let i = 0; i < count; i++) {
      const packet = arena.bytes.subarray(offsets[i], offsets[i] + lengths[i]);
      heard.push([lengths[i], packet[59], packet[60], packet[99], packet[100], packet[129]]);
    }
    return heard.length === 2;
  });
  assert.deepEqual(heard[0], [130, 1, 2, 2, 3, 3]);
  assert.deepEqual(heard[1].slice(0, 3), [61, 4, 4]);
});

test('a packet in pieces that is refused takes none of those before it along, nor behind it', async (t) => {
  const [sender, receiver] = [open(here, 'a'), open(there, 'b')];
  t.after(() => [sender, receiver].forEach(native.close));
  write(0, 60, 1);
  write(1, 60, 2);
  write(2, 1000, 3);
  write(3, 1000, 4);
  const { offsets, lengths } = batch;
  assert.equal(io.transmitPacket(sender, true, offsets, lengths, 4, Uint8Array.of(0, 1, 0, 1)), 2);
  const rest = [offsets.subarray(2), lengths.subarray(2)] as const;
  assert.equal(io.transmitPacket(sender, true, ...rest, 2, Uint8Array.of(0, 1)), -90);
  await eventually('the good frame', () => receive(receiver) === 1);
  assert.equal(lengths[0], 120);
  assert.throws(() => io.transmitPacket(sender, true, offsets, lengths, 4, new Uint8Array(3)), RangeError);
});

test('what the socket sends it does not hear, unless asked to', async (t) => {
  const [deaf, curious] = [open(here, 'a'), open(here, 'a', { ignoreOutgoing: false })];
  t.after(() => [deaf, curious].forEach(native.close));
  write(0, 60, 1);
  assert.equal(transmit(deaf, 1), 1);
  await eventually('the copy', () => receive(curious) === 1);
  assert.equal(receive(deaf), 0);
});

test('a frame with a VLAN tag belongs to another link', async (t) => {
  const [sender, receiver] = [open(here, 'a'), open(there, 'b')];
  t.after(() => [sender, receiver].forEach(native.close));
  write(0, 60, 7, [0x81, 0x00]);
  arena.bytes.set([0x00, 0x05, ...EXPERIMENT], PACKET_START);
  write(1, 61, 8);
  assert.equal(transmit(sender, 2), 2);
  await eventually('the untagged frame', () => receive(receiver) === 1);
  assert.equal(batch.lengths[0], 61);
});

test('only the link it was opened for is heard, and index 0 is no link', (t) => {
  here.connect('other', there, 'other');
  const [other, receiver] = [open(here, 'other'), open(here, 'a', { ignoreOutgoing: false })];
  t.after(() => [other, receiver].forEach(native.close));
  write(0, 60, 1);
  assert.equal(transmit(other, 1), 1);
  assert.equal(receive(receiver), 0);
  assert.throws(() => open(here, 'absent'), { code: 'ENODEV', errno: -19, syscall: 'bind' });
});

test('a frame longer than its slot is told by length -1', async (t) => {
  const [sender, receiver] = [open(here, 'a'), open(there, 'b')];
  t.after(() => [sender, receiver].forEach(native.close));
  write(0, 200, 1);
  write(1, 100, 2);
  assert.equal(transmit(sender, 2), 2);
  const small = new native.PacketIo(new Uint8Array(2 * 256), 256, 2);
  const [offsets, lengths] = [new Int32Array(2), new Int32Array(2)];
  await eventually('two frames', () => small.receivePacket(receiver, true, offsets, lengths, 2) === 2);
  assert.deepEqual([...lengths], [-1, 100]);
  assert.deepEqual([...offsets], [64, 320]);
});

test('a frame that the link cannot take is refused with its errno, those before it are sent', async (t) => {
  const [sender, receiver] = [open(here, 'a'), open(there, 'b')];
  t.after(() => [sender, receiver].forEach(native.close));
  write(0, 60, 1);
  write(1, 5000, 2);
  assert.equal(transmit(sender, 2), 1);
  assert.equal(io.transmitPacket(sender, true, batch.offsets.subarray(1), batch.lengths.subarray(1), 1), -90);
  await eventually('the good frame', () => receive(receiver) === 1);
});

test('a link that goes down or away is a negative errno', async (t) => {
  here.connect('c', there, 'd');
  const fd = open(here, 'c');
  t.after(() => native.close(fd));
  here.ip('link', 'set', 'dev', 'c', 'down');
  await eventually('ENETDOWN', () => receive(fd) === -ENETDOWN);
  write(0, 60, 1);
  assert.equal(transmit(fd, 1), -ENETDOWN);
  here.ip('link', 'set', 'dev', 'c', 'up');
  assert.equal(receive(fd), 0);
  here.ip('link', 'del', 'dev', 'c');
  await eventually('ENETDOWN', () => receive(fd) === -ENETDOWN);
  write(0, 60, 1);
  assert.equal(transmit(fd, 1), -ENXIO);
});

test('a multicast group is joined for as long as the socket lives', async () => {
  const fd = open(there, 'b');
  const ifindex = there.inside(() => native.interfaceIndex('b'));
  native.joinPacketMulticast(fd, ifindex, Uint8Array.of(1, 0, 0x5e, 0, 0, 5));
  assert.match(there.ip('maddr', 'show', 'dev', 'b'), /01:00:5e:00:00:05/);
  native.close(fd);
  assert.doesNotMatch(there.ip('maddr', 'show', 'dev', 'b'), /01:00:5e:00:00:05/);
});

test('nothing outside the arena is ever given to the kernel', (t) => {
  const fd = open(here, 'a');
  t.after(() => native.close(fd));
  const end = arena.bytes.length;
  const bad: [offset: number, length: number][] = [
    [63, 60],
    [-1, 60],
    [-0x80000000, 60],
    [end, 1],
    [end - 59, 60],
    [PACKET_START, end - PACKET_START + 1],
    [PACKET_START, 0x7fffffff],
    [PACKET_START, -1],
  ];
  for (const [offset, length] of bad) {
    write(0, 60, 1);
    batch.offsets[1] = offset;
    batch.lengths[1] = length;
    assert.throws(() => transmit(fd, 2), RangeError, `offset ${offset}, length ${length}`);
    assert.throws(() => io.transmitTun(fd, true, batch.offsets, batch.lengths, 2), RangeError);
  }
  assert.deepEqual(native.packetStatistics(fd), { packets: 0, drops: 0 });
  assert.throws(() => io.receivePacket(fd, true, batch.offsets, batch.lengths, BATCH + 1), RangeError);
  assert.throws(() => io.receivePacket(fd, true, batch.offsets, batch.lengths, -1), RangeError);
  assert.throws(() => io.receivePacket(fd, true, batch.offsets.subarray(1), batch.lengths, BATCH), RangeError);
  assert.throws(() => new native.PacketIo(arena.bytes, SLOT_BYTES, BATCH + 1), RangeError);
  assert.throws(() => new native.PacketIo(arena.bytes, 64, 1), RangeError);
  assert.throws(() => new native.PacketIo(new Uint8Array(0), SLOT_BYTES, 1), RangeError);
});

test('memory that was given away, or released, is not used', (t) => {
  const fd = open(here, 'a');
  t.after(() => native.close(fd));
  structuredClone(arena.bytes.buffer, { transfer: [arena.bytes.buffer as ArrayBuffer] });
  assert.throws(() => receiveInto(fd), RangeError);
  io.release();
  io.release();
  assert.throws(() => receiveInto(fd), { message: 'PacketIo: used after release' });
});

function receiveInto(fd: number): number {
  return io.receivePacket(fd, true, batch.offsets, batch.lengths, BATCH);
}

test('an arena of shared memory serves as well', async (t) => {
  const [sender, receiver] = [open(here, 'a'), open(there, 'b')];
  t.after(() => [sender, receiver].forEach(native.close));
  const shared = new Uint8Array(new SharedArrayBuffer(2 * SLOT_BYTES));
  const sharedIo = new native.PacketIo(shared, SLOT_BYTES, 2);
  write(0, 60, 3);
  assert.equal(transmit(sender, 1), 1);
  await eventually('a frame', () => sharedIo.receivePacket(receiver, true, batch.offsets, batch.lengths, 2) === 1);
  assert.ok(shared.subarray(PACKET_START, PACKET_START + 60).every((byte) => byte === 3));
});
