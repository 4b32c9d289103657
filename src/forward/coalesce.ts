import { onesComplementSum } from '../base/checksum.js';
import { BATCH_SIZE, ETHERNET_BEFORE_PACKET, type PacketBatch } from '../link/frame.js';
import {
  IPV4_HEADER_BYTES,
  IPV4_MAX_BYTES,
  IPV4_VERSION_IHL_PLAIN,
  ipv4Destination,
  ipv4Source,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  pseudoHeaderSum,
} from '../wire/ipv4.js';
import {
  TCP_ACK,
  TCP_CHECKSUM,
  TCP_CWR,
  TCP_FIN,
  TCP_HEADER_BYTES,
  TCP_PSH,
  TCP_RST,
  TCP_SYN,
  TCP_URG,
} from '../wire/tcp.js';
import { UDP_CHECKSUM, UDP_HEADER_BYTES } from '../wire/udp.js';
import { VIRTIO_NEEDS_CHECKSUM } from '../wire/virtio-net.js';
import { COALESCE_TCP, COALESCE_UDP } from './coalesce-kind.js';
import { PARTIAL_START, SuperPacketHeaders, VIRTIO_WORDS } from './super-packet.js';

/** Packets whose flow has the same place cannot be joined past each other. A power of two. */
const PLACES = 128;
const NONE = -1;
/** The packet is neither TCP nor UDP, has IPv4 options or is a fragment: it may belong to any flow. */
const NO_PLACE = -1;

/** In the word of identification and fragment, little-endian: more fragments and the offset; do not fragment. */
const FRAGMENT_BITS = 0xff3f0000;
const DONT_FRAGMENT_BIT = 0x00400000;

/** In the word of flags and window, little-endian: what segments of one train may have different. */
const TCP_LAST_BITS = (TCP_FIN | TCP_PSH) << 8;
/** Flags that keep a segment to itself. */
const TCP_ALONE = TCP_SYN | TCP_RST | TCP_URG | TCP_CWR;

/**
 * Joins consecutive packets of a flow to super-packets before they leave, as the kernel's GRO does: one passage through
 * the receiver's stack instead of many, and on other links one through the kernel's. What is joined would be cut into the
 * same packets again (`segment.ts`, or whoever puts them on a wire), none of which is larger than before:
 *
 * - IPv4 without options and not fragmented; the same addresses, TOS, TTL, flags; identifications that count up, or with
 *   DF any: that of an atomic datagram means nothing (RFC 6864 section 4.1).
 * - UDP with the same ports and size; only the last one may be shorter.
 * - TCP with the same ports, acknowledgment, window, flags, options and size, and the next sequence number; a shorter
 *   segment, PSH or FIN is the last one. SYN, RST, URG and CWR stay alone, and so does what carries no data.
 * - On Ethernet the same header of it: one neighbor.
 * - 65,535 bytes at most, with Ethernet header, and every transport checksum right: the kernel does not look at it again.
 *
 * Packets of one flow stay in order. No byte of payload is moved: a super-packet is pieces of the queue (`PacketBatch`).
 */
export class Coalescer {
  private readonly bytes: Uint8Array;
  private readonly words: Uint32Array;
  private readonly superHeaders: SuperPacketHeaders;
  /** Bytes of Ethernet header before the packets of the batch at hand, 0 or 14. */
  private framing = 0;
  /** The first packet of the super-packet that is open at a place, by its index in the queue. */
  private readonly open = new Int32Array(PLACES);
  private anyOpen = false;
  /** The next piece of each packet, and of each first one the last piece, pieces, total length and payload of one. */
  private readonly next = new Int32Array(BATCH_SIZE);
  private readonly last = new Int32Array(BATCH_SIZE);
  private readonly pieces = new Int32Array(BATCH_SIZE);
  private readonly total = new Int32Array(BATCH_SIZE);
  private readonly size = new Int32Array(BATCH_SIZE);
  /** Bytes that every piece repeats of each packet, and 1 for a packet that continues another one. */
  private readonly headers = new Int32Array(BATCH_SIZE);
  private readonly continues = new Uint8Array(BATCH_SIZE);
  private readonly offsets = new Int32Array(BATCH_SIZE);
  private readonly lengths = new Int32Array(BATCH_SIZE);

  /** @param words the bytes of the arena as 32-bit words */
  constructor(bytes: Uint8Array, words: Uint32Array) {
    this.bytes = bytes;
    this.words = words;
    this.superHeaders = new SuperPacketHeaders(bytes, words);
  }

