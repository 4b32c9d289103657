import { LasthopError } from '../base/errors.js';
import { native } from '../kernel/binding.js';
import type { KernelLink } from '../kernel/rtnetlink.js';
import { xdpProgram } from '../kernel/xdp-program.js';
import { SLOT_BYTES } from '../link/frame.js';
import {
  CHUNK_BYTES,
  CHUNK_HEADROOM,
  MAX_XDP_LINKS,
  placeOf,
  RING_PLACES,
  RING_RECEIVED,
  RING_SENT,
  RING_SLOTS,
  ringOf,
  umemOf,
  XDP_MAX_MTU,
} from '../link/xdp-layout.js';
import { ENGINE_ARENA_SLOTS } from './arena-layout.js';
import type { Commands } from './commands.js';

const { XDP_PASS } = native.constants;

/** A full ring of the largest frames with what the kernel adds to each. */
const SEND_BUFFER_BYTES = 8 << 20;

/** The queue that a worker serves. */
const QUEUE = 0;

/** An AF_XDP socket on a link, and the program that leads the link's data to it. */
export interface XdpBinding {
  /** The socket. Whoever it is handed to closes it. */
  readonly fd: number;
  /** Where the rings are (`xdp-layout.ts`). */
  readonly place: number;
  /** The driver receives into our memory and sends from it. */
  readonly zeroCopy: boolean;
  /** Frames that the kernel threw away because the worker did not come for them in time. */
  countMissed(): number;
  /** Takes the program off the link. The worker has been told to close the socket. */
  release(): void;
  /** Takes everything back before any worker was told of it. */
  discard(): void;
}

/**
 * Opens AF_XDP sockets in the arena of a worker. They share its chunks: the first one registers them, and each further one
 * is bound to one that is open. Everything vanishes with the process.
 */
export class XdpOwner {
  private readonly umem: Uint8Array;
  private readonly commands: Pick<Commands, 'fence'>;
  /** Sockets of links that are ours. */
  private readonly sockets = new Set<number>();
  /** Places of rings that the worker may still use. */
  private readonly places = new Set<number>();

  constructor(arena: SharedArrayBuffer, commands: Pick<Commands, 'fence'>) {
    this.umem = umemOf(new Uint8Array(arena), ENGINE_ARENA_SLOTS * SLOT_BYTES);
    this.commands = commands;
  }

  /**
   * Opens a socket on a link and leads the link's data to it. Throws a LasthopError if the link is not fit for it, or the
   * system error of the kernel that refuses it (no such driver feature, memory, privilege), and leaves nothing behind.
   */
  open(kernel: KernelLink): XdpBinding {
    this.refuseUnfit(kernel);
    const place = this.freePlace();
    const fd = this.openSocket(place);
    try {
      const [sharedFd] = this.sockets;
      const zeroCopy = native.bindXdp(fd, kernel.ifindex, QUEUE, sharedFd);
      const attachment = attach(kernel.ifindex, fd);
      this.sockets.add(fd);
      this.places.add(place);
      return {
        fd,
        place,
        zeroCopy,
        countMissed: () => native.xdpMissed(fd),
        release: () => {
          native.close(attachment);
          this.sockets.delete(fd);
          this.commands.fence(() => this.places.delete(place));
        },
        discard: () => {
          native.close(attachment);
          this.sockets.delete(fd);
          this.places.delete(place);
          this.discard(fd, place);
        },
      };
    } catch (error) {
      this.discard(fd, place);
      throw error;
    }
  }

  private refuseUnfit({ name, mtu }: KernelLink): void {
    if (mtu > XDP_MAX_MTU) {
      throw new LasthopError('XDP_MTU', `link ${name} has an MTU of ${mtu}, expected at most ${XDP_MAX_MTU}`);
    }
    const queues = native.receiveQueues(name);
    if (queues !== 1) {
      const message = `link ${name} receives by ${queues} queues, expected 1`;
      throw new LasthopError('XDP_QUEUES', message, `ethtool -L ${name} combined 1`);
    }
    if (this.sockets.size >= MAX_XDP_LINKS) {
      throw new LasthopError('XDP_LINKS', `link ${name} would be one more than ${MAX_XDP_LINKS} by AF_XDP`);
    }
  }

  private freePlace(): number {
    for (let place = 0; place < RING_PLACES; place++) if (!this.places.has(place)) return place;
    throw new LasthopError('XDP_PLACES', `more than ${RING_PLACES} links by AF_XDP at once`);
  }

  private openSocket(place: number): number {
    const fd = native.openXdp({
      ...(this.sockets.size === 0 ? { memory: this.umem } : {}),
      chunkBytes: CHUNK_BYTES,
      headroomBytes: CHUNK_HEADROOM,
      ringSlots: RING_SLOTS,
      sendBufferBytes: SEND_BUFFER_BYTES,
    });
    try {
      for (let ring = RING_RECEIVED; ring <= RING_SENT; ring++)
        native.mapXdpRing(fd, ring, ringOf(this.umem, place, ring));
    } catch (error) {
      this.discard(fd, place);
      throw error;
    }
    return fd;
  }

  private discard(fd: number, place: number): void {
    native.unmapPages(placeOf(this.umem, place));
    native.close(fd);
  }
}

/** Leads what is not control traffic of a link to a socket; the descriptor holds the program there. */
function attach(ifindex: number, socket: number): number {
  const held: number[] = [];
  try {
    const map = native.createXskMap(1);
    held.push(map);
    native.setXskMap(map, QUEUE, socket);
    // Data of a queue without a socket goes to the packet socket, which nobody reads then: better than to the host.
    const program = native.loadXdp(xdpProgram(map, XDP_PASS));
    held.push(program);
    return native.attachXdp(program, ifindex);
  } finally {
    for (const fd of held) native.close(fd);
  }
}
