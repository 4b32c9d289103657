import { readU16 } from '../base/bytes.js';
import type { Ipv4 } from '../base/ipv4.js';
import { type GroupTable, pathAt } from '../fib/next-hop-group.js';
import type { Poptrie } from '../fib/poptrie.js';
import { type SingleLookup, singleLookup } from '../fib/single-lookup.js';
import { type FrameArena, type PacketBatch, SLOT_BYTES, VNET_BEFORE_PACKET } from '../link/frame.js';
import { ICMP_BODY, icmpType, isIcmpError } from '../wire/icmpv4.js';
import {
  checkIpv4,
  fillIpv4Checksum,
  IPV4_DONT_FRAGMENT,
  IPV4_FRAGMENT_OFFSET_MASK,
  IPV4_HEADER_BYTES,
  IPV4_MORE_FRAGMENTS,
  IPV4_TOS,
  IPV4_VALID,
  ipv4Destination,
  ipv4Fragment,
  ipv4HeaderLength,
  ipv4Identification,
  ipv4Protocol,
  ipv4Source,
  isIpv4Fragment,
  PROTOCOL_ICMP,
  PROTOCOL_IPIP,
  PROTOCOL_TCP,
  setIpv4Fragment,
  setIpv4Identification,
  writeIpv4Header,
} from '../wire/ipv4.js';
import { TCP_ACK, TCP_DESTINATION_PORT, TCP_FLAGS, TCP_RST, TCP_SOURCE_PORT, TCP_SYN, tcpFlags } from '../wire/tcp.js';
import { checkVirtio, VIRTIO_GSO_NONE, VIRTIO_VALID, virtioGsoSize, virtioGsoType } from '../wire/virtio-net.js';
import { ACTION_EXPIRED, type AdjacencyTable, carriesNew, carriesUnknown, isDelivery } from './adjacency.js';
import { WORK_SLOT } from './arena-layout.js';
import type { Carriers } from './carriers.js';
import { COUNT_CARRIED, COUNT_CARRIED_HERE, type Counters } from './counters.js';
import { DROP_BAD_OFFLOAD, DROP_FRAGMENTATION_NEEDED, DROP_LEASE_EXPIRED, DROP_NO_ROUTE } from './drop-reason.js';
import { Fragmenter } from './fragment.js';
import type { IcmpErrors } from './icmp-error.js';
import { type KnownFlows, portsOf } from './known-flows.js';
import { type LinkTable, VIRTUAL_LINK } from './link-table.js';
import type { LocalDelivery } from './local-delivery.js';
import type { Output } from './output.js';
import { completeChecksum, isChecksumPartial, moveOffload } from './partial-checksum.js';
import { repeatedHeaderLength, Segmenter } from './segment.js';

/** What carrying takes of the engine. */
export interface CarryParts {
  readonly arena: FrameArena;
  readonly links: LinkTable;
  readonly adjacencies: AdjacencyTable;
  readonly trie: Poptrie;
  readonly groups: GroupTable;
  readonly counters: Counters;
  readonly output: Output;
  readonly flows: KnownFlows;
  readonly carriers: Carriers;
}

/** The road that a carried packet takes. */
export interface CarryRoad {
  originate(offset: number, length: number): void;
  /** The least MTU of the links by which packets to `destination` leave. */
  mtuTowards(destination: Ipv4): number;
}

/** Fragments of which it is remembered where the first one went. */
const REMEMBERED_FRAGMENTS = 64;

/**
 * A VIP that moves from one server to another takes no connection along: packets of those that began on the old server are
 * carried there from the new one, each in an IP packet of its own (RFC 2003), until they end; the answers go straight to the
 * client.
 *
 * ```
 *   client ──► new server ══ IPIP ══► old server ──► client
 *                  │ SYN, and what follows it
 *                  ▼ stays here
 * ```
 *
 * The new server knows its own connections: those that its kernel had, and those that have begun since. The old one sends
 * those that begin with it the other way, as long as packets still come there first. What has come by a tunnel is never carried again, so that nothing goes round. Only
 * TCP is carried, and errors about it; what has no beginning and no end stays where it comes in.
 */
