import type { Ipv4 } from '../base/ipv4.js';
import { bucketPath, type GroupTable, pathAt, pathCount } from '../fib/next-hop-group.js';
import type { Poptrie } from '../fib/poptrie.js';
import { type SingleLookup, singleLookup } from '../fib/single-lookup.js';
import type { FrameArena } from '../link/frame.js';
import { ICMP_ADMINISTRATIVELY_PROHIBITED, ICMP_HOST_UNREACHABLE, ICMP_NET_UNREACHABLE } from '../wire/icmpv4.js';
import { fillIpv4Checksum, IPV4_MAX_BYTES, ipv4Destination, setIpv4Source } from '../wire/ipv4.js';
import {
  ACTION_BLACKHOLE,
  ACTION_CARRY,
  ACTION_CONNECTED,
  ACTION_DELIVER,
  ACTION_EXPIRED,
  ACTION_LINK_DOWN,
  ACTION_LOCAL,
  ACTION_LOST,
  ACTION_PROHIBIT,
  ACTION_RESOLVE,
  ACTION_SEND,
  ACTION_UNREACHABLE,
  type AdjacencyTable,
  isResolved,
  isUsable,
} from './adjacency.js';
import type { Carry, CarryRoad } from './carry.js';
import type { Counters } from './counters.js';
import type { Departure, PathChooser } from './departure.js';
import {
  DROP_BAD_OFFLOAD,
  DROP_BLACKHOLE,
  DROP_DIRECTED_BROADCAST,
  DROP_FRAGMENTATION_NEEDED,
  DROP_LEASE_EXPIRED,
  DROP_LINK_DOWN,
  DROP_NEIGHBOR_LOST,
  DROP_NEIGHBOR_UNREACHABLE,
  DROP_NO_ROUTE,
  DROP_PROHIBITED,
  DROP_TTL_EXCEEDED,
  DROP_TUNNEL_OFFLOAD,
} from './drop-reason.js';
import type { Specialists } from './duties.js';
import { EGRESS_MALFORMED, EGRESS_REWORK, EGRESS_TOO_BIG, EGRESS_TUNNEL, type Egress } from './egress.js';
import { type FastPath, OFFLOAD_BITS, VIRTIO_WORDS, withTtlDecremented } from './fast-path.js';
import { flowHash } from './flow-hash.js';
import type { Handover } from './handover.js';
import { DUMMY_ADDRESS, type IcmpErrors, type Originator } from './icmp-error.js';
import { type LinkTable, VIRTUAL_LINK } from './link-table.js';
import type { LocalDelivery } from './local-delivery.js';
import { repairedPath } from './local-repair.js';
import type { PendingPackets } from './neighbor-states.js';
import type { Neighbors } from './neighbors.js';
import { type Output, wordsOf } from './output.js';
import { HANDED_OVER, HANDLED, type ReceivedBatch } from './received-batch.js';

/** The parts that a packet may need on its way; one engine has one of each. */
export interface ForwardingParts {
  readonly arena: FrameArena;
  readonly batch: ReceivedBatch;
  readonly links: LinkTable;
  readonly adjacencies: AdjacencyTable;
  readonly trie: Poptrie;
  readonly groups: GroupTable;
  readonly counters: Counters;
  readonly output: Output;
  readonly egress: Egress;
  /** Makes this router choose paths otherwise than its neighbors do. */
  readonly hashSeed: number;
}

/**
 * The way of a packet from the route to the queue of a link (RFC 1812 sections 5.2.4 to 5.3): path of the flow, local
 * delivery before the TTL, TTL, MTU, header. Packets that come from the virtual link are this host's own: their TTL is
 * not touched, as it is not on what is delivered there.
 */
