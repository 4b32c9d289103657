import { formatIpv4 } from '../base/ipv4.js';
import { maskOf, networkOf } from '../base/prefix.js';
import { randomBelow } from '../base/random.js';
import { OPTION_EXTERNAL } from '../wire/ospf/header.js';
import { encodeLsa, LSA_HEADER_BYTES, LSA_ROUTER, type LsaHeader, lsaHeaderAt } from '../wire/ospf/lsa.js';
import {
  encodeRouterLsa,
  LINK_POINT_TO_POINT,
  LINK_STUB,
  MAX_LINK_METRIC,
  type RouterLink,
  type RouterLsa,
} from '../wire/ospf/router-lsa.js';
import type { Area } from './area.js';
import {
  FRESH_COPY_AGE_SECONDS,
  INITIAL_SEQUENCE,
  MAX_SEQUENCE,
  ORIGINATION_BURST,
  ORIGINATION_GAP_MS,
  ORIGINATION_LONGEST_GAP_MS,
  REFRESH_EARLIEST_MS,
  REFRESH_SPREAD_MS,
} from './constants.js';
import { flood, flush, install } from './flood.js';
import type { OspfInterface } from './interface.js';
import { LsdbEntry } from './lsdb.js';

/** What fits an LSA that is alone in a Link State Update, in an IP packet of 65,535 bytes. */
const MAX_LINKS = 5455;

/** Whether the router-LSA has to be originated, and when it may be. */
export class Origination {
  /** Something that the LSA describes may have changed. */
  private isRequested = false;
  /** An instance has been originated since the start. */
  private isBegun = false;
  /** A new instance is due even if the content is the same. */
  private isRenewal = false;
  /** When the next instance would come if all came ORIGINATION_LONGEST_GAP_MS apart: ahead of the time after a burst. */
  private nextInPaceMs = Number.NEGATIVE_INFINITY;

  request(): void {
    this.isRequested = true;
  }

  renew(): void {
    this.isRequested = true;
    this.isRenewal = true;
  }

  get isPending(): boolean {
    return this.isRequested;
  }

  get mustRenew(): boolean {
    return this.isRenewal;
  }

  get hasBegun(): boolean {
    return this.isBegun;
  }

  /** Nothing is left to do. */
  settle(): void {
    this.isRequested = false;
    this.isRenewal = false;
  }

  /** When the instance after `current` may come: the routers that were sent `current` must be ready to take another. */
  allowedAtMs(current: LsdbEntry | undefined): number {
    const paceMs = this.nextInPaceMs - (ORIGINATION_BURST - 1) * ORIGINATION_LONGEST_GAP_MS;
    return current === undefined ? paceMs : Math.max(paceMs, readyForNextMs(current));
  }

  /** An instance was originated in the place of `current`; if nobody has seen that one, it does not count. */
  note(current: LsdbEntry | undefined, nowMs: number): void {
    this.settle();
    this.isBegun = true;
    if (current === undefined || (current.source === 'own' && current.lastSentMs === undefined)) return;
    this.nextInPaceMs = Math.max(this.nextInPaceMs, nowMs) + ORIGINATION_LONGEST_GAP_MS;
  }
}

/** When those who have `current` take another instance: some may have got it a moment ago, from us or from before. */
function readyForNextMs(current: LsdbEntry): number {
  const isFresh = current.source !== 'own' && current.ageAt(current.installedAtMs) <= FRESH_COPY_AGE_SECONDS;
  const knownMs = isFresh ? current.installedAtMs : Number.NEGATIVE_INFINITY;
  return Math.max(knownMs, current.lastSentMs ?? Number.NEGATIVE_INFINITY) + ORIGINATION_GAP_MS;
}

/** Originates the router-LSA anew if it has changed, or must be, and the time has come (RFC 2328 section 12.4). */
export function originate(area: Area): void {
  if (!area.origination.isPending) return;
  const identity = { type: LSA_ROUTER, id: area.routerId, advertisingRouter: area.routerId };
  const current = area.lsdb.get(identity);
  if (mustWait(area, current)) return;
  const body: RouterLsa = { kind: 'router', flags: 0, links: routerLinks(area) };
  if (current !== undefined && isCurrent(area, current, encodeRouterLsa(body))) {
    area.origination.settle();
    area.timers.stop('originate');
    return;
  }
  const allowedAtMs = area.origination.allowedAtMs(current);
  if (area.nowMs < allowedAtMs) {
    area.timers.set('originate', allowedAtMs);
  } else if (current?.sequence === MAX_SEQUENCE) {
    wrap(area, current);
  } else {
    originateInstance(area, identity, current, body);
  }
}

