import { type FrameArena, VNET_BEFORE_PACKET } from '../link/frame.js';
import {
  IPV4_DONT_FRAGMENT,
  IPV4_MAX_BYTES,
  ipv4Fragment,
  ipv4HeaderLength,
  ipv4Protocol,
  isIpv4Fragment,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from '../wire/ipv4.js';
import {
  checkVirtio,
  VIRTIO_GSO_NONE,
  VIRTIO_GSO_TCPV4,
  VIRTIO_GSO_UDP,
  VIRTIO_VALID,
  virtioGsoSize,
  virtioGsoType,
} from '../wire/virtio-net.js';
import type { AdjacencyTable } from './adjacency.js';
import { WORK_SLOT } from './arena-layout.js';
import {
  COUNT_FRAGMENTED,
  COUNT_FRAGMENTS_SENT,
  COUNT_SEGMENTED,
  COUNT_SEGMENTS_SENT,
  type Counters,
} from './counters.js';
import { Fragmenter } from './fragment.js';
import { type LinkTable, VIRTUAL_LINK } from './link-table.js';
import type { Output } from './output.js';
import { completeChecksum, isChecksumOf, isChecksumPartial } from './partial-checksum.js';
import { repeatedHeaderLength, Segmenter } from './segment.js';

/** What a packet needs before it can leave on a link. */
export const EGRESS_READY = 0;
/** `Egress.rework` makes it fit. */
export const EGRESS_REWORK = 1;
/** Larger than the MTU, and must not be fragmented. */
export const EGRESS_TOO_BIG = 2;
/** The virtio header contradicts the packet. */
export const EGRESS_MALFORMED = 3;
/** A super-packet in a tunnel that `rework` cannot look into. */
export const EGRESS_TUNNEL = 4;

/**
 * The way out for packets that are larger than the MTU or that have offload work left to do: GSO super-packets and
 * partial checksums pass whole where the link takes them, and are segmented and completed where not; what is still too
 * large is fragmented. Two kinds never pass whole. The virtio header has no word for a tunnel, so that a super-packet in one
 * would be cut at the wrong header; and a datagram that its sender left to the NIC to fragment (UFO) is no longer known to
 * NICs: it is made whole, and fragmented as far as the MTU demands.
 */
export class Egress {
  private readonly bytes: Uint8Array;
  private readonly workOffset: number;
  private readonly links: LinkTable;
  private readonly adjacencies: AdjacencyTable;
  private readonly output: Output;
  private readonly counters: Counters;
  private readonly segmenter: Segmenter;
  private readonly fragmenter: Fragmenter;

  constructor(arena: FrameArena, links: LinkTable, adjacencies: AdjacencyTable, output: Output, counters: Counters) {
    const { bytes } = arena;
    this.bytes = bytes;
    this.workOffset = arena.packetOffset(WORK_SLOT);
    this.links = links;
    this.adjacencies = adjacencies;
    this.output = output;
    this.counters = counters;
    this.segmenter = new Segmenter(bytes, output);
    this.fragmenter = new Fragmenter(bytes, output);
  }

  /** One of `EGRESS_…` for a valid IPv4 packet and a link. */
  examine(link: number, offset: number, length: number): number {
    const { bytes } = this;
    const virtio = offset - VNET_BEFORE_PACKET;
    if (checkVirtio(bytes, virtio, length) !== VIRTIO_VALID) return EGRESS_MALFORMED;
    const type = virtioGsoType(bytes, virtio);
    const isSuper = type !== VIRTIO_GSO_NONE;
    const isTunnelled = isSuper && this.isTunnelled(type, offset);
    let onWire = length;
    if (isSuper) {
      const header = this.piecesHeaderLength(type, offset, length);
      if (header === 0) return isTunnelled ? EGRESS_TUNNEL : EGRESS_MALFORMED;
      onWire = Math.min(length, header + virtioGsoSize(bytes, virtio));
    }
    if (onWire > this.mtuOf(link)) {
      return (ipv4Fragment(bytes, offset) & IPV4_DONT_FRAGMENT) !== 0 ? EGRESS_TOO_BIG : EGRESS_REWORK;
    }
    if (isTunnelled || type === VIRTIO_GSO_UDP) return EGRESS_REWORK;
    const unfinished = isSuper || isChecksumPartial(bytes, offset);
    return unfinished && !this.links.takesOffload(link) ? EGRESS_REWORK : EGRESS_READY;
  }

  /** Bytes that each piece of a super-packet repeats; 0 if it makes no sense. */
  private piecesHeaderLength(type: number, offset: number, length: number): number {
    if (type !== VIRTIO_GSO_UDP) return repeatedHeaderLength(this.bytes, offset, length);
    const isDatagram = ipv4Protocol(this.bytes, offset) === PROTOCOL_UDP && !isIpv4Fragment(this.bytes, offset);
    return isDatagram ? ipv4HeaderLength(this.bytes, offset) : 0;
  }

  /** True if what is to be cut is inside what the outermost IP header carries: in UDP too, as with VXLAN. */
  private isTunnelled(type: number, offset: number): boolean {
    const { bytes } = this;
    const protocol = ipv4Protocol(bytes, offset);
    if (protocol === PROTOCOL_TCP) return false;
    if (protocol !== PROTOCOL_UDP || type === VIRTIO_GSO_TCPV4) return true;
    return isChecksumPartial(bytes, offset) && !isChecksumOf(bytes, offset, ipv4HeaderLength(bytes, offset));
  }

  /** Sends a packet that `examine` found to need it in pieces that fit. The packet itself may be changed. */
  rework(adjacency: number, offset: number, length: number): void {
    const { bytes, output } = this;
    const link = this.adjacencies.link[adjacency];
    const type = virtioGsoType(bytes, offset - VNET_BEFORE_PACKET);
    if (type !== VIRTIO_GSO_NONE && type !== VIRTIO_GSO_UDP) {
      this.segment(adjacency, offset, length);
      return;
    }
    if (isChecksumPartial(bytes, offset)) completeChecksum(bytes, offset, length);
    output.clearOffload(offset);
    if (length <= this.mtuOf(link)) output.send(adjacency, offset, length);
    else this.fragment(adjacency, offset, length);
  }

  private segment(adjacency: number, offset: number, length: number): void {
    const { segmenter, counters } = this;
    const link = this.adjacencies.link[adjacency];
    const header = repeatedHeaderLength(this.bytes, offset, length);
    const size = header + virtioGsoSize(this.bytes, offset - VNET_BEFORE_PACKET);
    const whole = Math.min(size, length) <= this.mtuOf(link);
    counters.add(link, COUNT_SEGMENTED, 1);
    segmenter.begin(offset, length, header, whole ? 0 : this.workOffset);
    while (segmenter.next()) {
      counters.add(link, COUNT_SEGMENTS_SENT, 1);
      if (whole) this.output.send(adjacency, segmenter.offset, segmenter.length);
      else this.fragment(adjacency, segmenter.offset, segmenter.length);
    }
  }

  private fragment(adjacency: number, offset: number, length: number): void {
    const { fragmenter, counters } = this;
    const link = this.adjacencies.link[adjacency];
    counters.add(link, COUNT_FRAGMENTED, 1);
    fragmenter.begin(offset, length, this.mtuOf(link));
    while (fragmenter.next()) {
      counters.add(link, COUNT_FRAGMENTS_SENT, 1);
      this.output.send(adjacency, fragmenter.offset, fragmenter.length);
    }
  }

  /** What is delivered to the kernel here need not be cut: its MTU holds for what it sends. */
  private mtuOf(link: number): number {
    return link === VIRTUAL_LINK ? IPV4_MAX_BYTES : this.links.mtu[link];
  }
}
