import { native, type PacketIo } from '../kernel/binding.js';
import {
  setVirtioChecksumStart,
  setVirtioHeaderLength,
  VIRTIO_GSO_TYPE,
  VIRTIO_NEEDS_CHECKSUM,
  virtioChecksumStart,
  virtioFlags,
  virtioHeaderLength,
} from '../wire/virtio-net.js';
import {
  BATCH_SIZE,
  ETHERNET_BEFORE_PACKET,
  type FrameArena,
  type PacketBatch,
  receivedAtOnce,
  VNET_BEFORE_PACKET,
} from './frame.js';
import type { Link } from './link.js';
import { describeLost } from './lost-packet.js';

/**
 * A NIC through an AF_PACKET socket with `PACKET_VNET_HDR`: GSO super-packets and partial checksums pass whole. The
 * kernel counts the header's `hdr_len` and `csum_start` from the frame, the arena from the IPv4 packet (`frame.ts`).
 */
export class PacketLink implements Link {
  readonly kind = 'packet';
  readonly ethernet = true;
  readonly offload = true;
  private readonly io: PacketIo;
  private atOnce = BATCH_SIZE;

  /**
   * @param io the worker's native input and output; stays the worker's
   * @param name kernel name of the NIC
   * @param pollFd the socket; this link owns it from now on
   */
  constructor(
    io: PacketIo,
    readonly name: string,
    readonly pollFd: number,
  ) {
    this.io = io;
  }

  receive(arena: FrameArena, batch: PacketBatch): number {
    const count = this.io.receivePacket(
      this.pollFd,
      true,
      batch.offsets,
      batch.lengths,
      Math.min(batch.capacity, this.atOnce),
    );
    if (count === -native.constants.EINVAL) return describeLost(arena, batch);
    batch.count = Math.max(count, 0);
    if (count > 0) this.atOnce = receivedAtOnce(batch.lengths[count - 1]);
    const { bytes } = arena;
    const { offsets } = batch;
    for (let i = 0; i < count; i++) {
      const header = offsets[i] - VNET_BEFORE_PACKET;
      // "Checksum valid" is the receiver's own business and means nothing on the way out.
      bytes[header] &= VIRTIO_NEEDS_CHECKSUM;
      shiftHeader(bytes, header, -ETHERNET_BEFORE_PACKET);
    }
    return count;
  }

  transmit(arena: FrameArena, batch: PacketBatch): number {
    const { offsets, lengths, count, joined, inPieces } = batch;
    shiftFrom(arena.bytes, batch, 0, ETHERNET_BEFORE_PACKET);
    const sent = inPieces
      ? this.io.transmitPacket(this.pollFd, true, offsets, lengths, count, joined)
      : this.io.transmitPacket(this.pollFd, true, offsets, lengths, count);
    // What was not taken may be offered again: leave it as it came.
    if (sent < count) shiftFrom(arena.bytes, batch, Math.max(sent, 0), -ETHERNET_BEFORE_PACKET);
    return sent;
  }

  close(): void {
    native.close(this.pollFd);
  }
}

function shiftFrom(bytes: Uint8Array, batch: PacketBatch, first: number, by: number): void {
  const { offsets, count, joined, inPieces } = batch;
  for (let i = first; i < count; i++) {
    // Before a piece is no header of its own.
    if (!inPieces || joined[i] === 0) shiftHeader(bytes, offsets[i] - VNET_BEFORE_PACKET, by);
  }
}

/** Moves what the header at `header` measures from by `by` bytes; fields that are not in use stay zero. */
function shiftHeader(bytes: Uint8Array, header: number, by: number): void {
  if ((bytes[header] | bytes[header + VIRTIO_GSO_TYPE]) === 0) return;
  const headerLength = virtioHeaderLength(bytes, header);
  if (headerLength !== 0) setVirtioHeaderLength(bytes, header, headerLength + by);
  if ((virtioFlags(bytes, header) & VIRTIO_NEEDS_CHECKSUM) === 0) return;
  setVirtioChecksumStart(bytes, header, virtioChecksumStart(bytes, header) + by);
}