  /**
   * Joins what can be joined of up to `BATCH_SIZE` whole packets. Those that are not the first of their super-packet
   * become pieces behind it (`joined`). Returns how many did; if none, the batch is as it was.
   * @param kinds `COALESCE_…`
   * @param ethernet whether they have Ethernet headers
   */
  coalesce(batch: PacketBatch, kinds: number, ethernet = false): number {
    const { offsets, lengths, count } = batch;
    const { open, continues } = this;
    let joined = 0;
    this.framing = ethernet ? ETHERNET_BEFORE_PACKET : 0;
    this.closeAll();
    for (let i = 0; i < count; i++) {
      const at = offsets[i] >> 2;
      const place = this.placeOf(at);
      this.next[i] = NONE;
      continues[i] = 0;
      if (place === NO_PLACE) {
        if (this.anyOpen) this.closeAll();
        continue;
      }
      const first = open[place];
      open[place] = NONE;
      if (!this.measure(i, at, lengths[i], kinds)) continue;
      if (first !== NONE && this.join(offsets[first], first, offsets[i], i)) {
        continues[i] = 1;
        joined++;
        if (!this.isLast(first, i, at)) open[place] = first;
      } else if (!this.isLast(i, i, at)) {
        open[place] = i;
        this.anyOpen = true;
      }
    }
    if (joined !== 0) this.arrange(batch);
    return joined;
  }

  private closeAll(): void {
    this.open.fill(NONE);
    this.anyOpen = false;
  }

  /** Where the flow of the packet is kept, or `NO_PLACE`. */
  private placeOf(at: number): number {
    const { words } = this;
    const protocol = (words[at + 2] >>> 8) & 0xff;
    const isPlain =
      (words[at] & 0xff) === IPV4_VERSION_IHL_PLAIN &&
      (words[at + 1] & FRAGMENT_BITS) === 0 &&
      (protocol === PROTOCOL_UDP || protocol === PROTOCOL_TCP);
    if (!isPlain) return NO_PLACE;
    const mixed = Math.imul(words[at + 3] ^ words[at + 4] ^ Math.imul(words[at + 5], 0x9e3779b1), 0x85ebca6b);
    return (mixed >>> 16) & (PLACES - 1);
  }

  /** Takes down what the packet would be as the first of a super-packet; false if it has to stay alone. */
  private measure(index: number, at: number, length: number, kinds: number): boolean {
    const { words } = this;
    const isUdp = ((words[at + 2] >>> 8) & 0xff) === PROTOCOL_UDP;
    if ((kinds & (isUdp ? COALESCE_UDP : COALESCE_TCP)) === 0) return false;
    const offload = words[at - VIRTIO_WORDS] & 0xffff;
    if (offload > VIRTIO_NEEDS_CHECKSUM) return false;
    if (offload === VIRTIO_NEEDS_CHECKSUM && !this.isPartial(at, isUdp ? UDP_CHECKSUM : TCP_CHECKSUM)) return false;
    const headers = isUdp ? this.udpHeaders(at, length, offload) : this.tcpHeaders(at);
    if (headers === 0 || length <= headers) return false;
    this.headers[index] = headers;
    this.size[index] = length - headers;
    this.total[index] = length;
    this.pieces[index] = 1;
    this.last[index] = index;
    return true;
  }

  /** Whether the virtio header has the partial checksum where it belongs. */
  private isPartial(at: number, place: number): boolean {
    const { words } = this;
    return (
      (words[at - VIRTIO_WORDS + 1] & 0xffff0000) === PARTIAL_START && (words[at - VIRTIO_WORDS + 2] & 0xffff) === place
    );
  }

  /** 0 if the length is not that of the packet, or if there is no checksum. */
  private udpHeaders(at: number, length: number, offload: number): number {
    const word = this.words[at + 6];
    const own = ((word & 0xff) << 8) | ((word >>> 8) & 0xff);
    if (own !== length - IPV4_HEADER_BYTES || (offload === 0 && word >>> 16 === 0)) return 0;
    return IPV4_HEADER_BYTES + UDP_HEADER_BYTES;
  }

  /** 0 if the header is malformed or the segment has flags that keep it to itself. */
  private tcpHeaders(at: number): number {
    const word = this.words[at + 8];
    const flags = (word >>> 8) & 0xff;
    const own = ((word >>> 4) & 0xf) << 2;
    if (own < TCP_HEADER_BYTES || (flags & TCP_ACK) === 0 || (flags & TCP_ALONE) !== 0) return 0;
    return IPV4_HEADER_BYTES + own;
  }

