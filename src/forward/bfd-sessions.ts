import type { Ipv4 } from '../base/ipv4.js';
import type { Random } from '../base/random.js';
import { SharedRing } from '../base/ring.js';
import { BfdSession } from '../bfd/session.js';
import type { FrameArena } from '../link/frame.js';
import { BFD_ADMIN_DOWN, BFD_UP, BFD_VALID, bfdYourDiscriminator, checkBfd } from '../wire/bfd.js';
import { ipv4HeaderLength, ipv4Source } from '../wire/ipv4.js';
import { UDP_HEADER_BYTES, UDP_PAYLOAD, udpLength } from '../wire/udp.js';
import { BfdChangeWriter } from './bfd-change.js';
import { BFD_DATAGRAM_PASS, BFD_PACKET_BYTES, BfdDatagram, faultOfBfdDatagram } from './bfd-datagram.js';
import { BfdDeputyTable, DEPUTY_FRAME_BYTES } from './bfd-deputy-table.js';
import { BfdHolds } from './bfd-holds.js';
import { type BfdDescriptor, BfdTable, MAX_BFD_SESSIONS } from './bfd-table.js';
import type { Counters } from './counters.js';
import { DROP_BFD_AUTHENTICATION, DROP_BFD_FAULTS, DROP_BFD_NO_SESSION } from './drop-reason.js';
import type { Output } from './output.js';
import type { PlaneMemory } from './plane.js';
import type { Receiver } from './receiver.js';

/** How soon the ring of changes is tried again when it was full. */
const CATCH_UP_US = 10_000;

/** How late a packet may be before the deputy sends it, as a part of the interval, and at least. */
const GRACE = 0.25;
const LEAST_GRACE_US = 2_000;

/** Where the packets of sessions go, and who must know first that a neighbor is lost. */
export interface BfdNeighbors {
  /**
   * Sends a packet to a neighbor, and waits for nothing but its link-layer address. Returns true if it has gone out, with
   * its Ethernet header in front of it.
   */
  sendUrgent(link: number, address: Ipv4, offset: number, length: number): boolean;
  /** Paths through the neighbor are not used from now on, or are again. */
  setLost(link: number, address: Ipv4, isLost: boolean): void;
}

interface Entry {
  readonly slot: number;
  readonly link: number;
  readonly peer: Ipv4;
  readonly session: BfdSession;
  readonly datagram: BfdDatagram;
  isMarked: boolean;
}

/**
 * The BFD sessions of a worker (RFC 5881), driven by the packets and the clock of its loop, so that no pause of another
 * thread or process can disturb them. When one is lost, every next-hop group turns to its next or repair path before
 * anybody else hears of it.
 */
export class BfdSessions implements Receiver {
  private readonly bytes: Uint8Array;
  private readonly output: Output;
  private readonly counters: Counters;
  private readonly clock: Float64Array;
  private readonly random: Random;
  private readonly neighbors: BfdNeighbors;
  private readonly table: BfdTable;
  private readonly deputy: BfdDeputyTable;
  private readonly changes: BfdChangeWriter;
  /** When each peer was heard last. */
  private readonly heardUs = new Float64Array(MAX_BFD_SESSIONS);
  private readonly entries: (Entry | undefined)[] = new Array(MAX_BFD_SESSIONS).fill(undefined);
  private readonly holds = new BfdHolds();
  private deputyPending = false;
  /** One more than the highest slot that was ever in use. */
  private end = 0;
  /** When to look again, or a time before it. In an array, so that a change allocates nothing. */
  private readonly next = Float64Array.of(Infinity);

  /** @param memory the table and the ring of changes, both shared with the main thread */
  constructor(
    arena: FrameArena,
    output: Output,
    counters: Counters,
    clock: Float64Array,
    random: Random,
    neighbors: BfdNeighbors,
    memory: Pick<PlaneMemory, 'bfd' | 'bfdChanges' | 'bfdDeputy'>,
  ) {
    this.bytes = arena.bytes;
    this.output = output;
    this.counters = counters;
    this.clock = clock;
    this.random = random;
    this.neighbors = neighbors;
    this.table = new BfdTable(memory.bfd);
    this.deputy = new BfdDeputyTable(memory.bfdDeputy);
    this.changes = new BfdChangeWriter(new SharedRing(memory.bfdChanges));
  }

