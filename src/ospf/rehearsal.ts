import { type Random, randomBelow, SeededRandom } from '../base/random.js';
import { isMalformed } from '../wire/malformed.js';
import { encodeExternalLsa } from '../wire/ospf/external-lsa.js';
import { decodeLsa, encodeLsa, LSA_EXTERNAL, LSA_NETWORK, LSA_ROUTER, LSA_SUMMARY_NETWORK } from '../wire/ospf/lsa.js';
import { encodeNetworkLsa } from '../wire/ospf/network-lsa.js';
import {
  encodeRouterLsa,
  LINK_POINT_TO_POINT,
  LINK_STUB,
  LINK_TRANSIT,
  ROUTER_IS_ASBR,
  ROUTER_IS_BORDER,
  type RouterLink,
} from '../wire/ospf/router-lsa.js';
import { encodeSummaryLsa } from '../wire/ospf/summary-lsa.js';
import { Lsdb, LsdbEntry } from './lsdb.js';
import type { RouteInput } from './route-input.js';
import { RouteTable } from './route-table.js';
import type { RouteWork } from './spf-schedule.js';

/** Grids of so many rows and columns. The first is small: nothing is compiled when it is calculated. */
const SMALLEST = 3;
const LARGEST = 10;
/** Calculations in each of them. */
const STEPS = 120;
const SEED = 1;
/** How often something else happens than that the links of a router cost more or less. */
const STUBS_EVERY = 5;
const REMOVED_EVERY = 7;
const MAX_METRIC = 16;

/**
 * Calculates routes of networks that do not exist, again and again. V8 compiles well what has run often, and a router
 * calculates seldom: without this each of the first hundred calculations would take many times longer than it has to. The
 * networks have all that calculations meet, so that what is compiled for them holds: V8 throws away code for which
 * something is new.
 */
export class Rehearsal {
  private readonly random = new SeededRandom(SEED);
  private network = new RehearsedNetwork(SMALLEST, this.random);
  private steps = 0;

  /** One calculation, of a fraction of a millisecond but for the first few. Returns false when enough have been done. */
  step(): boolean {
    this.steps++;
    this.network.change();
    if (this.steps % STEPS !== 0) return true;
    const side = SMALLEST + this.steps / STEPS;
    if (side > LARGEST) return false;
    this.network = new RehearsedNetwork(side, this.random);
    return true;
  }
}

const ROOT_ID = 1;
const FIRST_ID = 0x0a000001;
const FIRST_STUB = 0xac100001;
/** The first row of the grid is on a LAN, whose designated router has this address. */
const LAN = 0xc0000201;
const LAN_MASK = 0xffffff00;
/** What is told of other areas and of the outside. */
const ELSEWHERE = 0xc6336400;
const OPTIONS = 2;

/** A grid of routers, and the root at two of its corners. */
class RehearsedNetwork {
  private readonly side: number;
  private readonly routers: number;
  private readonly random: Random;
  private readonly lsdb = new Lsdb();
  private readonly externals = new Lsdb();
  private readonly table = new RouteTable();
  private readonly input: RouteInput;
  private sequence = 0;
  private changes = 0;

  constructor(side: number, random: Random) {
    this.side = side;
    this.routers = side * side;
    this.random = random;
    const hop = (router: number) => ({
      interface: `eth${router}`,
      via: idOf(router),
      routerId: idOf(router),
      cost: 10,
    });
    const area = {
      id: 0,
      kind: 'normal' as const,
      lsdb: this.lsdb,
      firstHops: [hop(0), hop(side - 1)],
      transits: [],
      attached: [{ interface: 'eth0', address: ROOT_ID, prefixLength: 32, cost: 10 }],
      ownStubs: [{ type: LINK_STUB, id: ROOT_ID, data: 0xffffffff, metric: 10 }],
    };
    this.input = { routerId: ROOT_ID, readsBackboneOnly: false, areas: [area], externals: this.externals, nowMs: 0 };
    const attachedRouters = Array.from({ length: side }, (_, router) => idOf(router));
    this.install(LSA_NETWORK, LAN, encodeNetworkLsa({ networkMask: LAN_MASK, attachedRouters }));
    this.install(LSA_SUMMARY_NETWORK, ELSEWHERE, encodeSummaryLsa({ networkMask: 0xfffffffe, metric: 1 }));
    const external = { networkMask: 0xffffffff, metricType: 2, metric: 1, forwardingAddress: 0, tag: 0 } as const;
    this.install(LSA_EXTERNAL, ELSEWHERE, encodeExternalLsa(external));
  }

  /** The network grows by a row until it is whole; then something changes in it. Each time there are new routes. */
  change(): void {
    const row = this.changes++;
    const router = randomBelow(this.random, this.routers);
    let from: RouteWork = 'dijkstra';
    if (row < this.side) {
      for (let column = 0; column < this.side; column++) this.tell(row * this.side + column);
    } else if (row % REMOVED_EVERY === 0) {
      this.remove(router);
    } else {
      this.tell(router);
      if (row % STUBS_EVERY === 0) from = 'stubs';
    }
    this.table.calculate({ from, areas: undefined }, this.input);
  }

  private tell(router: number): void {
    const { side } = this;
    const column = router % side;
    const links: RouterLink[] = [{ ...this.link(LINK_STUB, FIRST_STUB + router), data: 0xffffffff }];
    if (column > 0) links.push(this.link(LINK_POINT_TO_POINT, idOf(router - 1)));
    if (column < side - 1) links.push(this.link(LINK_POINT_TO_POINT, idOf(router + 1)));
    if (router < side) links.push(this.link(LINK_TRANSIT, LAN));
    else links.push(this.link(LINK_POINT_TO_POINT, idOf(router - side)));
    if (router < this.routers - side) links.push(this.link(LINK_POINT_TO_POINT, idOf(router + side)));
    if (router === 0 || router === side - 1) links.push(this.link(LINK_POINT_TO_POINT, ROOT_ID));
    const flags = router === 0 ? ROUTER_IS_BORDER | ROUTER_IS_ASBR : 0;
    this.install(LSA_ROUTER, idOf(router), encodeRouterLsa({ flags, links }), idOf(router));
  }

  private remove(router: number): void {
    const entry = this.lsdb.get({ type: LSA_ROUTER, id: idOf(router), advertisingRouter: idOf(router) });
    if (entry !== undefined) this.lsdb.remove(entry);
  }

  private link(type: number, id: number): RouterLink {
    return { type, id, data: id, metric: 1 + randomBelow(this.random, MAX_METRIC) };
  }

  private install(type: number, id: number, body: Uint8Array, advertisingRouter = idOf(0)): void {
    const header = { age: 1, options: OPTIONS, type, id, advertisingRouter, sequence: this.sequence++ };
    const bytes = encodeLsa(header, body);
    const lsa = decodeLsa(bytes);
    if (isMalformed(lsa)) return;
    const lsdb = type === LSA_EXTERNAL ? this.externals : this.lsdb;
    lsdb.install(new LsdbEntry(lsa, bytes, 0, 'flooded'), 0);
  }
}

function idOf(router: number): number {
  return FIRST_ID + router;
}
