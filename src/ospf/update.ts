import { OSPF_LINK_STATE_UPDATE } from '../wire/ospf/header.js';
import { encodeLinkStateUpdate, LS_UPDATE_BYTES } from '../wire/ospf/lsupd.js';
import type { Area } from './area.js';
import { MAX_AGE_SECONDS, TRANSMIT_DELAY_SECONDS } from './constants.js';
import type { OspfInterface } from './interface.js';
import type { LsdbEntry } from './lsdb.js';

export interface UpdatePacket {
  readonly body: Uint8Array;
  readonly entries: readonly LsdbEntry[];
}

/**
 * Link State Updates that hold the entries in order, each within the interface's MTU. An LSA that is larger than that
 * travels alone, and IP cuts it into fragments. Ages grow by InfTransDelay. A packet is made when it is asked for.
 */
export function* packUpdates(
  area: Area,
  ospfInterface: OspfInterface,
  entries: Iterable<LsdbEntry>,
): Iterable<UpdatePacket> {
  const room = area.bodyRoom(ospfInterface);
  let group: LsdbEntry[] = [];
  let bytes = LS_UPDATE_BYTES;
  for (const entry of entries) {
    if (group.length > 0 && bytes + entry.bytes.length > room) {
      yield updateOf(area, group);
      group = [];
      bytes = LS_UPDATE_BYTES;
    }
    group.push(entry);
    bytes += entry.bytes.length;
  }
  if (group.length > 0) yield updateOf(area, group);
}

/** Sends the entries to `destination`, and notes it in them. */
export function sendUpdates(
  area: Area,
  ospfInterface: OspfInterface,
  destination: number,
  entries: Iterable<LsdbEntry>,
): void {
  for (const packet of packUpdates(area, ospfInterface, entries)) {
    area.send(ospfInterface, destination, OSPF_LINK_STATE_UPDATE, packet.body);
    for (const entry of packet.entries) entry.lastSentMs = area.nowMs;
  }
}

function updateOf(area: Area, entries: readonly LsdbEntry[]): UpdatePacket {
  return { body: encodeLinkStateUpdate(entries.map((entry) => onWire(area, entry))), entries };
}

function onWire(area: Area, entry: LsdbEntry): Uint8Array {
  return entry.copyWithAge(Math.min(MAX_AGE_SECONDS, entry.ageAt(area.nowMs) + TRANSMIT_DELAY_SECONDS));
}
