import { formatIpv4 } from '../base/ipv4.js';
import type { Random } from '../base/random.js';
import { TimerTable } from '../base/timer-table.js';
import { LSA_NETWORK, type LsaHeader } from '../wire/ospf/lsa.js';
import type { Area } from './area.js';
import { EVENT_GAP_MS, EVENT_SUBJECTS } from './constants.js';
import type { LinkCondition, OspfInterface } from './interface.js';
import { Lsdb } from './lsdb.js';
import type { OspfBfdSession, OspfConfig, OspfOutput } from './messages.js';
import type { Neighbor } from './neighbor.js';
import type { RejectionCheck, RejectionLog } from './rejection.js';
import { RouteTable } from './route-table.js';
import { SpfSchedule } from './spf-schedule.js';
import type { Startup } from './startup.js';

export type RouterTimer =
  /** Startup is looked at again, to say `converged`. */
  'startup';

/**
 * What the areas of one router share: its identity, the database of AS scope, the routes and what is to be put out
 * (RFC 2328 section 5). It holds data and the few things that all files do; what the protocol does is in the files named
 * for it.
 */
export class Router {
  readonly random: Random;
  config: OspfConfig;
  /** Time of the input that is being handled. */
  nowMs: number;
  /** Attached areas by their ID, in the order of the configuration. */
  readonly areas = new Map<number, Area>();
  /** LSAs of AS scope: types 5 and 11. */
  readonly lsdb = new Lsdb();
  /** What is known of the links below, by name; links that OSPF does not use included. */
  readonly links: ReadonlyMap<string, LinkCondition>;
  readonly timers = new TimerTable<RouterTimer>();
  readonly rejections: RejectionLog;
  readonly spfSchedule = new SpfSchedule();
  readonly routes = new RouteTable();
  readonly startup: Startup;
  /** Those that were last told. */
  bfdSessions: readonly OspfBfdSession[] = [];
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

  *interfaces(): IterableIterator<OspfInterface> {
    for (const area of this.areas.values()) yield* area.interfaces.values();
  }

  *neighbors(): IterableIterator<Neighbor> {
    for (const area of this.areas.values()) yield* area.neighbors();
  }

  /** The area that an interface belongs to now, and the interface. */
  findInterface(name: string): { area: Area; ospfInterface: OspfInterface } | undefined {
    for (const area of this.areas.values()) {
      const ospfInterface = area.interfaces.get(name);
      if (ospfInterface !== undefined) return { area, ospfInterface };
    }
    return undefined;
  }

  /** True for what only this router may originate: its router ID, or a network-LSA for one of its addresses (13.4). */
  isSelfOriginated(lsa: Pick<LsaHeader, 'type' | 'id' | 'advertisingRouter'>): boolean {
    return lsa.advertisingRouter === this.routerId || (lsa.type === LSA_NETWORK && this.isOwnAddress(lsa.id));
  }

  isOwnAddress(address: number): boolean {
    for (const { config } of this.interfaces()) {
      if (config.address.address === address) return true;
    }
    return false;
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

/** What outlives a router: a change of router ID starts a new one among the same. */
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
