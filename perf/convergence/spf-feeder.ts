import type { Ipv4 } from '../../src/base/ipv4.js';
import { isMalformed } from '../../src/wire/malformed.js';
import {
  type DatabaseDescription,
  DD_INIT,
  DD_MASTER,
  DD_MORE,
  decodeDatabaseDescription,
  encodeDatabaseDescription,
} from '../../src/wire/ospf/dbdesc.js';
import {
  decodeOspfHeader,
  encodeOspfPacket,
  OSPF_DATABASE_DESCRIPTION,
  OSPF_HELLO,
  OSPF_LINK_STATE_ACK,
  OSPF_LINK_STATE_REQUEST,
  OSPF_LINK_STATE_UPDATE,
  ospfBody,
} from '../../src/wire/ospf/header.js';
import { decodeHello, encodeHello } from '../../src/wire/ospf/hello.js';
import { LSA_ROUTER, lsaHeaderAt } from '../../src/wire/ospf/lsa.js';
import { decodeLinkStateAck, encodeLinkStateAck } from '../../src/wire/ospf/lsack.js';
import { decodeLinkStateRequest } from '../../src/wire/ospf/lsreq.js';
import { decodeLinkStateUpdate, encodeLinkStateUpdate } from '../../src/wire/ospf/lsupd.js';
import { TopologyLsas } from './spf-lsas.js';

export const HELLO_SECONDS = 1;
/** Longer than any calculation during which a router does not send Hellos. */
export const DEAD_SECONDS = 60;
/** RxmtInterval. */
export const REPEAT_MS = 5000;

const MTU = 1500;
const OSPF_BODY_BYTES = MTU - 20 - 24;
const HEADERS_IN_DESCRIPTION = Math.floor((OSPF_BODY_BYTES - 8) / 20);
const OPTION_EXTERNAL = 0x02;

/** What the feeder's end of the wire is. */
export interface FeederEnd {
  readonly address: Ipv4;
  readonly mask: number;
  /** Sends an OSPF packet to AllSPFRouters. */
  send(packet: Uint8Array): void;
}

/**
 * Router 0 of a synthetic network on a point-to-point link: it forms an adjacency (RFC 2328 section 10), as master by
 * its higher router ID, hands out its database, and keeps the adjacency up. What its neighbor tells, it only
 * acknowledges: it has no use for it.
 */
export class SpfFeeder {
  private readonly routerId = TopologyLsas.routerId(0);
  private neighborId = 0;
  private sequence = 0;
  /** LSAs described so far, or -1 before the exchange. */
  private described = -1;
  private exchangeDone = false;
  private lastDescription: Uint8Array | undefined;
  /** LSAs that the neighbor has not asked for yet. */
  private readonly unrequested = new Set<number>();
  /** Sent and not acknowledged, by the router ID. */
  private readonly unacknowledged = new Map<number, Uint8Array>();

  constructor(
    private readonly end: FeederEnd,
    private readonly topology: TopologyLsas,
  ) {}

  /** The neighbor has asked for everything, and has got it. */
  get isLoaded(): boolean {
    return this.exchangeDone && this.unrequested.size === 0;
  }

  /** To be called every HELLO_SECONDS. */
  hello(): void {
    const hello = {
      networkMask: this.end.mask,
      helloIntervalSeconds: HELLO_SECONDS,
      options: OPTION_EXTERNAL,
      priority: 0,
      deadIntervalSeconds: DEAD_SECONDS,
      designatedRouter: 0,
      backupDesignatedRouter: 0,
      neighbors: this.neighborId === 0 ? [] : [this.neighborId],
    };
    this.send(OSPF_HELLO, encodeHello(hello));
  }

  /** To be called every REPEAT_MS: what was lost, or came too early for MinLSArrival, goes out again. */
  repeat(): void {
    if (this.described >= 0 && !this.exchangeDone && this.lastDescription !== undefined) {
      this.send(OSPF_DATABASE_DESCRIPTION, this.lastDescription);
    }
    if (this.unacknowledged.size > 0) this.update([...this.unacknowledged.values()]);
  }

  /** Changes the metric of a link somewhere in the network, and floods it. */
  change(): void {
    const lsa = this.topology.change();
    this.unacknowledged.set(lsaHeaderAt(lsa, 0).id, lsa);
    this.update([lsa]);
  }

