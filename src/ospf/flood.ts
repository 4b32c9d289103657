import { isOpaqueLsaType, LSA_NETWORK } from '../wire/ospf/lsa.js';
import type { Area } from './area.js';
import { ORIGINATION_GAP_MS } from './constants.js';
import { endHelpOnChange } from './graceful-restart.js';
import type { OspfInterface } from './interface.js';
import { compareInstances, type LsdbEntry } from './lsdb.js';
import type { Neighbor } from './neighbor.js';
import { addRetransmission, dropRetransmissions } from './retransmit.js';
import { routeWorkOf } from './route-work.js';
import type { Router } from './router.js';
import { scopeOf } from './scope.js';
import { sendUpdates } from './update.js';

/** An acknowledgment that is delayed as our own are (DELAYED_ACK_MS) has come by then. */
const SOON_AFTER_MS = 700;

/** Installs an instance in the place of any other (13.2): routes are calculated anew if that changes them. */
export function install(area: Area, ospfInterface: OspfInterface | undefined, entry: LsdbEntry): void {
  const { lsdb, interfaces } = scopeOf(area, ospfInterface, entry.type);
  const old = lsdb.install(entry, area.nowMs);
  for (const { neighbors } of interfaces) dropRetransmissions(neighbors.values(), entry.key);
  const work = routeWorkOf(old, entry, area.nowMs);
  if (work === undefined) return;
  endHelpOnChange(area, interfaces, entry);
  // Our own summaries and externals lead nowhere (section 16.2, 16.4).
  if (entry.type > LSA_NETWORK && entry.advertisingRouter === area.routerId) return;
  area.spfSchedule.request(work, area.nowMs, area.id);
}

/** How an instance came to be flooded on: the neighbor that it came from, if any, and the instance that it took the place of. */
export interface Receipt {
  readonly sender?: Neighbor;
  readonly replaced: LsdbEntry | undefined;
}

/**
 * Queues an LSA on every interface where somebody needs it (13.3). `ospfInterface` is where it came in, or the scope of
 * one of link-local scope. Returns whether it goes back out the interface of the sender.
 */
export function flood(
  area: Area,
  ospfInterface: OspfInterface | undefined,
  entry: LsdbEntry,
  receipt?: Receipt,
): boolean {
  let goesBack = false;
  const dueMs = retransmissionDueMs(area, entry, receipt?.replaced);
  // What came in, claims to be ours and lives goes no further: others are sent what takes its place (13.4).
  const endsHere = receipt?.sender !== undefined && area.isSelfOriginated(entry) && !entry.isMaxAge(area.nowMs);
  for (const target of scopeOf(area, ospfInterface, entry.type).interfaces) {
    let isNeeded = false;
    for (const neighbor of target.neighbors.values()) {
      if (!needs(area, neighbor, entry, receipt?.sender) || endsHere) continue;
      addRetransmission(area, neighbor, entry, dueMs);
      isNeeded = true;
    }
    if (!isNeeded || isFloodedByDesignated(target, receipt?.sender)) continue;
    target.floodQueue.set(entry.key, entry);
    if (target === receipt?.sender?.interface) goesBack = true;
  }
  return goesBack;
}

/** Sends what `flood` has queued: after all of an input is done with, so that LSAs travel together. */
export function sendFloods(router: Router): void {
  for (const area of router.areas.values()) {
    for (const ospfInterface of area.interfaces.values()) {
      if (ospfInterface.floodQueue.size === 0) continue;
      sendUpdates(area, ospfInterface, ospfInterface.floodDestination, ospfInterface.floodQueue.values());
      ospfInterface.floodQueue.clear();
    }
  }
}

/** Steps 1a to 1d of 13.3; the neighbor's request list is brought up to date on the way. */
function needs(area: Area, neighbor: Neighbor, entry: LsdbEntry, sender: Neighbor | undefined): boolean {
  if (!neighbor.isAtLeast('Exchange')) return false;
  const requested = neighbor.requests.get(entry.key);
  if (requested !== undefined) {
    const order = compareInstances(entry.headerAt(area.nowMs), requested);
    if (order < 0) return false;
    neighbor.forgetRequest(entry.key);
    if (order === 0) return false;
  }
  return neighbor !== sender && (neighbor.takesOpaque || !isOpaqueLsaType(entry.type));
}

/**
 * Steps 3 and 4 of 13.3: back out the interface that it came in on goes only what the designated routers have not sent
 * to all, and a backup leaves that to the designated router. Should that fail, the retransmission lists have it.
 */
function isFloodedByDesignated(target: OspfInterface, sender: Neighbor | undefined): boolean {
  if (!target.isBroadcast || sender?.interface !== target) return false;
  const { state, designatedRouter, backupDesignatedRouter } = target;
  return state === 'Backup' || sender.address === designatedRouter || sender.address === backupDesignatedRouter;
}

/**
 * When the first retransmission is due, if not after the usual time: neighbors that have just been sent the instance
 * before this one drop it (MinLSArrival), and are to have it as soon as they take it. Those that had it a moment ago drop it as well
 * if they were too busy to take that one at once: what waits for opaque LSAs, of which many may change together, is not to wait
 * that long.
 */
function retransmissionDueMs(area: Area, entry: LsdbEntry, replaced: LsdbEntry | undefined): number | undefined {
  const readyMs = (replaced?.lastSentMs ?? Number.NEGATIVE_INFINITY) + ORIGINATION_GAP_MS;
  if (readyMs > area.nowMs) return readyMs;
  if (!isOpaqueLsaType(entry.type)) return undefined;
  return readyMs > area.nowMs - ORIGINATION_GAP_MS ? area.nowMs + SOON_AFTER_MS : undefined;
}
