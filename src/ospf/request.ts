import { OSPF_LINK_STATE_REQUEST } from '../wire/ospf/header.js';
import { encodeLinkStateRequest, LS_REQUEST_BYTES, type LsRequest } from '../wire/ospf/lsreq.js';
import { raise } from './adjacency.js';
import type { Area } from './area.js';
import { addressOf } from './interface.js';
import { describeLsa, type LsdbEntry } from './lsdb.js';
import type { Neighbor } from './neighbor.js';
import { sendUpdates } from './update.js';

/**
 * Goes on with loading the neighbor's database (section 10.9): asks for more once all that was asked for has come, and
 * says so when nothing is left to ask for.
 */
export function progressRequests(area: Area, neighbor: Neighbor): void {
  if (!neighbor.isExchanging) return;
  if (neighbor.requests.size === 0) {
    neighbor.timers.stop('request');
    if (neighbor.state === 'Loading') raise(area, neighbor, 'LoadingDone', 'all requested LSAs have come');
  } else if (neighbor.requested.size === 0) {
    sendRequest(area, neighbor);
  }
}

/** Asks for the first LSAs of the request list, as many as fit one packet, and again until they come. */
export function sendRequest(area: Area, neighbor: Neighbor): void {
  const room = Math.max(1, Math.floor(area.bodyRoom(neighbor.interface) / LS_REQUEST_BYTES));
  const asked: LsRequest[] = [];
  neighbor.requested.clear();
  for (const [key, header] of neighbor.requests) {
    if (asked.length === room) break;
    asked.push(header);
    neighbor.requested.add(key);
  }
  area.send(neighbor.interface, addressOf(neighbor), OSPF_LINK_STATE_REQUEST, encodeLinkStateRequest(asked));
  neighbor.timers.set('request', area.nowMs + neighbor.interface.config.retransmitIntervalSeconds * 1000);
}

/** Answers a Link State Request with the LSAs that it names (section 10.7), each once however often it is named. */
export function receiveRequest(area: Area, neighbor: Neighbor, requests: readonly LsRequest[]): void {
  const found = new Map<string, LsdbEntry>();
  for (const request of requests) {
    const entry = area.lsdbFor(neighbor.interface, request.type).get(request);
    if (entry === undefined || area.refusalOf(request.type) !== undefined) {
      raise(area, neighbor, 'BadLSReq', `it asks for ${describeLsa(request)}, which is not in the database`);
      return;
    }
    found.set(entry.key, entry);
  }
  sendUpdates(area, neighbor.interface, addressOf(neighbor), found.values());
}