export class Forwarding implements Originator, PathChooser, PendingPackets, CarryRoad {
  private readonly bytes: Uint8Array;
  private readonly words: Uint32Array;
  private readonly links: LinkTable;
  private readonly adjacencies: AdjacencyTable;
  private readonly lookUp: SingleLookup;
  private readonly groups: GroupTable;
  private readonly counters: Counters;
  private readonly output: Output;
  private readonly egress: Egress;
  private readonly hashSeed: number;
  private readonly batch: ReceivedBatch;
  private readonly forwardCommon: (begin: number) => number;
  readonly specialists: Specialists;
  private readonly neighbors: Neighbors;
  readonly errors: IcmpErrors;
  private readonly departure: Departure;
  readonly local: LocalDelivery;
  readonly carry: Carry;

  /** @param make makes the parts that in turn send packets by way of this one */
  constructor(
    parts: ForwardingParts,
    fastPath: FastPath,
    make: (forwarding: Forwarding) => {
      specialists: Specialists;
      errors: IcmpErrors;
      departure: Departure;
      local: LocalDelivery;
      carry: Carry;
    },
  ) {
    this.bytes = parts.arena.bytes;
    this.words = wordsOf(parts.arena);
    this.links = parts.links;
    this.adjacencies = parts.adjacencies;
    this.lookUp = singleLookup(parts.trie);
    this.groups = parts.groups;
    this.counters = parts.counters;
    this.output = parts.output;
    this.egress = parts.egress;
    this.hashSeed = parts.hashSeed;
    this.batch = parts.batch;
    this.forwardCommon = fastPath.transit({ ...parts, words: this.words });
    const { specialists, errors, departure, local, carry } = make(this);
    this.specialists = specialists;
    this.neighbors = specialists.neighbors;
    this.errors = errors;
    this.departure = departure;
    this.local = local;
    this.carry = carry;
  }

  /** Forwards what `Ingress.admit` let in, in order. */
  forward(from: number): void {
    const { groups } = this.batch;
    const { offsets, lengths, count } = this.batch.packets;
    const { handover } = this.specialists;
    const isOwn = from === VIRTUAL_LINK;
    if (!isOwn) this.departure.prepare(from);
    for (let i = isOwn ? 0 : this.forwardCommon(0); i < count; i = isOwn ? i + 1 : this.forwardCommon(i + 1)) {
      if (groups[i] !== HANDLED) this.forwardTo(groups[i], offsets[i], lengths[i], from);
      if (handover?.pending === true) {
        this.forwardRest(i, from, handover);
        return;
      }
    }
  }

  /** The packets of a batch behind one that was left to the first worker: those of its flow follow it. */
  private forwardRest(first: number, from: number, handover: Handover): void {
    const { groups, packets } = this.batch;
    const { offsets, lengths, count } = packets;
    groups[first] = HANDED_OVER;
    for (let i = first + 1; i < count; i++) {
      if (groups[i] === HANDLED) continue;
      const { received } = handover;
      if (follows(this.batch, i, first)) handover.receive(offsets[i], lengths[i], from);
      else this.forwardTo(groups[i], offsets[i], lengths[i], from);
      if (handover.received !== received) groups[i] = HANDED_OVER;
    }
  }

  originate(offset: number, length: number): void {
    this.forwardTo(this.lookUp(ipv4Destination(this.bytes, offset)), offset, length, VIRTUAL_LINK);
  }

  originateFromEgress(offset: number, length: number): void {
    const destination = ipv4Destination(this.bytes, offset);
    const path = this.pathOf(this.lookUp(destination), offset);
    setIpv4Source(
      this.bytes,
      offset,
      this.links.sourceTowards(this.adjacencies.link[path], destination) || DUMMY_ADDRESS,
    );
    fillIpv4Checksum(this.bytes, offset);
    this.sendBy(path, offset, length, VIRTUAL_LINK);
  }

  mtuTowards(destination: Ipv4): number {
    const { groups, links, adjacencies } = this;
    const group = this.lookUp(destination);
    let mtu = IPV4_MAX_BYTES;
    for (let i = 0; i < pathCount(groups, group); i++) {
      mtu = Math.min(mtu, links.mtu[adjacencies.link[pathAt(groups, group, i)]]);
    }
    return mtu;
  }

