import { native } from '../kernel/binding.js';
import { ChunkPool } from '../link/chunk-pool.js';
import { BATCH_SIZE, type FrameArena, SLOT_BYTES } from '../link/frame.js';
import type { Link } from '../link/link.js';
import { PacketLink } from '../link/packet-link.js';
import { TunLink } from '../link/tun-link.js';
import { umemOf } from '../link/xdp-layout.js';
import { XdpLink } from '../link/xdp-link.js';
import { XdpSocket } from '../link/xdp-socket.js';
import { MAX_LINKS } from './link-table.js';
import { type LinkDescriptor, NO_FD } from './mailbox.js';

/** The links that a worker has open, by index. */
export class WorkerLinks {
  /** For data. */
  readonly data: (Link | undefined)[] = new Array(MAX_LINKS).fill(undefined);
  /** For control traffic; undefined for the virtual link, and in workers that have none of it. */
  readonly controls: (Link | undefined)[] = new Array(MAX_LINKS).fill(undefined);
  /** One more than the highest index that was ever open. */
  end = 0;
  private readonly umem: Uint8Array;
  private readonly chunks: ChunkPool;
  private readonly io: InstanceType<typeof native.PacketIo>;

  /** @param arena the slots of the engine, and behind them what XDP links use */
  constructor(arena: FrameArena) {
    this.umem = umemOf(arena.bytes, arena.slotCount * SLOT_BYTES);
    this.chunks = new ChunkPool(arena, this.umem);
    this.io = new native.PacketIo(arena.bytes, SLOT_BYTES, BATCH_SIZE);
  }

  /** Takes over the descriptors of a link. */
  open(index: number, descriptor: LinkDescriptor): Link {
    const { name, controlFd } = descriptor;
    const link = this.make(descriptor);
    this.data[index] = link;
    if (controlFd !== NO_FD) this.controls[index] = new PacketLink(this.io, name, controlFd);
    this.end = Math.max(this.end, index + 1);
    return link;
  }

  close(index: number): void {
    this.data[index]?.close();
    this.data[index] = undefined;
    this.controls[index]?.close();
    this.controls[index] = undefined;
  }

  /** Frees what the links shared; all of them are closed. */
  release(): void {
    this.io.release();
  }

  private make({ kind, name, fd, xdp }: LinkDescriptor): Link {
    if (kind === 'tun') return new TunLink(this.io, name, fd);
    const packet = new PacketLink(this.io, name, fd);
    if (xdp === undefined) return packet;
    return new XdpLink(name, new XdpSocket(xdp.fd, this.umem, xdp.place), this.chunks, packet);
  }
}
