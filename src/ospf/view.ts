/** What an operator may see of an instance, as plain data with units in the names. */
import type { InterfaceAddress } from '../base/prefix.js';
import type { LsaBody, LsaHeader } from '../wire/ospf/lsa.js';
import type { Area } from './area.js';
import type { OspfInterface } from './interface.js';
import type { InterfaceState } from './interface-fsm.js';
import type { LsdbEntry } from './lsdb.js';
import type { OspfInterfaceConfig } from './messages.js';
import type { Neighbor } from './neighbor.js';
import type { NeighborState } from './neighbor-fsm.js';
import type { Router } from './router.js';

export interface OspfInterfaceView {
  readonly name: string;
  readonly state: InterfaceState;
  readonly type: OspfInterfaceConfig['type'];
  readonly address: InterfaceAddress;
  readonly area: number;
  readonly cost: number;
  readonly mtuBytes: number;
  readonly helloIntervalSeconds: number;
  readonly deadIntervalSeconds: number;
  readonly retransmitIntervalSeconds: number;
  readonly passive: boolean;
  readonly priority: number;
  /** Interface addresses, of a broadcast network only; 0 if there is none. */
  readonly designatedRouter: number | undefined;
  readonly backupDesignatedRouter: number | undefined;
  readonly authentication: OspfInterfaceConfig['authentication']['kind'];
  readonly bfd: boolean;
  /** How long it has been in this state. */
  readonly stateAgeMs: number;
  readonly neighbors: number;
  readonly fullNeighbors: number;
  /** Undefined if no Hellos are sent. */
  readonly nextHelloInMs: number | undefined;
  /** How long ago any OSPF packet came in, taken or not; undefined if none has. */
  readonly heardAgeMs: number | undefined;
  /** Another router in the area has our router ID, and is heard through the interface. */
  readonly hasRival: boolean;
}

export interface OspfNeighborView {
  readonly interface: string;
  readonly area: number;
  readonly routerId: number;
  readonly address: number;
  /** In the election on a broadcast network, and what came of it; undefined on others. */
  readonly priority: number | undefined;
  readonly role: NeighborRole | undefined;
  readonly state: NeighborState;
  readonly stateAgeMs: number;
  /** How long it has been on the way from ExStart to Full, through all attempts; undefined if it is not. */
  readonly exchangeAgeMs: number | undefined;
  /** What led to the state. */
  readonly reason: string;
  /** Until it is given up if nothing is heard. */
  readonly deadInMs: number | undefined;
  /** Until it is helped no longer; undefined unless it restarts gracefully. */
  readonly graceEndsInMs: number | undefined;
  readonly options: number;
  /** Lengths of the three lists of section 10. */
  readonly toDescribe: number;
  readonly toRequest: number;
  readonly toRetransmit: number;
}

export type NeighborRole = 'DR' | 'Backup' | 'DROther';

export interface OspfLsaView extends LsaHeader {
  /** Undefined for LSAs of AS scope. */
  readonly area: number | undefined;
  /** The interface, for an LSA of link-local scope. */
  readonly interface: string | undefined;
  readonly selfOriginated: boolean;
  readonly body: LsaBody;
}

export interface OspfStatisticsView {
  readonly dijkstraRuns: number;
  /** Runs that took over the distances of the last: only stubs had changed. */
  readonly stubRuns: number;
  /** How long the last run of Dijkstra took, with all routes that come of it; undefined before the first. */
  readonly lastSpfMicroseconds: number | undefined;
  readonly lsas: number;
  readonly converged: boolean;
}

export function viewInterfaces(router: Router, nowMs: number): OspfInterfaceView[] {
  return [...router.areas.values()].flatMap((area) =>
    [...area.interfaces.values()].map((ospfInterface) => viewInterface(area, ospfInterface, nowMs)),
  );
}

export function viewNeighbors(router: Router, nowMs: number): OspfNeighborView[] {
  return [...router.areas.values()].flatMap((area) =>
    [...area.neighbors()].map((neighbor) => viewNeighbor(area, neighbor, nowMs)),
  );
}

