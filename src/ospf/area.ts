import type { Random } from '../base/random.js';
import { TimerTable } from '../base/timer-table.js';
import {
  ALL_SPF_ROUTERS,
  encodeOspfPacket,
  OPTION_EXTERNAL,
  OPTION_NSSA,
  OSPF_HEADER_BYTES,
} from '../wire/ospf/header.js';
import { LSA_NSSA_EXTERNAL, LSA_OPAQUE_LINK, LSA_SUMMARY_ASBR, type LsaHeader } from '../wire/ospf/lsa.js';
import { authenticationRoom, seal } from './authentication.js';
import type { OspfInterface } from './interface.js';
import { Lsdb } from './lsdb.js';
import type { OspfAreaConfig, OspfAreaKind, OspfOutput } from './messages.js';
import type { Neighbor } from './neighbor.js';
import { OwnLsas } from './own-lsas.js';
import type { RejectionCheck } from './rejection.js';
import type { AreaInput } from './route-input.js';
import type { EventDetail, Origin, Router } from './router.js';
import { isOfAsScope } from './scope.js';
import type { RouteWork, SpfSchedule } from './spf-schedule.js';
import type { Startup } from './startup.js';
import { Origination } from './topology-lsas.js';

export type AreaTimer =
  /** What has waited for company, a link that came up or a neighbor that became Full, is to be told of now. */
  'good-news';

const KIND_TEXT: { readonly [kind in OspfAreaKind]: string } = {
  normal: 'a normal area',
  stub: 'a stub area',
  nssa: 'an NSSA',
};

const IPV4_HEADER_BYTES = 20;
const MAX_IPV4_BYTES = 65_535;

/**
 * The area data structure of RFC 2328 section 6, which most files of this folder work on, with a view of the router that
 * it belongs to.
 */
export class Area {
  readonly router: Router;
  /** Replaced by a reload that keeps the ID. */
  config: OspfAreaConfig;
  readonly interfaces = new Map<string, OspfInterface>();
  /** LSAs of area scope: types 1 to 4, 7 and 10. */
  readonly lsdb = new Lsdb();
  readonly timers = new TimerTable<AreaTimer>();
  readonly origination = new Origination();
  /** What its routes are calculated from, as long as that is the case; undefined if it has to be gathered anew. */
  routeInput: AreaInput | undefined = undefined;
  /** Those of area scope. */
  readonly ownLsas: OwnLsas;

  constructor(router: Router, config: OspfAreaConfig) {
    this.router = router;
    this.ownLsas = new OwnLsas(router.routerId);
    this.config = config;
  }

  get id(): number {
    return this.config.id;
  }

  get nowMs(): number {
    return this.router.nowMs;
  }

  get routerId(): number {
    return this.router.routerId;
  }

  get random(): Random {
    return this.router.random;
  }

  get outputs(): OspfOutput[] {
    return this.router.outputs;
  }

  get spfSchedule(): SpfSchedule {
    return this.router.spfSchedule;
  }

  get startup(): Startup {
    return this.router.startup;
  }

  /** One of its links is up. */
  get isAttached(): boolean {
    for (const { isUp } of this.interfaces.values()) {
      if (isUp) return true;
    }
    return false;
  }

  /** Some neighbor in it is adjacent. */
  get hasAdjacency(): boolean {
    for (const { hasAdjacency } of this.interfaces.values()) {
      if (hasAdjacency) return true;
    }
    return false;
  }

  /** AS-external LSAs are flooded into it (section 3.6). */
  get takesExternals(): boolean {
    return this.config.kind === 'normal';
  }

  /** It has externals of its own, of type 7, in the place of those of the AS (RFC 3101). */
  get isNssa(): boolean {
    return this.config.kind === 'nssa';
  }

  /** What kind of area it is, with an article. */
  get kindText(): string {
    return KIND_TEXT[this.config.kind];
  }

