import {
  IPV4_OPTIONS,
  ipv4HeaderLength,
  ipv4OptionLength,
  OPTION_END,
  OPTION_LOOSE_SOURCE_ROUTE,
  OPTION_RECORD_ROUTE,
  OPTION_STRICT_SOURCE_ROUTE,
  OPTION_TIMESTAMP,
  TIMESTAMP_ONLY,
  TIMESTAMP_PRESPECIFIED,
  TIMESTAMP_WITH_ADDRESS,
} from '../wire/ipv4.js';
import { DROP_BAD_OPTIONS, DROP_SOURCE_ROUTE } from './drop-reason.js';

/** Results of `OptionCheck.examine` for options that may pass, the second if routers on the way write into one. */
export const OPTIONS_PASS = -1;
export const OPTIONS_RECORD = -2;

/**
 * Checks the options of a packet. Source routes are refused (RFC 7126 section 4.3): no link can be told to follow them.
 * Every other option, also one that is not known, may pass (RFC 1812 section 5.3.13.1); Record Route and Timestamp must be
 * such that they can be filled in (RFC 791).
 */
export class OptionCheck {
  /** Where the fault is that the last `examine` has found, in bytes from the start of the packet. */
  pointer = 0;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** `OPTIONS_PASS`, `OPTIONS_RECORD` or a drop reason, for a packet whose header lies inside it. */
  examine(offset: number): number {
    const { bytes } = this;
    const end = offset + ipv4HeaderLength(bytes, offset);
    let verdict = OPTIONS_PASS;
    for (let at = offset + IPV4_OPTIONS; at < end; ) {
      const type = bytes[at];
      if (type === OPTION_END) break;
      const length = ipv4OptionLength(bytes, at, end);
      const refusal = this.refusalOf(type, at, length);
      if (refusal !== OPTIONS_PASS) {
        this.pointer -= offset;
        return refusal;
      }
      if (type === OPTION_RECORD_ROUTE || type === OPTION_TIMESTAMP) verdict = OPTIONS_RECORD;
      at += length;
    }
    return verdict;
  }

  /** Leaves the arena offset of the octet at fault in `pointer`. */
  private refusalOf(type: number, at: number, length: number): number {
    this.pointer = at;
    if (type === OPTION_LOOSE_SOURCE_ROUTE || type === OPTION_STRICT_SOURCE_ROUTE) return DROP_SOURCE_ROUTE;
    this.pointer = at + 1;
    if (length === 0) return DROP_BAD_OPTIONS;
    if (type === OPTION_RECORD_ROUTE) return this.recordRouteFault(at, length);
    if (type === OPTION_TIMESTAMP) return this.timestampFault(at, length);
    return OPTIONS_PASS;
  }

  private recordRouteFault(at: number, length: number): number {
    if (length < 3) return DROP_BAD_OPTIONS;
    this.pointer = at + 2;
    return isPlaceFor(4, this.bytes[at + 2], 4, length) ? OPTIONS_PASS : DROP_BAD_OPTIONS;
  }

  private timestampFault(at: number, length: number): number {
    const { bytes } = this;
    if (length < 4) return DROP_BAD_OPTIONS;
    const next = bytes[at + 2];
    const flag = bytes[at + 3] & 0x0f;
    this.pointer = at + 3;
    if (flag !== TIMESTAMP_ONLY && flag !== TIMESTAMP_WITH_ADDRESS && flag !== TIMESTAMP_PRESPECIFIED) {
      return DROP_BAD_OPTIONS;
    }
    // The count of those who found no room has no room itself.
    if (next > length && flag !== TIMESTAMP_PRESPECIFIED && bytes[at + 3] >>> 4 === 0x0f) return DROP_BAD_OPTIONS;
    this.pointer = at + 2;
    return isPlaceFor(flag === TIMESTAMP_ONLY ? 4 : 8, next, 5, length) ? OPTIONS_PASS : DROP_BAD_OPTIONS;
  }
}

/** True if an option is full, or its next `size` bytes (counted from 1) begin no sooner than at `first` and are inside. */
function isPlaceFor(size: number, next: number, first: number, length: number): boolean {
  return next >= first && (next > length || next + size - 1 <= length);
}
