import type { Ipv4 } from '../base/ipv4.js';
import { copyMac } from '../base/mac.js';
import type { FrameArena } from '../link/frame.js';
import { ETHERNET_SOURCE, ETHERTYPE_IPV4, setEtherType, writeMulticastMac } from '../wire/ethernet.js';
import {
  ACTION_LINK_DOWN,
  ACTION_LOST,
  ACTION_RESOLVE,
  ACTION_SEND,
  ACTION_UNREACHABLE,
  type AdjacencyTable,
  isResolved,
  KIND_HOST,
  NEIGHBOR_FAILED,
  NEIGHBOR_INCOMPLETE,
  NEIGHBOR_NONE,
  NEIGHBOR_PROBE,
  NEIGHBOR_REACHABLE,
  NEIGHBOR_STALE,
} from './adjacency.js';
import type { ArpSender } from './arp.js';
import { DROP_NEIGHBOR_QUEUE_FULL, DROP_NEIGHBOR_UNREACHABLE } from './drop-reason.js';
import type { LinkTable } from './link-table.js';
import { NeighborTimers } from './neighbor-timers.js';
import { PendingQueue } from './pending-queue.js';
import { TokenBucket } from './rate-limit.js';

/** One request in a second for the same neighbor (RFC 1122 section 2.3.2.1). */
const RETRY_US = 1e6;
/** Requests without an answer until a neighbor counts as unreachable. */
const MAX_REQUESTS = 3;
/** How long an answer is believed; after that a neighbor in use is asked by unicast. */
const REACHABLE_US = 30e6;
/** How long after a failure a host is left alone, and how often the next hop of a route is asked again. */
const HOLD_DOWN_US = 5e6;

/** New hosts that are asked for: a scan of a subnet must not become a storm of broadcasts. */
const NEW_HOSTS_PER_SECOND = 1000;
const NEW_HOSTS_BURST = 256;

/** Bytes of a row of `AdjacencyTable.headerBytes`, and where the Ethernet header begins in it. */
const HEADER_ROW = 16;
const HEADER_START = 2;

/** What becomes of packets that waited for a neighbor. `offset` is valid until the call returns. */
export interface PendingPackets {
  /** The neighbor answers: send the packet to it. */
  resolved(adjacency: number, offset: number, length: number, fromLink: number): void;
  /** The packet is lost for `reason`. */
  lost(offset: number, length: number, fromLink: number, reason: number): void;
}

/**
 * What ARP knows about each neighbor (RFC 826; RFC 1122 section 2.3.2), and the packets that wait for it.
 *
 * ```
 *  none ── packet or route ──► incomplete ── answer ──► reachable ◄── answer ──┐
 *                                   │                    │     │              │
 *                                3 × 1 s      30 s, not in use │              │
 *                                   │                    ▼    30 s, in use    │
 *                                   │    removed ◄───  stale   │              │
 *                                   │           30 s     └─────┴──────────► probe
 *                                   ▼         not in use     in use           │
 *                                 failed ◄──────────── 3 × 1 s ───────────────┘
 * ```
 *
 * Packets flow in the states reachable, stale and probe. The next hops of routes are probed whether in use or not, and
 * asked again for ever.
 */
export class NeighborStates {
  readonly timers: NeighborTimers;
  /** Each adjacency's packet counter when it was last looked at: if it has moved, the neighbor is in use. */
  readonly packetsSeen: Float64Array;
  private readonly table: AdjacencyTable;
  private readonly links: LinkTable;
  private readonly arp: ArpSender;
  private readonly packets: PendingPackets;
  private readonly clock: Float64Array;
  private readonly pending: PendingQueue;
  private readonly requests: Uint8Array;
  /** 1 for the neighbors of routes that BFD has lost. */
  private readonly lost: Uint8Array;
  private readonly newHosts = new TokenBucket(NEW_HOSTS_PER_SECOND, NEW_HOSTS_BURST);

  constructor(
    arena: FrameArena,
    table: AdjacencyTable,
    links: LinkTable,
    arp: ArpSender,
    packets: PendingPackets,
    clock: Float64Array,
  ) {
    this.table = table;
    this.links = links;
    this.arp = arp;
    this.packets = packets;
    this.clock = clock;
    this.timers = new NeighborTimers(table.end, clock);
    this.packetsSeen = new Float64Array(table.end);
    this.pending = new PendingQueue(arena, table);
    this.requests = new Uint8Array(table.end);
    this.lost = new Uint8Array(table.end);
  }