  /** Begins a session, or gives the one in the slot other timers. */
  define(slot: number, descriptor: BfdDescriptor): void {
    const { link, peer } = descriptor;
    const known = this.entries[slot];
    if (known !== undefined) {
      known.session.configure(descriptor, this.clock[0]);
      this.update(known);
      return;
    }
    this.endLoss(link, peer);
    const session = new BfdSession(descriptor.discriminator, descriptor, this.random, this.clock[0]);
    const entry = { slot, link, peer, session, datagram: new BfdDatagram(descriptor, slot), isMarked: false };
    this.entries[slot] = entry;
    this.end = Math.max(this.end, slot + 1);
    this.table.begin(slot, this.clock[0]);
    this.deputy.begin(slot);
    this.update(entry);
  }

  /** Ends a session: its peer is told. The slot is free when the ring of changes says so. */
  remove(slot: number): void {
    const entry = this.entries[slot];
    if (entry === undefined) return;
    entry.session.disable(this.clock[0]);
    this.serve(entry);
  }

  /** A packet of `length` bytes to an own address for which `isBfdDatagram` is true. */
  receive(offset: number, length: number, fromLink: number): void {
    const fault = faultOfBfdDatagram(this.bytes, offset, length);
    if (fault !== BFD_DATAGRAM_PASS) {
      this.counters.drop(fromLink, fault);
      return;
    }
    const udp = offset + ipv4HeaderLength(this.bytes, offset);
    const packet = udp + UDP_PAYLOAD;
    const verdict = checkBfd(this.bytes, packet, udpLength(this.bytes, udp) - UDP_HEADER_BYTES);
    if (verdict !== BFD_VALID) {
      this.counters.drop(fromLink, DROP_BFD_FAULTS + verdict);
      return;
    }
    const entry = this.find(fromLink, ipv4Source(this.bytes, offset), bfdYourDiscriminator(this.bytes, packet));
    if (entry === undefined) this.counters.drop(fromLink, DROP_BFD_NO_SESSION);
    else this.take(entry, packet);
  }

  /** Nobody listened for `awayUs` until now: no peer is blamed for it. Packets that are received later say more. */
  excuse(awayUs: number): void {
    for (let slot = 0; slot < this.end; slot++) this.entries[slot]?.session.excuse(awayUs);
  }

  /** True if a session is about to be lost: packets that have arrived already are to be received before `tick`. */
  isOverdue(): boolean {
    const nowUs = this.clock[0];
    if (this.next[0] > nowUs) return false;
    for (let slot = 0; slot < this.end; slot++) {
      const entry = this.entries[slot];
      if (entry !== undefined && entry.session.detectionAtUs <= nowUs) return true;
    }
    return false;
  }

  /** Does what is due. Returns the time of what comes next in microseconds, or Infinity. */
  tick(): number {
    const { changes, clock } = this;
    if (changes.isBehind) {
      for (let slot = 0; slot < this.end; slot++) changes.catchUp(slot, this.entries[slot]?.session, clock[0]);
    }
    const nextUs = this.serveDue();
    return changes.isBehind ? Math.min(nextUs, clock[0] + CATCH_UP_US) : nextUs;
  }

  private serveDue(): number {
    const { next, clock } = this;
    if (next[0] > clock[0]) return next[0];
    next[0] = Infinity;
    for (let slot = 0; slot < this.end; slot++) {
      const entry = this.entries[slot];
      if (entry !== undefined) this.serve(entry);
    }
    next[0] = Math.min(next[0], this.holds.expire(clock[0], this.neighbors));
    return next[0];
  }

  /** True once after there was something new in the ring of changes: the main thread is to be told. */
  takePending(): boolean {
    const { pending } = this.changes;
    this.changes.pending = false;
    return pending;
  }

  /** True once after the deputy was given a session: it is to be woken. */
  takeDeputyPending(): boolean {
    const { deputyPending } = this;
    this.deputyPending = false;
    return deputyPending;
  }

  private find(link: number, source: Ipv4, discriminator: number): Entry | undefined {
    for (let slot = 0; slot < this.end; slot++) {
      const entry = this.entries[slot];
      if (entry === undefined || entry.link !== link || entry.peer !== source) continue;
      if (discriminator === 0 || discriminator === entry.session.discriminator) return entry;
    }
    return undefined;
  }

