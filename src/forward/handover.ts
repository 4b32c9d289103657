import type { SharedRing } from '../base/ring.js';
import { type FrameArena, type PacketBatch, VNET_BEFORE_PACKET } from '../link/frame.js';
import { COUNT_HANDED_OVER, type Counters } from './counters.js';
import { DROP_HANDOVER_FULL } from './drop-reason.js';
import type { Receiver } from './receiver.js';

/** Capacity of the ring of a worker: some thousand small packets or a few super-packets. */
export const HANDOVER_BYTES = 1 << 20;

/**
 * What a further worker leaves to the first one, which alone knows what to do with it: packets for neighbors that are to
 * be found first, ARP, OSPF, BFD. They go as they came, with all that lies in front of them, and come in there once more.
 * A record of the ring: tag = index of the link, bytes = slot up to the end of the packet.
 */
export class Handover implements Receiver {
  /** Set when there is something new in the ring. */
  pending = false;
  /** Packets so far, whether there was room for them or not. */
  received = 0;
  private readonly bytes: Uint8Array;
  private readonly counters: Counters;
  private readonly ring: SharedRing;

  constructor(arena: FrameArena, counters: Counters, ring: SharedRing) {
    this.bytes = arena.bytes;
    this.counters = counters;
    this.ring = ring;
  }

  /** True when the first worker has dealt with everything. */
  get isDone(): boolean {
    return this.ring.isEmpty;
  }

  /** True once after there was something new: the first worker is to be told. */
  takePending(): boolean {
    const { pending } = this;
    this.pending = false;
    return pending;
  }

  receive(offset: number, length: number, fromLink: number): void {
    const start = offset - VNET_BEFORE_PACKET;
    this.received++;
    if (!this.ring.push(fromLink, 0, this.bytes, start, VNET_BEFORE_PACKET + length)) {
      this.counters.drop(fromLink, DROP_HANDOVER_FULL);
      return;
    }
    this.counters.add(fromLink, COUNT_HANDED_OVER, 1);
    this.pending = true;
  }
}

/** The first worker's end of the ring. */
export class HandoverIntake {
  constructor(
    private readonly arena: FrameArena,
    private readonly ring: SharedRing,
  ) {}

  /** Makes a batch of the oldest packet; returns the link that it came in by, or -1. It stays in the ring until `pop`. */
  receive(batch: PacketBatch): number {
    const { ring, arena } = this;
    if (!ring.peek()) return -1;
    const offset = arena.packetOffset(0);
    ring.copyTo(arena.bytes, offset - VNET_BEFORE_PACKET);
    batch.offsets[0] = offset;
    batch.lengths[0] = ring.length - VNET_BEFORE_PACKET;
    batch.count = 1;
    return ring.tag;
  }

  /** The packet is where it was to go. */
  pop(): void {
    this.ring.pop();
  }
}
