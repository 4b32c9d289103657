import { LasthopError } from '../base/errors.js';
import { native } from '../kernel/binding.js';
import type { KernelLink } from '../kernel/rtnetlink.js';
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
} from '../link/xdp-layout.js';
import { ENGINE_ARENA_SLOTS } from './arena-layout.js';
import type { XdpDescriptor } from './mailbox.js';

/** A full ring of the largest frames with what the kernel adds to each. */
const SEND_BUFFER_BYTES = 8 << 20;

/** An AF_XDP socket that is bound. */
export interface BoundSocket extends XdpDescriptor {
  /** The driver receives into our memory and sends from it. */
  readonly zeroCopy: boolean;
}

/**
 * The part of a worker's memory that AF_XDP sockets receive into and send from, as the main thread owns it. The sockets of
 * a worker share its chunks: the first one registers them, which pins them, and each further one is bound to one that is
 * open. Everything vanishes with the process.
 */
export class Umem {
  private readonly chunks: Uint8Array;
  /** Sockets of links that are ours. */
  private readonly sockets = new Set<number>();
  /** Places of rings that the worker may still use. */
  private readonly places = new Set<number>();

  /** @param arena the memory of the worker's packets */
  constructor(arena: SharedArrayBuffer) {
    this.chunks = umemOf(new Uint8Array(arena), ENGINE_ARENA_SLOTS * SLOT_BYTES);
  }

  /**
   * Opens a socket on a queue of a link, which no other memory has. Throws a LasthopError if there are too many, or the
   * system error of the kernel that refuses it (no such driver feature, memory, privilege), and leaves nothing behind.
   */
  open({ name, ifindex }: KernelLink, queue: number): BoundSocket {
    if (this.sockets.size >= MAX_XDP_LINKS) {
      throw new LasthopError('XDP_LINKS', `link ${name} would be one more than ${MAX_XDP_LINKS} by AF_XDP`);
    }
    const socket = { place: this.freePlace(), fd: this.openSocket() };
    try {
      for (let ring = RING_RECEIVED; ring <= RING_SENT; ring++) {
        native.mapXdpRing(socket.fd, ring, ringOf(this.chunks, socket.place, ring));
      }
      const [sharedFd] = this.sockets;
      const zeroCopy = native.bindXdp(socket.fd, ifindex, queue, sharedFd);
      this.sockets.add(socket.fd);
      this.places.add(socket.place);
      return { ...socket, zeroCopy };
    } catch (error) {
      this.discard(socket);
      throw error;
    }
  }

  /** Closes a socket that the worker was never told of. */
  discard(socket: XdpDescriptor): void {
    native.unmapPages(placeOf(this.chunks, socket.place));
    native.close(socket.fd);
    this.disown(socket);
    this.free(socket);
  }

  /** The link of the socket is given back: the worker has been told to close it. */
  disown({ fd }: XdpDescriptor): void {
    this.sockets.delete(fd);
  }

  /** The worker has closed the socket: another one may have its place. */
  free({ place }: XdpDescriptor): void {
    this.places.delete(place);
  }

  private freePlace(): number {
    for (let place = 0; place < RING_PLACES; place++) if (!this.places.has(place)) return place;
    throw new LasthopError('XDP_PLACES', `more than ${RING_PLACES} links by AF_XDP at once`);
  }

  private openSocket(): number {
    return native.openXdp({
      ...(this.sockets.size === 0 ? { memory: this.chunks } : {}),
      chunkBytes: CHUNK_BYTES,
      headroomBytes: CHUNK_HEADROOM,
      ringSlots: RING_SLOTS,
      sendBufferBytes: SEND_BUFFER_BYTES,
    });
  }
}
