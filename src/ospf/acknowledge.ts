import { OSPF_LINK_STATE_ACK } from '../wire/ospf/header.js';
import { LSA_HEADER_BYTES, type LsaHeader } from '../wire/ospf/lsa.js';
import { encodeLinkStateAck } from '../wire/ospf/lsack.js';
import type { Area } from './area.js';
import { DELAYED_ACK_MS } from './constants.js';
import { addressOf, type OspfInterface } from './interface.js';
import type { Neighbor } from './neighbor.js';

/** What became of a received LSA: the rows of table 19 in RFC 2328 section 13.5, in its order. */
export type Circumstance =
  | 'flooded back out the receiving interface'
  | 'newer, not flooded back'
  | 'duplicate, implied acknowledgment'
  | 'duplicate, not implied'
  | 'MaxAge, no copy, nobody exchanging';

export type Acknowledgment = 'none' | 'delayed' | 'direct';

interface Row {
  /** For the backup designated router: what comes from the DR needs an answer, what comes from others does not. */
  readonly backupFromDr: Acknowledgment;
  readonly backupFromOthers: Acknowledgment;
  readonly otherStates: Acknowledgment;
}

export const TABLE_19: { readonly [circumstance in Circumstance]: Row } = {
  'flooded back out the receiving interface': {
    backupFromDr: 'none',
    backupFromOthers: 'none',
    otherStates: 'none',
  },
  'newer, not flooded back': {
    backupFromDr: 'delayed',
    backupFromOthers: 'none',
    otherStates: 'delayed',
  },
  'duplicate, implied acknowledgment': {
    backupFromDr: 'delayed',
    backupFromOthers: 'none',
    otherStates: 'none',
  },
  'duplicate, not implied': {
    backupFromDr: 'direct',
    backupFromOthers: 'direct',
    otherStates: 'direct',
  },
  'MaxAge, no copy, nobody exchanging': {
    backupFromDr: 'direct',
    backupFromOthers: 'direct',
    otherStates: 'direct',
  },
};

/** Acknowledges an LSA in the way that the circumstance asks for. */
export function acknowledge(area: Area, neighbor: Neighbor, header: LsaHeader, circumstance: Circumstance): void {
  const way = wayFor(neighbor, TABLE_19[circumstance]);
  if (way === 'direct') {
    neighbor.acknowledgments.push(header);
  } else if (way === 'delayed') {
    neighbor.interface.delayedAcks.push(header);
    if (neighbor.interface.delayedAcks.length >= headersPerPacket(area, neighbor.interface)) {
      sendDelayedAcknowledgments(area, neighbor.interface);
    } else {
      armDelayed(area, neighbor.interface);
    }
  }
}

function wayFor({ interface: ospfInterface, address }: Neighbor, row: Row): Acknowledgment {
  if (ospfInterface.state !== 'Backup') return row.otherStates;
  return address === ospfInterface.designatedRouter ? row.backupFromDr : row.backupFromOthers;
}

/** Sends the direct acknowledgments that the present input has led to. */
export function sendDirectAcknowledgments(area: Area, neighbor: Neighbor): void {
  send(area, neighbor.interface, addressOf(neighbor), neighbor.acknowledgments.splice(0));
}

export function sendDelayedAcknowledgments(area: Area, ospfInterface: OspfInterface): void {
  ospfInterface.timers.stop('delayed-ack');
  send(area, ospfInterface, ospfInterface.floodDestination, ospfInterface.delayedAcks.splice(0));
}

function armDelayed(area: Area, ospfInterface: OspfInterface): void {
  if (ospfInterface.timers.isSet('delayed-ack')) return;
  const waitMs = Math.min(DELAYED_ACK_MS, (ospfInterface.config.retransmitIntervalSeconds * 1000) / 2);
  ospfInterface.timers.set('delayed-ack', area.nowMs + waitMs);
}

function headersPerPacket(area: Area, ospfInterface: OspfInterface): number {
  return Math.max(1, Math.floor(area.bodyRoom(ospfInterface) / LSA_HEADER_BYTES));
}

function send(area: Area, ospfInterface: OspfInterface, destination: number, headers: readonly LsaHeader[]): void {
  const room = headersPerPacket(area, ospfInterface);
  for (let at = 0; at < headers.length; at += room) {
    area.send(ospfInterface, destination, OSPF_LINK_STATE_ACK, encodeLinkStateAck(headers.slice(at, at + room)));
  }
}
