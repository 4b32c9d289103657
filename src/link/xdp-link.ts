import { native } from '../kernel/binding.js';
import type { ChunkPool } from './chunk-pool.js';
import { ETHERNET_BEFORE_PACKET, type FrameArena, type PacketBatch } from './frame.js';
import type { Link } from './link.js';
import { RING_SLOTS, XDP_MAX_MTU } from './xdp-layout.js';
import type { XdpPort } from './xdp-socket.js';

const { EAGAIN, EBUSY, EMSGSIZE, ENOBUFS } = native.constants;

/** The chunk of a frame is replaced when so many are missing: one store tells the kernel of all of them. */
const REFILL = 64;

/** Words of an entry, `struct xdp_desc`: the address by its halves, and the length. */
const ADDRESS_HIGH = 1;
const LENGTH = 2;
const OPTIONS = 3;

/**
 * A NIC through an AF_XDP socket: rings that both sides read and write, without a system call to receive. Control traffic
 * passes by it (`kernel/xdp-program.ts`). Frames are whole and their checksums complete, there is no offload; what arrives
 * with a checksum that the sender left to its NIC looks like any other, so that this link is not for the veth pair of a
 * host that does so.
 */
export class XdpLink implements Link {
  readonly kind = 'xdp';
  readonly ethernet = true;
  readonly offload = false;
  readonly pollFd: number;
  private readonly port: XdpPort;
  private readonly chunks: ChunkPool;
  private readonly beside: Link;
  private readonly holder: number;
  /** Chunks that the kernel has to receive into, those in the ring of received frames included. */
  private filled = 0;
  /** Chunks that are on their way out. */
  private sending = 0;
  /** Negative errno of the last attempt to send; what is in the ring is then still there. */
  private refusal = 0;

  /**
   * @param port the socket; this link owns it from now on
   * @param beside the packet socket whose part this link takes: it holds the NIC's subscriptions to multicast, and is
   * closed together with this one
   */
  constructor(
    readonly name: string,
    port: XdpPort,
    chunks: ChunkPool,
    beside: Link,
  ) {
    this.port = port;
    this.beside = beside;
    this.pollFd = port.fd;
    this.chunks = chunks;
    this.holder = chunks.join();
    this.fill();
  }

  receive(_arena: FrameArena, batch: PacketBatch): number {
    const { chunks } = this;
    const { received } = this.port;
    const { words } = received;
    const count = Math.min(received.waiting(), batch.capacity);
    chunks.endBatch();
    for (let i = 0; i < count; i++) {
      const entry = received.entry(i);
      chunks.receive(batch, i, words[entry], words[entry + LENGTH]);
    }
    batch.count = count;
    if (count > 0) received.consume(count);
    this.filled -= count;
    if (RING_SLOTS - this.filled >= REFILL) this.fill();
    return count;
  }

  transmit(_arena: FrameArena, batch: PacketBatch): number {
    const { toSend } = this.port;
    const { words } = toSend;
    const { offsets, lengths, count } = batch;
    this.reap();
    if (this.refusal !== 0 || this.sending + count > RING_SLOTS) {
      this.send();
      this.reap();
      if (this.refusal !== 0) return this.refusal;
    }
    const room = Math.min(count, RING_SLOTS - this.sending);
    let taken = 0;
    for (; taken < room && lengths[taken] <= XDP_MAX_MTU; taken++) {
      const address = this.chunks.send(this.holder, offsets[taken], lengths[taken]);
      if (address < 0) break;
      const entry = toSend.entry(taken);
      words[entry] = address;
      words[entry + ADDRESS_HIGH] = 0;
      words[entry + LENGTH] = lengths[taken] + ETHERNET_BEFORE_PACKET;
      words[entry + OPTIONS] = 0;
    }
    if (taken === 0) return room > 0 && lengths[0] > XDP_MAX_MTU ? -EMSGSIZE : 0;
    toSend.produce(taken);
    this.sending += taken;
    this.send();
    return taken;
  }

  close(): void {
    this.port.close();
    this.chunks.leave(this.holder);
    this.beside.close();
  }

  /** Gives the kernel chunks to receive into. The wait for packets wakes a driver that has run out of them. */
  private fill(): void {
    const { toFill } = this.port;
    const { words } = toFill;
    const wanted = RING_SLOTS - this.filled;
    let given = 0;
    for (; given < wanted; given++) {
      const address = this.chunks.take(this.holder);
      if (address < 0) break;
      const entry = toFill.entry(given);
      words[entry] = address;
      words[entry + ADDRESS_HIGH] = 0;
    }
    if (given > 0) toFill.produce(given);
    this.filled += given;
  }

  /** Takes back the chunks of frames that have been sent. */
  private reap(): void {
    const { sent } = this.port;
    const count = sent.waiting();
    for (let i = 0; i < count; i++) this.chunks.giveBack(sent.words[sent.entry(i)]);
    if (count > 0) sent.consume(count);
    this.sending -= count;
  }

  /** Has the kernel send; in copy mode it takes some frames in each call, and stops when it has no memory for more. */
  private send(): void {
    const { port } = this;
    const { toSend } = port;
    this.refusal = 0;
    if (!toSend.needsWakeup()) return;
    for (let pending = toSend.pending(); pending > 0; ) {
      const error = port.kick();
      const before = pending;
      pending = toSend.pending();
      if (!isPassing(error)) this.refusal = error;
      if (!isPassing(error) || pending === before) return;
    }
  }
}

/** Nothing is wrong with the link. */
function isPassing(error: number): boolean {
  return error === 0 || error === -EAGAIN || error === -EBUSY || error === -ENOBUFS;
}