export class Carry {
  private readonly bytes: Uint8Array;
  private readonly links: LinkTable;
  private readonly adjacencies: AdjacencyTable;
  private readonly groups: GroupTable;
  private readonly lookUp: SingleLookup;
  private readonly counters: Counters;
  private readonly output: Output;
  private readonly flows: KnownFlows;
  private readonly carriers: Carriers;
  private readonly segmenter: Segmenter;
  private readonly fragmenter: Fragmenter;
  private readonly workOffset: number;
  /** Source and identification of fragmented packets, and whether they stay. */
  private readonly fragments = new Uint32Array(3 * REMEMBERED_FRAGMENTS);
  private nextFragment = 0;
  private identification = 0;
  private isUsed = false;

  constructor(
    parts: CarryParts,
    private readonly road: CarryRoad,
    private readonly errors: IcmpErrors,
    private readonly local: LocalDelivery,
  ) {
    const { arena, output } = parts;
    this.bytes = arena.bytes;
    this.links = parts.links;
    this.adjacencies = parts.adjacencies;
    this.groups = parts.groups;
    this.lookUp = singleLookup(parts.trie);
    this.counters = parts.counters;
    this.output = output;
    this.flows = parts.flows;
    this.carriers = parts.carriers;
    this.segmenter = new Segmenter(arena.bytes, output);
    this.fragmenter = new Fragmenter(arena.bytes, output);
    this.workOffset = arena.packetOffset(WORK_SLOT);
  }

  /** To be called when adjacencies come and go. */
  apply(): void {
    this.isUsed = this.adjacencies.kind.some(carriesUnknown);
  }

  /** A packet for a VIP whose adjacency carries: it stays, or is sent to where the adjacency leads. */
  receive(path: number, offset: number, length: number, from: number): void {
    const { kind, address } = this.adjacencies;
    if (this.stays(kind[path], offset, length)) this.local.deliver(offset, length, from);
    else this.carry(address[path], offset, length, from);
  }

  /** Of a batch from the host: connections that it begins in the name of such a VIP are its own. */
  learn({ offsets, lengths, count }: PacketBatch): void {
    if (!this.isUsed) return;
    for (let i = 0; i < count; i++) {
      const offset = offsets[i];
      if (!this.beginsConnection(offset, lengths[i])) continue;
      const vip = ipv4Source(this.bytes, offset);
      if (!carriesUnknown(this.adjacencies.kind[this.pathTo(vip)])) continue;
      const tcp = offset + ipv4HeaderLength(this.bytes, offset);
      const ports = portsOf(
        readU16(this.bytes, tcp + TCP_DESTINATION_PORT),
        readU16(this.bytes, tcp + TCP_SOURCE_PORT),
      );
      this.flows.add(vip, ipv4Destination(this.bytes, offset), ports);
    }
  }

  /**
   * A packet for the router itself: what a carrier has put into it for a VIP that is served here is delivered. Returns false
   * if it is anything else.
   */
  open(offset: number, length: number, from: number): boolean {
    const { bytes } = this;
    if (ipv4Protocol(bytes, offset) !== PROTOCOL_IPIP || isIpv4Fragment(bytes, offset)) return false;
    if (!this.carriers.has(ipv4Source(bytes, offset))) return false;
    const header = ipv4HeaderLength(bytes, offset);
    const inner = offset + header;
    if (checkIpv4(bytes, inner, length - header) !== IPV4_VALID) return false;
    const path = this.pathTo(ipv4Destination(bytes, inner));
    if (!isDelivery(this.adjacencies.kind[path])) {
      // It is not served here any more, and whoever sent it is about to hear of that.
      this.counters.drop(from, DROP_NO_ROUTE);
      return true;
    }
    if (this.adjacencies.action[path] === ACTION_EXPIRED) {
      this.counters.drop(from, DROP_LEASE_EXPIRED);
      return true;
    }
    this.counters.add(from, COUNT_CARRIED_HERE, 1);
    moveOffload(bytes, offset, header);
    if (carriesUnknown(this.adjacencies.kind[path])) this.stays(this.adjacencies.kind[path], inner, length - header);
    this.local.deliver(inner, length - header, from);
    return true;
  }

