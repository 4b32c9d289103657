import { TimerTable } from '../base/timer-table.js';
import { OPTION_OPAQUE } from '../wire/ospf/header.js';
import type { LsaHeader } from '../wire/ospf/lsa.js';
import type { OspfInterface } from './interface.js';
import type { LsaKey, LsdbEntry } from './lsdb.js';
import { isAtLeast, type NeighborState } from './neighbor-fsm.js';

export type NeighborTimer =
  /** No packet for RouterDeadInterval: the neighbor is gone. */
  | 'inactivity'
  /** The last description is sent again: ExStart, and Exchange as master. As slave: the master has not gone on. */
  | 'description'
  /** Requests that were not answered are sent again. */
  | 'request'
  /** Something on the retransmission list is due. */
  | 'retransmit'
  /** As slave: until then a repeated description is answered, later it is a mismatch (10.8). */
  | 'description-kept'
  /** It was Full and has begun the exchange anew: until then it is told, and used, as if it were Full still. */
  | 'adjacency-kept'
  /** It restarts gracefully (RFC 3623): until then it is told, and used, as if it were Full, whatever it does. */
  | 'grace';

/** What makes a Database Description a duplicate of another (10.6). */
export interface DescriptionIdentity {
  readonly flags: number;
  readonly options: number;
  readonly sequence: number;
}

/** An LSA that the neighbor has been sent and has not acknowledged. */
export interface Retransmission {
  readonly entry: LsdbEntry;
  readonly dueMs: number;
}

/** The neighbor data structure of RFC 2328 section 10. Changed by the files of the same folder only. */
export class Neighbor {
  readonly interface: OspfInterface;
  readonly routerId: number;
  /** Source of its last Hello: the next hop to it. */
  address: number;
  priority = 0;
  /** It names itself designated router, or backup, in its Hellos. */
  claimsDesignated = false;
  claimsBackup = false;
  state: NeighborState = 'Down';
  sinceMs: number;
  /** When it came to ExStart from elsewhere than the exchange: an exchange that begins anew all the time is one. */
  exchangeSinceMs: number;
  /** Why it is in this state, in words. */
  reason = '';
  readonly timers = new TimerTable<NeighborTimer>();
  /** Cryptographic sequence number of its last packet: later ones may not go below it (section D.3). */
  packetSequence = 0;

  /** Options of its descriptions. */
  options = 0;
  isMaster = false;
  ddSequence: number;
  /** As slave: the number that the master began the exchange with. */
  openingSequence: number | undefined = undefined;
  /** When an exchange was last begun here, or is to be. */
  exchangeBeganMs = Number.NEGATIVE_INFINITY;
  lastReceivedDescription: DescriptionIdentity | undefined = undefined;
  /** Body of the last description sent, for when it must be repeated. */
  lastSentDescription: Uint8Array | undefined = undefined;
  /** The last description that was sent had the M bit. */
  sentMore = false;
  /** LSAs still to be described, in this order. */
  readonly summary = new Map<LsaKey, LsdbEntry>();

  /** LSAs that the neighbor has in a newer instance: what was described, until it arrives. */
  readonly requests = new Map<LsaKey, LsaHeader>();
  /** The part of `requests` that was asked for in the last request packet. */
  readonly requested = new Set<LsaKey>();
  readonly retransmissions = new Map<LsaKey, Retransmission>();
  /** Direct acknowledgments to send before the present input is done with. */
  readonly acknowledgments: LsaHeader[] = [];

  constructor(ospfInterface: OspfInterface, routerId: number, address: number, ddSequence: number, nowMs: number) {
    this.interface = ospfInterface;
    this.routerId = routerId;
    this.address = address;
    this.ddSequence = ddSequence;
    this.sinceMs = nowMs;
    this.exchangeSinceMs = nowMs;
  }

  isAtLeast(state: NeighborState): boolean {
    return isAtLeast(this.state, state);
  }

  /** Packets may be sent by way of it: it is Full, or was a moment ago and is about to be again. */
  get isAdjacent(): boolean {
    return this.state === 'Full' || this.timers.isSet('adjacency-kept') || this.isHelped;
  }

  /** It restarts, and we are its helper (RFC 3623 section 3). */
  get isHelped(): boolean {
    return this.timers.isSet('grace');
  }

  /** What names it among the neighbors of its interface. */
  get key(): number {
    return this.interface.isBroadcast ? this.address : this.routerId;
  }

  /** It is on its way to Full. */
  get isOnItsWay(): boolean {
    return this.isAtLeast('ExStart') && this.state !== 'Full';
  }

  /** It reads the database: MaxAge LSAs must stay until it is done. */
  get isExchanging(): boolean {
    return this.state === 'Exchange' || this.state === 'Loading';
  }

  /** It may be sent opaque LSAs (RFC 5250 section 3). */
  get takesOpaque(): boolean {
    return (this.options & OPTION_OPAQUE) !== 0;
  }

  /** The LSA has arrived, or is not wanted any more. */
  forgetRequest(key: LsaKey): void {
    this.requests.delete(key);
    this.requested.delete(key);
  }

  /** Empties the lists and ends what was under way on their behalf. */
  clearLists(): void {
    this.summary.clear();
    this.requests.clear();
    this.requested.clear();
    for (const { entry } of this.retransmissions.values()) entry.endWait();
    this.retransmissions.clear();
    this.acknowledgments.length = 0;
    this.lastReceivedDescription = undefined;
    this.lastSentDescription = undefined;
    for (const timer of ['description', 'request', 'retransmit', 'description-kept'] as const) this.timers.stop(timer);
  }
}
