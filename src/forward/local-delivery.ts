import type { FrameArena } from '../link/frame.js';
import { ipv4Destination, ipv4Protocol, PROTOCOL_OSPF } from '../wire/ipv4.js';
import { isBfdDatagram } from './bfd-datagram.js';
import { COUNT_DELIVERED, type Counters } from './counters.js';
import { DROP_BAD_OFFLOAD, DROP_MULTICAST, DROP_TUNNEL_OFFLOAD } from './drop-reason.js';
import { EGRESS_MALFORMED, EGRESS_REWORK, EGRESS_TUNNEL, type Egress } from './egress.js';
import type { IcmpEcho } from './icmp-echo.js';
import { VIRTUAL_LINK } from './link-table.js';
import type { Output } from './output.js';
import type { Receiver } from './receiver.js';

/** AllSPFRouters and AllDRouters (RFC 2328 appendix A.1). */
const ALL_SPF_ROUTERS = 0xe0000005;
const ALL_D_ROUTERS = 0xe0000006;

/** Stands for the virtual link itself where an adjacency is asked for. */
const VIRTUAL_LINK_ADJACENCY = 0;

/** Packets that end here: for the router itself, for the control plane, or for the kernel behind the virtual link. */
export class LocalDelivery {
  private readonly bytes: Uint8Array;
  private readonly output: Output;
  private readonly egress: Egress;
  private readonly counters: Counters;
  private readonly echo: IcmpEcho;
  private readonly punts: Receiver;
  private readonly bfd: Receiver;

  constructor(
    arena: FrameArena,
    output: Output,
    egress: Egress,
    counters: Counters,
    echo: IcmpEcho,
    punts: Receiver,
    bfd: Receiver,
  ) {
    this.bytes = arena.bytes;
    this.output = output;
    this.egress = egress;
    this.counters = counters;
    this.echo = echo;
    this.punts = punts;
    this.bfd = bfd;
  }

  /** A packet for an address of the router. */
  receive(offset: number, length: number, fromLink: number): void {
    if (this.echo.isRequest(offset, length)) this.echo.answer(offset, length, fromLink);
    else if (ipv4Protocol(this.bytes, offset) === PROTOCOL_OSPF) this.punts.receive(offset, length, fromLink);
    else if (fromLink !== VIRTUAL_LINK && isBfdDatagram(this.bytes, offset, length)) {
      this.bfd.receive(offset, length, fromLink);
    } else this.deliver(offset, length, fromLink);
  }

  /** A packet for a multicast group: OSPF is for us, no other is. */
  receiveMulticast(offset: number, length: number, fromLink: number): void {
    const group = ipv4Destination(this.bytes, offset);
    const isOspf =
      (group === ALL_SPF_ROUTERS || group === ALL_D_ROUTERS) && ipv4Protocol(this.bytes, offset) === PROTOCOL_OSPF;
    if (isOspf && fromLink !== VIRTUAL_LINK) this.punts.receive(offset, length, fromLink);
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
}
