import { type FrameArena, PACKET_START, type PacketBatch, SLOT_BYTES } from '../../src/link/frame.js';
import type { Link } from '../../src/link/link.js';

/** Layer-3 bytes of a 64-byte Ethernet frame: without the header (14) and the frame check sequence (4). */
export const MIN_FRAME_PACKET_BYTES = 46;

const TTL = 64;
const PROTOCOL_UDP = 17;
const SOURCE = 0xc6336401; // 198.51.100.1, not one of the router's own

/**
 * A link that always has a full batch: minimum-size UDP packets for the given addresses, one after another and over
 * again. Receiving writes what forwarding changes (MAC addresses, TTL, checksum) and the destination, nothing else.
 */
export class FrameSource implements Link {
  readonly kind = 'memory';
  readonly name = 'source';
  readonly ethernet = true;
  readonly offload = false;
  readonly pollFd = -1;
  /** Destinations as they lie in memory, and the third word of the header with the checksum that goes with each. */
  readonly destinations: Uint32Array;
  readonly thirdWords: Uint32Array;
  private readonly words: Uint32Array;
  private readonly mac: Uint32Array;
  private next = 0;

  /**
   * @param addresses a multiple of the batch size of them
   * @param mac six bytes, the router's
   */
  constructor(arena: FrameArena, slots: number, addresses: Uint32Array, mac: Uint8Array) {
    this.words = new Uint32Array(arena.bytes.buffer);
    this.mac = new Uint32Array(Uint8Array.of(0, 0, ...mac).buffer);
    this.destinations = addresses.map(swap);
    this.thirdWords = addresses.map(thirdWord);
    for (let slot = 0; slot < slots; slot++) this.writeTemplate((slot * SLOT_BYTES + PACKET_START) >> 2);
  }

  receive(arena: FrameArena, batch: PacketBatch): number {
    const { words, destinations, thirdWords } = this;
    const macHead = this.mac[0];
    const macTail = this.mac[1];
    let { next } = this;
    for (let i = 0; i < batch.capacity; i++) {
      const offset = arena.packetOffset(i);
      const at = offset >> 2;
      words[at - 4] = macHead;
      words[at - 3] = macTail;
      words[at + 2] = thirdWords[next];
      words[at + 4] = destinations[next];
      next++;
      batch.offsets[i] = offset;
      batch.lengths[i] = MIN_FRAME_PACKET_BYTES;
    }
    this.next = next < destinations.length ? next : 0;
    batch.count = batch.capacity;
    return batch.capacity;
  }

  transmit(_arena: FrameArena, batch: PacketBatch): number {
    return batch.count;
  }

  close(): void {}

  private writeTemplate(at: number): void {
    this.words[at - 1] = 0x0008_0000; // EtherType
    this.words[at] = 0x45 | (MIN_FRAME_PACKET_BYTES << 24);
    this.words[at + 1] = 0;
    this.words[at + 3] = swap(SOURCE);
  }
}

/** A link that takes everything and looks at nothing; it receives the frames that it is given, once. */
export class FrameSink implements Link {
  readonly kind = 'memory';
  readonly name = 'sink';
  readonly ethernet = true;
  readonly offload = false;
  readonly pollFd = -1;
  taken = 0;
  private waiting: readonly Uint8Array[] = [];

  /** Frames, Ethernet header included, for the next `receive`. */
  offer(frames: readonly Uint8Array[]): void {
    this.waiting = frames;
  }

  receive(arena: FrameArena, batch: PacketBatch): number {
    batch.count = this.waiting.length;
    this.waiting.forEach((frame, i) => {
      const offset = arena.packetOffset(i);
      arena.bytes.set(frame, offset - 14);
      batch.offsets[i] = offset;
      batch.lengths[i] = frame.length - 14;
    });
    this.waiting = [];
    return batch.count;
  }

  transmit(_arena: FrameArena, batch: PacketBatch): number {
    this.taken += batch.count;
    return batch.count;
  }

  close(): void {}
}

function swap(word: number): number {
  return ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}

/** TTL, protocol and checksum of the packet for `destination`, as they lie in memory. */
function thirdWord(destination: number): number {
  const words = [0x4500, MIN_FRAME_PACKET_BYTES, (TTL << 8) | PROTOCOL_UDP, SOURCE >>> 16, SOURCE & 0xffff];
  let sum = (destination >>> 16) + (destination & 0xffff);
  for (const word of words) sum += word;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return swap((((TTL << 8) | PROTOCOL_UDP) << 16) | (~sum & 0xffff));
}
