import { OSPF_LINK_STATE_UPDATE } from '../wire/ospf/header.js';
import type { LsaHeader } from '../wire/ospf/lsa.js';
import type { Area } from './area.js';
import { RETRANSMIT_BURST_PACKETS, RETRANSMIT_PAUSE_MS } from './constants.js';
import { compareInstances, type LsaKey, type LsdbEntry, lsaKey } from './lsdb.js';
import type { Neighbor } from './neighbor.js';
import { packUpdates } from './update.js';

/** Puts an LSA on the neighbor's retransmission list, in the place of an older instance. */
export function addRetransmission(area: Area, neighbor: Neighbor, entry: LsdbEntry): void {
  const dueMs = area.nowMs + neighbor.interface.config.retransmitIntervalSeconds * 1000;
  neighbor.retransmissions.delete(entry.key);
  neighbor.retransmissions.set(entry.key, { entry, dueMs });
  if (!neighbor.timers.isSet('retransmit')) neighbor.timers.set('retransmit', dueMs);
}

/** Takes an LSA, whichever instance, from the lists of these neighbors. */
export function dropRetransmissions(neighbors: Iterable<Neighbor>, key: LsaKey): void {
  for (const neighbor of neighbors) dropRetransmission(neighbor, key);
}

export function dropRetransmission(neighbor: Neighbor, key: LsaKey): void {
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

/** Sends what is due again, to the neighbor alone (section 13.6), a bounded number of packets at a time. */
export function retransmit(area: Area, neighbor: Neighbor): void {
  const due: LsdbEntry[] = [];
  for (const { entry, dueMs } of neighbor.retransmissions.values()) {
    if (dueMs > area.nowMs) break;
    due.push(entry);
  }
  const packets = packUpdates(area, neighbor.interface, due);
  for (const packet of packets.slice(0, RETRANSMIT_BURST_PACKETS)) {
    area.send(neighbor.interface, neighbor.address, OSPF_LINK_STATE_UPDATE, packet.body);
    for (const entry of packet.entries) {
      entry.lastSentMs = area.nowMs;
      addRetransmission(area, neighbor, entry);
    }
  }
  armRetransmission(area, neighbor, packets.length > RETRANSMIT_BURST_PACKETS);
}

function armRetransmission(area: Area, neighbor: Neighbor, isBehind: boolean): void {
  const [oldest] = neighbor.retransmissions.values();
  if (isBehind) neighbor.timers.set('retransmit', area.nowMs + RETRANSMIT_PAUSE_MS);
  else if (oldest !== undefined) neighbor.timers.set('retransmit', oldest.dueMs);
  else neighbor.timers.stop('retransmit');
}