  /**
   * Why no LSA of this type may be in it; undefined if one may. Stub areas and NSSAs have none of AS scope, nor what leads
   * to the routers that originate those (RFC 2328 section 13 (3), 12.4.3); type 7 is for NSSAs (RFC 3101 section 2.3).
   */
  refusalOf(type: number): string | undefined {
    if (type === LSA_NSSA_EXTERNAL) return this.isNssa ? undefined : 'no LSA of type 7 outside an NSSA';
    if (this.takesExternals) return undefined;
    if (isOfAsScope(type)) return `no LSA of AS scope in ${this.kindText}`;
    return type === LSA_SUMMARY_ASBR ? `no LSA of type 4 in ${this.kindText}` : undefined;
  }

  /**
   * Options of Hellos, descriptions and LSAs here: E in a normal area (section A.2), N in an NSSA (RFC 3101 section 2.1);
   * others add what they need.
   */
  get options(): number {
    if (this.isNssa) return OPTION_NSSA;
    return this.takesExternals ? OPTION_EXTERNAL : 0;
  }

  *neighbors(): IterableIterator<Neighbor> {
    for (const ospfInterface of this.interfaces.values()) yield* ospfInterface.neighbors.values();
  }

  /** The database that an LSA of this type belongs to when it is heard or told on `ospfInterface`. */
  lsdbFor(ospfInterface: OspfInterface, type: number): Lsdb {
    if (type === LSA_OPAQUE_LINK) return ospfInterface.linkLsdb;
    return isOfAsScope(type) ? this.router.lsdb : this.lsdb;
  }

  /** What we have to say of this type, in this area or in all. */
  ownLsasFor(type: number): OwnLsas {
    return isOfAsScope(type) ? this.router.ownLsas : this.ownLsas;
  }

  /** See `Router.isSelfOriginated`. */
  isSelfOriginated(lsa: Pick<LsaHeader, 'type' | 'id' | 'advertisingRouter'>): boolean {
    return this.router.isSelfOriginated(lsa);
  }

  /** What is not urgent, a link or a neighbor that has come, is told of in `ms` at the latest. */
  tellWithin(ms: number): void {
    this.timers.set('good-news', Math.min(this.timers.atMs('good-news') ?? Infinity, this.nowMs + ms));
  }

  /** What its routes are calculated from besides LSAs has changed: an interface, an adjacency, a stub. */
  changeRouteInput(work: RouteWork = 'dijkstra'): void {
    this.routeInput = undefined;
    this.spfSchedule.request(work, this.nowMs, this.id);
  }

  /** Bytes of packet body that fit the interface in one IP packet, whatever the MTU. */
  bodyRoom(ospfInterface: OspfInterface): number {
    const room = Math.min(ospfInterface.mtu, MAX_IPV4_BYTES) - IPV4_HEADER_BYTES - OSPF_HEADER_BYTES;
    return room - authenticationRoom(ospfInterface);
  }

  send(ospfInterface: OspfInterface, destination: number, type: number, body: Uint8Array): void {
    const payload = seal(this, ospfInterface, encodeOspfPacket(type, this.routerId, this.id, body));
    this.outputs.push({ kind: 'send', interface: ospfInterface.name, destination, payload });
  }

  /** Sends to all routers on the interface: on a point-to-point network that is how everything goes (section 8.1). */
  sendToAll(ospfInterface: OspfInterface, type: number, body: Uint8Array): void {
    this.send(ospfInterface, ALL_SPF_ROUTERS, type, body);
  }

  /** See `Router.reject`. */
  reject(origin: Origin, check: RejectionCheck, expected: string | number, got: string | number): void {
    this.router.reject(origin, check, expected, got);
  }

  /** See `Router.discard`. */
  discard(check: RejectionCheck): void {
    this.router.discard(check);
  }

  /** See `Router.event`. */
  event(name: string, detail: EventDetail, subject?: string): void {
    this.router.event(name, detail, subject);
  }
}
