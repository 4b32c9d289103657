import type { SharedRing } from '../base/ring.js';
import type { FrameArena } from '../link/frame.js';
import { ipv4Destination, ipv4Protocol, isIpv4Fragment, PROTOCOL_OSPF } from '../wire/ipv4.js';
import { isBfdDatagram } from './bfd-datagram.js';
import type { BfdSessions } from './bfd-sessions.js';
import { COUNT_DELIVERED, COUNT_PUNTS, type Counters } from './counters.js';
import {
  DROP_BAD_OFFLOAD,
  DROP_MULTICAST,
  DROP_PUNT_FULL,
  DROP_PUNT_RATE,
  DROP_TUNNEL_OFFLOAD,
} from './drop-reason.js';
import { EGRESS_MALFORMED, EGRESS_REWORK, EGRESS_TUNNEL, type Egress } from './egress.js';
import type { IcmpEcho } from './icmp-echo.js';
import { MAX_LINKS, VIRTUAL_LINK } from './link-table.js';
import type { Output } from './output.js';
import { PuntReassembly } from './punt-reassembly.js';
import { TokenBucket } from './rate-limit.js';

/** AllSPFRouters and AllDRouters (RFC 2328 appendix A.1). */
const ALL_SPF_ROUTERS = 0xe0000005;
const ALL_D_ROUTERS = 0xe0000006;

/**
 * Punts of each link: this many in a second, after a burst of so many. More than a large database exchange needs, far less
 * than the control plane takes in: a link that floods costs its own adjacencies and no others.
 */
export const PUNTS_PER_SECOND = 5_000;
export const PUNT_BURST = 1_000;

/** Stands for the virtual link itself where an adjacency is asked for. */
const VIRTUAL_LINK_ADJACENCY = 0;

/** Packets that end here: for the router itself, for the control plane, or for the kernel behind the virtual link. */
export class LocalDelivery {
  /** Set when there is something new in the ring of punts; cleared by who takes it out. */
  puntPending = false;
  readonly bfd: BfdSessions;
  private readonly bytes: Uint8Array;
  private readonly output: Output;
  private readonly egress: Egress;
  private readonly counters: Counters;
  private readonly clock: Float64Array;
  private readonly echo: IcmpEcho;
  private readonly punts: SharedRing;
  private readonly reassembly: PuntReassembly;
  private readonly buckets: readonly TokenBucket[];

  constructor(
    arena: FrameArena,
    output: Output,
    egress: Egress,
    counters: Counters,
    clock: Float64Array,
    echo: IcmpEcho,
    punts: SharedRing,
    bfd: BfdSessions,
  ) {
    this.bytes = arena.bytes;
    this.output = output;
    this.egress = egress;
    this.counters = counters;
    this.clock = clock;
    this.echo = echo;
    this.punts = punts;
    this.bfd = bfd;
    this.buckets = Array.from({ length: MAX_LINKS }, () => new TokenBucket(PUNTS_PER_SECOND, PUNT_BURST));
    this.reassembly = new PuntReassembly(clock, counters);
  }

  /** A packet for an address of the router. */
  receive(offset: number, length: number, fromLink: number): void {
    if (this.echo.isRequest(offset, length)) this.echo.answer(offset, length, fromLink);
    else if (ipv4Protocol(this.bytes, offset) === PROTOCOL_OSPF) this.punt(offset, length, fromLink);
    else if (fromLink !== VIRTUAL_LINK && isBfdDatagram(this.bytes, offset, length)) {
      this.bfd.receive(offset, length, fromLink);
    } else this.deliver(offset, length, fromLink);
  }

  /** A packet for a multicast group: OSPF is for us, no other is. */
  receiveMulticast(offset: number, length: number, fromLink: number): void {
    const group = ipv4Destination(this.bytes, offset);
    const isOspf =
      (group === ALL_SPF_ROUTERS || group === ALL_D_ROUTERS) && ipv4Protocol(this.bytes, offset) === PROTOCOL_OSPF;
    if (isOspf && fromLink !== VIRTUAL_LINK) this.punt(offset, length, fromLink);
    else this.counters.drop(fromLink, DROP_MULTICAST);
  }

  /** Hands a packet to the kernel as it is. */
  deliver(offset: number, length: number, fromLink: number): void {
    const verdict = this.egress.examine(VIRTUAL_LINK, offset, length);
    if (verdict === EGRESS_MALFORMED || verdict === EGRESS_TUNNEL) {
      this.counters.drop(fromLink, verdict === EGRESS_TUNNEL ? DROP_TUNNEL_OFFLOAD : DROP_BAD_OFFLOAD);
      return;
    }
    this.counters.add(fromLink, COUNT_DELIVERED, 1);
    if (verdict === EGRESS_REWORK) this.egress.rework(VIRTUAL_LINK_ADJACENCY, offset, length);
    else this.output.send(VIRTUAL_LINK_ADJACENCY, offset, length);
  }

  private punt(offset: number, length: number, fromLink: number): void {
    const { reassembly } = this;
    if (!this.buckets[fromLink].take(this.clock)) {
      this.counters.drop(fromLink, DROP_PUNT_RATE);
      return;
    }
    if (!isIpv4Fragment(this.bytes, offset)) this.push(fromLink, this.bytes, offset, length);
    else if (reassembly.add(fromLink, this.bytes, offset, length)) {
      this.push(fromLink, reassembly.bytes, 0, reassembly.length);
    }
  }

  private push(fromLink: number, bytes: Uint8Array, offset: number, length: number): void {
    const atMs = Math.floor(this.clock[0] / 1000) >>> 0;
    if (!this.punts.push(fromLink, atMs, bytes, offset, length)) {
      this.counters.drop(fromLink, DROP_PUNT_FULL);
      return;
    }
    this.counters.add(fromLink, COUNT_PUNTS, 1);
    this.puntPending = true;
  }
}
