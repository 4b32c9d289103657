import type { Ipv4 } from '../base/ipv4.js';
import { type FrameArena, SLOT_BYTES } from '../link/frame.js';
import {
  fillIcmpChecksum,
  ICMP_BODY,
  ICMP_DESTINATION_UNREACHABLE,
  ICMP_FRAGMENTATION_NEEDED,
  ICMP_HEADER_BYTES,
  ICMP_MAX_ERROR_BYTES,
  ICMP_TIME_EXCEEDED,
  ICMP_TTL_EXCEEDED,
  icmpType,
  isIcmpError,
  writeIcmpHeader,
} from '../wire/icmpv4.js';
import {
  fillIpv4Checksum,
  IPV4_FRAGMENT_OFFSET_MASK,
  IPV4_HEADER_BYTES,
  IPV4_TOS,
  ipv4Destination,
  ipv4Fragment,
  ipv4HeaderLength,
  ipv4Protocol,
  ipv4Source,
  PROTOCOL_ICMP,
  setIpv4Identification,
  TOS_INTERNETWORK_CONTROL,
  writeIpv4Header,
} from '../wire/ipv4.js';
import { isOutsideUnicast } from './address-class.js';
import { COUNT_ICMP_ERRORS_SENT, COUNT_ICMP_RATE_LIMITED, type Counters } from './counters.js';
import { type LinkTable, VIRTUAL_LINK } from './link-table.js';
import type { Output } from './output.js';
import { TokenBucket } from './rate-limit.js';

/** ICMP errors of each kind: this many in a second, after a burst of so many (RFC 1812 section 4.3.2.8). */
export const ICMP_ERRORS_PER_SECOND = 1000;
export const ICMP_ERRORS_BURST = 200;

/**
 * The IPv4 dummy address 192.0.0.8 (RFC 7600 section 4.8): source of an error when the router has no address to give.
 * Also of errors to the own kernel, which refuses packets that come in from one of its own addresses.
 */
const DUMMY_ADDRESS = 0xc0000008;

const QUOTE_MAX_BYTES = ICMP_MAX_ERROR_BYTES - IPV4_HEADER_BYTES - ICMP_HEADER_BYTES;

/** Sends a packet that the router has made itself along its own routes. */
export interface Originator {
  originate(offset: number, length: number): void;
}

/** Makes ICMP errors (RFC 792; RFC 1812 sections 4.3.2, 4.3.3 and 5.2.7). */
export class IcmpErrors {
  private readonly bytes: Uint8Array;
  private readonly links: LinkTable;
  private readonly output: Output;
  private readonly counters: Counters;
  private readonly clock: Float64Array;
  private readonly originator: Originator;
  private readonly unreachable = new TokenBucket(ICMP_ERRORS_PER_SECOND, ICMP_ERRORS_BURST);
  private readonly fragmentationNeeded = new TokenBucket(ICMP_ERRORS_PER_SECOND, ICMP_ERRORS_BURST);
  private readonly timeExceeded = new TokenBucket(ICMP_ERRORS_PER_SECOND, ICMP_ERRORS_BURST);
  private identification = 0;

  constructor(
    arena: FrameArena,
    links: LinkTable,
    output: Output,
    counters: Counters,
    clock: Float64Array,
    originator: Originator,
  ) {
    this.bytes = arena.bytes;
    this.links = links;
    this.output = output;
    this.counters = counters;
    this.clock = clock;
    this.originator = originator;
  }

  sendTimeExceeded(offset: number, length: number, fromLink: number): void {
    this.send(this.timeExceeded, ICMP_TIME_EXCEEDED, ICMP_TTL_EXCEEDED, 0, offset, length, fromLink);
  }

  sendUnreachable(code: number, offset: number, length: number, fromLink: number): void {
    this.send(this.unreachable, ICMP_DESTINATION_UNREACHABLE, code, 0, offset, length, fromLink);
  }

  /** `mtu` is that of the next hop (RFC 1191 section 4). */
  sendFragmentationNeeded(mtu: number, offset: number, length: number, fromLink: number): void {
    const code = ICMP_FRAGMENTATION_NEEDED;
    this.send(this.fragmentationNeeded, ICMP_DESTINATION_UNREACHABLE, code, mtu, offset, length, fromLink);
  }

  private send(
    bucket: TokenBucket,
    type: number,
    code: number,
    rest: number,
    offset: number,
    length: number,
    fromLink: number,
  ): void {
    if (!this.mayAnswer(offset, length, fromLink)) return;
    if (!bucket.take(this.clock)) {
      this.counters.add(fromLink, COUNT_ICMP_RATE_LIMITED, 1);
      return;
    }
    const quote = Math.min(length, QUOTE_MAX_BYTES);
    const total = IPV4_HEADER_BYTES + ICMP_HEADER_BYTES + quote;
    const error = this.reserve(total);
    this.bytes.copyWithin(error + IPV4_HEADER_BYTES + ICMP_BODY, offset, offset + quote);
    writeIcmpHeader(this.bytes, error + IPV4_HEADER_BYTES, type, code, rest);
    fillIcmpChecksum(this.bytes, error + IPV4_HEADER_BYTES, ICMP_HEADER_BYTES + quote);
    this.writeIpHeader(error, total, this.sourceFor(fromLink), ipv4Source(this.bytes, offset));
    this.counters.add(fromLink, COUNT_ICMP_ERRORS_SENT, 1);
    if (fromLink === VIRTUAL_LINK) this.output.queue(VIRTUAL_LINK, error, total);
    else this.originator.originate(error, total);
  }

  private reserve(total: number): number {
    // The error may have to be fragmented in turn: its fragments must not overwrite it.
    this.output.makeRoom(SLOT_BYTES);
    return this.output.reserve(total);
  }

  private writeIpHeader(offset: number, total: number, source: Ipv4, destination: Ipv4): void {
    writeIpv4Header(this.bytes, offset, total, PROTOCOL_ICMP, source, destination);
    this.bytes[offset + IPV4_TOS] = TOS_INTERNETWORK_CONTROL;
    this.identification = (this.identification + 1) & 0xffff;
    setIpv4Identification(this.bytes, offset, this.identification);
    fillIpv4Checksum(this.bytes, offset);
  }

  private sourceFor(fromLink: number): Ipv4 {
    if (fromLink === VIRTUAL_LINK) return DUMMY_ADDRESS;
    return this.links.primaryAddress(fromLink) || DUMMY_ADDRESS;
  }

  /** RFC 1812 section 4.3.2.7. Packets that came as link broadcast have been dropped long before. */
  private mayAnswer(offset: number, length: number, fromLink: number): boolean {
    const { bytes } = this;
    if ((ipv4Fragment(bytes, offset) & IPV4_FRAGMENT_OFFSET_MASK) !== 0) return false;
    if (isOutsideUnicast(ipv4Destination(bytes, offset))) return false;
    const source = ipv4Source(bytes, offset);
    if (isOutsideUnicast(source) || this.links.isSubnetBroadcast(fromLink, source)) return false;
    if (ipv4Protocol(bytes, offset) !== PROTOCOL_ICMP) return true;
    const header = ipv4HeaderLength(bytes, offset);
    return header < length && !isIcmpError(icmpType(bytes, offset + header));
  }
}
