import type { FrameArena, PacketBatch } from './frame.js';

/**
 * Makes `batch` one packet without a length, to be counted like any other that is no good: the kernel has said EINVAL,
 * because a packet has no virtio-net form, and has thrown it away. Returns 1, the number of packets.
 */
export function describeLost(arena: FrameArena, batch: PacketBatch): number {
  batch.offsets[0] = arena.packetOffset(0);
  batch.lengths[0] = -1;
  batch.count = 1;
  return 1;
}