  /** Keeps a packet for a neighbor that is not known (`ACTION_RESOLVE`), and asks for it if nobody has yet. */
  wait(adjacency: number, offset: number, length: number, fromLink: number): void {
    const { pending } = this;
    const isNew = this.table.state[adjacency] === NEIGHBOR_NONE;
    const refused = isNew && this.isHost(adjacency) && !this.newHosts.take(this.clock);
    if (isNew && !refused) this.resolve(adjacency);
    if (pending.isFull(adjacency)) this.lose(pending.takeFirst(adjacency), DROP_NEIGHBOR_QUEUE_FULL);
    if (refused || !pending.push(adjacency, offset, length, fromLink)) {
      this.packets.lost(offset, length, fromLink, DROP_NEIGHBOR_QUEUE_FULL);
    }
  }

  /** Begins to ask for a neighbor, whose link is up. */
  resolve(adjacency: number): void {
    if (!this.links.isEthernet(this.table.link[adjacency])) {
      this.reached(adjacency);
      return;
    }
    this.set(adjacency, NEIGHBOR_INCOMPLETE, ACTION_RESOLVE);
    this.requests[adjacency] = 0;
    this.request(adjacency, RETRY_US);
  }

  /** The neighbor is at the MAC address at `macOffset` of `bytes`. */
  confirm(adjacency: number, bytes: Uint8Array, macOffset: number): void {
    copyMac(bytes, macOffset, this.table.headerBytes, adjacency * HEADER_ROW + HEADER_START);
    this.reached(adjacency);
  }

  /** A multicast group is no machine: its MAC address follows from its own. */
  confirmMulticast(adjacency: number, group: Ipv4): void {
    writeMulticastMac(this.table.headerBytes, adjacency * HEADER_ROW + HEADER_START, group);
    this.reached(adjacency);
    this.timers.clear(adjacency);
  }

  /** Gives one adjacency what is known about another one of the same neighbor, and what waits for it. */
  inherit(adjacency: number, from: number): void {
    const { table } = this;
    this.pending.move(from, adjacency);
    this.timers.clear(from);
    if (isResolved(table.state[from])) {
      this.confirm(adjacency, table.headerBytes, from * HEADER_ROW + HEADER_START);
    } else {
      this.resolve(adjacency);
    }
  }

  /** No path leads through the neighbor from now on, or one may again; what is known of it stays. */
  setLost(adjacency: number, isLost: boolean): void {
    const { table, lost } = this;
    lost[adjacency] = isLost ? 1 : 0;
    const action = table.action[adjacency];
    if (isLost && (action === ACTION_SEND || action === ACTION_RESOLVE)) {
      table.action[adjacency] = ACTION_LOST;
      // The address may have moved to another machine, which would be noticed much later.
      this.arp.request(table.link[adjacency], table.address[adjacency]);
    } else if (!isLost && action === ACTION_LOST) {
      table.action[adjacency] = isResolved(table.state[adjacency]) ? ACTION_SEND : ACTION_RESOLVE;
    }
  }

  /** The link is down. What waits stays, until `forget` or `loseAll`. */
  suspend(adjacency: number): void {
    this.set(adjacency, NEIGHBOR_NONE, ACTION_LINK_DOWN);
    this.timers.clear(adjacency);
  }

  /** The neighbor is no longer of interest; what waits for it is lost. */
  forget(adjacency: number, reason: number): void {
    this.timers.clear(adjacency);
    this.set(adjacency, NEIGHBOR_NONE, ACTION_UNREACHABLE);
    this.loseAll(adjacency, reason);
  }

  /** An ICMP error about a packet may give the adjacency another meaning: it has let go of all of them by then. */
  loseAll(adjacency: number, reason: number): void {
    let cell = this.pending.takeAll(adjacency);
    while (cell >= 0) cell = this.lose(cell, reason);
  }

