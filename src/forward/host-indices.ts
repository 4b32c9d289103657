import {
  type AdjacencyTable,
  KIND_HOST,
  KIND_NONE,
  NEIGHBOR_FAILED,
  NEIGHBOR_INCOMPLETE,
  NEIGHBOR_NONE,
  NEIGHBOR_STALE,
} from './adjacency.js';

/** Entries that are looked at for one that may go, so that a full table costs no more than this for each new host. */
const VICTIM_CANDIDATES = 64;

const RANK_IN_USE = 3;

/** Gives out the adjacency indices of hosts, and names the entry that has to go when none is left. */
export class HostIndices {
  /** One more than the highest index that was ever given out. */
  end: number;
  private readonly table: AdjacencyTable;
  /** Each adjacency's packet counter when it was last looked at. */
  private readonly packetsSeen: Float64Array;
  private readonly free: Int32Array;
  private freeCount = 0;
  private hand: number;

  constructor(table: AdjacencyTable, packetsSeen: Float64Array) {
    this.table = table;
    this.packetsSeen = packetsSeen;
    this.free = new Int32Array(table.capacity.hosts);
    this.end = table.firstHost;
    this.hand = table.firstHost;
  }

  /** A free index, or 0. */
  take(): number {
    if (this.freeCount > 0) return this.free[--this.freeCount];
    return this.end < this.table.end ? this.end++ : 0;
  }

  give(index: number): void {
    this.table.kind[index] = KIND_NONE;
    this.free[this.freeCount++] = index;
  }

  /**
   * Of the next few entries in turn the one that is missed least: failed or stale first, then one being resolved, then
   * the one that has been idle longest; of those in use none, or the one longest so if one has to go. 0 if there is none.
   */
  victim(mayBeInUse: boolean): number {
    const { table } = this;
    const candidates = Math.min(VICTIM_CANDIDATES, table.capacity.hosts);
    let victim = 0;
    let lowest = mayBeInUse ? RANK_IN_USE + 1 : RANK_IN_USE;
    for (let looked = 0; looked < candidates; looked++) {
      const host = this.hand;
      this.hand = host + 1 < table.end ? host + 1 : table.firstHost;
      // One that is just being removed is nobody's neighbor any more.
      if (table.kind[host] !== KIND_HOST) continue;
      const rank = this.rank(host);
      const older = victim !== 0 && rank === lowest && table.stateSinceUs[host] < table.stateSinceUs[victim];
      if (rank < lowest || older) {
        lowest = rank;
        victim = host;
      }
    }
    return victim;
  }

  private rank(host: number): number {
    const { table } = this;
    switch (table.state[host]) {
      case NEIGHBOR_NONE:
      case NEIGHBOR_FAILED:
      case NEIGHBOR_STALE:
        return 0;
      case NEIGHBOR_INCOMPLETE:
        return 1;
      default:
        return table.packetCount(host) === this.packetsSeen[host] ? 2 : RANK_IN_USE;
    }
  }
}
