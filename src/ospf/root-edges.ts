import { type Graph, NO_VERTEX } from './graph.js';
import type { NextHopSets } from './next-hop-sets.js';
import type { AreaInput } from './route-input.js';
import type { RootEdge } from './spf.js';

/** The ways out of this router within an area (RFC 2328 section 16.1), from its adjacencies and the graph. */
export class RootEdges {
  private readonly sets: NextHopSets;
  private area: AreaInput | undefined = undefined;
  /** The sets of its first hops and of its transit networks, in their order. */
  private hopSets: readonly number[] = [];
  private transitSets: readonly number[] = [];

  constructor(sets: NextHopSets) {
    this.sets = sets;
  }

  /** Links that the LSA of the other end describes too. What our own says may be held back by its pace. */
  find(area: AreaInput, graph: Graph, routerId: number): RootEdge[] {
    if (area !== this.area) this.nameSets(area);
    const edges: RootEdge[] = [];
    for (let index = 0; index < area.firstHops.length; index++) {
      const { routerId: neighborId, cost, interface: name } = area.firstHops[index]!;
      const vertex = graph.routerVertex(neighborId);
      if (vertex === NO_VERTEX || !graph.hasPointToPointLink(vertex, routerId)) continue;
      edges.push({ vertex, cost, nextHops: this.hopSets[index]!, interface: name });
    }
    for (let index = 0; index < area.transits.length; index++) {
      const { networkId, cost, interface: name } = area.transits[index]!;
      const nextHops = this.transitSets[index]!;
      let vertex = graph.networkVertex(networkId);
      for (; vertex !== NO_VERTEX; vertex = graph.nextNetworkVertex(vertex)) {
        if (graph.networkHas(vertex, routerId)) edges.push({ vertex, cost, nextHops, interface: name });
      }
    }
    return edges;
  }

  /** Names of sets are texts that are put together, which takes longer than the rest. */
  private nameSets(area: AreaInput): void {
    this.area = area;
    this.hopSets = area.firstHops.map((hop) => this.sets.single(hop.interface, hop.via));
    this.transitSets = area.transits.map((transit) => this.sets.attached(transit.interface));
  }
}
