import { maskOf } from '../../src/base/prefix.js';
import { SeededRandom } from '../../src/base/random.js';
import { OspfInstance } from '../../src/ospf/instance.js';
import type { OspfInput, OspfInterfaceConfig, OspfOutput } from '../../src/ospf/messages.js';
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
  ALL_SPF_ROUTERS,
  decodeOspfHeader,
  encodeOspfPacket,
  OSPF_DATABASE_DESCRIPTION,
  OSPF_HELLO,
  OSPF_LINK_STATE_ACK,
  OSPF_LINK_STATE_REQUEST,
  OSPF_LINK_STATE_UPDATE,
  ospfBody,
} from '../../src/wire/ospf/header.js';
import { decodeHello, encodeHello, type Hello } from '../../src/wire/ospf/hello.js';
import { encodeLsa, LSA_ROUTER, type LsaHeader, lsaHeaderAt } from '../../src/wire/ospf/lsa.js';
import { decodeLinkStateAck, encodeLinkStateAck } from '../../src/wire/ospf/lsack.js';
import { decodeLinkStateRequest, encodeLinkStateRequest, type LsRequest } from '../../src/wire/ospf/lsreq.js';
import { decodeLinkStateUpdate, encodeLinkStateUpdate } from '../../src/wire/ospf/lsupd.js';
import { encodeRouterLsa, type RouterLink } from '../../src/wire/ospf/router-lsa.js';
import { AREA_ROUTER, type AreaRouterConfig, ospfConfig, POINT_TO_POINT } from './ospf-config.js';

/** The instance under test has this router ID and these addresses. */
export const OWN_ID = 0x05050505;
export const OWN_ADDRESS = 0x0a000001;
export const PEER_ADDRESS = 0x0a000002;

export interface SentPacket {
  readonly interface: string;
  readonly destination: number;
  readonly type: number;
  readonly body: Uint8Array;
}

export function interfaceConfig(change: Partial<OspfInterfaceConfig> = {}): OspfInterfaceConfig {
  return {
    name: 'eth0',
    address: { address: OWN_ADDRESS, prefixLength: 30 },
    ...POINT_TO_POINT,
    ...change,
  };
}

/** The same on a LAN with room for more than two. */
export function broadcastConfig(change: Partial<OspfInterfaceConfig> = {}): OspfInterfaceConfig {
  return interfaceConfig({ type: 'broadcast', address: { address: OWN_ADDRESS, prefixLength: 24 }, ...change });
}

/** One instance, and the clock and wires around it. What it sends is kept until it is taken. */
export class Bench {
  readonly instance: OspfInstance;
  config: AreaRouterConfig;
  nowMs = 0;
  outputs: OspfOutput[] = [];

  /** @param resumes the forwarding of this router has gone on while its controller was away */
  constructor(change: Partial<AreaRouterConfig> = {}, resumes = false) {
    this.instance = new OspfInstance(new SeededRandom(7));
    this.config = {
      ...AREA_ROUTER,
      routerId: OWN_ID,
      interfaces: [interfaceConfig()],
      ...change,
    };
    this.handle({ kind: 'configure', config: ospfConfig(this.config), resumes });
    for (const { name } of this.config.interfaces) this.carrier(name, true);
  }

  handle(input: OspfInput): void {
    this.outputs.push(...this.instance.handle(input, this.nowMs));
  }

  carrier(name: string, up: boolean, mtu = 1500): void {
    this.handle({ kind: 'interface', name, up, mtu, ifindex: 1 });
  }

  configure(change: Partial<AreaRouterConfig>): void {
    this.config = { ...this.config, ...change };
    this.handle({ kind: 'configure', config: ospfConfig(this.config) });
  }

  /** Lets time pass, with every timeout at its time. */
  pass(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (let next = this.instance.nextTimeoutMs(); next !== undefined && next <= untilMs; ) {
      this.nowMs = Math.max(this.nowMs, next);
      this.handle({ kind: 'timeout' });
      next = this.instance.nextTimeoutMs();
    }
    this.nowMs = untilMs;
  }

  /** Takes all that was sent since the last time. */
  sent(): SentPacket[] {
    return this.take('send').map(({ interface: name, destination, payload }) => {
      const header = decodeOspfHeader(payload);
      if (isMalformed(header)) throw new Error(`the instance sent what is malformed: ${header.malformed}`);
      return { interface: name, destination, type: header.type, body: ospfBody(payload, header) };
    });
  }

  /** Takes the outputs of one kind; the others stay. */
  take<Kind extends OspfOutput['kind']>(kind: Kind): (OspfOutput & { kind: Kind })[] {
    const isKind = (output: OspfOutput): output is OspfOutput & { kind: Kind } => output.kind === kind;
    const taken = this.outputs.filter(isKind);
    this.outputs = this.outputs.filter((output) => !isKind(output));
    return taken;
  }

  state(routerId: number): string {
    return this.instance.neighbors(this.nowMs).find((view) => view.routerId === routerId)?.state ?? 'Down';
  }

  lsa(type: number, id: number, advertisingRouter: number) {
    return this.instance
      .database(this.nowMs)
      .find((lsa) => lsa.type === type && lsa.id === id && lsa.advertisingRouter === advertisingRouter);
  }

  ownLsa() {
    return this.lsa(LSA_ROUTER, OWN_ID, OWN_ID);
  }
}

/** A neighbor that does what the test says, byte by byte. */
export class Peer {
  readonly bench: Bench;
  readonly routerId: number;
  readonly interface: string;
  readonly address: number;
  sequence = 5000;
  area = 0;

