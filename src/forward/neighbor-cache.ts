import type { Ipv4 } from '../base/ipv4.js';
import type { FrameArena } from '../link/frame.js';
import { isMulticast } from './address-class.js';
import {
  ACTION_CONNECTED,
  ACTION_LINK_DOWN,
  ACTION_LOST,
  ACTION_NONE,
  ACTION_RESOLVE,
  ACTION_SEND,
  type AdjacencyTable,
  isResolved,
  KIND_CONNECTED,
  KIND_HOST,
  KIND_NEIGHBOR,
  KIND_NONE,
  NEIGHBOR_NONE,
} from './adjacency.js';
import type { ArpLearner, ArpSender } from './arp.js';
import {
  DROP_LINK_DOWN,
  DROP_NEIGHBOR_QUEUE_FULL,
  DROP_NEIGHBOR_TABLE_FULL,
  DROP_NEIGHBOR_UNREACHABLE,
  DROP_NO_ROUTE,
} from './drop-reason.js';
import { HostIndices } from './host-indices.js';
import type { LinkTable } from './link-table.js';
import type { NeighborIndex } from './neighbor-index.js';
import { NeighborStates, type PendingPackets } from './neighbor-states.js';
import type { Neighbors } from './neighbors.js';

/**
 * The neighbors of all links: which ones there are, and what routes and links do to them. The next hops of routes are
 * resolved as soon as they are defined; hosts of connected subnets come and go with the packets for them. There is one
 * entry for each neighbor: a route's adjacency takes the place of the host's.
 */
export class NeighborCache implements ArpLearner, Neighbors {
  private readonly bytes: Uint8Array;
  private readonly table: AdjacencyTable;
  private readonly links: LinkTable;
  private readonly arp: ArpSender;
  private readonly packets: PendingPackets;
  private readonly index: NeighborIndex;
  private readonly states: NeighborStates;
  private readonly hosts: HostIndices;
  /** 1 for the adjacencies of routes that this worker has taken notice of. */
  private readonly known: Uint8Array;
  private routeEnd = 1;
  /** The neighbors that BFD has lost, by `keyOf`; whoever is not the neighbor of a route may become one. */
  private readonly lost = new Set<number>();

  constructor(
    arena: FrameArena,
    table: AdjacencyTable,
    index: NeighborIndex,
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
    this.index = index;
    this.states = new NeighborStates(arena, table, links, arp, packets, clock);
    this.hosts = new HostIndices(table, this.states.packetsSeen);
    this.known = new Uint8Array(table.firstHost);
  }

  find(link: number, address: Ipv4): number {
    return this.index.find(link, address);
  }

  /** 0 if the table is full of neighbors in use. */
  findOrCreate(link: number, address: Ipv4): number {
    return this.index.find(link, address) || this.create(link, address, false);
  }

  turnAway(offset: number, length: number, fromLink: number): void {
    this.packets.lost(offset, length, fromLink, DROP_NEIGHBOR_TABLE_FULL);
  }

  /**
   * `findOrCreate` for the packets of the control plane, which are few and keep the routes alive: a neighbor in use makes
   * room if nobody else can, and the new one is asked for whatever the rate of new hosts.
   */
  enter(link: number, address: Ipv4): number {
    const { action, state } = this.table;
    const adjacency = this.index.find(link, address) || this.create(link, address, true);
    if (action[adjacency] === ACTION_RESOLVE && state[adjacency] === NEIGHBOR_NONE) this.states.resolve(adjacency);
    return adjacency;
  }

  wait(adjacency: number, offset: number, length: number, fromLink: number): void {
    // A route may come into use a little before the message about its adjacency.
    this.routeDefined(adjacency);
    const action = this.table.action[adjacency];
    const isKnown = isResolved(this.table.state[adjacency]);
    if (action === ACTION_RESOLVE || (action === ACTION_LOST && !isKnown)) {
      this.states.wait(adjacency, offset, length, fromLink);
    } else if (action === ACTION_SEND || action === ACTION_LOST)
      this.packets.resolved(adjacency, offset, length, fromLink);
    else this.packets.lost(offset, length, fromLink, DROP_LINK_DOWN);
  }

  /** The main thread has defined the adjacency of a path. May be called again for the same one. */
  routeDefined(adjacency: number): void {
    const { table } = this;
    if (adjacency >= table.firstHost || this.known[adjacency] === 1) return;
    this.known[adjacency] = 1;
    if (adjacency >= this.routeEnd) this.routeEnd = adjacency + 1;
    const kind = table.kind[adjacency];
    const isUp = this.links.up[table.link[adjacency]] === 1;
    if (kind === KIND_NEIGHBOR) this.takeOver(adjacency, isUp);
    else if (kind === KIND_CONNECTED && !isUp) table.action[adjacency] = ACTION_LINK_DOWN;
  }

  /** No route uses the adjacency any more; its index may get another meaning. */
  routeRemoved(adjacency: number): void {
    const { table } = this;
    if (this.known[adjacency] === 0) return;
    this.known[adjacency] = 0;
    if (table.kind[adjacency] === KIND_NEIGHBOR) {
      this.index.remove(adjacency);
      this.states.forget(adjacency, DROP_NO_ROUTE);
    }
    table.action[adjacency] = ACTION_NONE;
    table.kind[adjacency] = KIND_NONE;
  }

