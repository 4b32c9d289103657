import { type AdjacencyTable, isResolved } from './adjacency.js';
import type { BfdNeighbors } from './bfd-sessions.js';
import type { Counters } from './counters.js';
import { DROP_LINK_DOWN, DROP_NEIGHBOR_TABLE_FULL } from './drop-reason.js';
import type { Forwarding } from './forward.js';
import { type LinkTable, VIRTUAL_LINK } from './link-table.js';
import type { NeighborCache } from './neighbor-cache.js';
import type { Output } from './output.js';

/** The parts of an engine that the packets of the control plane go through. */
export interface ControlOutputParts {
  readonly links: LinkTable;
  readonly adjacencies: AdjacencyTable;
  readonly counters: Counters;
  readonly output: Output;
}

/** The way out of packets that go to a neighbor named by the control plane, not by a route. */
export class ControlOutput implements BfdNeighbors {
  constructor(
    private readonly parts: ControlOutputParts,
    private readonly neighbors: NeighborCache,
    private readonly forwarding: Forwarding,
  ) {}

  send(link: number, address: number, offset: number, length: number): void {
    const { links, counters } = this.parts;
    const neighbor = links.up[link] === 0 ? 0 : this.neighbors.enter(link, address);
    if (neighbor !== 0) this.forwarding.sendTo(neighbor, offset, length, VIRTUAL_LINK);
    else counters.drop(VIRTUAL_LINK, links.up[link] === 0 ? DROP_LINK_DOWN : DROP_NEIGHBOR_TABLE_FULL);
  }

  /** As `send`, past the queue of the link if the neighbor is known: then true. */
  sendUrgent(link: number, address: number, offset: number, length: number): boolean {
    const { links, adjacencies, output } = this.parts;
    const neighbor = links.up[link] === 0 ? 0 : this.neighbors.enter(link, address);
    if (neighbor === 0 || !isResolved(adjacencies.state[neighbor])) {
      this.send(link, address, offset, length);
      return false;
    }
    output.sendUrgent(neighbor, offset, length);
    return true;
  }

  setLost(link: number, address: number, isLost: boolean): void {
    this.neighbors.setLost(link, address, isLost);
  }
}
