import type { Ipv4 } from '../base/ipv4.js';
import type { BfdSession } from '../bfd/session.js';

/** BFD sessions of a forwarder at most. */
export const MAX_BFD_SESSIONS = 256;

const WORDS = 3;
const DOUBLES = 9;
const BYTES = 6;

/**
 * What the worker knows of its BFD sessions, in shared memory, one row for each slot. The worker is the only writer;
 * anyone may read at any time, and may see a row halfway between two states: what must not be missed goes through the
 * ring of changes (`bfd-change.ts`). Intervals are microseconds, times CLOCK_MONOTONIC in microseconds.
 */
export class BfdTable {
  readonly remoteDiscriminator: Uint32Array;
  readonly remoteMinTxUs: Uint32Array;
  readonly remoteMinRxUs: Uint32Array;
  readonly stateSinceUs: Float64Array;
  readonly transmitIntervalUs: Float64Array;
  readonly detectionTimeUs: Float64Array;
  readonly received: Float64Array;
  readonly sent: Float64Array;
  /** How often the session came up, and how often it lost its peer. */
  readonly ups: Float64Array;
  readonly losses: Float64Array;
  /** How long after its time the latest packet of an Up session was sent, and how long its peer was silent at most. */
  readonly latestSendUs: Float64Array;
  readonly longestSilenceUs: Float64Array;
  readonly state: Uint8Array;
  readonly diagnostic: Uint8Array;
  readonly remoteState: Uint8Array;
  readonly remoteDiagnostic: Uint8Array;
  readonly remoteMultiplier: Uint8Array;
  /** 1 while paths through the peer are not used. */
  readonly lost: Uint8Array;

  /** @param memory `BfdTable.bytes()` bytes, zero at first */
  constructor(memory: SharedArrayBuffer) {
    const count = MAX_BFD_SESSIONS;
    const doubles = (column: number) => new Float64Array(memory, column * count * 8, count);
    const words = (column: number) => new Uint32Array(memory, count * (DOUBLES * 8 + column * 4), count);
    const bytes = (column: number) => new Uint8Array(memory, count * (DOUBLES * 8 + WORDS * 4 + column), count);
    this.stateSinceUs = doubles(0);
    this.transmitIntervalUs = doubles(1);
    this.detectionTimeUs = doubles(2);
    this.received = doubles(3);
    this.sent = doubles(4);
    this.ups = doubles(5);
    this.losses = doubles(6);
    this.latestSendUs = doubles(7);
    this.longestSilenceUs = doubles(8);
    this.remoteDiscriminator = words(0);
    this.remoteMinTxUs = words(1);
    this.remoteMinRxUs = words(2);
    this.state = bytes(0);
    this.diagnostic = bytes(1);
    this.remoteState = bytes(2);
    this.remoteDiagnostic = bytes(3);
    this.remoteMultiplier = bytes(4);
    this.lost = bytes(5);
  }

  /** Writes the row of a session that may have changed; what is counted stays. */
  show(slot: number, session: BfdSession): void {
    this.state[slot] = session.state;
    this.diagnostic[slot] = session.diagnostic;
    this.remoteState[slot] = session.remoteState;
    this.remoteDiagnostic[slot] = session.remoteDiagnostic;
    this.remoteMultiplier[slot] = session.remoteMultiplier;
    this.remoteDiscriminator[slot] = session.remoteDiscriminator;
    this.remoteMinTxUs[slot] = session.remoteMinTxUs;
    this.remoteMinRxUs[slot] = session.remoteMinRxUs;
    this.transmitIntervalUs[slot] = session.transmitIntervalUs;
    this.detectionTimeUs[slot] = session.detectionTimeUs;
    this.lost[slot] = session.isLost ? 1 : 0;
  }

  /** Makes room in a row for another session, which begins now. */
  begin(slot: number, nowUs: number): void {
    this.received[slot] = 0;
    this.sent[slot] = 0;
    this.ups[slot] = 0;
    this.losses[slot] = 0;
    this.latestSendUs[slot] = 0;
    this.longestSilenceUs[slot] = 0;
    this.stateSinceUs[slot] = nowUs;
  }

  static bytes(): number {
    return MAX_BFD_SESSIONS * (DOUBLES * 8 + WORDS * 4 + BYTES);
  }
}

/** What the main thread tells a worker about a session. */
export interface BfdDescriptor {
  /** Index of the link. */
  readonly link: number;
  readonly local: Ipv4;
  readonly peer: Ipv4;
  /** Not 0, and no other session has it. */
  readonly discriminator: number;
  readonly minTxUs: number;
  readonly minRxUs: number;
  readonly multiplier: number;
}
