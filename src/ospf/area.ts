import { formatIpv4 } from '../base/ipv4.js';
import type { Random } from '../base/random.js';
import { TimerTable } from '../base/timer-table.js';
import { ALL_SPF_ROUTERS, encodeOspfPacket, OSPF_HEADER_BYTES } from '../wire/ospf/header.js';
import { LSA_NETWORK, LSA_OPAQUE_LINK, type LsaHeader } from '../wire/ospf/lsa.js';
import { EVENT_GAP_MS, EVENT_SUBJECTS } from './constants.js';
import type { LinkCondition, OspfInterface } from './interface.js';
import { Lsdb } from './lsdb.js';
import type { OspfConfig, OspfOutput } from './messages.js';
import type { Neighbor } from './neighbor.js';
import { Origination } from './originate.js';
import type { RejectionCheck, RejectionLog } from './rejection.js';
import { RouteTable } from './route-table.js';
import { SpfSchedule } from './spf-schedule.js';
import type { Startup } from './startup.js';

export type AreaTimer =
  /** An LSA of ours may be originated again (MinLSInterval). */
  | 'originate'
  /** What has waited for company, a link that came up or a neighbor that became Full, is to be told of now. */
  | 'good-news'
  /** Our LSA grows old and needs a new instance. */
  | 'refresh'
  /** Startup is looked at again, to say `converged`. */
  | 'startup';

const IPV4_HEADER_BYTES = 20;
const MAX_IPV4_BYTES = 65_535;

/**
 * The state of one area, which the files of this folder work on: interfaces, database, routes and what is to be put
 * out. It holds data and the few things that all of them do; what the protocol does is in the files named for it.
 */
export class Area {
  readonly random: Random;
  config: OspfConfig;
  /** Time of the input that is being handled. */
  nowMs: number;
  readonly interfaces = new Map<string, OspfInterface>();
  /** What is known of the links below, by name; links that OSPF does not use included. */
  readonly links: ReadonlyMap<string, LinkCondition>;
  readonly lsdb = new Lsdb();
  readonly timers = new TimerTable<AreaTimer>();
  readonly rejections: RejectionLog;
  readonly origination = new Origination();
  readonly spfSchedule = new SpfSchedule();
  readonly routes = new RouteTable();
  readonly startup: Startup;
  readonly outputs: OspfOutput[] = [];
  private readonly eventTimes = new Map<string, number>();

  constructor(surroundings: Surroundings, config: OspfConfig, startup: Startup, nowMs: number) {
    this.random = surroundings.random;
    this.links = surroundings.links;
    this.rejections = surroundings.rejections;
    this.config = config;
    this.nowMs = nowMs;
    this.startup = startup;
  }

  get routerId(): number {
    return this.config.routerId;
  }

  *neighbors(): IterableIterator<Neighbor> {
    for (const ospfInterface of this.interfaces.values()) yield* ospfInterface.neighbors.values();
  }

  /** The database that an LSA of this type belongs to when it is heard or told on `ospfInterface`. */
  lsdbFor(ospfInterface: OspfInterface, type: number): Lsdb {
    return type === LSA_OPAQUE_LINK ? ospfInterface.linkLsdb : this.lsdb;
  }

  /** True for what only this router may originate: its router ID, or a network-LSA for one of its addresses (13.4). */
  isSelfOriginated(lsa: Pick<LsaHeader, 'type' | 'id' | 'advertisingRouter'>): boolean {
    return lsa.advertisingRouter === this.routerId || (lsa.type === LSA_NETWORK && this.isOwnAddress(lsa.id));
  }

  isOwnAddress(address: number): boolean {
    return this.config.interfaces.some((ospfInterface) => ospfInterface.address.address === address);
  }

  /** What is not urgent, a link or a neighbor that has come, is told of in `ms` at the latest. */
  tellWithin(ms: number): void {
    this.timers.set('good-news', Math.min(this.timers.atMs('good-news') ?? Infinity, this.nowMs + ms));
  }

  /** Bytes of packet body that fit the interface in one IP packet, whatever the MTU. */
  bodyRoom(ospfInterface: OspfInterface): number {
    return Math.min(ospfInterface.mtu, MAX_IPV4_BYTES) - IPV4_HEADER_BYTES - OSPF_HEADER_BYTES;
  }

  send(ospfInterface: OspfInterface, destination: number, type: number, body: Uint8Array): void {
    const payload = encodeOspfPacket(type, this.routerId, this.config.area, body);
    this.outputs.push({ kind: 'send', interface: ospfInterface.name, destination, payload });
  }

  /** Sends to all routers on the interface: on a point-to-point network that is how everything goes (section 8.1). */
  sendToAll(ospfInterface: OspfInterface, type: number, body: Uint8Array): void {
    this.send(ospfInterface, ALL_SPF_ROUTERS, type, body);
  }

  /** Notes why something that came in was not accepted; the first of its kind, and then now and then, is an event. */
  reject(origin: Origin, check: RejectionCheck, expected: string | number, got: string | number): void {
    const { source, ...where } = origin;
    this.rejections.add({ atMs: this.nowMs, ...origin, check, expected: String(expected), got: String(got) });
    const detail = { ...where, source: formatIpv4(source), check, expected, got };
    this.event('packet-rejected', detail, `${origin.interface} ${check}`);
  }

  /** Counts what is dropped in the normal course of the protocol, and is nothing to tell an operator. */
  discard(check: RejectionCheck): void {
    this.rejections.count(check);
  }

  /** Tells the operator; events of one name about the same `subject` are told at most every ten seconds. */
  event(name: string, detail: EventDetail, subject?: string): void {
    if (subject === undefined || this.isDue(`${name} ${subject}`)) this.outputs.push({ kind: 'event', name, detail });
  }

  /** Of subjects that others make up only so many are remembered: what is beyond is not told at all. */
  private isDue(key: string): boolean {
    const before = this.eventTimes.get(key);
    if (before !== undefined && this.nowMs - before < EVENT_GAP_MS) return false;
    if (before === undefined && this.eventTimes.size >= EVENT_SUBJECTS) this.forgetOldEvents();
    if (this.eventTimes.size >= EVENT_SUBJECTS) return false;
    this.eventTimes.set(key, this.nowMs);
    return true;
  }

  private forgetOldEvents(): void {
    for (const [key, atMs] of this.eventTimes) {
      if (this.nowMs - atMs >= EVENT_GAP_MS) this.eventTimes.delete(key);
    }
  }
}

/** What outlives an area: a change of router ID or area starts a new one among the same. */
export interface Surroundings {
  readonly random: Random;
  readonly links: ReadonlyMap<string, LinkCondition>;
  readonly rejections: RejectionLog;
}

/** Where a packet came from. */
export interface Origin {
  readonly interface: string;
  readonly source: number;
}

export type EventDetail = { readonly [key: string]: string | number | boolean };
