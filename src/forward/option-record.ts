import { readU32, writeU32 } from '../base/bytes.js';
import {
  fillIpv4Checksum,
  IPV4_OPTIONS,
  ipv4HeaderLength,
  ipv4OptionLength,
  OPTION_END,
  OPTION_RECORD_ROUTE,
  OPTION_TIMESTAMP,
  TIMESTAMP_ONLY,
  TIMESTAMP_PRESPECIFIED,
} from '../wire/ipv4.js';
import type { LinkTable } from './link-table.js';

/** Says of a timestamp that it does not count from midnight UT (RFC 791): the plane knows no other time than its own. */
const TIME_OF_OUR_OWN = 0x80000000;
const MS_PER_DAY = 86_400_000;

/**
 * Fills in the Record Route and Timestamp options of packets in transit (RFC 791; RFC 1812 sections 5.3.13.5 and
 * 5.3.13.6).
 */
export class OptionRecord {
  private readonly bytes: Uint8Array;
  private readonly links: LinkTable;
  private readonly clock: Float64Array;

  constructor(bytes: Uint8Array, links: LinkTable, clock: Float64Array) {
    this.bytes = bytes;
    this.links = links;
    this.clock = clock;
  }

  /** Writes into the packet, whose options have passed `OptionCheck`, that it leaves by `link`. */
  write(offset: number, link: number): void {
    const { bytes } = this;
    const end = offset + ipv4HeaderLength(bytes, offset);
    for (let at = offset + IPV4_OPTIONS; at < end && bytes[at] !== OPTION_END; ) {
      const length = ipv4OptionLength(bytes, at, end);
      if (bytes[at] === OPTION_RECORD_ROUTE) this.writeAddress(at, length, link);
      else if (bytes[at] === OPTION_TIMESTAMP) this.writeTimestamp(at, length, link);
      at += length;
    }
    fillIpv4Checksum(bytes, offset);
  }

  private writeAddress(at: number, length: number, link: number): void {
    const { bytes } = this;
    const next = bytes[at + 2];
    if (next > length) return;
    writeU32(bytes, at + next - 1, this.links.primaryAddress(link));
    bytes[at + 2] = next + 4;
  }

  private writeTimestamp(at: number, length: number, link: number): void {
    const { bytes } = this;
    const flag = bytes[at + 3] & 0x0f;
    const next = bytes[at + 2];
    const place = at + next - 1;
    if (next > length) {
      // How many found no room is the upper half of this octet.
      if (flag !== TIMESTAMP_PRESPECIFIED) bytes[at + 3] += 0x10;
    } else if (flag === TIMESTAMP_ONLY) {
      writeU32(bytes, place, this.now());
      bytes[at + 2] = next + 4;
    } else if (flag !== TIMESTAMP_PRESPECIFIED || this.links.isOurs(readU32(bytes, place))) {
      if (flag !== TIMESTAMP_PRESPECIFIED) writeU32(bytes, place, this.links.primaryAddress(link));
      writeU32(bytes, place + 4, this.now());
      bytes[at + 2] = next + 8;
    }
  }

  private now(): number {
    return (Math.floor(this.clock[0] / 1000) % MS_PER_DAY) + TIME_OF_OUR_OWN;
  }
}
