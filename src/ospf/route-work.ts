import { LINK_STUB, type RouterLink, type RouterLsa } from '../wire/ospf/router-lsa.js';
import type { LsdbEntry } from './lsdb.js';
import type { RouteWork } from './spf-schedule.js';

/**
 * What the change from one instance to the next asks of the route calculation (13.2). Nothing if it is a refresh; only
 * the stub pass if the router-LSAs differ in stub links: distances to routers stay what they are, and that is all that
 * moving a virtual IP takes.
 */
export function routeWorkOf(old: LsdbEntry | undefined, entry: LsdbEntry, nowMs: number): RouteWork | undefined {
  if (entry.body.kind !== 'router' && entry.body.kind !== 'network') return undefined;
  if (old === undefined || old.isMaxAge(nowMs) !== entry.isMaxAge(nowMs)) return 'dijkstra';
  if (old.body.kind === 'router' && entry.body.kind === 'router') return routerWork(old.body, entry.body);
  return sameBytes(old.bytes, entry.bytes) ? undefined : 'dijkstra';
}

function routerWork(old: RouterLsa, body: RouterLsa): RouteWork | undefined {
  if (old.flags !== body.flags || !sameLinks(transitLinks(old), transitLinks(body))) return 'dijkstra';
  return sameLinks(old.links, body.links) ? undefined : 'stubs';
}

function transitLinks(body: RouterLsa): RouterLink[] {
  return body.links.filter((link) => link.type !== LINK_STUB);
}

function sameLinks(a: readonly RouterLink[], b: readonly RouterLink[]): boolean {
  return a.length === b.length && a.every((link, index) => sameLink(link, b[index]));
}

function sameLink(a: RouterLink, b: RouterLink | undefined): boolean {
  return b !== undefined && a.type === b.type && a.id === b.id && a.data === b.data && a.metric === b.metric;
}

/** Compares bodies only: what precedes them changes with every instance. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 20; at < a.length; at++) {
    if (a[at] !== b[at]) return false;
  }
  return true;
}