  private pathTo(address: Ipv4): number {
    return pathAt(this.groups, this.lookUp(address), 0);
  }

  private stays(kind: number, offset: number, length: number): boolean {
    const { bytes } = this;
    const protocol = ipv4Protocol(bytes, offset);
    if (protocol === PROTOCOL_ICMP) return carriesNew(kind) || !this.isErrorAboutStranger(offset, length);
    if (protocol !== PROTOCOL_TCP) return true;
    const fragment = ipv4Fragment(bytes, offset);
    if ((fragment & IPV4_FRAGMENT_OFFSET_MASK) !== 0) return this.recall(offset, carriesNew(kind));
    const stays = this.staysWhole(kind, offset, length);
    if ((fragment & IPV4_MORE_FRAGMENTS) !== 0) this.remember(offset, stays);
    return stays;
  }

  /** If there is no room to note where a connection begins, it begins on the old server. */
  private staysWhole(kind: number, offset: number, length: number): boolean {
    const { bytes, flows } = this;
    const header = ipv4HeaderLength(bytes, offset);
    if (length < header + TCP_FLAGS + 1) return true;
    const ports = portsOf(
      readU16(bytes, offset + header + TCP_SOURCE_PORT),
      readU16(bytes, offset + header + TCP_DESTINATION_PORT),
    );
    const vip = ipv4Destination(bytes, offset);
    const client = ipv4Source(bytes, offset);
    const begins = this.beginsConnection(offset, length);
    // The same connection the other way round: those that the old server has sent on.
    if (carriesNew(kind)) return !(begins ? flows.add(client, vip, ports) : flows.has(client, vip, ports));
    return begins ? flows.add(vip, client, ports) : this.isKnown(vip, client, ports);
  }

  /** Until all older connections are known, none is a stranger's. */
  private isKnown(vip: Ipv4, client: Ipv4, ports: number): boolean {
    return this.flows.has(vip, client, ports) || !this.flows.has(vip, 0, 0);
  }

  private beginsConnection(offset: number, length: number): boolean {
    const { bytes } = this;
    if (length < IPV4_HEADER_BYTES || ipv4Protocol(bytes, offset) !== PROTOCOL_TCP) return false;
    if ((ipv4Fragment(bytes, offset) & IPV4_FRAGMENT_OFFSET_MASK) !== 0) return false;
    const header = ipv4HeaderLength(bytes, offset);
    if (length < header + TCP_FLAGS + 1) return false;
    return (tcpFlags(bytes, offset + header) & (TCP_SYN | TCP_ACK | TCP_RST)) === TCP_SYN;
  }

  /** What an ICMP error quotes is a packet that this VIP has sent (RFC 792): of a connection that is not known here. */
  private isErrorAboutStranger(offset: number, length: number): boolean {
    const { bytes } = this;
    const icmp = offset + ipv4HeaderLength(bytes, offset);
    const quoted = icmp + ICMP_BODY;
    const end = offset + length;
    if (isIpv4Fragment(bytes, offset) || quoted + IPV4_HEADER_BYTES > end) return false;
    if (!isIcmpError(icmpType(bytes, icmp)) || ipv4Protocol(bytes, quoted) !== PROTOCOL_TCP) return false;
    const tcp = quoted + ipv4HeaderLength(bytes, quoted);
    if (tcp + TCP_DESTINATION_PORT + 2 > end) return false;
    const ports = portsOf(readU16(bytes, tcp + TCP_DESTINATION_PORT), readU16(bytes, tcp + TCP_SOURCE_PORT));
    return !this.isKnown(ipv4Source(bytes, quoted), ipv4Destination(bytes, quoted), ports);
  }

