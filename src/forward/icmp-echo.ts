import { readU16, readU32, writeU16, writeU32 } from '../base/bytes.js';
import { updateChecksum } from '../base/checksum.js';
import type { FrameArena } from '../link/frame.js';
import {
  checkIcmp,
  ICMP_CHECKSUM,
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  ICMP_TYPE,
  ICMP_VALID,
  icmpType,
} from '../wire/icmpv4.js';
import {
  fillIpv4Checksum,
  IPV4_DEFAULT_TTL,
  IPV4_DESTINATION,
  IPV4_HEADER_BYTES,
  IPV4_SOURCE,
  IPV4_TTL,
  IPV4_VERSION_IHL,
  IPV4_VERSION_IHL_PLAIN,
  ipv4Protocol,
  isIpv4Fragment,
  PROTOCOL_ICMP,
} from '../wire/ipv4.js';
import { COUNT_ICMP_ECHO_REPLIES_SENT, COUNT_ICMP_RATE_LIMITED, type Counters } from './counters.js';
import { DROP_BAD_ICMP, DROP_ICMP_RATE_LIMITED } from './drop-reason.js';
import type { Originator } from './icmp-error.js';
import { TokenBucket } from './rate-limit.js';

/** Echo replies: this many in a second, after a burst of so many. Enough for monitoring, and for a flood of pings. */
export const ECHO_REPLIES_PER_SECOND = 20_000;
export const ECHO_REPLIES_BURST = 2_000;

/** Answers pings to the router's own addresses (RFC 792; RFC 1812 section 4.3.3.6). */
export class IcmpEcho {
  private readonly bytes: Uint8Array;
  private readonly counters: Counters;
  private readonly clock: Float64Array;
  private readonly originator: Originator;
  private readonly bucket = new TokenBucket(ECHO_REPLIES_PER_SECOND, ECHO_REPLIES_BURST);

  constructor(arena: FrameArena, counters: Counters, clock: Float64Array, originator: Originator) {
    this.bytes = arena.bytes;
    this.counters = counters;
    this.clock = clock;
    this.originator = originator;
  }

  /**
   * True for an echo request that is answered here. One in fragments or with IP options is left to the kernel, which has
   * the same addresses.
   */
  isRequest(offset: number, length: number): boolean {
    const { bytes } = this;
    return (
      ipv4Protocol(bytes, offset) === PROTOCOL_ICMP &&
      bytes[offset + IPV4_VERSION_IHL] === IPV4_VERSION_IHL_PLAIN &&
      length > IPV4_HEADER_BYTES &&
      icmpType(bytes, offset + IPV4_HEADER_BYTES) === ICMP_ECHO_REQUEST &&
      !isIpv4Fragment(bytes, offset)
    );
  }

  /** Turns the request into its reply where it is, and sends it. */
  answer(offset: number, length: number, fromLink: number): void {
    const { bytes } = this;
    const icmp = offset + IPV4_HEADER_BYTES;
    if (checkIcmp(bytes, icmp, length - IPV4_HEADER_BYTES) !== ICMP_VALID) {
      this.counters.drop(fromLink, DROP_BAD_ICMP);
      return;
    }
    if (!this.bucket.take(this.clock)) {
      this.counters.add(fromLink, COUNT_ICMP_RATE_LIMITED, 1);
      this.counters.drop(fromLink, DROP_ICMP_RATE_LIMITED);
      return;
    }
    const word = readU16(bytes, icmp + ICMP_TYPE);
    const replyWord = (ICMP_ECHO_REPLY << 8) | (word & 0xff);
    writeU16(bytes, icmp + ICMP_TYPE, replyWord);
    writeU16(bytes, icmp + ICMP_CHECKSUM, updateChecksum(readU16(bytes, icmp + ICMP_CHECKSUM), word, replyWord));
    const source = readU32(bytes, offset + IPV4_SOURCE);
    writeU32(bytes, offset + IPV4_SOURCE, readU32(bytes, offset + IPV4_DESTINATION));
    writeU32(bytes, offset + IPV4_DESTINATION, source);
    bytes[offset + IPV4_TTL] = IPV4_DEFAULT_TTL;
    fillIpv4Checksum(bytes, offset);
    this.counters.add(fromLink, COUNT_ICMP_ECHO_REPLIES_SENT, 1);
    this.originator.originate(offset, length);
  }
}
