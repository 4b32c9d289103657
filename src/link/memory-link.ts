import {
  ETHERNET_BEFORE_PACKET,
  type FrameArena,
  PACKET_START,
  type PacketBatch,
  SLOT_BYTES,
  VNET_BEFORE_PACKET,
} from './frame.js';
import type { Link } from './link.js';

/** How a pair of memory links behaves. */
export interface MemoryLinkOptions {
  readonly ethernet: boolean;
  readonly offload: boolean;
  /** Packets that wait at one end at most; transmit takes no more. */
  readonly capacity: number;
}

const HEADROOM = VNET_BEFORE_PACKET;

/** Linux's number; written here so that this link needs no addon. */
const ENETDOWN = 100;

/**
 * A wire in memory, for tests and simulations: what one end transmits, the other receives, copied with its virtio and
 * Ethernet headers. `setUp(false)` cuts it: both ends answer `-ENETDOWN` and what was under way is lost.
 */
export class MemoryLink implements Link {
  readonly kind = 'memory';
  readonly pollFd = -1;
  readonly ethernet: boolean;
  readonly offload: boolean;
  private readonly capacity: number;
  private readonly waiting: Uint8Array[] = [];
  private peer: MemoryLink = this;
  private up = true;

  private constructor(
    readonly name: string,
    options: MemoryLinkOptions,
  ) {
    this.ethernet = options.ethernet;
    this.offload = options.offload;
    this.capacity = options.capacity;
  }

  /** Two ends of one wire, named `NAME-a` and `NAME-b`. */
  static pair(name: string, options: Partial<MemoryLinkOptions> = {}): [MemoryLink, MemoryLink] {
    const complete = { ethernet: true, offload: true, capacity: 4096, ...options };
    const a = new MemoryLink(`${name}-a`, complete);
    const b = new MemoryLink(`${name}-b`, complete);
    a.peer = b;
    b.peer = a;
    return [a, b];
  }

  /** Cuts or mends the wire. */
  setUp(up: boolean): void {
    for (const end of [this, this.peer]) {
      end.up = up;
      end.waiting.length = 0;
    }
  }

  /** Packets that wait to be received here. */
  get waitingCount(): number {
    return this.waiting.length;
  }

  receive(arena: FrameArena, batch: PacketBatch): number {
    batch.count = 0;
    if (!this.up) return -ENETDOWN;
    while (batch.count < batch.capacity) {
      const packet = this.waiting.shift();
      if (packet === undefined) break;
      const offset = arena.packetOffset(batch.count);
      arena.bytes.set(packet, offset - HEADROOM);
      batch.offsets[batch.count] = offset;
      batch.lengths[batch.count] = packet.length - HEADROOM;
      batch.count++;
    }
    return batch.count;
  }

  transmit(arena: FrameArena, batch: PacketBatch): number {
    if (!this.up) return -ENETDOWN;
    const { waiting } = this.peer;
    for (let i = 0; i < batch.count; i++) {
      const offset = batch.offsets[i];
      const end = offset + batch.lengths[i];
      if (batch.joined[i] !== 0) waiting.push(concatenate(waiting.pop()!, arena.bytes.subarray(offset, end)));
      else if (waiting.length < this.capacity) waiting.push(arena.bytes.slice(offset - HEADROOM, end));
      else return i;
    }
    return batch.count;
  }

  /** Puts one packet on the wire as if the other end had sent it; `frame` begins with the Ethernet header if any. */
  deliver(frame: Uint8Array): void {
    const header = this.ethernet ? ETHERNET_BEFORE_PACKET : 0;
    if (frame.length - header > SLOT_BYTES - PACKET_START) throw new RangeError(`a frame of ${frame.length} bytes`);
    const packet = new Uint8Array(HEADROOM - header + frame.length);
    packet.set(frame, HEADROOM - header);
    this.waiting.push(packet);
  }

  close(): void {
    this.setUp(false);
  }
}

function concatenate(a: Uint8Array, b: Uint8Array): Uint8Array {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}
