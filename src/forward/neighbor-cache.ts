import type { Ipv4 } from '../base/ipv4.js';
import { copyMac } from '../base/mac.js';
import type { FrameArena } from '../link/frame.js';
import { ETHERNET_SOURCE, ETHERTYPE_IPV4, setEtherType, writeMulticastMac } from '../wire/ethernet.js';
import {
  ACTION_CONNECTED,
  ACTION_LINK_DOWN,
  ACTION_NONE,
  ACTION_RESOLVE,
  ACTION_SEND,
  ACTION_UNREACHABLE,
  type AdjacencyTable,
  KIND_CONNECTED,
  KIND_HOST,
  KIND_NEIGHBOR,
  KIND_NONE,
  NEIGHBOR_FAILED,
  NEIGHBOR_INCOMPLETE,
  NEIGHBOR_NONE,
  NEIGHBOR_PROBE,
  NEIGHBOR_REACHABLE,
  NEIGHBOR_STALE,
} from './adjacency.js';
import type { ArpLearner, ArpSender } from './arp.js';
import { DROP_LINK_DOWN, DROP_NEIGHBOR_QUEUE_FULL, DROP_NEIGHBOR_UNREACHABLE, DROP_NO_ROUTE } from './drop-reason.js';
import { HostIndices } from './host-indices.js';
import type { LinkTable } from './link-table.js';
import { NeighborIndex } from './neighbor-index.js';
import { NeighborTimers } from './neighbor-timers.js';
import { PendingQueue } from './pending-queue.js';

/** One request in a second for the same neighbor (RFC 1122 section 2.3.2.1). */
const RETRY_US = 1e6;
/** Requests without an answer until a neighbor counts as unreachable. */
const MAX_REQUESTS = 3;
/** How long an answer is believed; after that a neighbor in use is asked by unicast. */
const REACHABLE_US = 30e6;
/** How long after a failure a host is left alone, and how often the next hop of a route is asked again. */
const HOLD_DOWN_US = 5e6;

/** What becomes of packets that waited for a neighbor. `offset` is valid until the call returns. */
export interface PendingPackets {
  /** The neighbor answers: send the packet to it. */
  resolved(adjacency: number, offset: number, length: number, fromLink: number): void;
  /** The packet is lost for `reason`. */
  lost(offset: number, length: number, fromLink: number, reason: number): void;
}

/**
 * The neighbors of all Ethernet links and what ARP knows about them (RFC 826; RFC 1122 section 2.3.2).
 *
 * ```
 *            packet or route       answer                  30 s, in use
 *   none ───────────────► incomplete ─────► reachable ─────────────► probe ──► (answer) reachable
 *                           │ 3 × 1 s         │  ▲ 30 s, not in use    │ 3 × 1 s
 *                           ▼                 ▼  │ answer              ▼
 *                         failed ◄──────     stale ── 30 s ──► removed  failed
 * ```
 *
 * Packets flow in the states reachable, stale and probe. The next hops of routes are resolved as soon as they are
 * defined, probed whether in use or not, and asked again for ever; hosts come and go with the packets for them.
 */
export class NeighborCache implements ArpLearner {
  private readonly bytes: Uint8Array;
  private readonly table: AdjacencyTable;
  private readonly links: LinkTable;
  private readonly arp: ArpSender;
  private readonly packets: PendingPackets;
  private readonly clock: Float64Array;
  private readonly index: NeighborIndex;
  private readonly hosts: HostIndices;
  private readonly pending: PendingQueue;
  private readonly timers: NeighborTimers;
  private readonly requests: Uint8Array;
  /** The adjacency's packet counter when it was last looked at: if it has moved, the neighbor is in use. */
  private readonly packetsSeen: Float64Array;
  /** 1 for the adjacencies of routes that this worker has taken notice of. */
  private readonly known: Uint8Array;
  private routeEnd = 1;

  constructor(
    arena: FrameArena,
    table: AdjacencyTable,
    links: LinkTable,
    arp: ArpSender,
    packets: PendingPackets,
    clock: Float64Array,
  ) {
    this.bytes = arena.bytes;
    this.table = table;
    this.links = links;
    this.arp = arp;
    this.packets = packets;
    this.clock = clock;
    this.index = new NeighborIndex(table);
    this.pending = new PendingQueue(arena, table.end);
    this.timers = new NeighborTimers(table.end, clock);
    this.requests = new Uint8Array(table.end);
    this.packetsSeen = new Float64Array(table.end);
    this.hosts = new HostIndices(table, this.packetsSeen);
    this.known = new Uint8Array(table.firstHost);
  }

