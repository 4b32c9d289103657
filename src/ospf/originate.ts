import { formatIpv4 } from '../base/ipv4.js';
import { randomBelow } from '../base/random.js';
import {
  encodeLsa,
  isOpaqueLsaType,
  LSA_EXTERNAL,
  LSA_HEADER_BYTES,
  LSA_ROUTER,
  lsaHeaderAt,
} from '../wire/ospf/lsa.js';
import type { Area } from './area.js';
import {
  INITIAL_SEQUENCE,
  MAX_SEQUENCE,
  ORIGINATION_BATCH,
  REFRESH_EARLIEST_MS,
  REFRESH_SPREAD_SECONDS,
} from './constants.js';
import { externalLsas } from './external-lsas.js';
import { flood, install } from './flood.js';
import type { OspfInterface } from './interface.js';
import { type Lsdb, LsdbEntry, lsaKey } from './lsdb.js';
import { flush } from './max-age.js';
import { composeOpaques } from './opaque-lsas.js';
import type { OwnLsa, OwnLsas, OwnRecord } from './own-lsas.js';
import { readyForNextMs } from './pace.js';
import type { Router } from './router.js';
import { mustWait, TOPOLOGY_TYPES, topologyLsas } from './topology-lsas.js';

/**
 * Brings the database to what this router has to say (RFC 2328 section 12.4): originates what is new or has changed, or
 * grows old, as soon as its pace allows, and flushes what is not wanted any more.
 */
export function originate(router: Router): void {
  composeExternals(router);
  composeOpaques(router);
  for (const area of router.areas.values()) {
    composeTopology(area);
    bringUpToDate(area, area.ownLsas, area.lsdb);
  }
  // LSAs of AS scope are flooded through all areas, whichever is at hand.
  const [area] = router.areas.values();
  if (area === undefined) return;
  bringUpToDate(area, router.ownLsas, router.lsdb);
  if (router.startup.isDone && !router.mustComposeSummaries && !router.isSwept) sweep(router);
}

/**
 * Deals with LSAs that have come in and say that they are ours (13.4): from before a restart, or forged. What we originate
 * gets an instance with the next number, what we do not originate is flushed.
 */
export function reclaim(area: Area, ospfInterface: OspfInterface, entries: readonly LsdbEntry[]): void {
  for (const entry of entries) {
    const { type, id, advertisingRouter, sequence } = entry;
    const detail = {
      interface: ospfInterface.name,
      type,
      id: formatIpv4(id),
      advertisingRouter: formatIpv4(advertisingRouter),
      sequence: `0x${(sequence >>> 0).toString(16).padStart(8, '0')}`,
    };
    area.event('self-originated-lsa-received', detail, entry.key);
    if (type === LSA_ROUTER) {
      area.origination.renew();
      noteRival(area, ospfInterface);
    } else if (!area.ownLsasFor(type).renew(entry.key)) disown(area, ospfInterface, entry);
  }
}

function noteRival(area: Area, { name, rival }: OspfInterface): void {
  if (area.startup.isDone) rival.note(area.nowMs);
  if (!rival.isAbout(area.nowMs)) return;
  area.event('duplicate-router-id', { interface: name, routerId: formatIpv4(area.routerId) }, name);
}

/** At startup it is not known yet what will be wanted: routes, and with them summaries, have still to be learned. */
function disown(area: Area, ospfInterface: OspfInterface | undefined, entry: LsdbEntry): void {
  if (area.startup.isDone && !entry.isMaxAge(area.nowMs)) flush(area, ospfInterface, entry);
}

/** Startup is over: what is still about of LSAs from before it, and was not taken up again, goes. */
function sweep(router: Router): void {
  router.isSwept = true;
  for (const area of router.areas.values()) {
    for (const lsdb of [router.lsdb, area.lsdb]) sweepFrom(area, undefined, lsdb);
    for (const ospfInterface of area.interfaces.values()) sweepFrom(area, ospfInterface, ospfInterface.linkLsdb);
  }
}

function sweepFrom(area: Area, ospfInterface: OspfInterface | undefined, lsdb: Lsdb): void {
  for (const entry of [...lsdb]) {
    // The router-LSA is always wanted; if it has not been composed yet, it waits for a neighbor to be told.
    if (entry.type === LSA_ROUTER || !area.isSelfOriginated(entry)) continue;
    if (!area.ownLsasFor(entry.type).isWanted(entry.key)) disown(area, ospfInterface, entry);
  }
}

