import type { Ipv4 } from '../base/ipv4.js';
import { type FrameArena, SLOT_BYTES } from '../link/frame.js';
import {
  fillIcmpChecksum,
  ICMP_BODY,
  ICMP_DESTINATION_UNREACHABLE,
  ICMP_FRAGMENTATION_NEEDED,
  ICMP_HEADER_BYTES,
  ICMP_MAX_ERROR_BYTES,
  ICMP_PARAMETER_PROBLEM,
  ICMP_POINTER,
  ICMP_REDIRECT,
  ICMP_REDIRECT_HOST,
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
import {
  COUNT_ICMP_ERRORS_SENT,
  COUNT_ICMP_RATE_LIMITED,
  COUNT_ICMP_REDIRECTS_SENT,
  type Counters,
} from './counters.js';
import { POLICY_INGRESS_SOURCE } from './link-policy.js';
import { type LinkTable, MAX_LINKS, VIRTUAL_LINK } from './link-table.js';
import type { Output } from './output.js';
import { TokenBucket } from './rate-limit.js';

/**
 * ICMP errors of each kind about what comes in by each link: this many in a second, after a burst of so many (RFC 1812
 * section 4.3.2.8). A flood on one link leaves the others theirs.
 */
export const ICMP_ERRORS_PER_SECOND = 1000;
export const ICMP_ERRORS_BURST = 200;

/** Redirects: far fewer, because a host that does not follow one will not follow the next. */
export const REDIRECTS_PER_SECOND = 10;
export const REDIRECTS_BURST = 20;

/**
 * The IPv4 dummy address 192.0.0.8 (RFC 7600 section 4.8): source of an error when the router has no address to give.
 * Also of errors to the own kernel, which refuses packets that come in from one of its own addresses.
 */
export const DUMMY_ADDRESS = 0xc0000008;

const QUOTE_MAX_BYTES = ICMP_MAX_ERROR_BYTES - IPV4_HEADER_BYTES - ICMP_HEADER_BYTES;

/** Sends a packet that the router has made itself along its own routes. */
export interface Originator {
  originate(offset: number, length: number): void;
  /**
   * As `originate`, from the address of the link that the packet leaves by (RFC 1812 section 4.3.2.4): its source and its
   * header checksum are written there.
   */
  originateFromEgress(offset: number, length: number): void;
}

/** A kind of error, with a limit of its own for each link. */
class ErrorKind {
  readonly type: number;
  readonly buckets: readonly TokenBucket[];

  constructor(type: number, perSecond: number = ICMP_ERRORS_PER_SECOND, burst: number = ICMP_ERRORS_BURST) {
    this.type = type;
    this.buckets = Array.from({ length: MAX_LINKS }, () => new TokenBucket(perSecond, burst));
  }
}

/** In place of a source: the address of the link by which the error leaves. */
const EGRESS_SOURCE = 0;

/** Makes ICMP errors (RFC 792; RFC 1812 sections 4.3.2, 4.3.3 and 5.2.7). */
export class IcmpErrors {
  private readonly bytes: Uint8Array;
  private readonly links: LinkTable;
  private readonly output: Output;
  private readonly counters: Counters;
  private readonly clock: Float64Array;
  private readonly originator: Originator;
  private readonly unreachable = new ErrorKind(ICMP_DESTINATION_UNREACHABLE);
  private readonly fragmentationNeeded = new ErrorKind(ICMP_DESTINATION_UNREACHABLE);
  private readonly timeExceeded = new ErrorKind(ICMP_TIME_EXCEEDED);
  private readonly parameterProblem = new ErrorKind(ICMP_PARAMETER_PROBLEM);
  private readonly redirect = new ErrorKind(ICMP_REDIRECT, REDIRECTS_PER_SECOND, REDIRECTS_BURST);
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
    this.sendError(this.timeExceeded, ICMP_TTL_EXCEEDED, 0, offset, length, fromLink);
  }

  sendUnreachable(code: number, offset: number, length: number, fromLink: number): void {
    this.sendError(this.unreachable, code, 0, offset, length, fromLink);
  }

  /** `mtu` is that of the next hop (RFC 1191 section 4). */
  sendFragmentationNeeded(mtu: number, offset: number, length: number, fromLink: number): void {
    this.sendError(this.fragmentationNeeded, ICMP_FRAGMENTATION_NEEDED, mtu, offset, length, fromLink);
  }

  /** `pointer` is the octet of the header that is wrong (RFC 1812 section 4.3.3.5). */
  sendParameterProblem(pointer: number, offset: number, length: number, fromLink: number): void {
    this.sendError(this.parameterProblem, ICMP_POINTER, pointer * 0x1000000, offset, length, fromLink);
  }

  /** Tells the sender of a packet of a better next hop, from the address that it has as a router (RFC 1122 section 3.2.2.2). */
  sendRedirect(gateway: Ipv4, source: Ipv4, offset: number, length: number, fromLink: number): void {
    if (!this.send(this.redirect, ICMP_REDIRECT_HOST, gateway, source, offset, length, fromLink)) return;
    this.counters.add(fromLink, COUNT_ICMP_REDIRECTS_SENT, 1);
  }

  private sendError(
    kind: ErrorKind,
    code: number,
    rest: number,
    offset: number,
    length: number,
    fromLink: number,
  ): void {
    if (!this.send(kind, code, rest, this.sourceFor(fromLink), offset, length, fromLink)) return;
    this.counters.add(fromLink, COUNT_ICMP_ERRORS_SENT, 1);
  }

  /** False if the packet is one that is not answered, or there were too many. */
  private send(
    kind: ErrorKind,
    code: number,
    rest: number,
    source: Ipv4,
    offset: number,
    length: number,
    fromLink: number,
  ): boolean {
    if (!this.mayAnswer(offset, length, fromLink)) return false;
    if (!kind.buckets[fromLink].take(this.clock)) {
      this.counters.add(fromLink, COUNT_ICMP_RATE_LIMITED, 1);
      return false;
    }
    const quote = Math.min(length, QUOTE_MAX_BYTES);
    const total = IPV4_HEADER_BYTES + ICMP_HEADER_BYTES + quote;
    const error = this.reserve(total);
    this.bytes.copyWithin(error + IPV4_HEADER_BYTES + ICMP_BODY, offset, offset + quote);
    writeIcmpHeader(this.bytes, error + IPV4_HEADER_BYTES, kind.type, code, rest);
    fillIcmpChecksum(this.bytes, error + IPV4_HEADER_BYTES, ICMP_HEADER_BYTES + quote);
    this.writeIpHeader(error, total, source, ipv4Source(this.bytes, offset));
    if (fromLink === VIRTUAL_LINK) this.output.queue(VIRTUAL_LINK, error, total);
    else if (source === EGRESS_SOURCE) this.originator.originateFromEgress(error, total);
    else this.originator.originate(error, total);
    return true;
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
    if (!this.links.follows(fromLink, POLICY_INGRESS_SOURCE)) return EGRESS_SOURCE;
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
