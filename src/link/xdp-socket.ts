import { native } from '../kernel/binding.js';
import { placeOf, RING_RECEIVED, RING_SENT, RING_SLOTS, RING_TO_FILL, RING_TO_SEND, ringOf } from './xdp-layout.js';
import { XdpRing } from './xdp-ring.js';

const { SIZEOF_XDP_DESC } = native.constants;
const ADDRESS_BYTES = 8;
const FIELDS_OF_RING = 4;

/** What an XDP link needs of the kernel: a descriptor that polls readable, and the four rings. */
export interface XdpPort {
  readonly fd: number;
  readonly received: XdpRing;
  readonly toSend: XdpRing;
  readonly toFill: XdpRing;
  readonly sent: XdpRing;
  /** Has the kernel look into `toSend`; returns 0 or a negative errno. */
  kick(): number;
  close(): void;
}

/** An AF_XDP socket that the main thread has bound, with its rings mapped to `place` of the memory around `umem`. */
export class XdpSocket implements XdpPort {
  readonly received: XdpRing;
  readonly toSend: XdpRing;
  readonly toFill: XdpRing;
  readonly sent: XdpRing;
  private readonly umem: Uint8Array;
  private readonly place: number;

  /** @param fd the socket, which is this object's from now on, as the rings are */
  constructor(
    readonly fd: number,
    umem: Uint8Array,
    place: number,
  ) {
    const offsets = new Int32Array(16);
    native.readXdpOffsets(fd, offsets);
    const ring = (which: number, entryBytes: number) => {
      const at = offsets.subarray(which * FIELDS_OF_RING);
      return new XdpRing(ringOf(umem, place, which), at, entryBytes, RING_SLOTS);
    };
    this.received = ring(RING_RECEIVED, SIZEOF_XDP_DESC);
    this.toSend = ring(RING_TO_SEND, SIZEOF_XDP_DESC);
    this.toFill = ring(RING_TO_FILL, ADDRESS_BYTES);
    this.sent = ring(RING_SENT, ADDRESS_BYTES);
    this.umem = umem;
    this.place = place;
  }

  kick(): number {
    return native.kickXdp(this.fd);
  }

  close(): void {
    native.unmapPages(placeOf(this.umem, this.place));
    native.close(this.fd);
  }
}
