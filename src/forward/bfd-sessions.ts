import type { Ipv4 } from '../base/ipv4.js';
import type { Random } from '../base/random.js';
import { SharedRing } from '../base/ring.js';
import { BfdSession } from '../bfd/session.js';
import type { FrameArena } from '../link/frame.js';
import { BFD_DOWN, BFD_UP, BFD_VALID, bfdYourDiscriminator, checkBfd } from '../wire/bfd.js';
import { ipv4HeaderLength, ipv4Source } from '../wire/ipv4.js';
import { UDP_HEADER_BYTES, UDP_PAYLOAD, udpLength } from '../wire/udp.js';
import { BfdChangeWriter } from './bfd-change.js';
import { BFD_DATAGRAM_PASS, BFD_PACKET_BYTES, BfdDatagram, faultOfBfdDatagram } from './bfd-datagram.js';
import { type BfdDescriptor, BfdTable, MAX_BFD_SESSIONS } from './bfd-table.js';
import type { Counters } from './counters.js';
import { DROP_BFD_AUTHENTICATION, DROP_BFD_FAULTS, DROP_BFD_NO_SESSION } from './drop-reason.js';
import type { Output } from './output.js';

/** How long after the end of a session that was lost its neighbor stays lost: until the routes have found other ways. */
const LOSS_HOLD_US = 5e6;

/** Where the packets of sessions go, and who must know first that a neighbor is lost. */
export interface BfdNeighbors {
  /** Sends a packet to a neighbor, and waits for nothing but its link-layer address. */
  sendUrgent(link: number, address: Ipv4, offset: number, length: number): void;
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

/** A neighbor that stays marked as lost although its session has ended. */
interface Hold {
  readonly link: number;
  readonly peer: Ipv4;
  readonly untilUs: number;
}

/**
 * The BFD sessions of a worker (RFC 5881), driven by the packets and the clock of its loop, so that no pause of another
 * thread or process can disturb them. When one is lost, every next-hop group turns to its next or repair path before
 * anybody else hears of it.
 */
export class BfdSessions {
  private readonly bytes: Uint8Array;
  private readonly output: Output;
  private readonly counters: Counters;
  private readonly clock: Float64Array;
  private readonly random: Random;
  private readonly neighbors: BfdNeighbors;
  private readonly table: BfdTable;
  private readonly changes: BfdChangeWriter;
  private readonly entries: (Entry | undefined)[] = new Array(MAX_BFD_SESSIONS).fill(undefined);
  private holds: Hold[] = [];
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
    memory: { readonly bfd: SharedArrayBuffer; readonly bfdChanges: SharedArrayBuffer },
  ) {
    this.bytes = arena.bytes;
    this.output = output;
    this.counters = counters;
    this.clock = clock;
    this.random = random;
    this.neighbors = neighbors;
    this.table = new BfdTable(memory.bfd);
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
    this.endHold(link, peer);
    const session = new BfdSession(descriptor.discriminator, descriptor, this.random, this.clock[0]);
    const entry = { slot, link, peer, session, datagram: new BfdDatagram(descriptor, slot), isMarked: false };
    this.entries[slot] = entry;
    this.end = Math.max(this.end, slot + 1);
    this.clearRow(slot);
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
    const { next, clock } = this;
    if (next[0] > clock[0]) return next[0];
    next[0] = Infinity;
    for (let slot = 0; slot < this.end; slot++) {
      const entry = this.entries[slot];
      if (entry !== undefined) this.serve(entry);
    }
    if (this.holds.length > 0) this.expireHolds();
    return next[0];
  }

  /** True once after there was something new in the ring of changes: the main thread is to be told. */
  takePending(): boolean {
    const { pending } = this.changes;
    this.changes.pending = false;
    return pending;
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
      const offset = this.output.reserve(BFD_PACKET_BYTES);
      entry.datagram.write(this.bytes, offset, session, nowUs);
      this.table.sent[slot] += 1;
      this.neighbors.sendUrgent(entry.link, entry.peer, offset, BFD_PACKET_BYTES);
    }
    if (session.isOver) this.forget(entry);
    else this.update(entry);
  }

  /** Draws the consequences of what may have changed: paths first, then the main thread. */
  private settle(entry: Entry, before: number): void {
    const { session, link, peer, slot } = entry;
    if (entry.isMarked !== session.isLost) {
      entry.isMarked = session.isLost;
      this.neighbors.setLost(link, peer, session.isLost);
      if (session.isLost) this.table.losses[slot] += 1;
    }
    if (session.state !== before) {
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
    table.state[slot] = session.state;
    table.diagnostic[slot] = session.diagnostic;
    table.remoteState[slot] = session.remoteState;
    table.remoteDiagnostic[slot] = session.remoteDiagnostic;
    table.remoteMultiplier[slot] = session.remoteMultiplier;
    table.remoteDiscriminator[slot] = session.remoteDiscriminator;
    table.remoteMinTxUs[slot] = session.remoteMinTxUs;
    table.remoteMinRxUs[slot] = session.remoteMinRxUs;
    table.transmitIntervalUs[slot] = session.transmitIntervalUs;
    table.detectionTimeUs[slot] = session.detectionTimeUs;
    table.lost[slot] = session.isLost ? 1 : 0;
    if (session.nextUs < next[0]) next[0] = session.nextUs;
  }

  private clearRow(slot: number): void {
    const { table } = this;
    table.received[slot] = 0;
    table.sent[slot] = 0;
    table.ups[slot] = 0;
    table.losses[slot] = 0;
    table.state[slot] = BFD_DOWN;
    table.lost[slot] = 0;
    table.stateSinceUs[slot] = this.clock[0];
  }

  private forget(entry: Entry): void {
    const { slot, link, peer } = entry;
    this.entries[slot] = undefined;
    if (entry.isMarked) {
      const untilUs = this.clock[0] + LOSS_HOLD_US;
      this.holds.push({ link, peer, untilUs });
      this.next[0] = Math.min(this.next[0], untilUs);
    }
    this.changes.ended(slot);
  }

  /** A new session with the neighbor begins: whoever asks for it has heard from the neighbor. */
  private endHold(link: number, peer: Ipv4): void {
    const isOther = (hold: Hold) => hold.link !== link || hold.peer !== peer;
    if (this.holds.every(isOther)) return;
    this.holds = this.holds.filter(isOther);
    this.neighbors.setLost(link, peer, false);
  }

  private expireHolds(): void {
    const { next, clock } = this;
    for (const { link, peer, untilUs } of this.holds) {
      if (untilUs <= clock[0]) this.neighbors.setLost(link, peer, false);
      else next[0] = Math.min(next[0], untilUs);
    }
    this.holds = this.holds.filter(({ untilUs }) => untilUs > clock[0]);
  }
}