  /** The adjacency of a neighbor that is known, or 0. Hot path. */
  find(link: number, address: Ipv4): number {
    return this.index.find(link, address);
  }

  /**
   * The adjacency of a neighbor on a link that is up, made if there is none yet; 0 if the table is full of neighbors in
   * use.
   */
  findOrCreate(link: number, address: Ipv4): number {
    const known = this.index.find(link, address);
    if (known !== 0) return known;
    const adjacency = this.takeHostIndex();
    if (adjacency === 0) return 0;
    this.table.define(adjacency, KIND_HOST, link, address);
    this.index.insert(adjacency);
    this.packetsSeen[adjacency] = 0;
    if (isMulticast(address)) writeMulticastMac(this.table.headerBytes, adjacency * 16 + 2, address);
    if (isMulticast(address) || !this.links.isEthernet(link)) this.reached(adjacency);
    return adjacency;
  }

  /** Keeps a packet until the neighbor is known, and asks for it if nobody has yet. */
  wait(adjacency: number, offset: number, length: number, fromLink: number): void {
    const { table, pending } = this;
    // A route may come into use a little before the message about its adjacency.
    this.routeDefined(adjacency);
    const action = table.action[adjacency];
    if (action === ACTION_SEND) {
      this.packets.resolved(adjacency, offset, length, fromLink);
      return;
    }
    if (action !== ACTION_RESOLVE) {
      this.packets.lost(offset, length, fromLink, DROP_LINK_DOWN);
      return;
    }
    if (table.state[adjacency] === NEIGHBOR_NONE) this.resolve(adjacency);
    if (pending.isFull(adjacency)) this.loseOne(adjacency, DROP_NEIGHBOR_QUEUE_FULL);
    if (pending.push(adjacency, offset, length, fromLink)) return;
    this.packets.lost(offset, length, fromLink, DROP_NEIGHBOR_QUEUE_FULL);
  }

  /** The main thread has defined the adjacency of a path. May be called again for the same one. */
  routeDefined(adjacency: number): void {
    const { table } = this;
    if (adjacency >= table.firstHost || this.known[adjacency] === 1) return;
    this.known[adjacency] = 1;
    if (adjacency >= this.routeEnd) this.routeEnd = adjacency + 1;
    const kind = table.kind[adjacency];
    if (kind === KIND_NEIGHBOR) this.takeOver(adjacency);
    else if (kind === KIND_CONNECTED && this.links.up[table.link[adjacency]] === 0) {
      table.action[adjacency] = ACTION_LINK_DOWN;
    }
  }

  /** No route uses the adjacency any more; its index may get another meaning. */
  routeRemoved(adjacency: number): void {
    const { table } = this;
    if (this.known[adjacency] === 0) return;
    this.known[adjacency] = 0;
    if (table.kind[adjacency] === KIND_NEIGHBOR) this.forget(adjacency, DROP_NO_ROUTE);
    table.action[adjacency] = ACTION_NONE;
    table.kind[adjacency] = KIND_NONE;
  }

  /** Every adjacency of the link is down from now on; routes take their next path. */
  linkDown(link: number): void {
    const { table, hosts } = this;
    for (let adjacency = 1; adjacency < this.routeEnd; adjacency++) {
      if (table.link[adjacency] !== link || this.known[adjacency] === 0) continue;
      const kind = table.kind[adjacency];
      if (kind !== KIND_NEIGHBOR && kind !== KIND_CONNECTED) continue;
      this.setState(adjacency, NEIGHBOR_NONE, ACTION_LINK_DOWN);
      this.timers.clear(adjacency);
    }
    // Only now that no path leads there any more: what waited is lost or finds another way out as an ICMP error.
    for (let adjacency = 1; adjacency < this.routeEnd; adjacency++) {
      if (table.link[adjacency] === link && this.known[adjacency] === 1) this.loseAll(adjacency, DROP_LINK_DOWN);
    }
    for (let host = table.firstHost; host < hosts.end; host++) {
      if (table.kind[host] === KIND_HOST && table.link[host] === link) this.removeHost(host, DROP_LINK_DOWN);
    }
  }