/** By area, those of AS scope last; in each sorted by type, link state ID and advertising router. */
export function viewDatabase(router: Router, nowMs: number): OspfLsaView[] {
  const lsas: OspfLsaView[] = [];
  for (const area of router.areas.values()) {
    const inArea = [...area.lsdb].map((entry) =>
      viewLsa(router, entry, { area: area.id, interface: undefined }, nowMs),
    );
    for (const { name, linkLsdb } of area.interfaces.values()) {
      for (const entry of linkLsdb) inArea.push(viewLsa(router, entry, { area: area.id, interface: name }, nowMs));
    }
    lsas.push(...inArea.sort(compareLsas));
  }
  const inAs = [...router.lsdb].map((entry) =>
    viewLsa(router, entry, { area: undefined, interface: undefined }, nowMs),
  );
  return [...lsas, ...inAs.sort(compareLsas)];
}

export function viewStatistics(router: Router): OspfStatisticsView {
  const { dijkstraRuns, stubRuns } = router.routes;
  const lastSpfMicroseconds = router.lastSpfMs === undefined ? undefined : Math.round(router.lastSpfMs * 1000);
  return { dijkstraRuns, stubRuns, lastSpfMicroseconds, lsas: router.lsaCount, converged: router.startup.isDone };
}

function compareLsas(a: OspfLsaView, b: OspfLsaView): number {
  return a.type - b.type || a.id - b.id || a.advertisingRouter - b.advertisingRouter;
}

function viewInterface(area: Area, ospfInterface: OspfInterface, nowMs: number): OspfInterfaceView {
  const { name, type, address, cost, passive, ...config } = ospfInterface.config;
  const neighbors = [...ospfInterface.neighbors.values()];
  const { isBroadcast, designatedRouter, backupDesignatedRouter } = ospfInterface;
  return {
    name,
    state: ospfInterface.state,
    type,
    address,
    area: area.id,
    cost,
    mtuBytes: ospfInterface.mtu,
    helloIntervalSeconds: config.helloIntervalSeconds,
    deadIntervalSeconds: config.deadIntervalSeconds,
    retransmitIntervalSeconds: config.retransmitIntervalSeconds,
    passive,
    priority: config.priority,
    designatedRouter: isBroadcast ? designatedRouter : undefined,
    backupDesignatedRouter: isBroadcast ? backupDesignatedRouter : undefined,
    authentication: config.authentication.kind,
    bfd: config.bfd,
    stateAgeMs: nowMs - ospfInterface.sinceMs,
    neighbors: neighbors.length,
    fullNeighbors: neighbors.filter((neighbor) => neighbor.state === 'Full').length,
    nextHelloInMs: remainingMs(ospfInterface.timers.atMs('hello'), nowMs),
    heardAgeMs: ospfInterface.heardMs === undefined ? undefined : nowMs - ospfInterface.heardMs,
    hasRival: ospfInterface.rival.isAbout(nowMs),
  };
}

function viewNeighbor(area: Area, neighbor: Neighbor, nowMs: number): OspfNeighborView {
  return {
    interface: neighbor.interface.name,
    area: area.id,
    routerId: neighbor.routerId,
    address: neighbor.address,
    priority: neighbor.interface.isBroadcast ? neighbor.priority : undefined,
    role: roleOf(neighbor),
    state: neighbor.state,
    stateAgeMs: nowMs - neighbor.sinceMs,
    exchangeAgeMs: neighbor.isOnItsWay ? nowMs - neighbor.exchangeSinceMs : undefined,
    reason: neighbor.reason,
    deadInMs: remainingMs(neighbor.timers.atMs('inactivity'), nowMs),
    graceEndsInMs: remainingMs(neighbor.timers.atMs('grace'), nowMs),
    options: neighbor.options,
    toDescribe: neighbor.summary.size,
    toRequest: neighbor.requests.size,
    toRetransmit: neighbor.retransmissions.size,
  };
}

function roleOf({ interface: { isBroadcast, designatedRouter, backupDesignatedRouter }, address }: Neighbor) {
  if (!isBroadcast) return undefined;
  if (address === designatedRouter) return 'DR';
  return address === backupDesignatedRouter ? 'Backup' : 'DROther';
}

function viewLsa(
  router: Router,
  entry: LsdbEntry,
  where: Pick<OspfLsaView, 'area' | 'interface'>,
  nowMs: number,
): OspfLsaView {
  return {
    ...entry.headerAt(nowMs),
    ...where,
    selfOriginated: router.isSelfOriginated(entry),
    body: entry.body,
  };
}

function remainingMs(atMs: number | undefined, nowMs: number): number | undefined {
  return atMs === undefined ? undefined : Math.max(0, atMs - nowMs);
}
