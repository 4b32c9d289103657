import { execFileSync } from 'node:child_process';
import { fromHexadecimal } from '../../src/base/hexadecimal.js';
import { type Ipv4, parseIpv4 } from '../../src/base/ipv4.js';
import { MAC_BYTES } from '../../src/base/mac.js';
import { native } from '../../src/kernel/binding.js';
import { BATCH_SIZE, FrameArena, PacketBatch, SLOT_BYTES } from '../../src/link/frame.js';
import { PacketLink } from '../../src/link/packet-link.js';
import { ETHERTYPE_IPV4, encodeEthernet } from '../../src/wire/ethernet.js';
import { encodeIpv4, PROTOCOL_UDP } from '../../src/wire/ipv4.js';
import { encodeUdp } from '../../src/wire/udp.js';
import { FLOOD } from './bfd-load-lab.js';

// Program: sends the frames of `FLOOD` as fast as a packet socket takes them, for as many seconds as its argument says,
// and writes how many they were.

const PAYLOAD_BYTES = 18;
const HEADER = {
  tos: 0,
  identification: 0,
  dontFragment: true,
  moreFragments: false,
  fragmentOffset: 0,
  ttl: 64,
  protocol: PROTOCOL_UDP,
  options: new Uint8Array(0),
};
const ETHERNET_HEADER_BYTES = 14;
/** Not the router's, or the bridge would look for the router here. */
const SENDER = Uint8Array.of(0x02, 0, 0, 0, 0, 0x64);
const BATCHES_BETWEEN_LOOKS = 64;

/** The router's MAC address, which the kernel knows since the lab has tried whether the router answers. */
function macOfRouter(): Uint8Array {
  const text = execFileSync('ip', ['-json', 'neigh', 'show', FLOOD.router], { encoding: 'utf8' });
  const [{ lladdr = '' } = {}] = JSON.parse(text) as { readonly lladdr?: string }[];
  const mac = fromHexadecimal(lladdr.replaceAll(':', ''));
  if (mac?.length !== MAC_BYTES) throw new Error(`no MAC address of ${FLOOD.router}`);
  return mac;
}

function frameTo(mac: Uint8Array, source: Ipv4, destination: Ipv4): Uint8Array {
  const udp = { sourcePort: 9, destinationPort: 9, payload: new Uint8Array(PAYLOAD_BYTES) };
  const payload = encodeUdp(udp, source, destination);
  const packet = encodeIpv4({ ...HEADER, source, destination, payload });
  return encodeEthernet({ destination: mac, source: SENDER, type: ETHERTYPE_IPV4, payload: packet });
}

/** Writes a frame into a slot of the arena; returns the offset of its packet. */
function put(arena: FrameArena, slot: number, frame: Uint8Array): number {
  const offset = arena.packetOffset(slot);
  arena.bytes.set(frame, offset - ETHERNET_HEADER_BYTES);
  return offset;
}

const seconds = Number(process.argv[2]);
const mac = macOfRouter();
const source = parseIpv4(FLOOD.source)!;
const first = parseIpv4(FLOOD.firstDestination)!;
const arena = new FrameArena(Math.max(FLOOD.destinations, BATCH_SIZE));
const io = new native.PacketIo(arena.bytes, SLOT_BYTES, BATCH_SIZE);
const link = new PacketLink(
  io,
  FLOOD.link,
  native.openPacket({
    ifindex: native.interfaceIndex(FLOOD.link),
    vnetHeader: true,
    ignoreOutgoing: true,
    qdiscBypass: true,
    receiveBufferBytes: 4096,
    sendBufferBytes: 4 << 20,
  }),
);
const frames = Array.from({ length: FLOOD.destinations }, (_, i) => frameTo(mac, source, (first + i) >>> 0));
const offsets = frames.map((frame, slot) => put(arena, slot, frame));
const batch = new PacketBatch();
const deadline = performance.now() + seconds * 1000;
let sent = 0;
while (performance.now() < deadline) {
  for (let i = 0; i < BATCHES_BETWEEN_LOOKS; i++) {
    for (let place = 0; place < BATCH_SIZE; place++) {
      const which = (sent + place) % frames.length;
      batch.offsets[place] = offsets[which]!;
      batch.lengths[place] = frames[which]!.length - ETHERNET_HEADER_BYTES;
    }
    batch.count = BATCH_SIZE;
    sent += Math.max(0, link.transmit(arena, batch));
  }
}
process.stdout.write(`${JSON.stringify({ sent })}\n`);
link.close();
io.release();
