import { type FrameArena, PACKET_START, PacketBatch, SLOT_BYTES, VNET_BEFORE_PACKET } from '../link/frame.js';
import type { Link } from '../link/link.js';
import { VIRTIO_GSO_UDP_L4, virtioGsoType } from '../wire/virtio-net.js';
import type { AdjacencyTable } from './adjacency.js';
import { SCRATCH_FIRST_SLOT, SCRATCH_SLOTS } from './arena-layout.js';
import { Coalescer } from './coalesce.js';
import { COALESCE_TCP, COALESCE_UDP } from './coalesce-kind.js';
import { COUNT_COALESCED, COUNT_TX_BYTES, COUNT_TX_PACKETS, type Counters } from './counters.js';
import { DROP_LINK_DOWN, DROP_TRANSMIT_FULL, DROP_TRANSMIT_REFUSED } from './drop-reason.js';
import { type LinkTable, MAX_LINKS } from './link-table.js';
import { SuperPacketHeaders } from './super-packet.js';

/** Numbers of Linux (asm-generic/errno-base.h and errno.h), the same on every architecture that Node runs on. */
const EAGAIN = 11;
const ENODEV = 19;
const EINVAL = 22;
const EMSGSIZE = 90;
const ENETDOWN = 100;
const ENOBUFS = 105;

const SCRATCH_START = SCRATCH_FIRST_SLOT * SLOT_BYTES;
const SCRATCH_END = SCRATCH_START + SCRATCH_SLOTS * SLOT_BYTES;

/** The arena as 32-bit words: every packet begins on such a word. */
export function wordsOf(arena: FrameArena): Uint32Array {
  return new Uint32Array(arena.bytes.buffer, arena.bytes.byteOffset, arena.bytes.byteLength >> 2);
}

/**
 * The transmit queue of each link, and the memory for packets that the router makes itself. Packets stay where they are
 * until `flush`, which hands them to the links in one call for each.
 */
export class Output {
  /** Queue of each link index. */
  readonly queues: readonly PacketBatch[];
  private readonly arena: FrameArena;
  private readonly table: LinkTable;
  private readonly words: Uint32Array;
  private readonly links: readonly (Link | undefined)[];
  private readonly controls: readonly (Link | undefined)[];
  private readonly adjacencies: AdjacencyTable;
  private readonly counters: Counters;
  private readonly urgent = new PacketBatch(1);
  private readonly coalescer: Coalescer;
  private readonly superHeaders: SuperPacketHeaders;
  /** `COALESCE_…` of each link. */
  private readonly coalesceKinds = new Uint8Array(MAX_LINKS);
  private refusalPending = false;
  private linkEnd = 0;
  private scratchAt = SCRATCH_START;

  /**
   * @param table what each link takes joined
   * @param links the link of each index; the owner of the array changes it and calls `linkChanged`
   * @param controls the ways of control traffic, where there are any
   */
  constructor(
    arena: FrameArena,
    table: LinkTable,
    links: readonly (Link | undefined)[],
    controls: readonly (Link | undefined)[],
    adjacencies: AdjacencyTable,
    counters: Counters,
  ) {
    this.arena = arena;
    this.table = table;
    this.words = wordsOf(arena);
    this.links = links;
    this.controls = controls;
    this.adjacencies = adjacencies;
    this.counters = counters;
    this.coalescer = new Coalescer(arena.bytes, this.words);
    this.superHeaders = new SuperPacketHeaders(arena.bytes, this.words);
    this.queues = Array.from({ length: MAX_LINKS }, () => new PacketBatch());
  }

  /**
   * An index has got a link, another one, or none, or its identity in the table has changed. Packets for an index without
   * a link are dropped.
   */
  linkChanged(index: number): void {
    this.coalesceKinds[index] = this.table.coalesceKinds(index);
    if (index >= this.linkEnd) this.linkEnd = index + 1;
  }

  /** Memory for a packet of `length` bytes: its offset, with a cleared virtio header. Queue it before the next call. */
  reserve(length: number): number {
    const size = (PACKET_START + length + 63) & ~63;
    this.makeRoom(size);
    const offset = this.scratchAt + PACKET_START;
    this.scratchAt += size;
    this.clearOffload(offset);
    return offset;
  }

  /** Makes the next `size` bytes of `reserve` leave alone what was reserved since. */
  makeRoom(size: number): void {
    if (this.scratchAt + size > SCRATCH_END) this.flush();
  }

  /** Says that the packet at `offset` is complete: no GSO, no partial checksum. */
  clearOffload(offset: number): void {
    const at = (offset - VNET_BEFORE_PACKET) >> 2;
    this.words[at] = 0;
    this.words[at + 1] = 0;
    this.words[at + 2] = 0;
  }

  /** Queues a packet on a link as it is. */
  queue(link: number, offset: number, length: number): void {
    const queue = this.queues[link];
    const { count } = queue;
    queue.offsets[count] = offset;
    queue.lengths[count] = length;
    queue.count = count + 1;
    if (count + 1 === queue.capacity) this.flushLink(link);
  }

  /** Writes the Ethernet header of an adjacency in front of a packet and queues it on the adjacency's link. */
  send(adjacency: number, offset: number, length: number): void {
    this.writeHeader(adjacency, offset, length);
    this.queue(this.adjacencies.link[adjacency], offset, length);
  }