  private take(entry: Entry, packet: number): void {
    const { session, slot, link } = entry;
    const before = session.state;
    if (!session.receive(this.bytes, packet, this.clock[0])) {
      this.counters.drop(link, DROP_BFD_AUTHENTICATION);
      return;
    }
    this.table.received[slot] += 1;
    this.noteSilence(slot, before);
    this.settle(entry, before);
  }

  /** Expires a session and sends its packet, if it is time. */
  private serve(entry: Entry): void {
    const { session, slot } = entry;
    const nowUs = this.clock[0];
    const before = session.state;
    if (session.detectionAtUs <= nowUs) {
      session.expire(nowUs);
      this.settle(entry, before);
    }
    if (session.isDue(nowUs)) {
      this.noteLateness(entry, nowUs);
      const offset = this.output.reserve(BFD_PACKET_BYTES);
      entry.datagram.write(this.bytes, offset, session, nowUs);
      this.table.sent[slot] += 1;
      const isOut = this.neighbors.sendUrgent(entry.link, entry.peer, offset, BFD_PACKET_BYTES);
      if (isOut && session.isSteady) this.entrust(entry, offset);
      else this.deputy.withdraw(slot);
    }
    if (session.isOver) this.forget(entry);
    else this.update(entry);
  }

  /** From now on the deputy repeats the packet at `offset` whenever the next one is late. */
  private entrust({ slot, link, session }: Entry, offset: number): void {
    const intervalUs = session.transmitIntervalUs;
    const dueUs = session.transmitAtUs + Math.max(LEAST_GRACE_US, intervalUs * GRACE);
    const frame = offset + BFD_PACKET_BYTES - DEPUTY_FRAME_BYTES;
    if (this.deputy.entrust(slot, link, this.bytes, frame, dueUs, intervalUs)) this.deputyPending = true;
  }

  /** Operators look at these before they choose shorter intervals. */
  private noteSilence(slot: number, stateBefore: number): void {
    const { heardUs, table, clock } = this;
    if (stateBefore === BFD_UP) {
      table.longestSilenceUs[slot] = Math.max(table.longestSilenceUs[slot], clock[0] - heardUs[slot]);
    }
    heardUs[slot] = clock[0];
  }

  private noteLateness({ session, slot }: Entry, nowUs: number): void {
    const { latestSendUs } = this.table;
    if (session.state !== BFD_UP) return;
    latestSendUs[slot] = Math.max(latestSendUs[slot], nowUs - session.transmitAtUs);
  }

  /** Draws the consequences of what may have changed: paths first, then the main thread. */
  private settle(entry: Entry, before: number): void {
    const { session, link, peer, slot } = entry;
    if (session.state !== BFD_ADMIN_DOWN && entry.isMarked !== session.isLost) {
      entry.isMarked = session.isLost;
      this.neighbors.setLost(link, peer, session.isLost);
      if (session.isLost) this.table.losses[slot] += 1;
    }
    if (session.state !== before) {
      this.deputy.withdraw(slot);
      this.table.stateSinceUs[slot] = this.clock[0];
      if (session.state === BFD_UP) this.table.ups[slot] += 1;
    }
    if (session.state !== before || this.table.lost[slot] !== Number(session.isLost)) {
      this.changes.changed(slot, before, session, this.clock[0]);
    }
    this.update(entry);
  }

  /** Writes the row of a session, and sees to it that its next time is not missed. */
  private update({ session, slot }: Entry): void {
    const { table, next } = this;
    table.show(slot, session);
    if (session.nextUs < next[0]) next[0] = session.nextUs;
    // The peer wants no more packets: no deputy's either.
    if (session.transmitAtUs === Infinity) this.deputy.withdraw(slot);
  }

  private forget(entry: Entry): void {
    const { slot, link, peer } = entry;
    this.entries[slot] = undefined;
    this.deputy.withdraw(slot);
    if (entry.isMarked) {
      this.next[0] = Math.min(this.next[0], this.holds.begin(link, peer, this.clock[0]));
    }
    this.changes.ended(slot);
  }

  /** A new session with the neighbor begins: whoever asks for it has heard from the neighbor. */
  private endLoss(link: number, peer: Ipv4): void {
    for (const entry of this.entries) {
      // One that still says goodbye: it has nothing more to say about the neighbor.
      if (entry?.link !== link || entry.peer !== peer || !entry.isMarked) continue;
      entry.isMarked = false;
      this.neighbors.setLost(link, peer, false);
    }
    if (this.holds.end(link, peer)) this.neighbors.setLost(link, peer, false);
  }
}
