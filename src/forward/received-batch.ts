import type { BatchLookup } from '../fib/batch-lookup.js';
import { BATCH_SIZE, PacketBatch } from '../link/frame.js';

/** The batch of packets that an engine has in hand, and what it finds out about each of them. One for each engine. */
export class ReceivedBatch {
  readonly packets = new PacketBatch();
  /** Next-hop group, `NO_GROUP`, or `HANDLED`. */
  readonly groups = new Int32Array(BATCH_SIZE);
  /** Destination address, as a signed number: where the lookup of routes reads them. */
  readonly destinations: Int32Array;
  /** Some packet has an option to be filled in on the way. */
  hasRecords = false;

  constructor(readonly routes: BatchLookup) {
    this.destinations = routes.addresses;
  }
}

/** In place of a next-hop group: the packet has been dealt with. */
export const HANDLED = -1;

/** In place of a next-hop group: the packet was left to another worker. */
export const HANDED_OVER = -3;

/** In place of a next-hop group for a while: not the common case. */
export const UNCOMMON = -2;
