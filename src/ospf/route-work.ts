import {
  LSA_EXTERNAL,
  LSA_HEADER_BYTES,
  LSA_NETWORK,
  LSA_NSSA_EXTERNAL,
  LSA_ROUTER,
  LSA_SUMMARY_ASBR,
  LSA_SUMMARY_NETWORK,
} from '../wire/ospf/lsa.js';
import { LINK_STUB, type RouterLink, type RouterLsa } from '../wire/ospf/router-lsa.js';
import type { LsdbEntry } from './lsdb.js';
import type { RouteWork } from './spf-schedule.js';

/**
 * What the change from one instance to the next asks of the route calculation (RFC 2328 section 13.2). Nothing if it is a
 * refresh; only the stub pass if router-LSAs differ in stub links or flags: distances to routers stay what they are, and
 * that is all that moving a virtual IP takes.
 */
export function routeWorkOf(old: LsdbEntry | undefined, entry: LsdbEntry, nowMs: number): RouteWork | undefined {
  const work = routeWorkOfLoss(entry);
  if (work === undefined || old === undefined || old.isMaxAge(nowMs) !== entry.isMaxAge(nowMs)) return work;
  if (old.body.kind === 'router' && entry.body.kind === 'router') return routerWork(old.body, entry.body);
  // Options count too: P of type 7 is one of them.
  return old.options === entry.options && sameBodies(old.bytes, entry.bytes) ? undefined : work;
}

/** What it asks if an LSA comes, or goes: nothing if it is of a type that is not read. */
export function routeWorkOfLoss({ type }: LsdbEntry): RouteWork | undefined {
  switch (type) {
    case LSA_ROUTER:
    case LSA_NETWORK:
      return 'dijkstra';
    case LSA_SUMMARY_NETWORK:
    case LSA_SUMMARY_ASBR:
      return 'summaries';
    case LSA_EXTERNAL:
    case LSA_NSSA_EXTERNAL:
      return 'externals';
    default:
      return undefined;
  }
}

function routerWork(old: RouterLsa, body: RouterLsa): RouteWork | undefined {
  if (!sameLinks(transitLinks(old), transitLinks(body))) return 'dijkstra';
  return old.flags === body.flags && sameLinks(old.links, body.links) ? undefined : 'stubs';
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

/** What precedes the bodies changes with every instance. */
function sameBodies(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = LSA_HEADER_BYTES; at < a.length; at++) {
    if (a[at] !== b[at]) return false;
  }
  return true;
}
