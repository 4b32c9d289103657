import { type GroupTable, pathAt, pathCount, repairPath } from '../fib/next-hop-group.js';
import type { Poptrie } from '../fib/poptrie.js';
import { type SingleLookup, singleLookup } from '../fib/single-lookup.js';
import { ipv4Protocol, ipv4Source, PROTOCOL_OSPF } from '../wire/ipv4.js';
import { type AdjacencyTable, KIND_CONNECTED, KIND_LOCAL, KIND_NEIGHBOR } from './adjacency.js';
import { isBfdDatagram } from './bfd-datagram.js';
import { POLICY_STRICT } from './link-policy.js';
import type { LinkTable } from './link-table.js';

/**
 * Reverse path forwarding (RFC 3704 section 2): a source that has no route to it is forged. A route counts if it leads to
 * a neighbor or a connected subnet, so that a blackhole route also stops what comes *from* its prefix (RFC 5635). Strict
 * asks for a path over the link that the packet came in by, and takes any path of the route and its repair path for one
 * (*feasible*, section 2.3). The default route counts like any other.
 */
export class SourceValidation {
  private readonly bytes: Uint8Array;
  private readonly links: LinkTable;
  private readonly adjacencies: AdjacencyTable;
  private readonly lookUp: SingleLookup;
  private readonly groups: GroupTable;

  constructor(bytes: Uint8Array, links: LinkTable, adjacencies: AdjacencyTable, trie: Poptrie, groups: GroupTable) {
    this.bytes = bytes;
    this.links = links;
    this.adjacencies = adjacencies;
    this.lookUp = singleLookup(trie);
    this.groups = groups;
  }

  /** True if the packet, whose destination has the group `destinationGroup`, may have come in by link `from`. */
  passes(from: number, offset: number, length: number, destinationGroup: number): boolean {
    const { groups } = this;
    const strict = this.links.follows(from, POLICY_STRICT);
    const group = this.lookUp(ipv4Source(this.bytes, offset));
    const count = pathCount(groups, group);
    for (let i = 0; i < count; i++) if (this.leadsBack(pathAt(groups, group, i), from, strict)) return true;
    if (this.leadsBack(repairPath(groups, group), from, strict)) return true;
    return this.isNeighborTalk(offset, length, destinationGroup);
  }

  private leadsBack(path: number, from: number, strict: boolean): boolean {
    const { kind, link } = this.adjacencies;
    if (kind[path] !== KIND_NEIGHBOR && kind[path] !== KIND_CONNECTED) return false;
    return !strict || link[path] === from;
  }

  /**
   * OSPF and BFD to this router: an unnumbered neighbor has an address to which there is a route over the link only when
   * they have done their work. Both check for themselves who speaks.
   */
  private isNeighborTalk(offset: number, length: number, destinationGroup: number): boolean {
    if (this.adjacencies.kind[pathAt(this.groups, destinationGroup, 0)] !== KIND_LOCAL) return false;
    return ipv4Protocol(this.bytes, offset) === PROTOCOL_OSPF || isBfdDatagram(this.bytes, offset, length);
  }
}
