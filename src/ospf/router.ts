import { formatIpv4 } from '../base/ipv4.js';
import { formatPrefix, type Prefix } from '../base/prefix.js';
import type { Random } from '../base/random.js';
import { TimerTable } from '../base/timer-table.js';
import { LSA_NETWORK, type LsaHeader } from '../wire/ospf/lsa.js';
import type { Area } from './area.js';
import type { Sealing } from './authentication.js';
import { BACKBONE, EVENT_GAP_MS, EVENT_SUBJECTS } from './constants.js';
import type { StoredLsa } from './database-check.js';
import type { LinkCondition, OspfInterface } from './interface.js';
import { Lsdb } from './lsdb.js';
import type { OspfBfdSession, OspfConfig, OspfOpaqueLsa, OspfOutput } from './messages.js';
import type { Neighbor } from './neighbor.js';
import { OwnLsas } from './own-lsas.js';
import type { RejectionCheck, RejectionLog } from './rejection.js';
import { RouteTable } from './route-table.js';
import { SpfSchedule } from './spf-schedule.js';
import type { Startup } from './startup.js';

export type RouterTimer =
  /** Startup is looked at again, to say `converged`; or it is over, and what has waited for that goes on. */
  | 'startup'
  /** The next part of the database is verified. */
  | 'check';

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
  /** When the packet came in that is being handled. */
  arrivedMs = Number.NEGATIVE_INFINITY;
  /** Attached areas by their ID, in the order of the configuration. */
  readonly areas = new Map<number, Area>();
  /** LSAs of AS scope: types 5 and 11. */
  readonly lsdb = new Lsdb();
  /** What is known of the links below, by name; links that OSPF does not use included. */
  readonly links: ReadonlyMap<string, LinkCondition>;
  readonly timers = new TimerTable<RouterTimer>();
  readonly rejections: RejectionLog;
  readonly sealing: Sealing;
  readonly spfSchedule = new SpfSchedule(() => this.config.spfDelays);
  readonly routes = new RouteTable();
  readonly stopwatchMs: () => number;
  /** How long the last calculation with Dijkstra and all routes took; undefined before the first. */
  lastSpfMs: number | undefined;
  readonly startup: Startup;
  /** LSAs of AS scope that we are to have. */
  readonly ownLsas: OwnLsas;
  /** What the AS-external LSAs, or the summaries, are made of has changed. */
  mustComposeExternals = true;
  mustComposeSummaries = false;
  /** What this router is to say in opaque LSAs, and whether that has changed. */
  opaques: readonly OspfOpaqueLsa[] = [];
  mustComposeOpaques = false;
  /** What our LSAs and routes were made for: see `isBorder`. */
  wasBorder = false;
  /** LSAs of before the restart that nobody wants have been flushed. */
  isSwept = false;
  /** What has still to be verified of the database in this round. */
  unchecked: Iterator<StoredLsa> | undefined = undefined;
  /** Those that were last told. */
  bfdSessions: readonly OspfBfdSession[] = [];
  readonly outputs: OspfOutput[] = [];
  private readonly eventTimes = new Map<string, number>();

  constructor(surroundings: Surroundings, config: OspfConfig, startup: Startup, nowMs: number) {
    this.random = surroundings.random;
    this.stopwatchMs = surroundings.stopwatchMs;
    this.links = surroundings.links;
    this.rejections = surroundings.rejections;
    this.sealing = surroundings.sealing;
    this.config = config;
    this.nowMs = nowMs;
    this.startup = startup;
    this.ownLsas = new OwnLsas(config.routerId);
  }

  get routerId(): number {
    return this.config.routerId;
  }

  /** LSAs of all scopes. */
  get lsaCount(): number {
    let count = 0;
    for (const { size } of this.databases()) count += size;
    return count;
  }

  /** Those of all scopes. */
  *databases(): IterableIterator<Lsdb> {
    yield this.lsdb;
    for (const area of this.areas.values()) {
      yield area.lsdb;
      for (const { linkLsdb } of area.interfaces.values()) yield linkLsdb;
    }
  }

  /**
   * It is an area border router: attached to the backbone and to another area, by links that are up (RFC 3509, the first
   * of its two alternatives). A host never is one, since it is no path for others.
   */
  get isBorder(): boolean {
    if (this.config.hostMode) return false;
    const attached = [...this.areas.values()].filter((area) => area.isAttached);
    return attached.length > 1 && attached.some((area) => area.id === BACKBONE);
  }

  /**
   * Of summaries it reads those of the backbone alone (RFC 2328 section 16.2): an area border router that has a neighbor
   * there. One whose neighbors there are lost, or that only has a passive link in it, takes what each area has, and its
   * ways through another border router with it (RFC 3509 section 2.2).
   */
  get readsBackboneOnly(): boolean {
    return this.isBorder && this.areas.get(BACKBONE)?.hasAdjacency === true;
  }

  /** It is an AS boundary router: it has externals to tell, and an area to tell them in. A host may be one. */
  get isAsbr(): boolean {
    return this.config.externals.length > 0 && [...this.areas.values()].some((area) => area.takesExternals);
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

  /** Appendix E leaves no link state ID for an LSA of this network: it cannot be told of. */
  lacksLinkStateId(prefix: Prefix): void {
    const text = formatPrefix(prefix);
    this.event('link-state-id-taken', { prefix: text }, text);
  }

  /** Notes why something that came in was not accepted; the first of its kind, and then now and then, is an event. */
  reject(origin: Origin, check: RejectionCheck, expected: string | number, got: string | number): void {
    const { interface: name, source, routerId } = origin;
    const { nowMs: atMs } = this;
    this.rejections.add({
      ...{ atMs, interface: name, source, routerId, check },
      ...{ expected: String(expected), got: String(got) },
    });
    const detail = { interface: name, source: formatIpv4(source), check, expected, got };
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
  readonly stopwatchMs: () => number;
  readonly links: ReadonlyMap<string, LinkCondition>;
  readonly rejections: RejectionLog;
  readonly sealing: Sealing;
}

/** Where a packet came from. */
export interface Origin {
  readonly interface: string;
  readonly source: number;
  /** Undefined if it could not be read. */
  readonly routerId?: number;
}

export type EventDetail = { readonly [key: string]: string | number | boolean };
