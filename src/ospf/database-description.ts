import { DD_BYTES, DD_INIT, DD_MASTER, DD_MORE, encodeDatabaseDescription } from '../wire/ospf/dbdesc.js';
import { OPTION_OPAQUE, OSPF_DATABASE_DESCRIPTION } from '../wire/ospf/header.js';
import { isOpaqueLsaType, LSA_HEADER_BYTES, type LsaHeader } from '../wire/ospf/lsa.js';
import type { Area } from './area.js';
import { EXCHANGE_GAP_MS } from './constants.js';
import { addressOf } from './interface.js';
import type { Neighbor } from './neighbor.js';
import { addRetransmission } from './retransmit.js';

/**
 * On entering ExStart (section 10.3): claims to be master, with a sequence number that was not used before. Exchanges
 * that fail again and again, for a reason that does not go away, are begun once in EXCHANGE_GAP_MS.
 */
export function beginExchange(area: Area, neighbor: Neighbor): void {
  neighbor.ddSequence = (neighbor.ddSequence + 1) >>> 0;
  neighbor.isMaster = false;
  prepare(area, neighbor, DD_INIT | DD_MORE | DD_MASTER, []);
  const { exchangeBeganMs } = neighbor;
  const allowedAtMs = exchangeBeganMs > area.nowMs ? exchangeBeganMs : exchangeBeganMs + EXCHANGE_GAP_MS;
  neighbor.exchangeBeganMs = Math.max(area.nowMs, allowedAtMs);
  if (area.nowMs < allowedAtMs) {
    neighbor.timers.set('description', allowedAtMs);
  } else {
    repeatDescription(area, neighbor);
    armRepetition(area, neighbor);
  }
}

/** On entering Exchange (section 10.3): lists what is in the database now; later changes are flooded. */
export function describeDatabase(area: Area, neighbor: Neighbor): void {
  neighbor.summary.clear();
  const ofAsScope = area.takesExternals ? area.router.lsdb : [];
  for (const lsdb of [ofAsScope, area.lsdb, neighbor.interface.linkLsdb]) {
    for (const entry of lsdb) {
      if (isOpaqueLsaType(entry.type) && !neighbor.takesOpaque) continue;
      if (entry.isMaxAge(area.nowMs)) addRetransmission(area, neighbor, entry);
      else neighbor.summary.set(entry.key, entry);
    }
  }
}

/** Sends the next description of the exchange (section 10.8). */
export function sendDescription(area: Area, neighbor: Neighbor): void {
  const room = Math.max(1, Math.floor((area.bodyRoom(neighbor.interface) - DD_BYTES) / LSA_HEADER_BYTES));
  const headers: LsaHeader[] = [];
  for (const [key, entry] of neighbor.summary) {
    if (headers.length === room) break;
    neighbor.summary.delete(key);
    headers.push(entry.headerAt(area.nowMs));
  }
  const more = neighbor.summary.size > 0 ? DD_MORE : 0;
  prepare(area, neighbor, more | (neighbor.isMaster ? 0 : DD_MASTER), headers);
  repeatDescription(area, neighbor);
  if (neighbor.isMaster) neighbor.timers.set('description', area.nowMs + deadIntervalMs(neighbor));
  else armRepetition(area, neighbor);
}

function deadIntervalMs(neighbor: Neighbor): number {
  return neighbor.interface.config.deadIntervalSeconds * 1000;
}

/** Sends the description that was prepared last, for the first time or again. */
export function repeatDescription(area: Area, neighbor: Neighbor): void {
  const body = neighbor.lastSentDescription;
  if (body !== undefined) area.send(neighbor.interface, addressOf(neighbor), OSPF_DATABASE_DESCRIPTION, body);
}

/** Sets the time at which the description is sent again if nothing comes back: that is the master's task. */
export function armRepetition(area: Area, neighbor: Neighbor): void {
  neighbor.timers.set('description', area.nowMs + neighbor.interface.config.retransmitIntervalSeconds * 1000);
}

function prepare(area: Area, neighbor: Neighbor, flags: number, headers: readonly LsaHeader[]): void {
  neighbor.sentMore = (flags & DD_MORE) !== 0;
  neighbor.lastSentDescription = encodeDatabaseDescription({
    mtu: neighbor.interface.mtu,
    // We store and flood opaque LSAs (RFC 5250).
    options: area.options | OPTION_OPAQUE,
    flags,
    sequence: neighbor.ddSequence,
    headers,
  });
}
