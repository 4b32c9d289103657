import type { Ipv4 } from '../base/ipv4.js';
import {
  fillIpv4Checksum,
  IPV4_FRAGMENT_OFFSET_MASK,
  IPV4_HEADER_BYTES,
  IPV4_MAX_BYTES,
  IPV4_MORE_FRAGMENTS,
  IPV4_VERSION_IHL,
  IPV4_VERSION_IHL_PLAIN,
  ipv4Destination,
  ipv4Fragment,
  ipv4HeaderLength,
  ipv4Identification,
  ipv4Source,
  setIpv4Fragment,
  setIpv4TotalLength,
} from '../wire/ipv4.js';
import type { Counters } from './counters.js';
import { DROP_BAD_REASSEMBLY, DROP_INCOMPLETE_REASSEMBLY } from './drop-reason.js';

/** Packets that are put together at the same time at most; a new one takes the place of the oldest. */
const CONTEXTS = 8;

/** How long the first fragment waits for the last one (RFC 791 section 3.2 suggests 15 s at least). */
const TIMEOUT_US = 15e6;

const UNIT_BYTES = 8;
const UNITS = (IPV4_MAX_BYTES + 1) / UNIT_BYTES;

/** What became of a fragment. */
const WAITS = 0;
const COMPLETE = 1;
/** It contradicts the others; the whole packet is given up. */
const REFUSED = 2;

/** One packet that is being put together. Options are left out: no one reads them here. */
class Context {
  readonly bytes = new Uint8Array(IPV4_MAX_BYTES);
  readonly units = new Uint8Array(UNITS);
  link = -1;
  source: Ipv4 = 0;
  destination: Ipv4 = 0;
  identification = 0;
  /** Bytes of payload, known once the last fragment is here, or -1. */
  payload = -1;
  /** Fragments and units received, and where the furthest of them ends. */
  fragments = 0;
  received = 0;
  furthest = 0;
  hasFirst = false;
}

/**
 * Puts the fragments of punted packets together (RFC 791 section 3.2), since a packet socket gives fragments as they come.
 * Bounded in number, time and size; overlapping fragments make the packet invalid (as RFC 5722 demands for IPv6).
 */
export class PuntReassembly {
  /** The packet that is complete: valid until the next call. */
  bytes: Uint8Array;
  length = 0;
  private readonly clock: Float64Array;
  private readonly counters: Counters;
  private readonly contexts = Array.from({ length: CONTEXTS }, () => new Context());
  private readonly startedUs = new Float64Array(CONTEXTS);

  constructor(clock: Float64Array, counters: Counters) {
    this.clock = clock;
    this.counters = counters;
    this.bytes = this.contexts[0].bytes;
  }

  /**
   * Adds the valid fragment of `length` bytes at `offset` of `bytes`; true if that completes its packet. All fragments are
   * of the same protocol. Those that will never be part of a packet are counted as dropped.
   */
  add(link: number, bytes: Uint8Array, offset: number, length: number): boolean {
    const context = this.contextOf(link, bytes, offset);
    const outcome = accept(context, bytes, offset, length);
    if (outcome === WAITS) return false;
    if (outcome === REFUSED) {
      this.counters.drop(link, DROP_BAD_REASSEMBLY);
      this.giveUp(context, DROP_BAD_REASSEMBLY);
      return false;
    }
    context.link = -1;
    this.length = finish(context);
    this.bytes = context.bytes;
    return true;
  }

  private giveUp(context: Context, reason: number): void {
    for (let i = 0; i < context.fragments; i++) this.counters.drop(context.link, reason);
    context.link = -1;
  }

  private contextOf(link: number, bytes: Uint8Array, offset: number): Context {
    const source = ipv4Source(bytes, offset);
    const destination = ipv4Destination(bytes, offset);
    const identification = ipv4Identification(bytes, offset);
    let oldest = 0;
    for (let i = 0; i < CONTEXTS; i++) {
      const context = this.contexts[i];
      const same =
        context.link === link &&
        context.source === source &&
        context.destination === destination &&
        context.identification === identification;
      if (same && this.clock[0] - this.startedUs[i] < TIMEOUT_US) return context;
      if (same || context.link < 0) this.startedUs[i] = -Infinity;
      if (this.startedUs[i] < this.startedUs[oldest]) oldest = i;
    }
    this.startedUs[oldest] = this.clock[0];
    const context = this.contexts[oldest];
    if (context.link >= 0) this.giveUp(context, DROP_INCOMPLETE_REASSEMBLY);
    context.link = link;
    context.source = source;
    context.destination = destination;
    context.identification = identification;
    context.payload = -1;
    context.fragments = 0;
    context.received = 0;
    context.furthest = 0;
    context.hasFirst = false;
    context.units.fill(0);
    return context;
  }
}

function accept(context: Context, bytes: Uint8Array, offset: number, length: number): number {
  const word = ipv4Fragment(bytes, offset);
  const header = ipv4HeaderLength(bytes, offset);
  const payload = length - header;
  const firstUnit = word & IPV4_FRAGMENT_OFFSET_MASK;
  const end = firstUnit * UNIT_BYTES + payload;
  const isLast = (word & IPV4_MORE_FRAGMENTS) === 0;
  if (payload === 0 || end > IPV4_MAX_BYTES - IPV4_HEADER_BYTES) return REFUSED;
  if (!isLast && payload % UNIT_BYTES !== 0) return REFUSED;
  if (isLast && end < context.furthest) return REFUSED;
  if (context.payload >= 0 && (end > context.payload || (isLast && end !== context.payload))) return REFUSED;
  const units = Math.ceil(payload / UNIT_BYTES);
  const already = countUnits(context.units, firstUnit, units);
  if (already === units) return WAITS; // a duplicate
  if (already !== 0) return REFUSED;
  context.units.fill(1, firstUnit, firstUnit + units);
  context.fragments++;
  context.received += units;
  context.furthest = Math.max(context.furthest, end);
  if (isLast) context.payload = end;
  copy(bytes, offset + header, context.bytes, IPV4_HEADER_BYTES + firstUnit * UNIT_BYTES, payload);
  if (firstUnit === 0) {
    copy(bytes, offset, context.bytes, 0, IPV4_HEADER_BYTES);
    context.hasFirst = true;
  }
  const complete = context.hasFirst && context.received * UNIT_BYTES >= context.payload && context.payload >= 0;
  return complete ? COMPLETE : WAITS;
}

/** Writes the header of the whole packet and returns its length. */
function finish(context: Context): number {
  const { bytes } = context;
  const length = IPV4_HEADER_BYTES + context.payload;
  bytes[IPV4_VERSION_IHL] = IPV4_VERSION_IHL_PLAIN;
  setIpv4TotalLength(bytes, 0, length);
  setIpv4Fragment(bytes, 0, 0);
  fillIpv4Checksum(bytes, 0);
  return length;
}

function countUnits(units: Uint8Array, first: number, count: number): number {
  let present = 0;
  for (let unit = first; unit < first + count; unit++) present += units[unit];
  return present;
}

function copy(from: Uint8Array, fromOffset: number, to: Uint8Array, toOffset: number, length: number): void {
  for (let i = 0; i < length; i++) to[toOffset + i] = from[fromOffset + i];
}
