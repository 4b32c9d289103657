import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { native } from '../../src/kernel/binding.js';
import { CONTROL_FILTER, DATA_FILTER } from '../../src/kernel/packet-filter.js';
import { FrameArena, PacketBatch, SLOT_BYTES } from '../../src/link/frame.js';
import { PacketLink } from '../../src/link/packet-link.js';
import { encodeArp } from '../../src/wire/arp.js';
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, encodeEthernet } from '../../src/wire/ethernet.js';
import { encodeUdp } from '../../src/wire/udp.js';
import { hostMac, ip, packet } from '../support/plane-bench.js';
import { ScratchNamespace } from '../support/scratch-namespace.js';

/* Two sockets on one link: one for control traffic, one for the rest. */

const MAC = hostMac('10.0.0.1');
const ends = [ip('10.0.0.1'), ip('10.0.0.2')] as const;
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

function frame(payload: Uint8Array, type = ETHERTYPE_IPV4): Uint8Array {
  return encodeEthernet({ destination: MAC, source: MAC, type, payload });
}

const udp = (destinationPort: number) =>
  encodeUdp({ sourcePort: 49_152, destinationPort, payload: new Uint8Array(24) }, ...ends);
const arp = encodeArp({
  operation: 'request',
  senderMac: MAC,
  senderAddress: ends[0],
  targetMac: new Uint8Array(6),
  targetAddress: ends[1],
});

const CONTROL: { readonly [name: string]: Uint8Array } = {
  ARP: frame(arp, ETHERTYPE_ARP),
  OSPF: frame(packet({ protocol: 89, payload: new Uint8Array(24) })),
  'a fragment of OSPF': frame(packet({ protocol: 89, fragmentOffset: 800, payload: new Uint8Array(24) })),
  BFD: frame(packet({ ttl: 255, payload: udp(3784) })),
};

const DATA: { readonly [name: string]: Uint8Array } = {
  UDP: frame(packet({ payload: udp(3785) })),
  'BFD from beyond the link': frame(packet({ ttl: 254, payload: udp(3784) })),
  TCP: frame(packet({ protocol: 6, payload: new Uint8Array(24) })),
  'a fragment that may be BFD': frame(packet({ ttl: 255, payload: udp(3784), moreFragments: true })),
  'BFD with IP options': frame(packet({ ttl: 255, payload: udp(3784), options: Uint8Array.of(1, 1, 1, 0) })),
  'a short frame': frame(packet({ payload: new Uint8Array(4) })),
  'a truncated header': frame(Uint8Array.of(0x45, 0, 0, 52)),
  'another protocol': frame(new Uint8Array(46), 0x88cc),
};

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
