/**
 * The memory that packets live in. One arena belongs to one worker; a packet is three integers: the arena, the offset
 * of its first layer-3 byte and its layer-3 length. What surrounds a packet lies at fixed distances before it, so that a
 * packet received on one link leaves on another without a copy.
 *
 * ```
 *  slot:  | virtio-net header | …unused… | Ethernet header | IPv4 packet ……………………… |
 *         ^ offset - 64       (12 bytes)  ^ offset - 14      ^ offset
 * ```
 *
 * The virtio-net header is kept relative to the IPv4 packet (as a TUN device has it): a link with Ethernet headers
 * corrects `hdr_len` and `csum_start` by 14 on the way in and out. All zero means: complete checksum, no GSO.
 */

/** Bytes from the start of a slot to its packet; a multiple of 64. */
export const PACKET_START = 64;
export const VNET_BEFORE_PACKET = 64;
export const ETHERNET_BEFORE_PACKET = 14;

/**
 * A slot holds one GSO super-packet (65,535 bytes of IPv4) and what lies before it. Not a multiple of the page size: two
 * cache lines more, so that the headers of a batch spread over all sets of the first-level cache instead of sharing one
 * (half the time of the whole forwarding step).
 */
export const SLOT_BYTES = 69_760;

/** Packets moved by one native call at most. */
export const BATCH_SIZE = 64;

/** Large packets that are received at once: together they fit into a processor's own cache, beside what else it needs. */
const LARGE_AT_ONCE = 4;
const LARGE_BYTES = 8192;

/**
 * How many packets a link whose last one had `length` bytes is to receive next: of large ones few, so that they are sent on
 * while the cache has them.
 */
export function receivedAtOnce(length: number): number {
  return length > LARGE_BYTES ? LARGE_AT_ONCE : BATCH_SIZE;
}

export class FrameArena {
  readonly bytes: Uint8Array;
  readonly slotCount: number;

  /** @param bytes what the slots are the beginning of; the rest is the caller's (`xdp-layout.ts`) */
  constructor(slotCount: number, bytes: Uint8Array = new Uint8Array(slotCount * SLOT_BYTES)) {
    this.slotCount = slotCount;
    this.bytes = bytes;
  }

  /** Offset of the packet in `slot`. */
  packetOffset(slot: number): number {
    return slot * SLOT_BYTES + PACKET_START;
  }
}

/**
 * Up to `capacity` packets of one arena: parallel arrays of packet offset (in the arena, bytes) and layer-3 length
 * (bytes). The arrays are allocated once.
 *
 * On the way out a packet may lie in pieces (`joined`): the entry that has its headers, and behind it the rest of its
 * bytes, an entry for each piece.
 */
export class PacketBatch {
  readonly offsets: Int32Array;
  readonly lengths: Int32Array;
  /** 1 for an entry that is a piece of the packet of the entry before it. */
  readonly joined: Uint8Array;
  /** True if any entry is one. */
  inPieces = false;
  count = 0;

  constructor(readonly capacity: number = BATCH_SIZE) {
    this.offsets = new Int32Array(capacity);
    this.lengths = new Int32Array(capacity);
    this.joined = new Uint8Array(capacity);
  }
}
