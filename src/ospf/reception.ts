import { isMalformed } from '../wire/malformed.js';
import { decodeLsa, type Lsa } from '../wire/ospf/lsa.js';
import { acknowledge } from './acknowledge.js';
import { raise } from './adjacency.js';
import type { Area } from './area.js';
import { INITIAL_SEQUENCE, MAX_AGE_SECONDS, MAX_SEQUENCE, MIN_LS_ARRIVAL_MS } from './constants.js';
import { flood, install } from './flood.js';
import { receiveGraceLsa } from './graceful-restart.js';
import { addressOf, type OspfInterface } from './interface.js';
import { hasRoomFor } from './lsa-limit.js';
import { compareInstances, describeLsa, LsdbEntry, lsaKey } from './lsdb.js';
import { isAnyoneExchanging } from './max-age.js';
import type { Neighbor } from './neighbor.js';
import { dropRetransmission, dropRetransmissions } from './retransmit.js';
import type { Origin } from './router.js';
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

function receiveLsa(
  area: Area,
  neighbor: Neighbor,
  lsa: Lsa,
  bytes: Uint8Array,
  origin: Origin,
): LsdbEntry | 'bad request' | undefined {
  const { header } = lsa;
  const refusal = area.refusalOf(header.type);
  if (refusal !== undefined) {
    area.reject(origin, 'lsa', refusal, describeLsa(header));
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
  if (!hasRoomFor(area.router, lsa.header, current, 0, origin)) {
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
  entry.arrivedAtMs = area.router.arrivedMs;
  install(area, neighbor.interface, entry);
  receiveGraceLsa(area, neighbor.interface, entry, origin);
  const goesBack = flood(area, neighbor.interface, entry, { sender: neighbor, replaced: current });
  const circumstance = goesBack ? 'flooded back out the receiving interface' : 'newer, not flooded back';
  acknowledge(area, neighbor, lsa.header, circumstance);
  return entry;
}

/** MinLSArrival (5a), by when they came in: this router may have been too busy to look. The first instance of a router that has started again is welcome at any time. */
function comesTooSoon(area: Area, current: LsdbEntry, lsa: Lsa): boolean {
  return (
    current.source === 'flooded' &&
    area.router.arrivedMs - current.arrivedAtMs < MIN_LS_ARRIVAL_MS &&
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

/** Ages above MaxAge, and DoNotAge of RFC 1793, count as MaxAge. */
function clampAge(lsa: Lsa): Lsa {
  if (lsa.header.age <= MAX_AGE_SECONDS) return lsa;
  return { ...lsa, header: { ...lsa.header, age: MAX_AGE_SECONDS } };
}
