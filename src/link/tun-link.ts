import { native, type PacketIo } from '../kernel/binding.js';
import { BATCH_SIZE, type FrameArena, type PacketBatch, receivedAtOnce } from './frame.js';
import type { Link } from './link.js';
import { describeLost } from './lost-packet.js';

/**
 * A TUN device: bare IP packets, each with a virtio-net header in front (`IFF_VNET_HDR`), exchanged with the host's own
 * kernel. The other end is a program on the same machine, so this link is up as long as it is open.
 */
export class TunLink implements Link {
  readonly kind = 'tun';
  readonly ethernet = false;
  readonly offload = true;
  private readonly io: PacketIo;
  private atOnce = BATCH_SIZE;

  /**
   * @param io the worker's native input and output; stays the worker's
   * @param name kernel name of the device
   * @param pollFd the device's descriptor; this link owns it from now on
   */
  constructor(
    io: PacketIo,
    readonly name: string,
    readonly pollFd: number,
  ) {
    this.io = io;
  }

  receive(arena: FrameArena, batch: PacketBatch): number {
    const count = this.io.receiveTun(
      this.pollFd,
      true,
      batch.offsets,
      batch.lengths,
      Math.min(batch.capacity, this.atOnce),
    );
    if (count === -native.constants.EINVAL) return describeLost(arena, batch);
    batch.count = Math.max(count, 0);
    if (count > 0) this.atOnce = receivedAtOnce(batch.lengths[count - 1]);
    return count;
  }

  transmit(_arena: FrameArena, { offsets, lengths, count, joined }: PacketBatch): number {
    return this.io.transmitTun(this.pollFd, true, offsets, lengths, count, joined);
  }

  close(): void {
    native.close(this.pollFd);
  }
}
