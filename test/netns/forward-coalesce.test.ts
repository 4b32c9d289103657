import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AdjacencyTable } from '../../src/forward/adjacency.js';
import { COALESCE_TCP, COALESCE_UDP } from '../../src/forward/coalesce-kind.js';
import { COUNT_TX_PACKETS, Counters } from '../../src/forward/counters.js';
import { Engine } from '../../src/forward/engine.js';
import { LinkTable } from '../../src/forward/link-table.js';
import { Output } from '../../src/forward/output.js';
import { native, type PacketIo } from '../../src/kernel/binding.js';
import {
  ETHERNET_BEFORE_PACKET,
  FrameArena,
  PacketBatch,
  SLOT_BYTES,
  VNET_BEFORE_PACKET,
} from '../../src/link/frame.js';
import { PacketLink } from '../../src/link/packet-link.js';
import { VIRTIO_GSO_NONE, VIRTIO_GSO_TCPV4, VIRTIO_GSO_UDP_L4, virtioGsoType } from '../../src/wire/virtio-net.js';
import { eventually, ScratchNamespace } from '../support/scratch-namespace.js';
import { datagram, segment } from '../support/train.js';

const LINK = 1;
const ETHERNET = Uint8Array.of(2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0);
const PAYLOAD = 1000;
const { EINVAL } = native.constants;

let here: ScratchNamespace;
let there: ScratchNamespace;

before(() => {
  here = new ScratchNamespace();
  there = new ScratchNamespace();
  here.connect('a', there, 'b');
});
after(() => {
  here.close();
  there.close();
});

function open(namespace: ScratchNamespace, link: string): number {
  return namespace.inside(() =>
    native.openPacket({
      ifindex: native.interfaceIndex(link),
      vnetHeader: true,
      ignoreOutgoing: true,
      qdiscBypass: false,
      receiveBufferBytes: 8 << 20,
      sendBufferBytes: 8 << 20,
    }),
  );
}

/** What comes out of a kernel that knows no `VIRTIO_NET_HDR_GSO_UDP_L4` (before Linux 6.2). */
function withoutUdpSegmentation(io: PacketIo, bytes: Uint8Array): PacketIo {
  return {
    receivePacket: (...call) => io.receivePacket(...call),
    transmitPacket: (fd, vnetHeader, offsets, lengths, count, joined) => {
      let accepted = 0;
      const isRefused = (index: number) =>
        joined?.[index] !== 1 && virtioGsoType(bytes, offsets[index] - VNET_BEFORE_PACKET) === VIRTIO_GSO_UDP_L4;
      while (accepted < count && !isRefused(accepted)) accepted++;
      return accepted === 0 ? -EINVAL : io.transmitPacket(fd, vnetHeader, offsets, lengths, accepted, joined);
    },
    receiveTun: (...call) => io.receiveTun(...call),
    transmitTun: (...call) => io.transmitTun(...call),
    release: () => io.release(),
  };
}

/** Sends packets in one batch through `a`; what the other end of the wire sees of them, by GSO type and length. */
async function cross(
  packets: readonly Uint8Array[],
  expected: number,
  limit: (io: PacketIo, bytes: Uint8Array) => PacketIo = (io) => io,
): Promise<{ seen: [type: number, length: number][]; refused: number; sent: number }> {
  const [sender, witness] = [open(here, 'a'), open(there, 'b')];
  const arena = new FrameArena(Engine.ARENA_SLOTS);
  const io = new native.PacketIo(arena.bytes, SLOT_BYTES, 64);
  const link = new PacketLink(limit(io, arena.bytes), 'a', sender);
  const table = new LinkTable(new SharedArrayBuffer(LinkTable.bytes()));
  const identity = { ifindex: 2, mtu: 1500, ethernet: true, offload: true, mac: new Uint8Array(6), addresses: [] };
  table.define(LINK, { ...identity, coalesce: COALESCE_TCP | COALESCE_UDP });
  const capacity = { routes: 4, hosts: 4 };
  const adjacencies = new AdjacencyTable(new SharedArrayBuffer(AdjacencyTable.bytes(capacity)), capacity);
  const counters = new Counters(new SharedArrayBuffer(Counters.bytes()));
  const output = new Output(arena, table, [undefined, link], [], adjacencies, counters);
  output.linkChanged(LINK);
  packets.forEach((packet, i) => {
    const offset = arena.packetOffset(i);
    arena.bytes.set(packet, offset);
    arena.bytes.set(ETHERNET, offset - ETHERNET_BEFORE_PACKET);
    output.queue(LINK, offset, packet.length);
  });
  output.flush();
  const seen: [number, number][] = [];
  const ear = new PacketLink(io, 'b', witness);
  const batch = new PacketBatch();
  try {
    await eventually(`${expected} frames`, () => {
      const count = ear.receive(arena, batch);
      for (let i = 0; i < count; i++)
        seen.push([virtioGsoType(arena.bytes, batch.offsets[i] - VNET_BEFORE_PACKET), batch.lengths[i]]);
      return seen.length >= expected;
    });
  } finally {
    link.close();
    ear.close();
    io.release();
  }
  return { seen, refused: table.refusedKinds(LINK), sent: counters.read(LINK, COUNT_TX_PACKETS) };
}

const UDP = [0, 1, 2].map((i) => datagram(new Uint8Array(PAYLOAD).fill(i)));
const TCP = [0, 1, 2].map((i) => segment(new Uint8Array(PAYLOAD).fill(i), { sequence: i * PAYLOAD }));

test('trains of both kinds cross a wire as one frame each', async () => {
  const { seen, refused, sent } = await cross([...UDP, ...TCP], 2);
  assert.deepEqual(seen, [
    [VIRTIO_GSO_UDP_L4, 28 + 3 * PAYLOAD],
    [VIRTIO_GSO_TCPV4, 40 + 3 * PAYLOAD],
  ]);
  assert.deepEqual([refused, sent], [0, 2]);
});

test('a kernel that cuts no datagrams gets them one by one, and segments joined as before', async () => {
  const { seen, refused, sent } = await cross([...UDP, ...TCP], 4, withoutUdpSegmentation);
  assert.deepEqual(seen, [...UDP.map(({ length }) => [VIRTIO_GSO_NONE, length]), [VIRTIO_GSO_TCPV4, 40 + 3 * PAYLOAD]]);
  assert.deepEqual([refused, sent], [COALESCE_UDP, 4]);
});
