import { isMalformed } from '../wire/malformed.js';
import { decodeLsa, isOpaqueLsaType, LSA_NETWORK, type Lsa } from '../wire/ospf/lsa.js';
import { acknowledge } from './acknowledge.js';
import { raise } from './adjacency.js';
import type { Area } from './area.js';
import { INITIAL_SEQUENCE, MAX_AGE_SECONDS, MAX_SEQUENCE, MIN_LS_ARRIVAL_MS, ORIGINATION_GAP_MS } from './constants.js';
import { endHelpOnChange, receiveGraceLsa } from './graceful-restart.js';
import { addressOf, type OspfInterface } from './interface.js';
import { hasRoomFor } from './lsa-limit.js';
import { compareInstances, describeLsa, type Lsdb, LsdbEntry, lsaKey } from './lsdb.js';
import type { Neighbor } from './neighbor.js';
import type { OwnLsas } from './own-lsas.js';
import { addRetransmission, dropRetransmission, dropRetransmissions } from './retransmit.js';
import { routeWorkOf, routeWorkOfLoss } from './route-work.js';
import type { Origin, Router } from './router.js';
import { scopeOf } from './scope.js';
import { sendUpdates } from './update.js';

/**
 * The flooding procedure, RFC 2328 section 13, for every LSA of an update. Returns the entries that claim to come from
 * this router, for section 13.4 to deal with.
 */
export function receiveUpdate(
  area: Area,
  neighbor: Neighbor,
  lsas: readonly Uint8Array[],
  origin: Origin,
): LsdbEntry[] {
  const selfOriginated: LsdbEntry[] = [];
  for (const bytes of lsas) {
    const lsa = decodeLsa(bytes);
    if (isMalformed(lsa)) {
      area.reject(origin, 'lsa', lsa.malformed, `byte ${lsa.at} of the LSA`);
      continue;
    }
    const installed = receiveLsa(area, neighbor, clampAge(lsa), bytes, origin);
    if (installed === 'bad request') break;
    if (installed !== undefined && area.isSelfOriginated(installed)) selfOriginated.push(installed);
  }
  return selfOriginated;
}

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

