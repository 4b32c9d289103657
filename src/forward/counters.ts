import { DROP_REASON_COUNT } from './drop-reason.js';
import { MAX_LINKS } from './link-table.js';

/**
 * Counters in shared memory, a copy for each worker. A worker is the only writer of its copy; anyone may read the sum of
 * all at any time. They are doubles: exact to 2^53, and an aligned one is read in one piece.
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
/** Left to the first worker by another one (`handover.ts`). */
export const COUNT_HANDED_OVER = 20;

/** Carried to another server (`carry.ts`). */
export const COUNT_CARRIED = 21;
/** Carried here by another server. */
export const COUNT_CARRIED_HERE = 22;

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
  'handedOverPackets',
  'carriedPackets',
  'carriedHerePackets',
];

const COUNTERS_PER_LINK = COUNTER_NAMES.length;

const BYTES_PER_WORKER = MAX_LINKS * (COUNTERS_PER_LINK + DROP_REASON_COUNT) * 8;

/** The copy of one worker. */
interface Copy {
  /** `link × COUNTERS_PER_LINK + counter`. */
  readonly counts: Float64Array;
  /** `link × DROP_REASON_COUNT + reason`. */
  readonly drops: Float64Array;
}

export class Counters {
  private readonly copies: readonly Copy[];
  private readonly counts: Float64Array;
  private readonly drops: Float64Array;

  /**
   * @param memory `Counters.bytes(workers)` bytes, zero at first
   * @param worker whose copy is written
   */
  constructor(memory: SharedArrayBuffer, worker = 0) {
    this.copies = Array.from({ length: memory.byteLength / BYTES_PER_WORKER }, (_, index) => copyOf(memory, index));
    const { counts, drops } = this.copies[worker];
    this.counts = counts;
    this.drops = drops;
  }

  static bytes(workers = 1): number {
    return workers * BYTES_PER_WORKER;
  }

  add(link: number, counter: number, amount: number): void {
    this.counts[link * COUNTERS_PER_LINK + counter] += amount;
  }

  drop(link: number, reason: number): void {
    this.drops[link * DROP_REASON_COUNT + reason] += 1;
  }

  /** The sum of all workers. */
  read(link: number, counter: number): number {
    let sum = 0;
    for (const { counts } of this.copies) sum += counts[link * COUNTERS_PER_LINK + counter];
    return sum;
  }

  /** The sum of all workers. */
  readDrops(link: number, reason: number): number {
    let sum = 0;
    for (const { drops } of this.copies) sum += drops[link * DROP_REASON_COUNT + reason];
    return sum;
  }

  /** What one worker has counted, all links together. */
  readWorker(worker: number, counter: number): number {
    const { counts } = this.copies[worker];
    let sum = 0;
    for (let link = 0; link < MAX_LINKS; link++) sum += counts[link * COUNTERS_PER_LINK + counter];
    return sum;
  }

  /** Forgets a link whose index is used again for another one. Call it while no worker uses the index. */
  clear(link: number): void {
    for (const { counts, drops } of this.copies) {
      counts.fill(0, link * COUNTERS_PER_LINK, (link + 1) * COUNTERS_PER_LINK);
      drops.fill(0, link * DROP_REASON_COUNT, (link + 1) * DROP_REASON_COUNT);
    }
  }
}

function copyOf(memory: SharedArrayBuffer, worker: number): Copy {
  const start = worker * BYTES_PER_WORKER;
  const drops = start + MAX_LINKS * COUNTERS_PER_LINK * 8;
  return {
    counts: new Float64Array(memory, start, MAX_LINKS * COUNTERS_PER_LINK),
    drops: new Float64Array(memory, drops, MAX_LINKS * DROP_REASON_COUNT),
  };
}
