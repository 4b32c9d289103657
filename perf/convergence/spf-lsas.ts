import type { Ipv4 } from '../../src/base/ipv4.js';
import { type Random, randomBelow, SeededRandom } from '../../src/base/random.js';
import { encodeLsa, LSA_ROUTER } from '../../src/wire/ospf/lsa.js';
import { encodeRouterLsa, LINK_POINT_TO_POINT, LINK_STUB, type RouterLink } from '../../src/wire/ospf/router-lsa.js';
import type { Topology } from './spf-topology.js';

const FIRST_ROUTER_ID = 0x0a000001;
const FIRST_STUB = 0xac100001;
const STUB_COST = 1;
const OPTION_EXTERNAL = 0x02;

/** One end of some links has a cost above all paths, so that no path leads over it: these are what changes. */
const SPARE_LINKS = 16;
const SPARE_COST = 50_000;

/** The LSAs of a synthetic network, as router 0 of it tells them to the router that calculates. */
export class TopologyLsas {
  /** Whole router-LSAs, by the number of the router. */
  readonly lsas: Uint8Array[];
  private readonly links: RouterLink[][];
  private readonly spares: readonly number[];
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
    this.spares = spareRouters(topology.routers, new SeededRandom(seed));
    for (const router of this.spares) this.setSpareCost(router);
    this.lsas = this.links.map((_, router) => this.instance(router));
  }

  /** Finds the stubs in any text that has addresses: 172.16.0.0/14 is theirs. */
  static readonly STUB_PATTERN = /\b172\.1[6-9]\.\d+\.\d+/g;

  static routerId(router: number): number {
    return FIRST_ROUTER_ID + router;
  }

  /**
   * Gives one end of a link inside the network another cost, and returns the new instance of that LSA. All paths have to be
   * calculated, and all routes stay: nothing but the calculation takes time.
   */
  change(): Uint8Array {
    this.changes++;
    const router = this.spares[this.changes % this.spares.length]!;
    this.setSpareCost(router);
    const lsa = this.instance(router);
    this.lsas[router] = lsa;
    return lsa;
  }

  /** The first link beside the stub. Every router has another link, so that none is cut off. */
  private setSpareCost(router: number): void {
    const links = this.links[router]!;
    links[1] = { ...links[1]!, metric: SPARE_COST + this.changes };
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

/** Different ones, and not router 0. */
function spareRouters(routers: number, random: Random): number[] {
  const spares = new Set<number>();
  while (spares.size < SPARE_LINKS) spares.add(1 + randomBelow(random, routers - 1));
  return [...spares];
}