/** How an instance came to be flooded on: the neighbor that it came from, and the instance that it took the place of. */
export interface Receipt {
  readonly sender: Neighbor;
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
  const dueMs = retransmissionDueMs(area, receipt?.replaced);
  // What came in, claims to be ours and lives goes no further: others are sent what takes its place (13.4).
  const endsHere = receipt !== undefined && area.isSelfOriginated(entry) && !entry.isMaxAge(area.nowMs);
  for (const target of scopeOf(area, ospfInterface, entry.type).interfaces) {
    let isNeeded = false;
    for (const neighbor of target.neighbors.values()) {
      if (!needs(area, neighbor, entry, receipt?.sender) || endsHere) continue;
      addRetransmission(area, neighbor, entry, dueMs);
      isNeeded = true;
    }
    if (!isNeeded || isFloodedByDesignated(target, receipt?.sender)) continue;
    target.floodQueue.set(entry.key, entry);
    if (target === receipt?.sender.interface) goesBack = true;
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

function receiveLsa(
  area: Area,
  neighbor: Neighbor,
  lsa: Lsa,
  bytes: Uint8Array,
  origin: Origin,
): LsdbEntry | 'bad request' | undefined {
  const { header } = lsa;
  if (!area.takes(header.type)) {
    area.reject(origin, 'lsa', 'no LSA of AS scope in a stub area', describeLsa(header));
    return undefined;
  }
  const lsdb = area.lsdbFor(neighbor.interface, header.type);
  const current = lsdb.get(header);
  if (header.age === MAX_AGE_SECONDS && current === undefined && !isAnyoneExchanging(area.router)) {
    acknowledge(area, neighbor, header, 'MaxAge, no copy, nobody exchanging');
    return undefined;
  }
  if (current === undefined) return receiveNewer(area, neighbor, undefined, lsa, bytes, origin);
  const order = compareInstances(header, current.headerAt(area.nowMs));
  if (order > 0) return receiveNewer(area, neighbor, current, lsa, bytes, origin);
  if (neighbor.requests.has(current.key)) {
    raise(area, neighbor, 'BadLSReq', `it sent an older ${describeLsa(current)} than it described`);
    return 'bad request';
  }
  if (order === 0) receiveDuplicate(area, neighbor, current, lsa);
  else answerOlder(area, neighbor, current, lsa);
  return undefined;
}

/** Step 5. */
function receiveNewer(
  area: Area,
  neighbor: Neighbor,
  current: LsdbEntry | undefined,
  lsa: Lsa,
  bytes: Uint8Array,
  origin: Origin,
): LsdbEntry | undefined {
  if (current === undefined && !hasRoomFor(area.router, lsa.header.advertisingRouter, 0, origin)) {
    // To ask for it again would keep the neighbor in Loading.
    neighbor.forgetRequest(lsaKey(lsa.header));
    return undefined;
  }
  if (current !== undefined && comesTooSoon(area, current, lsa)) {
    area.discard('min-ls-arrival');
    return undefined;
  }
  const source = neighbor.requests.has(lsaKey(lsa.header)) ? 'requested' : 'flooded';
  const entry = new LsdbEntry(lsa, bytes.slice(), area.nowMs, source);
  install(area, neighbor.interface, entry);
  receiveGraceLsa(area, neighbor.interface, entry, origin);
  const goesBack = flood(area, neighbor.interface, entry, { sender: neighbor, replaced: current });
  const circumstance = goesBack ? 'flooded back out the receiving interface' : 'newer, not flooded back';
  acknowledge(area, neighbor, lsa.header, circumstance);
  return entry;
}

/** MinLSArrival (5a). The first instance of a router that has started again is welcome at any time. */
function comesTooSoon(area: Area, current: LsdbEntry, lsa: Lsa): boolean {
  return (
    current.source === 'flooded' &&
    area.nowMs - current.installedAtMs < MIN_LS_ARRIVAL_MS &&
    lsa.header.sequence !== INITIAL_SEQUENCE
  );
}

/** Step 7: the same instance. */
function receiveDuplicate(area: Area, neighbor: Neighbor, entry: LsdbEntry, lsa: Lsa): void {
  if (neighbor.retransmissions.has(entry.key)) {
    dropRetransmission(neighbor, entry.key);
    acknowledge(area, neighbor, lsa.header, 'duplicate, implied acknowledgment');
  } else {
    acknowledge(area, neighbor, lsa.header, 'duplicate, not implied');
  }
}

/** Step 8: the neighbor gets our newer instance, unless its number has run out and it is on its way to removal. */
function answerOlder(area: Area, neighbor: Neighbor, entry: LsdbEntry, lsa: Lsa): void {
  if (entry.isMaxAge(area.nowMs) && entry.sequence === MAX_SEQUENCE) {
    if (lsa.header.sequence < 0) endWrap(area, neighbor.interface, entry);
    return;
  }
  if (entry.lastSentMs !== undefined && area.nowMs - entry.lastSentMs < MIN_LS_ARRIVAL_MS) return;
  sendUpdates(area, neighbor.interface, addressOf(neighbor), [entry]);
}

/**
 * The originator has begun to count anew, so that the flush has reached it. To send the flush once more to a neighbor that
 * has not acknowledged it, and has the new instance by now, would take that out of the network again, and so on in turn.
 */
function endWrap(area: Area, ospfInterface: OspfInterface, { type, key }: LsdbEntry): void {
  for (const { neighbors } of scopeOf(area, ospfInterface, type).interfaces) {
    dropRetransmissions(neighbors.values(), key);
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
 * before this one drop it (MinLSArrival), and are to have it as soon as they take it.
 */
function retransmissionDueMs(area: Area, replaced: LsdbEntry | undefined): number | undefined {
  const readyMs = (replaced?.lastSentMs ?? Number.NEGATIVE_INFINITY) + ORIGINATION_GAP_MS;
  return readyMs > area.nowMs ? readyMs : undefined;
}

function expireEntry(area: Area, ospfInterface: OspfInterface | undefined, entry: LsdbEntry): void {
  const work = routeWorkOfLoss(entry);
  if (work !== undefined) area.spfSchedule.request(work, area.nowMs, area.id);
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

function isAnyoneExchanging(router: Router): boolean {
  for (const neighbor of router.neighbors()) {
    if (neighbor.isExchanging) return true;
  }
  return false;
}

/** Ages above MaxAge, and DoNotAge of RFC 1793, count as MaxAge. */
function clampAge(lsa: Lsa): Lsa {
  if (lsa.header.age <= MAX_AGE_SECONDS) return lsa;
  return { ...lsa, header: { ...lsa.header, age: MAX_AGE_SECONDS } };
}
