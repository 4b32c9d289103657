import { type FrameArena, VNET_BEFORE_PACKET } from '../link/frame.js';
import type { AdjacencyTable } from './adjacency.js';
import { PENDING_FIRST_SLOT, PENDING_SLOTS } from './arena-layout.js';

/** Packets that wait for the same neighbor at most; a new one then takes the place of the oldest (RFC 1122, 2.3.2.2). */
export const PENDING_PER_NEIGHBOR = 3;

/** Packets that wait for hosts at most: a scan of a subnet leaves room for what waits for the next hops of routes. */
export const PENDING_FOR_HOSTS = 96;

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
  private readonly firstHost: number;
  private free = 0;
  private waitingForHosts = 0;

  constructor(arena: FrameArena, table: AdjacencyTable) {
    this.arena = arena;
    this.firstHost = table.firstHost;
    this.first = new Int16Array(table.end).fill(NONE);
    this.count = new Uint8Array(table.end);
    for (let cell = 0; cell < PENDING_SLOTS; cell++) this.next[cell] = cell + 1 < PENDING_SLOTS ? cell + 1 : NONE;
  }

  isFull(adjacency: number): boolean {
    return this.count[adjacency] === PENDING_PER_NEIGHBOR;
  }

  /** Copies a packet, with its virtio header, behind those that wait. Returns false if there is no room. */
  push(adjacency: number, offset: number, length: number, fromLink: number): boolean {
    const cell = this.free;
    const isHost = adjacency >= this.firstHost;
    if (cell === NONE || this.isFull(adjacency) || (isHost && this.waitingForHosts === PENDING_FOR_HOSTS)) return false;
    if (isHost) this.waitingForHosts++;
    this.free = this.next[cell];
    this.append(adjacency, cell);
    this.lengths[cell] = length;
    this.fromLinks[cell] = fromLink;
    const to = this.offsetOf(cell) - VNET_BEFORE_PACKET;
    this.arena.bytes.copyWithin(to, offset - VNET_BEFORE_PACKET, offset + length);
    return true;
  }

  /** Takes the oldest packet out of an adjacency's queue, which is not empty: its cell, to be given back by `release`. */
  takeFirst(adjacency: number): number {
    const cell = this.first[adjacency];
    this.first[adjacency] = this.next[cell];
    this.leave(adjacency, 1);
    return cell;
  }

  /** Empties an adjacency's queue: the cell of its oldest packet, or -1. `release` gives back a cell and says the next. */
  takeAll(adjacency: number): number {
    const cell = this.first[adjacency];
    this.first[adjacency] = NONE;
    this.leave(adjacency, this.count[adjacency]);
    return cell;
  }

  /** Gives back a cell; returns the one that was behind it, or -1. */
  release(cell: number): number {
    const next = this.next[cell];
    this.next[cell] = this.free;
    this.free = cell;
    return next;
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

  /** Hands what waits for one adjacency over to that of a route, whose queue must be empty. */
  move(from: number, to: number): void {
    const count = this.count[from];
    this.first[to] = this.takeAll(from);
    this.count[to] = count;
  }

  private leave(adjacency: number, count: number): void {
    this.count[adjacency] -= count;
    if (adjacency >= this.firstHost) this.waitingForHosts -= count;
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
