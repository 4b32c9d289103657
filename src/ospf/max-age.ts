import type { Area } from './area.js';
import { flood, install } from './flood.js';
import { endHelpOnChange } from './graceful-restart.js';
import type { OspfInterface } from './interface.js';
import type { Lsdb, LsdbEntry } from './lsdb.js';
import type { OwnLsas } from './own-lsas.js';
import { routeWorkOfLoss } from './route-work.js';
import type { Router } from './router.js';
import { scopeOf } from './scope.js';

/* How LSAs end: RFC 2328 section 14. */

/** Takes an LSA out of the routing domain by ageing it prematurely (14.1). Returns what has taken its place. */
export function flush(area: Area, ospfInterface: OspfInterface | undefined, entry: LsdbEntry): LsdbEntry {
  const aged = entry.agedPrematurely(area.nowMs);
  install(area, ospfInterface, aged);
  flood(area, ospfInterface, aged);
  return aged;
}

/** LSAs that have grown to MaxAge are flooded so that all drop them together (section 14). */
export function expire(router: Router): void {
  for (const area of router.areas.values()) {
    for (const entry of area.lsdb.takeExpired(area.nowMs)) expireEntry(area, undefined, entry);
    // The first area that is looked at takes those of AS scope for all.
    for (const entry of router.lsdb.takeExpired(area.nowMs)) expireEntry(area, undefined, entry);
    for (const ospfInterface of area.interfaces.values()) {
      for (const entry of ospfInterface.linkLsdb.takeExpired(area.nowMs)) expireEntry(area, ospfInterface, entry);
    }
  }
}

/**
 * Removes the MaxAge LSAs that nobody waits for any more: they are on no retransmission list, and no neighbor is in the
 * middle of reading the database (section 14). Returns whether any was from this router.
 */
export function removeMaxAged(router: Router): boolean {
  if (!hasReleased(router) || isAnyoneExchanging(router)) return false;
  let isOwn = removeFrom(router, router.lsdb, router.ownLsas);
  for (const area of router.areas.values()) {
    isOwn = removeFrom(router, area.lsdb, area.ownLsas) || isOwn;
    for (const { linkLsdb } of area.interfaces.values()) isOwn = removeFrom(router, linkLsdb, area.ownLsas) || isOwn;
  }
  return isOwn;
}

function expireEntry(area: Area, ospfInterface: OspfInterface | undefined, entry: LsdbEntry): void {
  scopeOf(area, ospfInterface, entry.type).lsdb.noteOpaque(entry);
  const work = routeWorkOfLoss(entry);
  if (work !== undefined) {
    area.spfSchedule.request(work, area.nowMs, area.id);
    endHelpOnChange(area, scopeOf(area, ospfInterface, entry.type).interfaces, entry);
  }
  flood(area, ospfInterface, entry);
}

function hasReleased(router: Router): boolean {
  if (router.lsdb.hasReleased) return true;
  for (const area of router.areas.values()) {
    if (area.lsdb.hasReleased) return true;
    for (const { linkLsdb } of area.interfaces.values()) if (linkLsdb.hasReleased) return true;
  }
  return false;
}

/** Our sequence number had run out, or another's flush of our LSA is through: it may begin again. */
function removeFrom(router: Router, lsdb: Lsdb, ownLsas: OwnLsas): boolean {
  let isOwn = false;
  for (const entry of lsdb.takeReleased()) {
    lsdb.remove(entry);
    ownLsas.noteRemoved(entry.key);
    if (entry.advertisingRouter === router.routerId) isOwn = true;
  }
  return isOwn;
}

/** While a neighbor reads the database MaxAge LSAs stay, and are taken in (sections 13, step 4, and 14). */
export function isAnyoneExchanging(router: Router): boolean {
  for (const neighbor of router.neighbors()) {
    if (neighbor.isExchanging) return true;
  }
  return false;
}
