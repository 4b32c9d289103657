import { formatIpv4 } from '../base/ipv4.js';
import { lsaChecksumIsRight } from '../wire/ospf/fletcher.js';
import { raise } from './adjacency.js';
import type { Area } from './area.js';
import { CHECK_AGE_MS, CHECK_PARTS } from './constants.js';
import type { OspfInterface } from './interface.js';
import { describeLsa, type LsdbEntry } from './lsdb.js';
import { dropRetransmissions } from './retransmit.js';
import { routeWorkOfLoss } from './route-work.js';
import type { Router } from './router.js';
import { scopeOf } from './scope.js';

/** An LSA of the database and where it belongs. */
export interface StoredLsa {
  readonly area: Area;
  readonly ospfInterface: OspfInterface | undefined;
  readonly entry: LsdbEntry;
}

/** Sets the time at which the next part of the database is verified. */
export function armDatabaseCheck(router: Router): void {
  router.timers.set('check', router.nowMs + CHECK_AGE_MS / CHECK_PARTS);
}

/**
 * Verifies the checksums of the next part of the database, so that all of it is in CheckAge (RFC 2328 section 14). What is
 * wrong was damaged in memory. To stop, as the RFC proposes, would take away what works: the LSA is thrown away, told to
 * the operator, and read again from a neighbor; one of our own gets a new instance.
 */
export function checkDatabase(router: Router): void {
  armDatabaseCheck(router);
  const damaged: StoredLsa[] = [];
  for (let left = Math.ceil(router.lsaCount / CHECK_PARTS); left > 0; left--) {
    router.unchecked ??= storedLsas(router);
    const next = router.unchecked.next();
    if (next.done) {
      router.unchecked = undefined;
      break;
    }
    if (!lsaChecksumIsRight(next.value.entry.bytes)) damaged.push(next.value);
  }
  for (const stored of damaged) replace(stored);
}

/** Goes on while the database changes; what comes in the meantime was checked when it came. */
function* storedLsas(router: Router): IterableIterator<StoredLsa> {
  const [first] = router.areas.values();
  if (first === undefined) return;
  for (const entry of router.lsdb) yield { area: first, ospfInterface: undefined, entry };
  for (const area of router.areas.values()) {
    for (const entry of area.lsdb) yield { area, ospfInterface: undefined, entry };
    for (const ospfInterface of area.interfaces.values()) {
      for (const entry of ospfInterface.linkLsdb) yield { area, ospfInterface, entry };
    }
  }
}

function replace({ area, ospfInterface, entry }: StoredLsa): void {
  const { type, id, advertisingRouter } = entry;
  area.event('lsa-damaged', { type, id: formatIpv4(id), advertisingRouter: formatIpv4(advertisingRouter) }, entry.key);
  if (area.ownLsasFor(type).renew(entry.key)) return;
  const { lsdb, interfaces } = scopeOf(area, ospfInterface, type);
  for (const { neighbors } of interfaces) dropRetransmissions(neighbors.values(), entry.key);
  lsdb.remove(entry);
  const work = routeWorkOfLoss(entry);
  if (work !== undefined) area.spfSchedule.request(work, area.nowMs, area.id);
  for (const target of interfaces) {
    for (const neighbor of target.neighbors.values()) {
      if (neighbor.state !== 'Full') continue;
      raise(areaOf(area, target), neighbor, 'SeqNumberMismatch', `${describeLsa(entry)} was damaged in memory here`);
      return;
    }
  }
}

/** Of LSAs of AS scope the neighbor may be in another area. */
function areaOf(area: Area, ospfInterface: OspfInterface): Area {
  return area.router.findInterface(ospfInterface.name)?.area ?? area;
}
