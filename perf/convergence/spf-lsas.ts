import type { Ipv4 } from '../../src/base/ipv4.js';
import { type Random, randomBelow, SeededRandom } from '../../src/base/random.js';
import { encodeLsa, LSA_ROUTER } from '../../src/wire/ospf/lsa.js';
import { encodeRouterLsa, LINK_POINT_TO_POINT, LINK_STUB, type RouterLink } from '../../src/wire/ospf/router-lsa.js';
import type { Topology } from './spf-topology.js';
import { type LeafLink, leafLinks } from './spf-tree.js';

const FIRST_ROUTER_ID = 0x0a000001;
const FIRST_STUB = 0xac100001;
const STUB_COST = 1;
const OPTION_EXTERNAL = 0x02;

/** Links that take turns to change, so that receivers do not find the instances of an LSA too close to each other. */
const CHANGING_LINKS = 16;

/** The LSAs of a synthetic network, as router 0 of it tells them to the router that calculates. */
export class TopologyLsas {
  /** Whole router-LSAs, by the number of the router. */
  readonly lsas: Uint8Array[];
  private readonly links: RouterLink[][];
  private readonly changing: readonly LeafLink[];
  private changes = 0;
  private readonly sequences: Int32Array;

  /**
   * @param access the adjacency of router 0 with the router that calculates
   * @param seed of where the changes are
   */
  constructor(topology: Topology, access: { readonly address: Ipv4; readonly neighborId: number }, seed: number) {
    this.sequences = new Int32Array(topology.routers);
    this.links = Array.from({ length: topology.routers }, (_, router) => [
      { type: LINK_STUB, id: FIRST_STUB + router, data: 0xffffffff, metric: STUB_COST },
    ]);
    for (const { a, b, costFromA, costFromB } of topology.links) {
      this.addLink(a, b, costFromA);
      this.addLink(b, a, costFromB);
    }
    this.links[0]!.push({ type: LINK_POINT_TO_POINT, id: access.neighborId, data: access.address, metric: 1 });
    this.changing = chosen(leafLinks(topology), new SeededRandom(seed));
    this.lsas = this.links.map((_, router) => this.instance(router));
  }

  /** Finds the stubs in any text that has addresses: 172.16.0.0/14 is theirs. */
  static readonly STUB_PATTERN = /\b172\.1[6-9]\.\d+\.\d+/g;

  static routerId(router: number): number {
    return FIRST_ROUTER_ID + router;
  }

  /**
   * Makes the last link of a shortest path cost one more, or what it did before, and returns the new instance of that LSA.
   * The distance of the router behind it changes, and with it the cost of one route; whoever calculates all paths calculates
   * all.
   */
  change(): Uint8Array {
    const { from, to, cost } = this.changing[this.changes % this.changing.length]!;
    const isBack = Math.floor(this.changes / this.changing.length) % 2 === 1;
    this.changes++;
    const links = this.links[from]!;
    const index = links.findIndex(({ type, id }) => type === LINK_POINT_TO_POINT && id === TopologyLsas.routerId(to));
    links[index] = { ...links[index]!, metric: isBack ? cost : cost + 1 };
    const lsa = this.instance(from);
    this.lsas[from] = lsa;
    return lsa;
  }

  /** Links are unnumbered: what is in `data` distinguishes them (RFC 2328 section A.4.2). */
  private addLink(from: number, to: number, metric: number): void {
    const links = this.links[from]!;
    links.push({ type: LINK_POINT_TO_POINT, id: TopologyLsas.routerId(to), data: links.length, metric });
  }

  private instance(router: number): Uint8Array {
    const id = TopologyLsas.routerId(router);
    this.sequences[router]! += 1;
    const sequence = (0x80000000 + this.sequences[router]!) | 0;
    const header = { age: 1, options: OPTION_EXTERNAL, type: LSA_ROUTER, id, advertisingRouter: id, sequence };
    return encodeLsa(header, encodeRouterLsa({ flags: 0, links: this.links[router]! }));
  }
}

/** At most so many, each of another router. */
function chosen(links: readonly LeafLink[], random: Random): LeafLink[] {
  const byRouter = new Map<number, LeafLink>();
  for (const link of links) byRouter.set(link.from, link);
  const all = [...byRouter.values()];
  const some: LeafLink[] = [];
  while (some.length < CHANGING_LINKS && all.length > 0) some.push(...all.splice(randomBelow(random, all.length), 1));
  return some;
}