  /** `payload` is what follows the IPv4 header. */
  receive(payload: Uint8Array): void {
    const header = decodeOspfHeader(payload);
    if (isMalformed(header) || header.routerId === this.routerId) return;
    const body = ospfBody(payload, header);
    switch (header.type) {
      case OSPF_HELLO:
        this.receiveHello(header.routerId, body);
        break;
      case OSPF_DATABASE_DESCRIPTION: {
        const description = decodeDatabaseDescription(body);
        if (!isMalformed(description)) this.receiveDescription(description);
        break;
      }
      case OSPF_LINK_STATE_REQUEST:
        this.answer(body);
        break;
      case OSPF_LINK_STATE_UPDATE: {
        const lsas = decodeLinkStateUpdate(body);
        if (!isMalformed(lsas))
          this.send(OSPF_LINK_STATE_ACK, encodeLinkStateAck(lsas.map((lsa) => lsaHeaderAt(lsa, 0))));
        break;
      }
      case OSPF_LINK_STATE_ACK: {
        const headers = decodeLinkStateAck(body);
        if (isMalformed(headers)) return;
        for (const { id, sequence } of headers) {
          const sent = this.unacknowledged.get(id);
          if (sent !== undefined && lsaHeaderAt(sent, 0).sequence === sequence) this.unacknowledged.delete(id);
        }
        break;
      }
    }
  }

  private receiveHello(routerId: number, body: Uint8Array): void {
    const hello = decodeHello(body);
    if (isMalformed(hello)) return;
    const isNew = this.neighborId !== routerId;
    this.neighborId = routerId;
    if (isNew) this.hello();
    if (!hello.neighbors.includes(this.routerId)) {
      this.described = -1;
      this.exchangeDone = false;
    } else if (this.described < 0) {
      this.begin();
    }
  }

  private begin(): void {
    this.described = 0;
    this.exchangeDone = false;
    this.topology.lsas.forEach((_, router) => {
      this.unrequested.add(TopologyLsas.routerId(router));
    });
    this.sequence = (this.sequence + 1) >>> 0;
    this.describe(DD_INIT | DD_MORE | DD_MASTER, 0);
  }

  /** The neighbor is the slave: it answers each of our descriptions with the same sequence number. */
  private receiveDescription({ flags, sequence }: DatabaseDescription): void {
    if (this.described < 0 || this.exchangeDone) return;
    if ((flags & DD_MASTER) !== 0) {
      // It has not heard our first one, or has begun anew: both begin with it.
      if ((flags & DD_INIT) !== 0 && this.described === 0) this.describe(DD_INIT | DD_MORE | DD_MASTER, 0);
      return;
    }
    if (sequence !== this.sequence) return;
    const all = this.described === this.topology.lsas.length;
    if (all && (flags & DD_MORE) === 0) {
      this.exchangeDone = true;
      return;
    }
    this.sequence = (this.sequence + 1) >>> 0;
    const count = Math.min(HEADERS_IN_DESCRIPTION, this.topology.lsas.length - this.described);
    const more = this.described + count < this.topology.lsas.length;
    this.describe(DD_MASTER | (more ? DD_MORE : 0), count);
  }

  private describe(flags: number, count: number): void {
    const lsas = this.topology.lsas.slice(this.described, this.described + count);
    this.described += count;
    const headers = lsas.map((lsa) => lsaHeaderAt(lsa, 0));
    const description = { mtu: MTU, options: OPTION_EXTERNAL, flags, sequence: this.sequence, headers };
    this.lastDescription = encodeDatabaseDescription(description);
    this.send(OSPF_DATABASE_DESCRIPTION, this.lastDescription);
  }

  private answer(body: Uint8Array): void {
    const requests = decodeLinkStateRequest(body);
    if (isMalformed(requests)) return;
    const lsas: Uint8Array[] = [];
    for (const { type, id } of requests) {
      const lsa = type === LSA_ROUTER ? this.topology.lsas[id - this.routerId] : undefined;
      if (lsa === undefined) continue;
      lsas.push(lsa);
      this.unrequested.delete(id);
    }
    this.update(lsas);
  }

  /** In as few packets as they fit into. */
  private update(lsas: readonly Uint8Array[]): void {
    let batch: Uint8Array[] = [];
    let bytes = 4;
    for (const lsa of lsas) {
      if (bytes + lsa.length > OSPF_BODY_BYTES && batch.length > 0) {
        this.send(OSPF_LINK_STATE_UPDATE, encodeLinkStateUpdate(batch));
        batch = [];
        bytes = 4;
      }
      batch.push(lsa);
      bytes += lsa.length;
    }
    if (batch.length > 0) this.send(OSPF_LINK_STATE_UPDATE, encodeLinkStateUpdate(batch));
  }

  private send(type: number, body: Uint8Array): void {
    this.end.send(encodeOspfPacket(type, this.routerId, 0, body));
  }
}
