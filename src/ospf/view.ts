/** What an operator may see of an instance, as plain data with units in the names. */
import type { InterfaceAddress } from '../base/prefix.js';
import type { LsaBody, LsaHeader } from '../wire/ospf/lsa.js';
import type { Area } from './area.js';
import type { InterfaceState, OspfInterface } from './interface.js';
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
  /** How long it has been in this state. */
  readonly stateAgeMs: number;
  readonly neighbors: number;
  readonly fullNeighbors: number;
  /** Undefined if no Hellos are sent. */
  readonly nextHelloInMs: number | undefined;
}

export interface OspfNeighborView {
  readonly interface: string;
  readonly routerId: number;
  readonly address: number;
  readonly state: NeighborState;
  readonly stateAgeMs: number;
  /** What led to the state. */
  readonly reason: string;
  /** Until it is given up if nothing is heard. */
  readonly deadInMs: number | undefined;
  readonly options: number;
  /** Lengths of the three lists of section 10. */
  readonly toDescribe: number;
  readonly toRequest: number;
  readonly toRetransmit: number;
}

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
  readonly lsas: number;
  readonly converged: boolean;
}

export function viewInterfaces(router: Router, nowMs: number): OspfInterfaceView[] {
  return [...router.areas.values()].flatMap((area) =>
    [...area.interfaces.values()].map((ospfInterface) => viewInterface(area, ospfInterface, nowMs)),
  );
}

export function viewNeighbors(router: Router, nowMs: number): OspfNeighborView[] {
  return [...router.neighbors()].map((neighbor) => viewNeighbor(neighbor, nowMs));
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
  let lsas = router.lsdb.size;
  for (const { lsdb } of router.areas.values()) lsas += lsdb.size;
  return { dijkstraRuns, stubRuns, lsas, converged: router.startup.isDone };
}

function compareLsas(a: OspfLsaView, b: OspfLsaView): number {
  return a.type - b.type || a.id - b.id || a.advertisingRouter - b.advertisingRouter;
}

function viewInterface(area: Area, ospfInterface: OspfInterface, nowMs: number): OspfInterfaceView {
  const { name, type, address, cost, passive, ...config } = ospfInterface.config;
  const neighbors = [...ospfInterface.neighbors.values()];
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
    stateAgeMs: nowMs - ospfInterface.sinceMs,
    neighbors: neighbors.length,
    fullNeighbors: neighbors.filter((neighbor) => neighbor.state === 'Full').length,
    nextHelloInMs: remainingMs(ospfInterface.timers.atMs('hello'), nowMs),
  };
}

function viewNeighbor(neighbor: Neighbor, nowMs: number): OspfNeighborView {
  return {
    interface: neighbor.interface.name,
    routerId: neighbor.routerId,
    address: neighbor.address,
    state: neighbor.state,
    stateAgeMs: nowMs - neighbor.sinceMs,
    reason: neighbor.reason,
    deadInMs: remainingMs(neighbor.timers.atMs('inactivity'), nowMs),
    options: neighbor.options,
    toDescribe: neighbor.summary.length,
    toRequest: neighbor.requests.size,
    toRetransmit: neighbor.retransmissions.size,
  };
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