  resolved(adjacency: number, offset: number, length: number, fromLink: number): void {
    this.sendOn(adjacency, offset, length, fromLink);
    this.output.flushLink(this.adjacencies.link[adjacency]);
  }

  lost(offset: number, length: number, fromLink: number, reason: number): void {
    this.counters.drop(fromLink, reason);
    if (reason === DROP_NEIGHBOR_UNREACHABLE) {
      this.errors.sendUnreachable(ICMP_HOST_UNREACHABLE, offset, length, fromLink);
    } else if (reason === DROP_LINK_DOWN) {
      this.errors.sendUnreachable(ICMP_NET_UNREACHABLE, offset, length, fromLink);
    }
  }

  /** The path that a packet for a group takes now: that of its flow, or what stands in for it. */
  pathOf(group: number, offset: number): number {
    const { groups } = this;
    const { action } = this.adjacencies;
    const paths = pathCount(groups, group);
    const path = paths === 1 ? pathAt(groups, group, 0) : this.pathOfFlow(group, offset);
    if (isUsable(action[path])) return path;
    const hash = flowHash(this.words, this.bytes, offset, this.hashSeed);
    return repairedPath(groups, action, group, path, hash);
  }

  private forwardTo(group: number, offset: number, length: number, from: number): void {
    this.sendBy(this.pathOf(group, offset), offset, length, from);
  }

  private pathOfFlow(group: number, offset: number): number {
    return bucketPath(this.groups, group, flowHash(this.words, this.bytes, offset, this.hashSeed));
  }

  /** Does what the action of an adjacency says. */
  private sendBy(path: number, offset: number, length: number, from: number): void {
    const action = this.adjacencies.action[path];
    switch (action) {
      case ACTION_SEND:
        this.sendOn(path, offset, length, from);
        return;
      case ACTION_CONNECTED:
        this.sendConnected(path, offset, length, from);
        return;
      case ACTION_LOCAL:
        if (!this.carry.open(offset, length, from)) this.local.receive(offset, length, from);
        return;
      case ACTION_DELIVER:
        this.local.deliver(offset, length, from);
        return;
      case ACTION_CARRY:
        this.carry.receive(path, offset, length, from);
        return;
      case ACTION_BLACKHOLE:
        this.counters.drop(from, DROP_BLACKHOLE);
        return;
      case ACTION_PROHIBIT:
        this.refuse(DROP_PROHIBITED, ICMP_ADMINISTRATIVELY_PROHIBITED, offset, length, from);
        return;
      case ACTION_RESOLVE:
        if (this.isAlive(offset, from)) this.neighbors.wait(path, offset, length, from);
        else this.timeOut(offset, length, from);
        return;
      case ACTION_UNREACHABLE:
        this.refuse(DROP_NEIGHBOR_UNREACHABLE, ICMP_HOST_UNREACHABLE, offset, length, from);
        return;
      case ACTION_LINK_DOWN:
        this.refuse(DROP_LINK_DOWN, ICMP_NET_UNREACHABLE, offset, length, from);
        return;
      case ACTION_EXPIRED:
        // Another router may have it by now: nothing is to be said in its name.
        this.counters.drop(from, DROP_LEASE_EXPIRED);
        return;
      case ACTION_LOST:
        this.refuse(DROP_NEIGHBOR_LOST, ICMP_HOST_UNREACHABLE, offset, length, from);
        return;
      default:
        this.refuse(DROP_NO_ROUTE, ICMP_NET_UNREACHABLE, offset, length, from);
    }
  }

