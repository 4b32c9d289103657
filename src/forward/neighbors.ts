import type { Ipv4 } from '../base/ipv4.js';
import type { NeighborIndex } from './neighbor-index.js';
import type { Receiver } from './receiver.js';

/** The neighbors as one who sends to them sees them. */
export interface Neighbors {
  /** The adjacency of a neighbor that is known, or 0. Hot path. */
  find(link: number, address: Ipv4): number;

  /** The adjacency of a neighbor on a link that is up, made if there is none yet; 0 if there cannot be one. */
  findOrCreate(link: number, address: Ipv4): number;

  /** Takes a packet for which `findOrCreate` has found nothing. */
  turnAway(offset: number, length: number, fromLink: number): void;

  /** Keeps a packet until the neighbor is known, and asks for it if nobody has yet. */
  wait(adjacency: number, offset: number, length: number, fromLink: number): void;
}

/**
 * The neighbors as a further worker has them: those that the first one has found. An entry that is being removed may be
 * missed, or seen a moment longer, while the first worker changes the index: the packet takes the way of an unknown neighbor, or
 * goes where it would have gone a moment before.
 */
export class FoundNeighbors implements Neighbors {
  constructor(
    private readonly index: NeighborIndex,
    private readonly firstWorker: Receiver,
  ) {}

  find(link: number, address: Ipv4): number {
    return this.index.find(link, address);
  }

  findOrCreate(link: number, address: Ipv4): number {
    return this.index.find(link, address);
  }

  turnAway(offset: number, length: number, fromLink: number): void {
    this.firstWorker.receive(offset, length, fromLink);
  }

  wait(_adjacency: number, offset: number, length: number, fromLink: number): void {
    this.firstWorker.receive(offset, length, fromLink);
  }
}
