import { type GroupTable, pathAt } from '../fib/next-hop-group.js';
import type { Poptrie } from '../fib/poptrie.js';
import { type SingleLookup, singleLookup } from '../fib/single-lookup.js';
import type { FrameArena, PacketBatch } from '../link/frame.js';
import { IPV4_HEADER_BYTES, ipv4Source } from '../wire/ipv4.js';
import {
  ACTION_CARRY,
  ACTION_DELIVER,
  ACTION_EXPIRED,
  type AdjacencyTable,
  isLeased,
  KIND_DELIVER_LEASED,
} from './adjacency.js';
import type { Counters } from './counters.js';
import { DROP_LEASE_EXPIRED } from './drop-reason.js';
import { VIRTUAL_LINK } from './link-table.js';

/** What of the engine the gate needs. */
export interface LeaseGateParts {
  readonly arena: FrameArena;
  readonly adjacencies: AdjacencyTable;
  readonly trie: Poptrie;
  readonly groups: GroupTable;
  readonly counters: Counters;
}

/**
 * Whether this router may serve the VIPs that it has on a lease. The main thread writes until when; each worker looks before
 * it reads packets, since it may have been stopped since it did so last, for longer than the lease.
 */
export class LeaseGate {
  private readonly until: Float64Array;
  private isOpen = false;
  /** There are such VIPs. */
  private isUsed = false;

  private readonly parts: LeaseGateParts;
  private readonly lookUp: SingleLookup;

  /** @param memory `LeaseGate.allocate()` */
  constructor(memory: SharedArrayBuffer, parts: LeaseGateParts) {
    this.until = new Float64Array(memory);
    this.parts = parts;
    this.lookUp = singleLookup(parts.trie);
  }

  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT);
  }

  /** Main thread. */
  static write(memory: SharedArrayBuffer, untilUs: number): void {
    new Float64Array(memory)[0] = untilUs;
  }

  /** Opens or shuts the gate. Returns false if there are VIPs that may be another router's now. */
  look(nowUs: number): boolean {
    const isOpen = nowUs < this.until[0];
    if (isOpen !== this.isOpen) {
      this.isOpen = isOpen;
      this.apply();
    }
    return isOpen || !this.isUsed;
  }

  /** To be called when adjacencies come and go, too. */
  apply(): void {
    const { kind, action } = this.parts.adjacencies;
    this.isUsed = false;
    for (let index = 1; index < kind.length; index++) {
      if (!isLeased(kind[index])) continue;
      this.isUsed = true;
      if (!this.isOpen) action[index] = ACTION_EXPIRED;
      else action[index] = kind[index] === KIND_DELIVER_LEASED ? ACTION_DELIVER : ACTION_CARRY;
    }
  }

  /** Takes out of a batch from the host what it says in the name of such a VIP. */
  sift(packets: PacketBatch): void {
    const { offsets, lengths, count } = packets;
    let kept = 0;
    for (let index = 0; index < count; index++) {
      if (lengths[index] >= IPV4_HEADER_BYTES && this.isLeased(offsets[index])) {
        this.parts.counters.drop(VIRTUAL_LINK, DROP_LEASE_EXPIRED);
        continue;
      }
      offsets[kept] = offsets[index];
      lengths[kept++] = lengths[index];
    }
    packets.count = kept;
  }

  private isLeased(offset: number): boolean {
    const { arena, groups, adjacencies } = this.parts;
    const group = this.lookUp(ipv4Source(arena.bytes, offset));
    return isLeased(adjacencies.kind[pathAt(groups, group, 0)]);
  }
}
