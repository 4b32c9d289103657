import { DROP_REASON_COUNT } from './drop-reason.js';
import { MAX_LINKS } from './link-table.js';

/**
 * Counters of one worker, in shared memory. The worker is the only writer; anyone may read at any time. They are
 * doubles: exact to 2^53, and an aligned one is read in one piece.
 */

export const COUNT_RX_PACKETS = 0;
export const COUNT_RX_BYTES = 1;
export const COUNT_TX_PACKETS = 2;
export const COUNT_TX_BYTES = 3;
export const COUNT_PUNTS = 4;
export const COUNT_INJECTS = 5;
export const COUNT_DELIVERED = 6;
export const COUNT_ARP_RECEIVED = 7;
export const COUNT_ARP_REQUESTS_SENT = 8;
export const COUNT_ARP_REPLIES_SENT = 9;
export const COUNT_ARP_CONFLICTS = 10;
export const COUNT_ICMP_ECHO_REPLIES_SENT = 11;
export const COUNT_ICMP_ERRORS_SENT = 12;
export const COUNT_ICMP_RATE_LIMITED = 13;
export const COUNT_FRAGMENTED = 14;
export const COUNT_FRAGMENTS_SENT = 15;
export const COUNT_SEGMENTED = 16;
export const COUNT_SEGMENTS_SENT = 17;
export const COUNT_COALESCED = 18;
export const COUNT_ICMP_REDIRECTS_SENT = 19;

/** Key of each counter of a link, by its number. Bytes are layer 3; a GSO super-packet counts as one packet. */
export const COUNTER_NAMES: readonly string[] = [
  'rxPackets',
  'rxBytes',
  'txPackets',
  'txBytes',
  'puntedPackets',
  'injectedPackets',
  'deliveredPackets',
  'arpReceived',
  'arpRequestsSent',
  'arpRepliesSent',
  'arpConflicts',
  'icmpEchoRepliesSent',
  'icmpErrorsSent',
  'icmpRateLimited',
  'fragmentedPackets',
  'fragmentsSent',
  'segmentedPackets',
  'segmentsSent',
  'coalescedPackets',
  'icmpRedirectsSent',
];

const COUNTERS_PER_LINK = COUNTER_NAMES.length;

export class Counters {
  /** `link × COUNTERS_PER_LINK + counter`. */
  private readonly counts: Float64Array;
  /** `link × DROP_REASON_COUNT + reason`. */
  private readonly drops: Float64Array;

  /** @param memory `Counters.bytes()` bytes, zero at first */
  constructor(memory: SharedArrayBuffer) {
    this.counts = new Float64Array(memory, 0, MAX_LINKS * COUNTERS_PER_LINK);
    this.drops = new Float64Array(memory, MAX_LINKS * COUNTERS_PER_LINK * 8, MAX_LINKS * DROP_REASON_COUNT);
  }

  static bytes(): number {
    return MAX_LINKS * (COUNTERS_PER_LINK + DROP_REASON_COUNT) * 8;
  }

  add(link: number, counter: number, amount: number): void {
    this.counts[link * COUNTERS_PER_LINK + counter] += amount;
  }

  drop(link: number, reason: number): void {
    this.drops[link * DROP_REASON_COUNT + reason] += 1;
  }

  read(link: number, counter: number): number {
    return this.counts[link * COUNTERS_PER_LINK + counter];
  }

  readDrops(link: number, reason: number): number {
    return this.drops[link * DROP_REASON_COUNT + reason];
  }

  /** Forgets a link whose index is used again for another one. Call it while no worker uses the index. */
  clear(link: number): void {
    this.counts.fill(0, link * COUNTERS_PER_LINK, (link + 1) * COUNTERS_PER_LINK);
    this.drops.fill(0, link * DROP_REASON_COUNT, (link + 1) * DROP_REASON_COUNT);
  }
}
