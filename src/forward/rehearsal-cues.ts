import type { Ipv4 } from '../base/ipv4.js';
import { ETHERNET_BEFORE_PACKET } from '../link/frame.js';
import { encodeArp } from '../wire/arp.js';
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, encodeEthernet } from '../wire/ethernet.js';
import { encodeIpv4, IPV4_DEFAULT_TTL, IPV4_HEADER_BYTES, PROTOCOL_TCP, PROTOCOL_UDP } from '../wire/ipv4.js';
import { fillTcpChecksum, TCP_HEADER_BYTES } from '../wire/tcp.js';
import { encodeUdp } from '../wire/udp.js';
import { VIRTIO_GSO_TCPV4, VIRTIO_HEADER_BYTES, VIRTIO_NEEDS_CHECKSUM } from '../wire/virtio-net.js';
import { VIRTUAL_LINK } from './link-table.js';

/** A frame that comes in, with the virtio header that its kernel would give it. */
export interface Cue {
  readonly frame: Uint8Array;
  readonly virtio: Uint8Array;
}

export const VIP: Ipv4 = 0xcb007101;

const SEGMENT_BYTES = 1448;
const TCP_CHECKSUM = 16;
const ACK = 0x10;
const COMPLETE = new Uint8Array(VIRTIO_HEADER_BYTES);

/** A link's own address; its neighbor's is the next one. */
export function addressOf(link: number): Ipv4 {
  return 0x0a000001 + (link << 8);
}

/** The /24 behind a link's neighbor. */
export function networkOf(link: number): Ipv4 {
  return 0xac100000 + (link << 8);
}

export function macOf(link: number): Uint8Array {
  return Uint8Array.of(2, 0, 0, 0, 0, link);
}

function neighborMacOf(link: number): Uint8Array {
  return Uint8Array.of(2, 0, 0, 0, 1, link);
}

/** The answer of a link's neighbor to a question of ours. */
export function arpAnswer(link: number): Cue {
  const senderMac = neighborMacOf(link);
  const targetMac = macOf(link);
  const targetAddress = addressOf(link);
  const answer = { operation: 'reply', senderMac, senderAddress: targetAddress + 1, targetMac, targetAddress } as const;
  const payload = encodeArp(answer);
  const frame = encodeEthernet({ destination: targetMac, source: senderMac, type: ETHERTYPE_ARP, payload });
  return { frame, virtio: COMPLETE };
}

/** One packet of each kind that comes in by `link`: a datagram, a super-packet, and two segments that could be one. */
export function packetCues(link: number, destination: Ipv4): Cue[] {
  const source = link === VIRTUAL_LINK ? VIP : networkOf(link) + 1;
  const udp = encodeUdp({ sourcePort: 1000, destinationPort: 9000, payload: new Uint8Array(64) }, source, destination);
  const plain = [
    packet(PROTOCOL_UDP, source, destination, udp),
    ...[0, SEGMENT_BYTES].map((sequence) => {
      const segment = tcpSegment(sequence, SEGMENT_BYTES);
      fillTcpChecksum(segment, 0, segment.length, source, destination);
      return packet(PROTOCOL_TCP, source, destination, segment);
    }),
  ];
  const large = packet(PROTOCOL_TCP, source, destination, tcpSegment(0, 3 * SEGMENT_BYTES));
  return [
    ...plain.map((content) => ({ frame: framed(link, content), virtio: COMPLETE })),
    { frame: framed(link, large), virtio: superPacketHeader(link) },
  ];
}

function packet(protocol: number, source: Ipv4, destination: Ipv4, payload: Uint8Array): Uint8Array {
  return encodeIpv4({
    tos: 0,
    identification: 0,
    dontFragment: true,
    moreFragments: false,
    fragmentOffset: 0,
    ttl: IPV4_DEFAULT_TTL,
    protocol,
    source,
    destination,
    options: new Uint8Array(0),
    payload,
  });
}

function tcpSegment(sequence: number, payloadBytes: number): Uint8Array {
  const segment = new Uint8Array(TCP_HEADER_BYTES + payloadBytes);
  const view = new DataView(segment.buffer);
  view.setUint16(0, 1000);
  view.setUint16(2, 9000);
  view.setUint32(4, sequence);
  view.setUint8(12, (TCP_HEADER_BYTES / 4) << 4);
  view.setUint8(13, ACK);
  return segment;
}

function framed(link: number, payload: Uint8Array): Uint8Array {
  if (link === VIRTUAL_LINK) return payload;
  return encodeEthernet({ destination: macOf(link), source: neighborMacOf(link), type: ETHERTYPE_IPV4, payload });
}

function superPacketHeader(link: number): Uint8Array {
  const ip = link === VIRTUAL_LINK ? 0 : ETHERNET_BEFORE_PACKET;
  const header = new Uint8Array(VIRTIO_HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint8(0, VIRTIO_NEEDS_CHECKSUM);
  view.setUint8(1, VIRTIO_GSO_TCPV4);
  view.setUint16(2, ip + IPV4_HEADER_BYTES + TCP_HEADER_BYTES, true);
  view.setUint16(4, SEGMENT_BYTES, true);
  view.setUint16(6, ip + IPV4_HEADER_BYTES, true);
  view.setUint16(8, TCP_CHECKSUM, true);
  return header;
}
