import { ETHERNET_BEFORE_PACKET, type FrameArena, type PacketBatch } from './frame.js';
import { CHUNK_BYTES, CHUNK_PACKET_START, MAX_XDP_LINKS } from './xdp-layout.js';

/** Who has a chunk: nobody, the engine that was given its packet, or the kernel on behalf of a link (from 2 on). */
const FREE = 0;
const ENGINE = 1;
const FIRST_LINK = 2;

/**
 * The chunks that the XDP links of a worker share, and who has each of them. A packet that a link has received is the
 * engine's until it is sent, from where it is, or until the next batch is received by any of the links: nothing of a batch
 * outlives it (`engine.ts`).
 */
export class ChunkPool {
  private readonly bytes: Uint8Array;
  /** Offset of the first chunk in the arena. */
  private readonly start: number;
  private readonly holders: Uint8Array;
  private readonly free: Int32Array;
  private freeCount = 0;
  /** The chunks of the batch that the engine has in hand. */
  private readonly held: Int32Array;
  private heldCount = 0;
  private readonly links: boolean[] = new Array(MAX_XDP_LINKS).fill(false);

  /** @param umem the chunks, a part of the arena's memory */
  constructor(arena: FrameArena, umem: Uint8Array) {
    const chunks = umem.length / CHUNK_BYTES;
    this.bytes = arena.bytes;
    this.start = umem.byteOffset - arena.bytes.byteOffset;
    this.holders = new Uint8Array(chunks);
    this.free = new Int32Array(chunks);
    this.held = new Int32Array(chunks);
    for (let chunk = chunks - 1; chunk >= 0; chunk--) this.release(chunk);
  }

  /** The number by which a new link holds chunks. */
  join(): number {
    const index = this.links.indexOf(false);
    if (index < 0) throw new RangeError(`more than ${MAX_XDP_LINKS} XDP links in one arena`);
    this.links[index] = true;
    return FIRST_LINK + index;
  }

  /** A link is closed: the kernel has left its chunks. */
  leave(link: number): void {
    for (let chunk = 0; chunk < this.holders.length; chunk++) if (this.holders[chunk] === link) this.release(chunk);
    this.links[link - FIRST_LINK] = false;
  }

  /** Address in the UMEM of a free chunk, which `link` gives to the kernel; -1 if there is none. */
  take(link: number): number {
    if (this.freeCount === 0) return -1;
    const chunk = this.free[--this.freeCount];
    this.holders[chunk] = link;
    return chunk * CHUNK_BYTES;
  }

  /** The kernel has sent the frame at this address of the UMEM. */
  giveBack(address: number): void {
    this.release((address / CHUNK_BYTES) | 0);
  }

  /** The batch that was received last is done with: what was not sent is free. */
  endBatch(): void {
    const { held, holders, heldCount } = this;
    for (let i = 0; i < heldCount; i++) if (holders[held[i]] === ENGINE) this.release(held[i]);
    this.heldCount = 0;
  }

  /** The frame of `frameBytes` at `address` becomes packet `index` of a batch, in the engine's hands. */
  receive(batch: PacketBatch, index: number, address: number, frameBytes: number): void {
    const chunk = (address / CHUNK_BYTES) | 0;
    this.holders[chunk] = ENGINE;
    this.held[this.heldCount++] = chunk;
    batch.offsets[index] = this.start + address + ETHERNET_BEFORE_PACKET;
    batch.lengths[index] = frameBytes - ETHERNET_BEFORE_PACKET;
  }

  /**
   * Address of the frame of a packet, to be sent by `link`: where it is if the engine has it from here, else of a copy,
   * or -1 if there is no chunk for one. The packet must not be larger than `XDP_MAX_MTU`.
   */
  send(link: number, offset: number, length: number): number {
    const { start, holders } = this;
    const frame = offset - ETHERNET_BEFORE_PACKET;
    if (offset >= start) {
      const chunk = ((offset - start) / CHUNK_BYTES) | 0;
      if (holders[chunk] === ENGINE) {
        holders[chunk] = link;
        return frame - start;
      }
    }
    const copy = this.take(link);
    if (copy < 0) return -1;
    const address = copy + CHUNK_PACKET_START - ETHERNET_BEFORE_PACKET;
    this.bytes.copyWithin(start + address, frame, offset + length);
    return address;
  }

  private release(chunk: number): void {
    this.holders[chunk] = FREE;
    this.free[this.freeCount++] = chunk;
  }
}
