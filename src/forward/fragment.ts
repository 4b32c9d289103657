import {
  fillIpv4Checksum,
  IPV4_FRAGMENT_OFFSET_MASK,
  IPV4_HEADER_BYTES,
  IPV4_MORE_FRAGMENTS,
  IPV4_OPTIONS,
  IPV4_VERSION_IHL,
  ipv4Fragment,
  ipv4HeaderLength,
  ipv4OptionLength,
  OPTION_COPIED,
  OPTION_END,
  setIpv4Fragment,
  setIpv4TotalLength,
} from '../wire/ipv4.js';
import type { Output } from './output.js';

/**
 * Cuts a packet into fragments (RFC 791 section 3.2, RFC 1812 section 4.2.2.7): payloads in units of 8 bytes, options
 * with the copied bit in each fragment and the others only in the first, and "more fragments" kept where the packet is
 * itself a middle fragment. One at a time: `begin`, then `next` until it returns false.
 */
export class Fragmenter {
  /** The fragment that `next` made: offset in the arena and layer-3 length. */
  offset = 0;
  length = 0;
  private readonly bytes: Uint8Array;
  private readonly output: Output;
  private source = 0;
  private sourceLength = 0;
  private sourceHeader = 0;
  private mtu = 0;
  private done = 0;

  constructor(bytes: Uint8Array, output: Output) {
    this.bytes = bytes;
    this.output = output;
  }

  /** The packet stays unchanged. `mtu` is at least `IPV4_MIN_MTU`. */
  begin(offset: number, length: number, mtu: number): void {
    this.source = offset;
    this.sourceLength = length;
    this.sourceHeader = ipv4HeaderLength(this.bytes, offset);
    this.mtu = mtu;
    this.done = this.sourceHeader;
  }

  next(): boolean {
    const { bytes, source, sourceHeader, done } = this;
    if (done >= this.sourceLength) return false;
    const offset = this.output.reserve(this.mtu);
    const header = done === sourceHeader ? this.copyHeader(offset) : this.copyLaterHeader(offset);
    const rest = this.sourceLength - done;
    const payload = header + rest <= this.mtu ? rest : (this.mtu - header) & ~7;
    bytes.copyWithin(offset + header, source + done, source + done + payload);
    this.done = done + payload;
    const word = ipv4Fragment(bytes, source);
    const more = this.done < this.sourceLength ? IPV4_MORE_FRAGMENTS : word & IPV4_MORE_FRAGMENTS;
    const units = (word & IPV4_FRAGMENT_OFFSET_MASK) + ((done - sourceHeader) >>> 3);
    setIpv4Fragment(bytes, offset, more | units);
    setIpv4TotalLength(bytes, offset, header + payload);
    fillIpv4Checksum(bytes, offset);
    this.offset = offset;
    this.length = header + payload;
    return true;
  }

  private copyHeader(offset: number): number {
    this.bytes.copyWithin(offset, this.source, this.source + this.sourceHeader);
    return this.sourceHeader;
  }

  private copyLaterHeader(offset: number): number {
    const { bytes, source } = this;
    const end = source + this.sourceHeader;
    bytes.copyWithin(offset, source, source + IPV4_HEADER_BYTES);
    let to = offset + IPV4_OPTIONS;
    for (let at = source + IPV4_OPTIONS; at < end && bytes[at] !== OPTION_END; ) {
      const size = ipv4OptionLength(bytes, at, end);
      if (size === 0) break;
      if ((bytes[at] & OPTION_COPIED) !== 0) {
        bytes.copyWithin(to, at, at + size);
        to += size;
      }
      at += size;
    }
    while (((to - offset) & 3) !== 0) bytes[to++] = OPTION_END;
    bytes[offset + IPV4_VERSION_IHL] = 0x40 | ((to - offset) >>> 2);
    return to - offset;
  }
}