  /** BFD has lost a neighbor: routes through it take their next path from now on. Or it has found the neighbor again. */
  setLost(link: number, address: Ipv4, isLost: boolean): void {
    if (isLost) this.lost.add(keyOf(link, address));
    else this.lost.delete(keyOf(link, address));
    const adjacency = this.index.find(link, address);
    if (this.table.kind[adjacency] === KIND_NEIGHBOR) this.states.setLost(adjacency, isLost);
  }

  /** Every adjacency of the link is down from now on; routes take their next path. */
  linkDown(link: number): void {
    const { table, hosts, states } = this;
    for (let adjacency = 1; adjacency < this.routeEnd; adjacency++) {
      if (this.isRouteOver(adjacency, link)) states.suspend(adjacency);
    }
    // Only now that no path leads over the link: an ICMP error about what waited must find another way.
    for (let adjacency = 1; adjacency < this.routeEnd; adjacency++) {
      if (this.isRouteOver(adjacency, link)) states.loseAll(adjacency, DROP_LINK_DOWN);
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
      if (!this.isRouteOver(adjacency, link)) continue;
      if (table.kind[adjacency] === KIND_NEIGHBOR) this.states.resolve(adjacency);
      else table.action[adjacency] = ACTION_CONNECTED;
    }
  }

  /** The link's MAC address or its own addresses may be others now. */
  linkChanged(link: number): void {
    const { table } = this;
    if (this.links.up[link] === 0 || !this.links.isEthernet(link)) return;
    for (let adjacency = 1; adjacency < table.end; adjacency++) {
      if (table.link[adjacency] === link && isResolved(table.state[adjacency])) this.states.writeSource(adjacency);
    }
    this.arp.announceAll(link);
  }

  learn(link: number, address: Ipv4, macOffset: number, mayCreate: boolean): void {
    if (this.links.up[link] === 0 || isMulticast(address)) return;
    const adjacency = mayCreate ? this.findOrCreate(link, address) : this.index.find(link, address);
    if (adjacency !== 0) this.states.confirm(adjacency, this.bytes, macOffset);
  }

  /** Runs the timers that are due. Returns the time of the next one in microseconds, or Infinity. */
  tick(): number {
    const { timers } = this.states;
    if (!timers.isDue()) return timers.nextUs;
    const end = Math.max(this.routeEnd, this.hosts.end);
    timers.beginScan();
    for (let adjacency = 1; adjacency < end; adjacency++) {
      if (!timers.takeDue(adjacency)) continue;
      if (this.states.expire(adjacency)) this.removeHost(adjacency, DROP_NEIGHBOR_UNREACHABLE);
    }
    return timers.nextUs;
  }

  /** Makes the adjacency of a route the entry of its neighbor, with all that the entry before it knew. */
  private takeOver(adjacency: number, isUp: boolean): void {
    const { table, index, states } = this;
    const before = index.find(table.link[adjacency], table.address[adjacency]);
    // The entry may also be another route's, which is about to be removed.
    const isHost = before >= table.firstHost;
    if (isHost) this.detach(before);
    else if (before !== 0) index.remove(before);
    index.insert(adjacency);
    states.packetsSeen[adjacency] = 0;
    states.setLost(adjacency, this.lost.has(keyOf(table.link[adjacency], table.address[adjacency])));
    if (!isUp) states.suspend(adjacency);
    else if (before !== 0) states.inherit(adjacency, before);
    else states.resolve(adjacency);
    if (isHost) this.release(before, DROP_LINK_DOWN);
  }

  private isRouteOver(adjacency: number, link: number): boolean {
    const { kind, link: links } = this.table;
    if (links[adjacency] !== link || this.known[adjacency] === 0) return false;
    return kind[adjacency] === KIND_NEIGHBOR || kind[adjacency] === KIND_CONNECTED;
  }

  private create(link: number, address: Ipv4, mayEvictInUse: boolean): number {
    const adjacency = this.takeHostIndex(mayEvictInUse);
    if (adjacency === 0) return 0;
    this.table.define(adjacency, KIND_HOST, link, address);
    this.index.insert(adjacency);
    this.states.packetsSeen[adjacency] = 0;
    if (!this.links.isEthernet(link)) this.states.resolve(adjacency);
    else if (isMulticast(address)) this.states.confirmMulticast(adjacency, address);
    return adjacency;
  }

  private takeHostIndex(mayEvictInUse: boolean): number {
    const free = this.hosts.take();
    if (free !== 0) return free;
    const victim = this.hosts.victim(mayEvictInUse);
    if (victim === 0) return 0;
    this.removeHost(victim, DROP_NEIGHBOR_QUEUE_FULL);
    return this.hosts.take();
  }

  private removeHost(host: number, reason: number): void {
    this.detach(host);
    this.release(host, reason);
  }

  /** First half of a removal: nobody finds the host any more, and nobody evicts it. */
  private detach(host: number): void {
    this.index.remove(host);
    this.table.kind[host] = KIND_NONE;
  }

  /** Second half: loses what waits, about which ICMP errors may go out, to neighbors that need an index in turn. */
  private release(host: number, reason: number): void {
    this.states.forget(host, reason);
    this.hosts.give(host);
  }
}

function keyOf(link: number, address: Ipv4): number {
  return link * 2 ** 32 + address;
}
