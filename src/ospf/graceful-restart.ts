import { formatIpv4 } from '../base/ipv4.js';
import { isMalformed } from '../wire/malformed.js';
import { decodeGraceLsa, type GraceLsa, isGraceLsa } from '../wire/ospf/grace-lsa.js';
import { LSA_EXTERNAL, LSA_HEADER_BYTES, LSA_NSSA_EXTERNAL } from '../wire/ospf/lsa.js';
import { raise, tellOthers } from './adjacency.js';
import type { Area } from './area.js';
import { LS_REFRESH_MS } from './constants.js';
import type { OspfInterface } from './interface.js';
import { describeLsa, type LsdbEntry } from './lsdb.js';
import type { Neighbor } from './neighbor.js';
import type { Origin } from './router.js';

/*
 * The helper of RFC 3623 section 3: a neighbor whose control plane restarts while it forwards on is told and used as
 * before, until it is back, the time that it has asked for is over, or the topology is not what it knows any more.
 */

/** Takes an LSA that was installed on `ospfInterface`: a neighbor may ask for grace with it, or say that it is back. */
export function receiveGraceLsa(area: Area, ospfInterface: OspfInterface, entry: LsdbEntry, origin: Origin): void {
  if (!isGraceLsa(entry)) return;
  if (entry.isMaxAge(area.nowMs)) {
    for (const neighbor of ospfInterface.neighbors.values()) {
      if (neighbor.isHelped && neighbor.routerId === entry.advertisingRouter) endHelp(area, neighbor, 'it is back');
    }
    return;
  }
  const grace = decodeGraceLsa(entry.bytes.subarray(LSA_HEADER_BYTES));
  if (isMalformed(grace)) {
    area.reject(origin, 'lsa', grace.malformed, `byte ${LSA_HEADER_BYTES + grace.at} of the LSA`);
    return;
  }
  const neighbor = restartingNeighbor(ospfInterface, entry, grace);
  if (neighbor !== undefined) answer(area, neighbor, entry, grace);
}

/** The helpers that flood `entry`, whose content is new, to a neighbor that restarts end their help (section 3.2). */
export function endHelpOnChange(area: Area, interfaces: readonly OspfInterface[], entry: LsdbEntry): void {
  for (const { neighbors } of interfaces) {
    for (const neighbor of neighbors.values()) {
      if (!neighbor.isHelped || neighbor.routerId === entry.advertisingRouter) continue;
      endHelp(area, neighbor, `the topology has changed: ${describeLsa(entry)}`);
    }
  }
}

/** From now on the neighbor counts for what its state says; it is gone if it has been silent for too long meanwhile. */
export function endHelp(area: Area, neighbor: Neighbor, reason: string): void {
  neighbor.timers.stop('grace');
  tell(area, neighbor, 'graceful-restart-help-ended', { reason });
  neighbor.interface.pendingEvents.add('NeighborChange');
  if (neighbor.state === 'Full') area.origination.request();
  else tellOthers(area, neighbor);
  if (!neighbor.timers.isSet('inactivity')) raise(area, neighbor, 'InactivityTimer', reason);
}

function restartingNeighbor(
  { isBroadcast, neighbors }: OspfInterface,
  entry: LsdbEntry,
  grace: GraceLsa,
): Neighbor | undefined {
  for (const neighbor of neighbors.values()) {
    if (neighbor.routerId !== entry.advertisingRouter) continue;
    if (!isBroadcast || neighbor.address === grace.address) return neighbor;
  }
  return undefined;
}

function answer(area: Area, neighbor: Neighbor, entry: LsdbEntry, grace: GraceLsa): void {
  const remainingMs = (grace.periodSeconds - entry.ageAt(area.nowMs)) * 1000;
  const objection = objectionTo(area, neighbor, remainingMs);
  if (objection !== undefined) {
    tell(area, neighbor, 'graceful-restart-help-refused', { reason: objection });
    return;
  }
  const detail = { reason: grace.reason, graceMs: remainingMs };
  if (!neighbor.isHelped) tell(area, neighbor, 'graceful-restart-help-begun', detail);
  neighbor.timers.set('grace', area.nowMs + remainingMs);
}

/** Section 3.1: why this neighbor gets no help. One that is helped already may ask for more time. */
function objectionTo(area: Area, neighbor: Neighbor, remainingMs: number): string | undefined {
  if (!area.router.config.gracefulRestartHelper) return 'it is switched off here';
  if (remainingMs <= 0) return 'the grace period is over';
  if (remainingMs > LS_REFRESH_MS) return 'the grace period is longer than LSRefreshTime';
  if (neighbor.isHelped) return undefined;
  if (neighbor.state !== 'Full') return `it is ${neighbor.state}, not Full`;
  for (const { entry } of neighbor.retransmissions.values()) {
    if (isTopology(entry.type)) return `it has not acknowledged a change: ${describeLsa(entry)}`;
  }
  return undefined;
}

/** Types 1 to 5 and 7: what routes are made of. */
function isTopology(type: number): boolean {
  return type <= LSA_EXTERNAL || type === LSA_NSSA_EXTERNAL;
}

function tell(
  area: Area,
  { interface: ospfInterface, routerId, address }: Neighbor,
  name: string,
  detail: { readonly [key: string]: string | number },
): void {
  const who = { interface: ospfInterface.name, routerId: formatIpv4(routerId), address: formatIpv4(address) };
  area.event(name, { ...who, ...detail });
}