  /** Makes packet `index` the next piece of `first` if it continues it. */
  private join(firstOffset: number, first: number, offset: number, index: number): boolean {
    const { headers, pieces, total, size } = this;
    const payload = size[index];
    const continued =
      headers[first] === headers[index] &&
      payload <= size[first] &&
      this.framing + total[first] + payload <= IPV4_MAX_BYTES &&
      this.isSameTrain(firstOffset >> 2, offset >> 2, pieces[first], headers[first], total[first] - headers[first]) &&
      (pieces[first] > 1 || this.isChecksumRight(firstOffset, total[first])) &&
      this.isChecksumRight(offset, headers[index] + payload);
    if (!continued) return false;
    this.next[this.last[first]] = index;
    this.last[first] = index;
    pieces[first]++;
    total[first] += payload;
    return true;
  }

  /** Whether the headers at `at` are those of piece number `piece` behind `before` bytes of the train that begins at `to`. */
  private isSameTrain(to: number, at: number, piece: number, headers: number, before: number): boolean {
    const { words } = this;
    const isSame =
      words[at + 3] === words[to + 3] &&
      words[at + 4] === words[to + 4] &&
      words[at + 5] === words[to + 5] &&
      ((words[at] ^ words[to]) & 0xffff) === 0 &&
      ((words[at + 1] ^ words[to + 1]) & 0xffff0000) === 0 &&
      ((words[at + 2] ^ words[to + 2]) & 0xffff) === 0;
    if (!isSame || (this.framing !== 0 && !this.isSameNeighbor(to, at))) return false;
    const isAtomic = (words[at + 1] & DONT_FRAGMENT_BIT) !== 0;
    if (!isAtomic && ((identification(words[at + 1]) - identification(words[to + 1])) & 0xffff) !== piece) return false;
    return headers === IPV4_HEADER_BYTES + UDP_HEADER_BYTES || this.isNextSegment(to, at, headers, before);
  }

  /** The header begins in the middle of a word. */
  private isSameNeighbor(to: number, at: number): boolean {
    const { words } = this;
    return (
      ((words[at - 4] ^ words[to - 4]) & 0xffff0000) === 0 &&
      words[at - 3] === words[to - 3] &&
      words[at - 2] === words[to - 2] &&
      words[at - 1] === words[to - 1]
    );
  }

  private isNextSegment(to: number, at: number, headers: number, before: number): boolean {
    const { words } = this;
    const isNext =
      ((swap(words[at + 6]) - swap(words[to + 6])) | 0) === before &&
      words[at + 7] === words[to + 7] &&
      ((words[at + 8] ^ words[to + 8]) & ~TCP_LAST_BITS) === 0 &&
      words[at + 9] >>> 16 === words[to + 9] >>> 16;
    if (!isNext) return false;
    for (let word = 10; word < headers >> 2; word++) if (words[at + word] !== words[to + word]) return false;
    return true;
  }

  /** A partial checksum is right: whoever left it to us is on this machine. */
  private isChecksumRight(offset: number, length: number): boolean {
    const { bytes, words } = this;
    const at = offset >> 2;
    if ((words[at - VIRTIO_WORDS] & VIRTIO_NEEDS_CHECKSUM) !== 0) return true;
    const segment = length - IPV4_HEADER_BYTES;
    const protocol = (words[at + 2] >>> 8) & 0xff;
    const pseudo = pseudoHeaderSum(ipv4Source(bytes, offset), ipv4Destination(bytes, offset), protocol, segment);
    return onesComplementSum(bytes, offset + IPV4_HEADER_BYTES, segment, pseudo) === 0xffff;
  }

  /** Whether nothing can follow packet `index` in the super-packet of `first`. */
  private isLast(first: number, index: number, at: number): boolean {
    if (this.size[index] < this.size[first]) return true;
    return ((this.words[at + 2] >>> 8) & 0xff) === PROTOCOL_TCP && (this.words[at + 8] & TCP_LAST_BITS) !== 0;
  }

  /** Brings the pieces of each super-packet together, in the order of the first ones. */
  private arrange(batch: PacketBatch): void {
    const { offsets, lengths, continues, headers, next } = this;
    const { count, joined } = batch;
    offsets.set(batch.offsets);
    lengths.set(batch.lengths);
    batch.inPieces = true;
    let to = 0;
    for (let first = 0; first < count; first++) {
      if (continues[first] !== 0) continue;
      batch.offsets[to] = offsets[first];
      batch.lengths[to] = lengths[first];
      joined[to++] = 0;
      if (next[first] === NONE) continue;
      const lastOffset = offsets[this.last[first]];
      this.superHeaders.join(offsets[first], headers[first], this.size[first], this.total[first], lastOffset);
      for (let piece = next[first]; piece !== NONE; piece = next[piece]) {
        batch.offsets[to] = offsets[piece] + headers[first];
        batch.lengths[to] = lengths[piece] - headers[first];
        joined[to++] = 1;
      }
    }
  }
}

function identification(word: number): number {
  return ((word & 0xff) << 8) | ((word >>> 8) & 0xff);
}

function swap(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}