  /** The destination itself is the neighbor. */
  private sendConnected(path: number, offset: number, length: number, from: number): void {
    const link = this.adjacencies.link[path];
    const destination = ipv4Destination(this.bytes, offset);
    const known = this.neighbors.find(link, destination);
    if (known !== 0) {
      this.sendTo(known, offset, length, from);
      return;
    }
    // Directed broadcasts stay off the wire (RFC 2644): no neighbor entry is ever made for one.
    if (this.links.isSubnetBroadcast(link, destination)) {
      this.counters.drop(from, DROP_DIRECTED_BROADCAST);
      return;
    }
    // A route may come into use a little before the worker knows that its link is down.
    if (this.links.up[link] === 0) {
      this.refuse(DROP_LINK_DOWN, ICMP_NET_UNREACHABLE, offset, length, from);
      return;
    }
    const host = this.neighbors.findOrCreate(link, destination);
    if (host === 0) this.neighbors.turnAway(offset, length, from);
    else this.sendBy(host, offset, length, from);
  }

  /** To a neighbor itself, and not by way of it: that BFD has lost it is no reason not to try. */
  sendTo(adjacency: number, offset: number, length: number, from: number): void {
    const { action, state } = this.adjacencies;
    if (action[adjacency] !== ACTION_LOST) this.sendBy(adjacency, offset, length, from);
    else if (isResolved(state[adjacency])) this.sendOn(adjacency, offset, length, from);
    else if (this.isAlive(offset, from)) this.neighbors.wait(adjacency, offset, length, from);
    else this.timeOut(offset, length, from);
  }

  private sendOn(adjacency: number, offset: number, length: number, from: number): void {
    const { words, adjacencies } = this;
    const at = offset >> 2;
    const link = adjacencies.link[adjacency];
    const third = words[at + 2];
    if (length > this.links.mtu[link] || (words[at - VIRTIO_WORDS] & OFFLOAD_BITS) !== 0) {
      this.sendUncommon(adjacency, offset, length, from);
      return;
    }
    if (from !== VIRTUAL_LINK) {
      if ((third & 0xff) <= 1) {
        this.timeOut(offset, length, from);
        return;
      }
      words[at + 2] = withTtlDecremented(third);
    }
    this.output.send(adjacency, offset, length);
  }

  /** Packets that are too large for the link or have offload work left to do. */
  private sendUncommon(adjacency: number, offset: number, length: number, from: number): void {
    if (!this.isAlive(offset, from)) {
      this.timeOut(offset, length, from);
      return;
    }
    const link = this.adjacencies.link[adjacency];
    const verdict = this.egress.examine(link, offset, length);
    if (verdict === EGRESS_MALFORMED || verdict === EGRESS_TUNNEL) {
      this.counters.drop(from, verdict === EGRESS_TUNNEL ? DROP_TUNNEL_OFFLOAD : DROP_BAD_OFFLOAD);
      return;
    }
    if (verdict === EGRESS_TOO_BIG) {
      this.counters.drop(from, DROP_FRAGMENTATION_NEEDED);
      this.errors.sendFragmentationNeeded(this.links.mtu[link], offset, length, from);
      return;
    }
    const third = (offset >> 2) + 2;
    if (from !== VIRTUAL_LINK) this.words[third] = withTtlDecremented(this.words[third]);
    if (verdict === EGRESS_REWORK) this.egress.rework(adjacency, offset, length);
    else this.output.send(adjacency, offset, length);
  }

  private isAlive(offset: number, from: number): boolean {
    return from === VIRTUAL_LINK || (this.words[(offset >> 2) + 2] & 0xff) > 1;
  }

  private timeOut(offset: number, length: number, from: number): void {
    this.counters.drop(from, DROP_TTL_EXCEEDED);
    this.errors.sendTimeExceeded(offset, length, from);
  }

  private refuse(reason: number, code: number, offset: number, length: number, from: number): void {
    this.counters.drop(from, reason);
    this.errors.sendUnreachable(code, offset, length, from);
  }
}

/** True if a packet goes where one went that is `HANDED_OVER`, at `first` or behind it. */
function follows({ groups, destinations }: ReceivedBatch, packet: number, first: number): boolean {
  for (let i = first; i < packet; i++) {
    if (groups[i] === HANDED_OVER && destinations[i] === destinations[packet]) return true;
  }
  return false;
}
