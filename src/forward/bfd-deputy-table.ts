import { BFD_PACKET_BYTES } from './bfd-datagram.js';
import { MAX_BFD_SESSIONS } from './bfd-table.js';
import { MAX_LINKS } from './link-table.js';

/** Octets of the Ethernet header in front of a packet. */
const ETHERNET_BYTES = 14;
/** The whole frame of a session: Ethernet header, then `BFD_PACKET_BYTES`. */
export const DEPUTY_FRAME_BYTES = ETHERNET_BYTES + BFD_PACKET_BYTES;

const DOUBLES = 4;

/**
 * What the worker leaves to its deputy (`bfd-deputy.ts`), in shared memory: for each session that is Up the frame that it
 * sends over and over, and the time when the worker is late. The worker is the writer of all but `sent`, `latestUs` and `sending`.
 *
 * A frame is read and written under a version: odd while the worker writes it. A descriptor is used under `sending`: the
 * worker takes it away first, then waits until the deputy has let go of it, and closes it after that.
 */
export class BfdDeputyTable {
  /** When the deputy is to send, CLOCK_MONOTONIC in microseconds; 0: never. */
  readonly dueUs: Float64Array;
  /** Between the packets of a session. */
  readonly intervalUs: Float64Array;
  /** Packets that the deputy has sent. */
  readonly sent: Float64Array;
  /** How long after its time it has sent the latest of them. */
  readonly latestUs: Float64Array;
  private readonly versions: Int32Array;
  private readonly links: Int32Array;
  /** One more than the descriptor of each link; 0 for none. */
  private readonly descriptors: Int32Array;
  private readonly sending: Int32Array;
  private readonly frames: Uint8Array;

  /** @param memory `BfdDeputyTable.bytes()` bytes, zero at first */
  constructor(memory: SharedArrayBuffer) {
    const count = MAX_BFD_SESSIONS;
    const words = count * DOUBLES * 8;
    this.dueUs = new Float64Array(memory, 0, count);
    this.intervalUs = new Float64Array(memory, count * 8, count);
    this.sent = new Float64Array(memory, count * 16, count);
    this.latestUs = new Float64Array(memory, count * 24, count);
    this.versions = new Int32Array(memory, words, count);
    this.links = new Int32Array(memory, words + count * 4, count);
    this.descriptors = new Int32Array(memory, words + count * 8, MAX_LINKS);
    this.sending = new Int32Array(memory, words + count * 8 + MAX_LINKS * 4, MAX_LINKS);
    this.frames = new Uint8Array(memory, words + count * 8 + MAX_LINKS * 8, count * DEPUTY_FRAME_BYTES);
  }

  static bytes(): number {
    return MAX_BFD_SESSIONS * (DOUBLES * 8 + 8 + DEPUTY_FRAME_BYTES) + MAX_LINKS * 8;
  }

  /** Worker: the control socket of a link. */
  openLink(link: number, fd: number): void {
    Atomics.store(this.descriptors, link, fd + 1);
  }

  /** Worker: the descriptor of the link may be closed when this returns. The deputy keeps it for one system call at most. */
  closeLink(link: number): void {
    Atomics.store(this.descriptors, link, 0);
    while (Atomics.load(this.sending, link) !== 0);
  }

  /**
   * Worker: if the session has not been sent for by `dueUs`, the deputy is to send the frame at `offset` of `bytes`, and
   * again after each interval. Returns true if the deputy may have to look earlier than it thinks.
   */
  entrust(slot: number, link: number, bytes: Uint8Array, offset: number, dueUs: number, intervalUs: number): boolean {
    const isNew = this.dueUs[slot] === 0 || this.intervalUs[slot] !== intervalUs;
    if (isNew || !this.hasFrame(slot, bytes, offset)) {
      Atomics.add(this.versions, slot, 1);
      const at = slot * DEPUTY_FRAME_BYTES;
      for (let i = 0; i < DEPUTY_FRAME_BYTES; i++) this.frames[at + i] = bytes[offset + i];
      this.links[slot] = link;
      this.intervalUs[slot] = intervalUs;
      Atomics.add(this.versions, slot, 1);
    }
    this.dueUs[slot] = dueUs;
    return isNew;
  }

  /** Worker: makes room for another session, for which nothing has been sent yet. */
  begin(slot: number): void {
    this.sent[slot] = 0;
    this.latestUs[slot] = 0;
  }

  /** Worker: the session is its own business again. */
  withdraw(slot: number): void {
    if (this.dueUs[slot] === 0) return;
    this.dueUs[slot] = 0;
    // What has been copied already may still go out; nothing is copied after this.
    Atomics.add(this.versions, slot, 2);
  }

  /** Deputy: copies the frame of a session; returns its link, or -1 if the worker is about to change it. */
  copyFrame(slot: number, into: Uint8Array, offset: number): number {
    const version = Atomics.load(this.versions, slot);
    if ((version & 1) !== 0) return -1;
    const link = this.links[slot];
    const at = slot * DEPUTY_FRAME_BYTES;
    for (let i = 0; i < DEPUTY_FRAME_BYTES; i++) into[offset + i] = this.frames[at + i];
    return Atomics.load(this.versions, slot) === version && this.dueUs[slot] !== 0 ? link : -1;
  }

  /** Deputy: the descriptor of a link, or a negative number; it stays open until `release`. */
  hold(link: number): number {
    Atomics.store(this.sending, link, 1);
    return Atomics.load(this.descriptors, link) - 1;
  }

  release(link: number): void {
    Atomics.store(this.sending, link, 0);
  }

  private hasFrame(slot: number, bytes: Uint8Array, offset: number): boolean {
    const at = slot * DEPUTY_FRAME_BYTES;
    for (let i = 0; i < DEPUTY_FRAME_BYTES; i++) if (this.frames[at + i] !== bytes[offset + i]) return false;
    return true;
  }
}
