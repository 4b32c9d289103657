import { TimerTable } from '../base/timer-table.js';
import type { LsaHeader } from '../wire/ospf/lsa.js';
import { type LsaKey, Lsdb, type LsdbEntry } from './lsdb.js';
import type { OspfInterfaceConfig } from './messages.js';
import type { Neighbor } from './neighbor.js';

/** RFC 2328 section 9.1; point-to-point interfaces know only the first and the third. */
export type InterfaceState = 'Down' | 'Loopback' | 'Waiting' | 'Point-to-point' | 'DROther' | 'Backup' | 'DR';

/** RFC 2328 section 9.2, without the events of elections. */
export type InterfaceEvent = 'InterfaceUp' | 'InterfaceDown' | 'LoopInd' | 'UnloopInd';

export type InterfaceTimer =
  /** Time for the next Hello. */
  | 'hello'
  /** The delayed acknowledgments have waited long enough. */
  | 'delayed-ack';

/** The state after `event` (section 9.3) of an interface to a point-to-point network. */
export function nextInterfaceState(state: InterfaceState, event: InterfaceEvent): InterfaceState {
  switch (event) {
    case 'InterfaceUp':
      return state === 'Down' ? 'Point-to-point' : state;
    case 'InterfaceDown':
      return 'Down';
    case 'LoopInd':
      return 'Loopback';
    case 'UnloopInd':
      return state === 'Loopback' ? 'Down' : state;
  }
}

/** The link below an interface, as last reported. */
export interface LinkCondition {
  readonly up: boolean;
  /** Bytes of an IP packet. */
  readonly mtu: number;
  readonly ifindex: number;
}

/** The interface data structure of RFC 2328 section 9. */
export class OspfInterface {
  /** Replaced when a reload changes what needs no restart. */
  config: OspfInterfaceConfig;
  state: InterfaceState = 'Down';
  mtu: number;
  ifindex: number;
  /** When the state was last left or entered. */
  sinceMs: number;
  readonly timers = new TimerTable<InterfaceTimer>();
  /** By router ID, which is what identifies a neighbor on a point-to-point network. */
  readonly neighbors = new Map<number, Neighbor>();
  /** LSAs of link-local scope (type 9). */
  readonly linkLsdb = new Lsdb();

  /** LSAs to flood out before the present input is done with; a newer instance takes the place of an older one. */
  readonly floodQueue = new Map<LsaKey, LsdbEntry>();
  readonly delayedAcks: LsaHeader[] = [];
  /** When a Hello was last sent out of turn. */
  lastExtraHelloMs = Number.NEGATIVE_INFINITY;

  constructor(config: OspfInterfaceConfig, link: LinkCondition, nowMs: number) {
    this.config = config;
    this.mtu = link.mtu;
    this.ifindex = link.ifindex;
    this.sinceMs = nowMs;
  }

  get name(): string {
    return this.config.name;
  }

  get isUp(): boolean {
    return this.state !== 'Down';
  }

  /** It takes part in the protocol: it is up and not passive. */
  get isActive(): boolean {
    return this.isUp && !this.config.passive;
  }
}
