import { Lsdb } from '../../src/ospf/lsdb.js';
import type { RouteInput } from '../../src/ospf/route-input.js';
import { encodeRouterLsa, type RouterLink } from '../../src/wire/ospf/router-lsa.js';
import { lsdbEntry } from './lsdb-entry.js';

const ROOT_ID = 0x09000001;
const idOf = (router: number) => 0x0a000001 + router;
const vipOf = (router: number) => 0xac100001 + router;

/** A grid of routers with a /32 each, and the root at its corner, outside. Costs vary. */
export function gridInput(rows: number, columns: number): RouteInput {
  const lsdb = new Lsdb();
  for (let router = 0; router < rows * columns; router++) {
    const links: RouterLink[] = [{ type: 3, id: vipOf(router), data: 0xffffffff, metric: 1 }];
    const link = (to: number) => links.push({ type: 1, id: idOf(to), data: 1, metric: 1 + ((router * 7 + to) % 13) });
    if (router % columns > 0) link(router - 1);
    if (router % columns < columns - 1) link(router + 1);
    if (router >= columns) link(router - columns);
    if (router < (rows - 1) * columns) link(router + columns);
    if (router === 0) links.push({ type: 1, id: ROOT_ID, data: 1, metric: 1 });
    const name = { type: 1, id: idOf(router), advertisingRouter: idOf(router) };
    lsdb.install(lsdbEntry(name, encodeRouterLsa({ flags: 0, links })), 0);
  }
  const firstHops = [{ interface: 'eth0', via: 0x0a0a0a02, routerId: idOf(0), cost: 1 }];
  const area = { id: 0, kind: 'normal' as const, lsdb, firstHops, transits: [], attached: [], ownStubs: [] };
  return { routerId: ROOT_ID, readsBackboneOnly: false, areas: [area], externals: new Lsdb(), nowMs: 0 };
}