  /** The neighbor's time has come. Returns true if it is to be forgotten. */
  expire(adjacency: number): boolean {
    switch (this.table.state[adjacency]) {
      case NEIGHBOR_INCOMPLETE:
        if (this.requests[adjacency] < MAX_REQUESTS) this.request(adjacency, RETRY_US);
        else this.fail(adjacency);
        return false;
      case NEIGHBOR_REACHABLE:
        if (this.isWanted(adjacency)) this.beginProbe(adjacency);
        else this.setStale(adjacency);
        return false;
      case NEIGHBOR_STALE:
        if (!this.isWanted(adjacency)) return true;
        this.beginProbe(adjacency);
        return false;
      case NEIGHBOR_PROBE:
        if (this.requests[adjacency] < MAX_REQUESTS) this.probe(adjacency);
        else this.fail(adjacency);
        return false;
      case NEIGHBOR_FAILED:
        if (this.isHost(adjacency)) return true;
        this.request(adjacency, HOLD_DOWN_US);
        return false;
      default:
        return false;
    }
  }

  /** Writes the MAC address of the link into the header of an adjacency. */
  writeSource(adjacency: number): void {
    const { headerBytes, link } = this.table;
    const header = adjacency * HEADER_ROW + HEADER_START;
    copyMac(this.links.macs, link[adjacency] * 8, headerBytes, header + ETHERNET_SOURCE);
    setEtherType(headerBytes, header, ETHERTYPE_IPV4);
  }

  private request(adjacency: number, againInUs: number): void {
    this.requests[adjacency]++;
    this.timers.set(adjacency, againInUs);
    this.arp.request(this.table.link[adjacency], this.table.address[adjacency]);
  }

  private beginProbe(adjacency: number): void {
    this.set(adjacency, NEIGHBOR_PROBE, ACTION_SEND);
    this.requests[adjacency] = 0;
    this.probe(adjacency);
  }

  /** By unicast, and the last time by broadcast: the address may have moved to another machine. */
  private probe(adjacency: number): void {
    const { headerBytes, link, address } = this.table;
    if (this.requests[adjacency] === MAX_REQUESTS - 1) {
      this.request(adjacency, RETRY_US);
      return;
    }
    this.requests[adjacency]++;
    this.timers.set(adjacency, RETRY_US);
    this.arp.probe(link[adjacency], address[adjacency], headerBytes, adjacency * HEADER_ROW + HEADER_START);
  }

  private setStale(adjacency: number): void {
    this.set(adjacency, NEIGHBOR_STALE, ACTION_SEND);
    this.timers.set(adjacency, REACHABLE_US);
  }

  private fail(adjacency: number): void {
    this.set(adjacency, NEIGHBOR_FAILED, ACTION_UNREACHABLE);
    this.timers.set(adjacency, HOLD_DOWN_US);
    this.loseAll(adjacency, DROP_NEIGHBOR_UNREACHABLE);
  }

  /** The neighbor's MAC address is in the header now, if its link has any. */
  private reached(adjacency: number): void {
    const { table, pending } = this;
    if (this.links.isEthernet(table.link[adjacency])) {
      this.writeSource(adjacency);
      this.timers.set(adjacency, REACHABLE_US);
    }
    // What waits goes first: another worker sends for itself from the moment at which it reads the new action.
    for (let cell = pending.takeAll(adjacency); cell >= 0; cell = pending.takeAll(adjacency)) {
      for (; cell >= 0; cell = pending.release(cell)) {
        this.packets.resolved(adjacency, pending.offsetOf(cell), pending.lengthOf(cell), pending.fromLinkOf(cell));
      }
    }
    this.set(adjacency, NEIGHBOR_REACHABLE, ACTION_SEND);
    this.packetsSeen[adjacency] = table.packetCount(adjacency);
  }

  /** Loses the packet in a cell; returns the cell behind it, or a negative number. */
  private lose(cell: number, reason: number): number {
    const { pending } = this;
    this.packets.lost(pending.offsetOf(cell), pending.lengthOf(cell), pending.fromLinkOf(cell), reason);
    return pending.release(cell);
  }

  private isHost(adjacency: number): boolean {
    return this.table.kind[adjacency] === KIND_HOST;
  }

  /** True if the neighbor is to be kept: it has been sent to since the last look, or a route leads to it. */
  private isWanted(adjacency: number): boolean {
    const packets = this.table.packetCount(adjacency);
    const used = packets !== this.packetsSeen[adjacency];
    this.packetsSeen[adjacency] = packets;
    return used || !this.isHost(adjacency);
  }

  private set(adjacency: number, state: number, action: number): void {
    const isLost = this.lost[adjacency] === 1 && (action === ACTION_SEND || action === ACTION_RESOLVE);
    this.table.state[adjacency] = state;
    this.table.action[adjacency] = isLost ? ACTION_LOST : action;
    this.table.stateSinceUs[adjacency] = this.clock[0];
  }
}
