import { OSPF_LINK_STATE_UPDATE } from '../wire/ospf/header.js';
import type { LsaHeader } from '../wire/ospf/lsa.js';
import type { Area } from './area.js';
import { RETRANSMIT_BURST_PACKETS, RETRANSMIT_PAUSE_MS } from './constants.js';
import { addressOf } from './interface.js';
import { compareInstances, type LsaKey, type LsdbEntry, lsaKey } from './lsdb.js';
import type { Neighbor } from './neighbor.js';
import { packUpdates } from './update.js';

/** Puts an LSA on the neighbor's retransmission list, in the place of an older instance; due after RxmtInterval. */
export function addRetransmission(area: Area, neighbor: Neighbor, entry: LsdbEntry, earlierMs = Infinity): void {
  const dueMs = Math.min(earlierMs, area.nowMs + neighbor.interface.config.retransmitIntervalSeconds * 1000);
  const listed = neighbor.retransmissions.get(entry.key);
  if (listed?.entry !== entry) {
    entry.awaitAcknowledgment();
    listed?.entry.endWait();
  }
  neighbor.retransmissions.set(entry.key, { entry, dueMs });
  if (dueMs < (neighbor.timers.atMs('retransmit') ?? Infinity)) neighbor.timers.set('retransmit', dueMs);
}

/** Takes an LSA, whichever instance, from the lists of these neighbors. */
export function dropRetransmissions(neighbors: Iterable<Neighbor>, key: LsaKey): void {
  for (const neighbor of neighbors) dropRetransmission(neighbor, key);
}

export function dropRetransmission(neighbor: Neighbor, key: LsaKey): void {
  neighbor.retransmissions.get(key)?.entry.endWait();
  neighbor.retransmissions.delete(key);
  if (neighbor.retransmissions.size === 0) neighbor.timers.stop('retransmit');
}

/** The acknowledged instance leaves the list (section 13.7); others mean that a newer one is on its way. */
export function receiveAcknowledgment(area: Area, neighbor: Neighbor, headers: readonly LsaHeader[]): void {
  for (const header of headers) {
    const listed = neighbor.retransmissions.get(lsaKey(header));
    if (listed !== undefined && compareInstances(header, listed.entry.headerAt(area.nowMs)) === 0) {
      dropRetransmission(neighbor, listed.entry.key);
    }
  }
}

/** Sends what is due again, to the neighbor alone (sections 8.1 and 13.6), a bounded number of packets at a time. */
export function retransmit(area: Area, neighbor: Neighbor): void {
  let packets = 0;
  for (const packet of packUpdates(area, neighbor.interface, dueEntries(area, neighbor))) {
    if (packets++ === RETRANSMIT_BURST_PACKETS) break;
    area.send(neighbor.interface, addressOf(neighbor), OSPF_LINK_STATE_UPDATE, packet.body);
    for (const entry of packet.entries) {
      entry.lastSentMs = area.nowMs;
      addRetransmission(area, neighbor, entry);
    }
  }
  armRetransmission(area, neighbor);
}

function dueEntries(area: Area, neighbor: Neighbor): LsdbEntry[] {
  const due: LsdbEntry[] = [];
  for (const { entry, dueMs } of neighbor.retransmissions.values()) {
    if (dueMs <= area.nowMs) due.push(entry);
  }
  return due;
}

/** For what is due next; for the rest of what is due now after a pause. */
function armRetransmission(area: Area, neighbor: Neighbor): void {
  let nextMs = Infinity;
  for (const { dueMs } of neighbor.retransmissions.values()) nextMs = Math.min(nextMs, dueMs);
  if (nextMs === Infinity) neighbor.timers.stop('retransmit');
  else neighbor.timers.set('retransmit', Math.max(nextMs, area.nowMs + RETRANSMIT_PAUSE_MS));
}