  constructor(bench: Bench, routerId: number, interfaceName = 'eth0', address = PEER_ADDRESS) {
    this.bench = bench;
    this.routerId = routerId;
    this.interface = interfaceName;
    this.address = address;
  }

  send(type: number, body: Uint8Array, destination = ALL_SPF_ROUTERS): void {
    this.sendRaw(encodeOspfPacket(type, this.routerId, this.area, body), destination);
  }

  sendRaw(payload: Uint8Array, destination = ALL_SPF_ROUTERS): void {
    this.bench.handle({ kind: 'packet', interface: this.interface, source: this.address, destination, payload });
  }

  hello(neighbors: readonly number[] = [OWN_ID], change: Partial<Hello> = {}): void {
    const hello: Hello = {
      networkMask: this.networkMask,
      helloIntervalSeconds: 10,
      options: 0x02,
      priority: 1,
      deadIntervalSeconds: 40,
      designatedRouter: 0,
      backupDesignatedRouter: 0,
      neighbors,
      ...change,
    };
    this.send(OSPF_HELLO, encodeHello(hello));
  }

  private get networkMask(): number {
    const config = this.bench.config.interfaces.find(({ name }) => name === this.interface);
    return maskOf(config?.address.prefixLength ?? 30);
  }

  private reads(packet: SentPacket): boolean {
    const { destination } = packet;
    return packet.interface === this.interface && (destination === ALL_SPF_ROUTERS || destination === this.address);
  }

  description(
    flags: number,
    sequence: number,
    headers: readonly LsaHeader[] = [],
    change: Partial<DatabaseDescription> = {},
  ) {
    this.send(
      OSPF_DATABASE_DESCRIPTION,
      encodeDatabaseDescription({ mtu: 1500, options: 0x42, flags, sequence, headers, ...change }),
    );
  }

  request(requests: readonly LsRequest[]): void {
    this.send(OSPF_LINK_STATE_REQUEST, encodeLinkStateRequest(requests));
  }

  update(...lsas: readonly Uint8Array[]): void {
    this.send(OSPF_LINK_STATE_UPDATE, encodeLinkStateUpdate(lsas));
  }

  acknowledge(...headers: readonly LsaHeader[]): void {
    this.send(OSPF_LINK_STATE_ACK, encodeLinkStateAck(headers));
  }

  /** Brings the adjacency to Full (or Loading, if it describes what the instance lacks), as slave or master. */
  becomeFull(described: readonly LsaHeader[] = [], change: Partial<Hello> = {}): void {
    this.hello([OWN_ID], change);
    this.exchange(described);
  }

  /** The same when it is in ExStart already; `sent` has its opening. */
  exchange(described: readonly LsaHeader[] = [], sent = this.bench.sent()): void {
    const mine = sent.filter((packet) => this.reads(packet));
    const opening = descriptionsIn(mine).findLast(({ flags }) => flags === (DD_INIT | DD_MORE | DD_MASTER));
    if (opening === undefined) throw new Error('the instance has not opened an exchange');
    if (this.routerId > OWN_ID) {
      this.description(7, this.sequence);
      this.description(DD_MASTER, this.sequence + 1, described);
    } else {
      this.description(DD_MORE, opening.sequence, described);
      this.description(0, opening.sequence + 1);
    }
  }
}

export function descriptionsIn(sent: readonly SentPacket[]): DatabaseDescription[] {
  return bodiesIn(sent, OSPF_DATABASE_DESCRIPTION, decodeDatabaseDescription);
}

export function hellosIn(sent: readonly SentPacket[]): Hello[] {
  return bodiesIn(sent, OSPF_HELLO, decodeHello);
}

export function requestsIn(sent: readonly SentPacket[]): LsRequest[] {
  return bodiesIn(sent, OSPF_LINK_STATE_REQUEST, decodeLinkStateRequest).flat();
}

/** Headers of all LSAs in all updates. */
export function updatesIn(sent: readonly SentPacket[]): LsaHeader[] {
  return bodiesIn(sent, OSPF_LINK_STATE_UPDATE, decodeLinkStateUpdate)
    .flat()
    .map((lsa) => lsaHeaderAt(lsa, 0));
}

export function acknowledgmentsIn(sent: readonly SentPacket[]): LsaHeader[] {
  return bodiesIn(sent, OSPF_LINK_STATE_ACK, decodeLinkStateAck).flat();
}

/** A router-LSA as its router would make it; `sequence` counts from 1. */
export function routerLsa(routerId: number, sequence: number, links: readonly RouterLink[] = [], age = 1): Uint8Array {
  return encodeLsa(
    {
      age,
      options: 2,
      type: LSA_ROUTER,
      id: routerId,
      advertisingRouter: routerId,
      sequence: (0x80000000 + sequence) | 0,
    },
    encodeRouterLsa({ flags: 0, links }),
  );
}

export function headerOf(lsa: Uint8Array): LsaHeader {
  return lsaHeaderAt(lsa, 0);
}

function bodiesIn<Body>(
  sent: readonly SentPacket[],
  type: number,
  decode: (body: Uint8Array) => Body,
): Exclude<Body, { malformed: string }>[] {
  return sent
    .filter((packet) => packet.type === type)
    .map((packet) => {
      const body = decode(packet.body);
      if (typeof body === 'object' && body !== null && isMalformed(body)) throw new Error(body.malformed);
      return body as Exclude<Body, { malformed: string }>;
    });
}
