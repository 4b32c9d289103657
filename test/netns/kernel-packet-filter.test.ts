import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { native } from '../../src/kernel/binding.js';
import { CONTROL_FILTER, DATA_FILTER } from '../../src/kernel/packet-filter.js';
import { FrameArena, PacketBatch, SLOT_BYTES } from '../../src/link/frame.js';
import { PacketLink } from '../../src/link/packet-link.js';
import { CONTROL, DATA } from '../support/control-frames.js';
import { ScratchNamespace } from '../support/scratch-namespace.js';

/* Two sockets on one link: one for control traffic, one for the rest. */

const buffers = { receiveBufferBytes: 1 << 16, sendBufferBytes: 1 << 20 };
const common = { vnetHeader: true, ignoreOutgoing: true, qdiscBypass: false, ...buffers };

let a: ScratchNamespace;
let b: ScratchNamespace;
let sender: PacketLink;
let control: PacketLink;
let data: PacketLink;
let io: InstanceType<typeof native.PacketIo>;
const arena = new FrameArena(64);
const batch = new PacketBatch();

/** Sends frames in one go. */
function send(frames: readonly Uint8Array[]): void {
  frames.forEach((bytes, i) => {
    batch.offsets[i] = arena.packetOffset(i);
    batch.lengths[i] = bytes.length - 14;
    arena.bytes.fill(0, batch.offsets[i] - 64, batch.offsets[i]);
    arena.bytes.set(bytes, batch.offsets[i] - 14);
  });
  batch.count = frames.length;
  assert.equal(sender.transmit(arena, batch), frames.length);
}

function receive(link: PacketLink): number {
  return Math.max(0, link.receive(arena, batch));
}

before(() => {
  a = new ScratchNamespace();
  b = new ScratchNamespace();
  a.connect('eth0', b, 'eth0');
  io = new native.PacketIo(arena.bytes, SLOT_BYTES, 64);
  const open = (namespace: ScratchNamespace, filter?: Uint8Array) =>
    namespace.inside(() => {
      const ifindex = native.interfaceIndex('eth0');
      const fd = native.openPacket({ ...common, ifindex, ...(filter === undefined ? {} : { filter, priority: 7 }) });
      return new PacketLink(io, 'eth0', fd);
    });
  sender = open(a);
  control = open(b, CONTROL_FILTER);
  data = open(b, DATA_FILTER);
});

after(() => {
  for (const link of [sender, control, data]) link.close();
  io.release();
  a.close();
  b.close();
});

for (const [name, bytes] of Object.entries(CONTROL)) {
  test(`${name} is control traffic`, () => {
    send([bytes]);
    assert.deepEqual([receive(control), receive(data)], [1, 0]);
  });
}

for (const [name, bytes] of Object.entries(DATA)) {
  test(`${name} is data`, () => {
    send([bytes]);
    assert.deepEqual([receive(control), receive(data)], [0, 1]);
  });
}

test('half an instruction is no program', () => {
  const ifindex = a.inside(() => native.interfaceIndex('eth0'));
  const open = () => a.inside(() => native.openPacket({ ...common, ifindex, filter: CONTROL_FILTER.subarray(0, 12) }));
  assert.throws(open, { name: 'RangeError', message: /^filter: / });
});

test('a flood that the kernel has no room for takes no control traffic along', () => {
  for (let round = 0; round < 50; round++) send(new Array(64).fill(DATA.UDP));
  send(Object.values(CONTROL));
  assert.equal(receive(control), Object.keys(CONTROL).length);
  assert.ok(native.packetStatistics(data.pollFd).drops > 0, 'the flood was not one');
});
