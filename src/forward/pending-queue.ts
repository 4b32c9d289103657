import { type FrameArena, VNET_BEFORE_PACKET } from '../link/frame.js';
import { PENDING_FIRST_SLOT, PENDING_SLOTS } from './arena-layout.js';

/** Packets that wait for the same neighbor at most; a new one then takes the place of the oldest (RFC 1122, 2.3.2.2). */
export const PENDING_PER_NEIGHBOR = 3;

const NONE = -1;

/**
 * Packets that wait until ARP has found their neighbor, copied into arena slots of their own: a queue for each
 * adjacency, all of one bounded stock.
 */
export class PendingQueue {
  private readonly arena: FrameArena;
  /** First waiting cell of each adjacency, or `NONE`. */
  private readonly first: Int16Array;
  private readonly count: Uint8Array;
  private readonly next = new Int16Array(PENDING_SLOTS);
  private readonly lengths = new Int32Array(PENDING_SLOTS);
  private readonly fromLinks = new Uint8Array(PENDING_SLOTS);
  private free = 0;

  /** @param adjacencyEnd one more than the last adjacency index */
  constructor(arena: FrameArena, adjacencyEnd: number) {
    this.arena = arena;
    this.first = new Int16Array(adjacencyEnd).fill(NONE);
    this.count = new Uint8Array(adjacencyEnd);
    for (let cell = 0; cell < PENDING_SLOTS; cell++) this.next[cell] = cell + 1 < PENDING_SLOTS ? cell + 1 : NONE;
  }

  isFull(adjacency: number): boolean {
    return this.count[adjacency] === PENDING_PER_NEIGHBOR;
  }

  /** Copies a packet, with its virtio header, behind those that wait. Returns false if there is no room at all. */
  push(adjacency: number, offset: number, length: number, fromLink: number): boolean {
    const cell = this.free;
    if (cell === NONE || this.isFull(adjacency)) return false;
    this.free = this.next[cell];
    this.append(adjacency, cell);
    this.lengths[cell] = length;
    this.fromLinks[cell] = fromLink;
    const to = this.offsetOf(cell) - VNET_BEFORE_PACKET;
    this.arena.bytes.copyWithin(to, offset - VNET_BEFORE_PACKET, offset + length);
    return true;
  }

  /**
   * Takes the oldest packet out of an adjacency's queue: its cell, or -1. The cell stays taken until `release`.
   */
  take(adjacency: number): number {
    const cell = this.first[adjacency];
    if (cell === NONE) return NONE;
    this.first[adjacency] = this.next[cell];
    this.count[adjacency]--;
    return cell;
  }

  release(cell: number): void {
    this.next[cell] = this.free;
    this.free = cell;
  }

  offsetOf(cell: number): number {
    return this.arena.packetOffset(PENDING_FIRST_SLOT + cell);
  }

  lengthOf(cell: number): number {
    return this.lengths[cell];
  }

  /** The link that the packet in `cell` came in by. */
  fromLinkOf(cell: number): number {
    return this.fromLinks[cell];
  }

  /** Hands what waits for one adjacency over to another, whose queue must be empty. */
  move(from: number, to: number): void {
    this.first[to] = this.first[from];
    this.count[to] = this.count[from];
    this.first[from] = NONE;
    this.count[from] = 0;
  }

  private append(adjacency: number, cell: number): void {
    this.next[cell] = NONE;
    this.count[adjacency]++;
    let last = this.first[adjacency];
    if (last === NONE) {
      this.first[adjacency] = cell;
      return;
    }
    while (this.next[last] !== NONE) last = this.next[last];
    this.next[last] = cell;
  }
}