function composeExternals(router: Router): void {
  if (!router.mustComposeExternals) return;
  router.mustComposeExternals = false;
  router.ownLsas.want([LSA_EXTERNAL], externalLsas(router));
}

function composeTopology(area: Area): void {
  if (!area.origination.isPending) return;
  const identity = { type: LSA_ROUTER, id: area.routerId, advertisingRouter: area.routerId };
  if (mustWait(area, area.lsdb.get(identity))) return;
  const isRenewal = area.origination.begin();
  area.ownLsas.want(TOPOLOGY_TYPES, topologyLsas(area));
  if (isRenewal) area.ownLsas.renew(lsaKey(identity));
}

function bringUpToDate(area: Area, ownLsas: OwnLsas, lsdb: Lsdb): void {
  let turns = 0;
  for (const record of ownLsas.takeDue(area.nowMs)) {
    if (turns++ >= ORIGINATION_BATCH) {
      ownLsas.lookAgainAt(record, area.nowMs);
      continue;
    }
    const current = lsdb.get(record);
    const { wanted } = record;
    if (wanted === undefined) withdraw(area, ownLsas, record, current);
    else if (isUpToDate(area, record, wanted, current)) ownLsas.lookAgainAt(record, record.refreshAtMs);
    else update(area, ownLsas, record, wanted, current);
  }
}

function isUpToDate(area: Area, record: OwnRecord, wanted: OwnLsa, current: LsdbEntry | undefined): boolean {
  if (current === undefined || current.source !== 'own' || current.isMaxAge(area.nowMs)) return false;
  if (record.mustRenew || area.nowMs >= record.refreshAtMs) return false;
  return wanted.says(current.options, current.bytes.subarray(LSA_HEADER_BYTES));
}

function update(area: Area, ownLsas: OwnLsas, record: OwnRecord, wanted: OwnLsa, current: LsdbEntry | undefined): void {
  const isLast = current?.sequence === MAX_SEQUENCE;
  if (isLast && current.isMaxAge(area.nowMs)) {
    // The number has run out: the LSA must be gone everywhere before it can begin again (12.1.6).
    record.noteWrap(current, area.nowMs);
    return;
  }
  const paceMs = record.pace.allowedAtMs(current);
  const allowedAtMs = current === undefined ? Math.max(paceMs, record.beginAgainAtMs) : paceMs;
  if (area.nowMs < allowedAtMs) {
    ownLsas.lookAgainAt(record, allowedAtMs);
  } else if (isLast) {
    record.noteWrap(flush(area, undefined, current), area.nowMs);
  } else {
    originateInstance(area, record, wanted, current);
    ownLsas.lookAgainAt(record, record.refreshAtMs);
  }
}

/** Flushes what is not wanted any more, as soon as those who have it take the flush. */
function withdraw(area: Area, ownLsas: OwnLsas, record: OwnRecord, current: LsdbEntry | undefined): void {
  if (current === undefined) {
    if (area.nowMs >= record.pace.restsAtMs) ownLsas.forget(record);
    else ownLsas.lookAgainAt(record, record.pace.restsAtMs);
  } else if (!current.isMaxAge(area.nowMs)) {
    const readyMs = readyForNextMs(current);
    if (area.nowMs < readyMs) ownLsas.lookAgainAt(record, readyMs);
    else flush(area, undefined, current);
  }
}

function originateInstance(area: Area, record: OwnRecord, wanted: OwnLsa, current: LsdbEntry | undefined): void {
  const { type, id, advertisingRouter } = record;
  const sequence = current === undefined ? INITIAL_SEQUENCE : current.sequence + 1;
  const bytes = encodeLsa({ type, id, advertisingRouter, age: 0, options: wanted.options, sequence }, wanted.bytes);
  const entry = new LsdbEntry({ header: lsaHeaderAt(bytes, 0), body: wanted.body }, bytes, area.nowMs, 'own');
  record.pace.note(current, area.nowMs);
  record.mustRenew = false;
  // Those of the same age stay in groups of whole seconds, which share packets.
  record.refreshAtMs = area.nowMs + REFRESH_EARLIEST_MS + 1000 * randomBelow(area.random, REFRESH_SPREAD_SECONDS);
  install(area, undefined, entry);
  flood(area, undefined, entry, current !== undefined && isOpaqueLsaType(type) ? { replaced: current } : undefined);
}