  private remember(offset: number, stays: boolean): void {
    const at = 3 * this.nextFragment;
    this.nextFragment = (this.nextFragment + 1) % REMEMBERED_FRAGMENTS;
    this.fragments[at] = ipv4Source(this.bytes, offset);
    this.fragments[at + 1] = ipv4Identification(this.bytes, offset);
    this.fragments[at + 2] = stays ? 1 : 0;
  }

  /** Where the first fragment went; `otherwise` if it is not known. */
  private recall(offset: number, otherwise: boolean): boolean {
    const source = ipv4Source(this.bytes, offset);
    const identification = ipv4Identification(this.bytes, offset);
    const { fragments } = this;
    for (let at = 0; at < fragments.length; at += 3) {
      if (fragments[at] === source && fragments[at + 1] === identification) return fragments[at + 2] === 1;
    }
    return otherwise;
  }

  /** Sends a packet to another server, in pieces that a tunnel can take. */
  private carry(to: Ipv4, offset: number, length: number, from: number): void {
    const { bytes } = this;
    const virtio = offset - VNET_BEFORE_PACKET;
    const limit = this.road.mtuTowards(to) - IPV4_HEADER_BYTES;
    const isSuper = virtioGsoType(bytes, virtio) !== VIRTIO_GSO_NONE;
    const header = isSuper ? repeatedHeaderLength(bytes, offset, length) : 0;
    if (checkVirtio(bytes, virtio, length) !== VIRTIO_VALID || (isSuper && header === 0)) {
      this.counters.drop(from, DROP_BAD_OFFLOAD);
      return;
    }
    const largest = isSuper ? Math.min(length, header + virtioGsoSize(bytes, virtio)) : length;
    const mustFit = isSuper || (ipv4Fragment(bytes, offset) & IPV4_DONT_FRAGMENT) !== 0;
    if (largest > limit && mustFit) {
      this.counters.drop(from, DROP_FRAGMENTATION_NEEDED);
      this.errors.sendFragmentationNeeded(limit, offset, length, from);
      return;
    }
    this.counters.add(from, COUNT_CARRIED, 1);
    if (isSuper) {
      this.carrySegments(to, offset, length, header);
      return;
    }
    if (isChecksumPartial(bytes, offset)) completeChecksum(bytes, offset, length);
    if (largest > limit) this.carryFragments(to, offset, length, limit);
    else this.wrap(to, offset, length);
  }

  private carrySegments(to: Ipv4, offset: number, length: number, header: number): void {
    const { segmenter } = this;
    segmenter.begin(offset, length, header, this.workOffset);
    while (segmenter.next()) this.wrap(to, segmenter.offset, segmenter.length);
  }

  private carryFragments(to: Ipv4, offset: number, length: number, limit: number): void {
    const { fragmenter } = this;
    fragmenter.begin(offset, length, limit);
    for (;;) {
      // Neither a fragment nor what it is wrapped in may be overwritten by the other.
      this.output.makeRoom(SLOT_BYTES);
      if (!fragmenter.next()) return;
      this.wrap(to, fragmenter.offset, fragmenter.length);
    }
  }

  /** RFC 2003 section 3.1, but for the TTL: to whoever traces the way, both servers are one. */
  private wrap(to: Ipv4, offset: number, length: number): void {
    const { bytes } = this;
    const total = IPV4_HEADER_BYTES + length;
    const outer = this.output.reserve(total);
    bytes.copyWithin(outer + IPV4_HEADER_BYTES, offset, offset + length);
    writeIpv4Header(bytes, outer, total, PROTOCOL_IPIP, this.links.primaryAddress(VIRTUAL_LINK), to);
    bytes[outer + IPV4_TOS] = bytes[offset + IPV4_TOS];
    setIpv4Fragment(bytes, outer, IPV4_DONT_FRAGMENT);
    this.identification = (this.identification + 1) & 0xffff;
    setIpv4Identification(bytes, outer, this.identification);
    fillIpv4Checksum(bytes, outer);
    this.road.originate(outer, total);
  }
}
