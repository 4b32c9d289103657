import type { FrameArena, PacketBatch } from './frame.js';

export type LinkKind = 'packet' | 'xdp' | 'tun' | 'memory';

/**
 * Something packets go in and out of. A worker owns its links and calls them only from its loop. No method blocks, and
 * none allocates or throws once the link is open.
 */
export interface Link {
  readonly kind: LinkKind;
  readonly name: string;

  /** True if packets have an Ethernet header in front of them, false if they are bare IPv4 (TUN). */
  readonly ethernet: boolean;

  /** True if the link takes GSO super-packets and partial checksums (virtio-net header) as they are. */
  readonly offload: boolean;

  /** A descriptor that polls readable when packets wait, or -1 (memory links). */
  readonly pollFd: number;

  /**
   * Receives packets into the first slots of `arena` and describes them in `batch` (offsets, lengths, count).
   * For an Ethernet link the 14 bytes before each offset are its header. Returns the number of packets, 0 when none
   * wait, or a negative errno when the link cannot be used now (`-ENETDOWN`, `-ENODEV`, …).
   */
  receive(arena: FrameArena, batch: PacketBatch): number;

  /**
   * Sends the packets of `batch`; for an Ethernet link the caller has written the headers. The bytes may be reused as
   * soon as the call returns. Returns how many were taken, from the front, or a negative errno if none was. Packets in
   * pieces are for links that coalesce (`LinkIdentity`); their pieces are counted, and taken together.
   */
  transmit(arena: FrameArena, batch: PacketBatch): number;

  /** Releases descriptors and memory. Further calls are errors of the caller. */
  close(): void;
}