  /** As `send`, by the link's way for control traffic, past whatever is queued. */
  sendUrgent(adjacency: number, offset: number, length: number): void {
    const index = this.adjacencies.link[adjacency];
    const link = this.controls[index];
    if (link === undefined) {
      this.send(adjacency, offset, length);
      return;
    }
    const { urgent } = this;
    this.writeHeader(adjacency, offset, length);
    urgent.offsets[0] = offset;
    urgent.lengths[0] = length;
    urgent.count = 1;
    const taken = this.transmit(link, urgent);
    if (taken <= 0) {
      this.counters.drop(index, refusalOf(taken));
      return;
    }
    this.counters.add(index, COUNT_TX_PACKETS, 1);
    this.counters.add(index, COUNT_TX_BYTES, length);
  }

  private writeHeader(adjacency: number, offset: number, length: number): void {
    const { words } = this;
    const { header, packets, bytes } = this.adjacencies;
    const to = (offset >> 2) - 4;
    const from = adjacency << 2;
    words[to] = header[from];
    words[to + 1] = header[from + 1];
    words[to + 2] = header[from + 2];
    words[to + 3] = header[from + 3];
    packets[adjacency] += 1;
    bytes[adjacency] += length;
  }

  /** Hands everything to the links. Afterwards no packet of the arena is in use. */
  flush(): void {
    for (let link = 0; link < this.linkEnd; link++) if (this.queues[link].count !== 0) this.flushLink(link);
    this.scratchAt = SCRATCH_START;
  }

  /** Hands the queue of one link to it. What it does not take is dropped and counted on that link. */
  flushLink(index: number): void {
    const queue = this.queues[index];
    const link = this.links[index];
    if (link !== undefined) this.coalesce(index, link);
    let suspect = 0;
    while (queue.count > 0) {
      const taken = link === undefined ? -ENODEV : this.transmit(link, queue);
      if (taken > 0) {
        if (suspect !== 0) this.remember(index, suspect);
        suspect = 0;
        this.countSent(index, taken);
        removeFirst(queue, taken);
        continue;
      }
      const reason = refusalOf(taken);
      if (reason === DROP_TRANSMIT_REFUSED && isFirstInPieces(queue)) {
        // Perhaps it is not what is sent but that it is joined: then its packets are taken one by one.
        suspect = this.takeFirstApart(queue);
        continue;
      }
      suspect = 0;
      // A packet that the link cannot send must not take those behind it along.
      const refused = reason === DROP_TRANSMIT_REFUSED ? 1 : queue.count;
      for (let i = 0; i < refused; i++) this.counters.drop(index, reason);
      removeFirst(queue, refused);
    }
    if (!queue.inPieces) return;
    queue.inPieces = false;
    queue.joined.fill(0);
  }

  /** True once after a link has refused what was joined for it. */
  takeRefusalPending(): boolean {
    const pending = this.refusalPending;
    this.refusalPending = false;
    return pending;
  }

  /** Joins what can be joined in the queue of a link. */
  private coalesce(index: number, link: Link): void {
    const queue = this.queues[index];
    const kinds = this.coalesceKinds[index];
    if (kinds !== 0 && queue.count > 1) this.coalescer.coalesce(queue, kinds, link.ethernet);
  }

  /** The first packet of a queue, which is in pieces, becomes what it was joined of. Returns its kind. */
  private takeFirstApart(queue: PacketBatch): number {
    const type = virtioGsoType(this.arena.bytes, queue.offsets[0] - VNET_BEFORE_PACKET);
    this.superHeaders.takeApart(queue);
    return type === VIRTIO_GSO_UDP_L4 ? COALESCE_UDP : COALESCE_TCP;
  }

  /** The link has taken packets one by one that it had refused when they were joined. */
  private remember(index: number, kind: number): void {
    this.table.refuseCoalesced(index, kind);
    this.coalesceKinds[index] = this.table.coalesceKinds(index);
    this.refusalPending = true;
  }

  private transmit(link: Link, queue: PacketBatch): number {
    const taken = link.transmit(this.arena, queue);
    // A packet socket says once that its link has been down, also when it is up again (packet(7)).
    return taken === -ENETDOWN ? link.transmit(this.arena, queue) : taken;
  }

  private countSent(index: number, count: number): void {
    const { lengths, joined } = this.queues[index];
    let bytes = 0;
    let packets = count;
    for (let i = 0; i < count; i++) {
      bytes += lengths[i];
      packets -= joined[i];
    }
    this.counters.add(index, COUNT_TX_PACKETS, packets);
    this.counters.add(index, COUNT_TX_BYTES, bytes);
    if (packets !== count) this.counters.add(index, COUNT_COALESCED, count - packets);
  }
}

function refusalOf(error: number): number {
  switch (-error) {
    case 0:
    case EAGAIN:
    case ENOBUFS:
      return DROP_TRANSMIT_FULL;
    case EINVAL:
    case EMSGSIZE:
      return DROP_TRANSMIT_REFUSED;
    default:
      return DROP_LINK_DOWN;
  }
}

function removeFirst(queue: PacketBatch, count: number): void {
  const { offsets, lengths, joined } = queue;
  queue.count -= count;
  if (queue.count === 0) return;
  offsets.copyWithin(0, count);
  lengths.copyWithin(0, count);
  joined.copyWithin(0, count);
}

function isFirstInPieces({ joined, count, inPieces }: PacketBatch): boolean {
  return inPieces && count > 1 && joined[1] !== 0;
}