  /** The link is up: announces its addresses and resolves the next hops on it. */
  linkUp(link: number): void {
    const { table } = this;
    if (this.links.isEthernet(link)) this.arp.announceAll(link);
    for (let adjacency = 1; adjacency < this.routeEnd; adjacency++) {
      if (table.link[adjacency] !== link || this.known[adjacency] === 0) continue;
      if (table.kind[adjacency] === KIND_NEIGHBOR) this.resolve(adjacency);
      else if (table.kind[adjacency] === KIND_CONNECTED) table.action[adjacency] = ACTION_CONNECTED;
    }
  }

  /** The link's MAC address or its own addresses may be others now. */
  linkChanged(link: number): void {
    const { table } = this;
    if (this.links.up[link] === 0 || !this.links.isEthernet(link)) return;
    for (let adjacency = 1; adjacency < table.end; adjacency++) {
      if (table.link[adjacency] === link && table.action[adjacency] === ACTION_SEND) this.writeSource(adjacency);
    }
    this.arp.announceAll(link);
  }

  learn(link: number, address: Ipv4, macOffset: number, mayCreate: boolean): void {
    if (this.links.up[link] === 0) return;
    const adjacency = mayCreate ? this.findOrCreate(link, address) : this.index.find(link, address);
    if (adjacency === 0) return;
    copyMac(this.bytes, macOffset, this.table.headerBytes, adjacency * 16 + 2);
    this.reached(adjacency);
  }

  /** Runs the timers that are due. Returns the time of the next one in microseconds, or Infinity. */
  tick(): number {
    const { timers } = this;
    if (!timers.isDue()) return timers.nextUs;
    const end = Math.max(this.routeEnd, this.hosts.end);
    timers.beginScan();
    for (let adjacency = 1; adjacency < end; adjacency++) if (timers.takeDue(adjacency)) this.expire(adjacency);
    return timers.nextUs;
  }

  private expire(adjacency: number): void {
    switch (this.table.state[adjacency]) {
      case NEIGHBOR_INCOMPLETE:
        if (this.requests[adjacency] < MAX_REQUESTS) this.request(adjacency);
        else this.fail(adjacency);
        break;
      case NEIGHBOR_REACHABLE:
        if (this.isWanted(adjacency)) this.probe(adjacency);
        else this.setStale(adjacency);
        break;
      case NEIGHBOR_STALE:
        if (this.isWanted(adjacency)) this.probe(adjacency);
        else this.removeHost(adjacency, DROP_NEIGHBOR_UNREACHABLE);
        break;
      case NEIGHBOR_PROBE:
        if (this.requests[adjacency] < MAX_REQUESTS) this.probeAgain(adjacency);
        else this.fail(adjacency);
        break;
      case NEIGHBOR_FAILED:
        if (this.isHost(adjacency)) this.removeHost(adjacency, DROP_NEIGHBOR_UNREACHABLE);
        else this.request(adjacency, HOLD_DOWN_US);
        break;
    }
  }

  private resolve(adjacency: number): void {
    if (!this.links.isEthernet(this.table.link[adjacency])) {
      this.reached(adjacency);
      return;
    }
    this.setState(adjacency, NEIGHBOR_INCOMPLETE, ACTION_RESOLVE);
    this.requests[adjacency] = 0;
    this.request(adjacency);
  }

  private request(adjacency: number, againInUs = RETRY_US): void {
    this.requests[adjacency]++;
    this.timers.set(adjacency, againInUs);
    this.arp.request(this.table.link[adjacency], this.table.address[adjacency]);
  }

  private probe(adjacency: number): void {
    this.setState(adjacency, NEIGHBOR_PROBE, ACTION_SEND);
    this.requests[adjacency] = 0;
    this.probeAgain(adjacency);
  }

  /** By unicast, and the last time by broadcast: the address may have moved to another machine. */
  private probeAgain(adjacency: number): void {
    const { table } = this;
    if (this.requests[adjacency] === MAX_REQUESTS - 1) {
      this.request(adjacency);
      return;
    }
    this.requests[adjacency]++;
    this.timers.set(adjacency, RETRY_US);
    this.arp.probe(table.link[adjacency], table.address[adjacency], table.headerBytes, adjacency * 16 + 2);
  }

  private setStale(adjacency: number): void {
    this.setState(adjacency, NEIGHBOR_STALE, ACTION_SEND);
    this.timers.set(adjacency, REACHABLE_US);
  }