/**
 * Deals with LSAs that have come in and say that they are ours (13.4): from before a restart, or forged. The router-LSA
 * is originated with the next number; what we do not originate is flushed.
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
    if (entry.type === LSA_ROUTER) area.origination.renew();
    else if (!entry.isMaxAge(area.nowMs)) flush(area, ospfInterface, entry);
  }
}

/** The links of our router-LSA, sorted so that equal states give equal bytes. */
export function routerLinks(area: Area): RouterLink[] {
  const links: RouterLink[] = [];
  for (const ospfInterface of area.interfaces.values()) {
    if (ospfInterface.isUp) links.push(...interfaceLinks(area, ospfInterface));
  }
  for (const stub of area.router.config.stubs) {
    links.push({ type: LINK_STUB, id: stub.prefix.address, data: maskOf(stub.prefix.length), metric: stub.cost });
  }
  links.sort(compareLinks);
  const unique = links.filter((link, index) => !isSameStub(link, links[index - 1]));
  if (unique.length > MAX_LINKS) area.event('router-lsa-full', { links: unique.length, limit: MAX_LINKS }, 'links');
  return unique.slice(0, MAX_LINKS);
}

/**
 * The first instance waits for somebody to be told: if the neighbor read an earlier one in the exchange, it would not
 * take the one that lists it for another second. Then it waits a moment for what belongs into it; that of a router that
 * resumes, for the neighbors of before.
 */
function mustWait(area: Area, current: LsdbEntry | undefined): boolean {
  const isFirst = !area.origination.hasBegun;
  if ((isFirst || current === undefined) && !hasFullNeighbor(area)) return true;
  if (!isFirst) return false;
  if (area.startup.isResuming && current !== undefined) return isNeighborMissing(area, current);
  return area.timers.isSet('good-news');
}

/** Our LSA from before the restart has a neighbor, on a link that is up, that is not Full yet. */
function isNeighborMissing(area: Area, before: LsdbEntry): boolean {
  if (before.body.kind !== 'router') return false;
  return before.body.links.some((link) => {
    if (link.type !== LINK_POINT_TO_POINT) return false;
    const ospfInterface = [...area.interfaces.values()].find(({ config }) => config.address.address === link.data);
    return ospfInterface?.isActive && ospfInterface.neighbors.get(link.id)?.state !== 'Full';
  });
}

function hasFullNeighbor(area: Area): boolean {
  for (const neighbor of area.neighbors()) {
    if (neighbor.state === 'Full') return true;
  }
  return false;
}

function interfaceLinks(area: Area, ospfInterface: OspfInterface): RouterLink[] {
  const { address, cost } = ospfInterface.config;
  const links: RouterLink[] = [];
  for (const neighbor of ospfInterface.neighbors.values()) {
    if (!neighbor.isAdjacent) continue;
    const metric = area.router.config.hostMode ? MAX_LINK_METRIC : cost;
    links.push({ type: LINK_POINT_TO_POINT, id: neighbor.routerId, data: address.address, metric });
  }
  const network = networkOf(address);
  links.push({ type: LINK_STUB, id: network.address, data: maskOf(network.length), metric: cost });
  return links;
}

/** By type, link ID, data and metric: of stubs that are configured twice the cheapest comes first. */
function compareLinks(a: RouterLink, b: RouterLink): number {
  return a.type - b.type || a.id - b.id || a.data - b.data || a.metric - b.metric;
}

function isSameStub(link: RouterLink, before: RouterLink | undefined): boolean {
  return link.type === LINK_STUB && before?.type === LINK_STUB && link.id === before.id && link.data === before.data;
}

function isCurrent(area: Area, current: LsdbEntry, body: Uint8Array): boolean {
  if (area.origination.mustRenew || current.isMaxAge(area.nowMs)) return false;
  if (current.bytes.length !== LSA_HEADER_BYTES + body.length) return false;
  return body.every((byte, at) => byte === current.bytes[LSA_HEADER_BYTES + at]);
}

/** The number has run out: the LSA must be gone everywhere before it can begin again (12.1.6). */
function wrap(area: Area, current: LsdbEntry): void {
  area.timers.stop('originate');
  if (!current.isMaxAge(area.nowMs)) flush(area, undefined, current);
}

function originateInstance(
  area: Area,
  identity: Pick<LsaHeader, 'type' | 'id' | 'advertisingRouter'>,
  current: LsdbEntry | undefined,
  body: RouterLsa,
): void {
  const sequence = current === undefined ? INITIAL_SEQUENCE : current.sequence + 1;
  const bytes = encodeLsa({ ...identity, age: 0, options: OPTION_EXTERNAL, sequence }, encodeRouterLsa(body));
  const entry = new LsdbEntry({ header: lsaHeaderAt(bytes, 0), body }, bytes, area.nowMs, 'own');
  area.origination.note(current, area.nowMs);
  area.timers.stop('originate');
  area.timers.set('refresh', area.nowMs + REFRESH_EARLIEST_MS + randomBelow(area.random, REFRESH_SPREAD_MS));
  install(area, undefined, entry);
  flood(area, undefined, entry);
}
