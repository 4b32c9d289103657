import { Coalescer } from '../../src/forward/coalesce.js';
import { ETHERNET_BEFORE_PACKET, FrameArena, PacketBatch, VNET_BEFORE_PACKET } from '../../src/link/frame.js';
import { encodeIpv4, type Ipv4Packet, PROTOCOL_TCP, PROTOCOL_UDP, pseudoHeaderSum } from '../../src/wire/ipv4.js';
import { fillTcpChecksum } from '../../src/wire/tcp.js';
import { encodeUdp } from '../../src/wire/udp.js';

/** A packet as it lies in an arena: with the virtio header before it. */
export interface Laden {
  readonly packet: Uint8Array;
  /** 10 bytes; missing means complete. */
  readonly virtio?: Uint8Array;
  /** 14 bytes; missing means a link without Ethernet headers. */
  readonly ethernet?: Uint8Array;
}

export type Header = Partial<Omit<Ipv4Packet, 'payload' | 'protocol'>>;

const SOURCE = 0xc6336407;
const DESTINATION = 0xcb007101;
const HEADER = {
  tos: 0,
  identification: 100,
  dontFragment: true,
  moreFragments: false,
  fragmentOffset: 0,
  ttl: 64,
  source: SOURCE,
  destination: DESTINATION,
  options: new Uint8Array(0),
};

/** NEEDS_CSUM, checksum from 20, at 6 (UDP) or 16 (TCP). */
export const UDP_PARTIAL = Uint8Array.of(1, 0, 0, 0, 0, 0, 20, 0, 6, 0);
export const TCP_PARTIAL = Uint8Array.of(1, 0, 0, 0, 0, 0, 20, 0, 16, 0);

export function datagram(payload: Uint8Array, header: Header = {}, sourcePort = 1000): Uint8Array {
  const fields = { ...HEADER, ...header };
  const udp = encodeUdp({ sourcePort, destinationPort: 9000, payload }, fields.source, fields.destination);
  return encodeIpv4({ ...fields, protocol: PROTOCOL_UDP, payload: udp });
}

export interface Segment {
  readonly sequence: number;
  readonly acknowledgment?: number;
  readonly flags?: number;
  readonly window?: number;
  readonly sourcePort?: number;
  /** A multiple of four bytes. */
  readonly options?: Uint8Array;
}

export function segment(payload: Uint8Array, tcp: Segment, header: Header = {}): Uint8Array {
  const {
    sequence,
    acknowledgment = 7,
    flags = 0x10,
    window = 512,
    sourcePort = 1000,
    options = new Uint8Array(0),
  } = tcp;
  const fields = { ...HEADER, ...header };
  const bytes = new Uint8Array(20 + options.length + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, sourcePort);
  view.setUint16(2, 80);
  view.setUint32(4, sequence);
  view.setUint32(8, acknowledgment);
  view.setUint8(12, ((20 + options.length) >> 2) << 4);
  view.setUint8(13, flags);
  view.setUint16(14, window);
  bytes.set(options, 20);
  bytes.set(payload, 20 + options.length);
  fillTcpChecksum(bytes, 0, bytes.length, fields.source, fields.destination);
  return encodeIpv4({ ...fields, protocol: PROTOCOL_TCP, payload: bytes });
}

/** The packet as a sender with offload hands it over: its transport checksum is the sum of the pseudo-header. */
export function partial(packet: Uint8Array): Laden {
  const isUdp = packet[9] === PROTOCOL_UDP;
  const view = new DataView(packet.buffer, packet.byteOffset);
  const pseudo = pseudoHeaderSum(view.getUint32(12), view.getUint32(16), packet[9], packet.length - 20);
  const folded = (pseudo & 0xffff) + (pseudo >>> 16);
  const unfinished = packet.slice();
  const place = isUdp ? 26 : 36;
  new DataView(unfinished.buffer).setUint16(place, (folded + (folded >>> 16)) & 0xffff);
  return { packet: unfinished, virtio: isUdp ? UDP_PARTIAL : TCP_PARTIAL };
}

/**
 * Lets the coalescer have up to 64 packets, all with Ethernet headers or none; returns what leaves, each packet in one
 * piece, and how many were joined.
 */
export function coalesce(
  packets: readonly Laden[],
  kinds: number,
): { readonly joined: number; readonly units: Required<Omit<Laden, 'ethernet'>>[] } {
  const arena = new FrameArena(64);
  const { bytes } = arena;
  const batch = new PacketBatch();
  packets.forEach(({ packet, virtio, ethernet }, i) => {
    const offset = arena.packetOffset(i);
    bytes.set(packet, offset);
    if (virtio !== undefined) bytes.set(virtio, offset - VNET_BEFORE_PACKET);
    if (ethernet !== undefined) bytes.set(ethernet, offset - ETHERNET_BEFORE_PACKET);
    batch.offsets[i] = offset;
    batch.lengths[i] = packet.length;
  });
  batch.count = packets.length;
  const isEthernet = packets.some(({ ethernet }) => ethernet !== undefined);
  const joined = new Coalescer(bytes, new Uint32Array(bytes.buffer)).coalesce(batch, kinds, isEthernet);
  const units: { parts: Uint8Array[]; virtio: Uint8Array }[] = [];
  for (let i = 0; i < batch.count; i++) {
    const at = batch.offsets[i];
    const part = bytes.slice(at, at + batch.lengths[i]);
    if (batch.joined[i] !== 0) units.at(-1)!.parts.push(part);
    else units.push({ parts: [part], virtio: bytes.slice(at - VNET_BEFORE_PACKET, at - VNET_BEFORE_PACKET + 10) });
  }
  return {
    joined,
    units: units.map(({ parts, virtio }) => ({ packet: Uint8Array.from(Buffer.concat(parts)), virtio })),
  };
}