  private fail(adjacency: number): void {
    this.setState(adjacency, NEIGHBOR_FAILED, ACTION_UNREACHABLE);
    this.timers.set(adjacency, HOLD_DOWN_US);
    this.loseAll(adjacency, DROP_NEIGHBOR_UNREACHABLE);
  }

  /** The neighbor's MAC address is in the header now, if its link has any. */
  private reached(adjacency: number): void {
    const { table } = this;
    if (this.links.isEthernet(table.link[adjacency])) {
      this.writeSource(adjacency);
      if (!isMulticast(table.address[adjacency])) this.timers.set(adjacency, REACHABLE_US);
    }
    this.setState(adjacency, NEIGHBOR_REACHABLE, ACTION_SEND);
    this.packetsSeen[adjacency] = table.packets[adjacency];
    const { pending } = this;
    for (let cell = pending.take(adjacency); cell >= 0; cell = pending.take(adjacency)) {
      this.packets.resolved(adjacency, pending.offsetOf(cell), pending.lengthOf(cell), pending.fromLinkOf(cell));
      pending.release(cell);
    }
  }

  private writeSource(adjacency: number): void {
    const { headerBytes, link } = this.table;
    const header = adjacency * 16 + 2;
    copyMac(this.links.macs, link[adjacency] * 8, headerBytes, header + ETHERNET_SOURCE);
    setEtherType(headerBytes, header, ETHERTYPE_IPV4);
  }

  private loseAll(adjacency: number, reason: number): void {
    while (this.loseOne(adjacency, reason));
  }

  private loseOne(adjacency: number, reason: number): boolean {
    const { pending } = this;
    const cell = pending.take(adjacency);
    if (cell < 0) return false;
    this.packets.lost(pending.offsetOf(cell), pending.lengthOf(cell), pending.fromLinkOf(cell), reason);
    pending.release(cell);
    return true;
  }

  /** Makes the adjacency of a route the entry of its neighbor, with all that a host entry knew before. */
  private takeOver(adjacency: number): void {
    const { table } = this;
    const link = table.link[adjacency];
    const host = this.index.find(link, table.address[adjacency]);
    if (host !== 0) this.index.remove(host);
    this.index.insert(adjacency);
    this.packetsSeen[adjacency] = 0;
    if (host !== 0) this.inherit(host, adjacency);
    else if (this.links.up[link] === 0) table.action[adjacency] = ACTION_LINK_DOWN;
    else this.resolve(adjacency);
  }

  private inherit(host: number, adjacency: number): void {
    const { table } = this;
    this.pending.move(host, adjacency);
    this.timers.clear(host);
    this.hosts.give(host);
    if (table.action[host] !== ACTION_SEND) {
      this.resolve(adjacency);
      return;
    }
    table.headerBytes.copyWithin(adjacency * 16, host * 16, host * 16 + 16);
    this.reached(adjacency);
  }

  private takeHostIndex(): number {
    const free = this.hosts.take();
    if (free !== 0) return free;
    const victim = this.hosts.victim();
    if (victim === 0) return 0;
    this.removeHost(victim, DROP_NEIGHBOR_QUEUE_FULL);
    return this.hosts.take();
  }

  private removeHost(host: number, reason: number): void {
    this.forget(host, reason);
    this.hosts.give(host);
  }

  /** Takes a neighbor out of the index and stops its timer; what waited for it is lost. */
  private forget(adjacency: number, reason: number): void {
    this.index.remove(adjacency);
    this.timers.clear(adjacency);
    this.setState(adjacency, NEIGHBOR_NONE, ACTION_UNREACHABLE);
    this.loseAll(adjacency, reason);
  }

  private isHost(adjacency: number): boolean {
    return this.table.kind[adjacency] === KIND_HOST;
  }

  /** True if the neighbor is to be kept: it has been sent to since the last look, or a route leads to it. */
  private isWanted(adjacency: number): boolean {
    const packets = this.table.packets[adjacency];
    const used = packets !== this.packetsSeen[adjacency];
    this.packetsSeen[adjacency] = packets;
    return used || !this.isHost(adjacency);
  }

  private setState(adjacency: number, state: number, action: number): void {
    this.table.state[adjacency] = state;
    this.table.action[adjacency] = action;
    this.table.stateSinceUs[adjacency] = this.clock[0];
  }
}

export function isMulticast(address: Ipv4): boolean {
  return address >>> 28 === 0xe;
}
