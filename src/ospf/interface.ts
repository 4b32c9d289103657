import { TimerTable } from '../base/timer-table.js';
import { ALL_DESIGNATED_ROUTERS, ALL_SPF_ROUTERS } from '../wire/ospf/header.js';
import type { LsaHeader } from '../wire/ospf/lsa.js';
import type { Elected } from './election.js';
import type { InterfaceEvent, InterfaceState } from './interface-fsm.js';
import { type LsaKey, Lsdb, type LsdbEntry } from './lsdb.js';
import type { OspfInterfaceConfig } from './messages.js';
import type { Neighbor } from './neighbor.js';
import { Rival } from './rival.js';

export type InterfaceTimer =
  /** Time for the next Hello. */
  | 'hello'
  /** Who is designated router should have been heard by now. */
  | 'wait'
  /** The delayed acknowledgments have waited long enough. */
  | 'delayed-ack';

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
  /** On a broadcast network: their interface addresses, 0 for none. */
  designatedRouter = 0;
  backupDesignatedRouter = 0;
  /** A router that resumes on a broadcast network hears all neighbors before it sends a Hello, which has to list them. */
  isListening = false;
  /** The offices that neighbors name while it listens, this router's own among them: they stand in for an election. */
  namedOffices: Elected | undefined = undefined;
  readonly timers = new TimerTable<InterfaceTimer>();
  /** When any OSPF packet last came in, taken or not; undefined if none has. */
  heardMs: number | undefined = undefined;
  /** By what identifies a neighbor: its address on a broadcast network, its router ID on a point-to-point network. */
  readonly neighbors = new Map<number, Neighbor>();
  /** LSAs of link-local scope (type 9). */
  readonly linkLsdb = new Lsdb();

  /** What the present input has led to, for the state machine to look at when the input is done with. */
  readonly pendingEvents = new Set<InterfaceEvent>();
  /** LSAs to flood out before the present input is done with; a newer instance takes the place of an older one. */
  readonly floodQueue = new Map<LsaKey, LsdbEntry>();
  readonly delayedAcks: LsaHeader[] = [];
  /** Heard through this interface. */
  readonly rival = new Rival();
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

  /** It takes part in the protocol: it is up, not looped and not passive. */
  get isActive(): boolean {
    return this.isUp && this.state !== 'Loopback' && !this.config.passive;
  }

  get isBroadcast(): boolean {
    return this.config.type === 'broadcast';
  }

  /** A point-to-point interface without a subnet of its own. */
  get isUnnumbered(): boolean {
    return !this.isBroadcast && this.config.address.prefixLength === 32;
  }

  /** Designated router or backup: it listens to AllDRouters, and is adjacent to all (sections 8.1 and 10.4). */
  get isElected(): boolean {
    return this.state === 'DR' || this.state === 'Backup';
  }

  /** Packets may go through the network: our router-LSA has a transit link to it (section 12.4.1.2). */
  get isTransit(): boolean {
    if (!this.isBroadcast) return false;
    if (this.state === 'DR') return this.hasAdjacency;
    if (this.state !== 'Backup' && this.state !== 'DROther') return false;
    return this.neighbors.get(this.designatedRouter)?.isAdjacent ?? false;
  }

  /** Some neighbor is adjacent. */
  get hasAdjacency(): boolean {
    for (const neighbor of this.neighbors.values()) {
      if (neighbor.isAdjacent) return true;
    }
    return false;
  }

  /** Where updates and delayed acknowledgments for all who are to have them go (sections 13.3 and 13.5). */
  get floodDestination(): number {
    return this.isBroadcast && !this.isElected ? ALL_DESIGNATED_ROUTERS : ALL_SPF_ROUTERS;
  }
}

/** The neighbor that sent a packet (sections 8.2 and 10.5); undefined too if another router had that address before. */
export function findNeighborOf(ospfInterface: OspfInterface, routerId: number, source: number): Neighbor | undefined {
  const neighbor = ospfInterface.neighbors.get(ospfInterface.isBroadcast ? source : routerId);
  return neighbor?.routerId === routerId ? neighbor : undefined;
}

/** Where what one neighbor alone is to read goes: on a point-to-point network that is how everything goes (8.1). */
export function addressOf(neighbor: Neighbor): number {
  return neighbor.interface.isBroadcast ? neighbor.address : ALL_SPF_ROUTERS;
}
