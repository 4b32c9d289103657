import type { SharedRing } from '../base/ring.js';
import type { BfdSession } from '../bfd/session.js';

/**
 * Records in the ring by which a worker tells of its BFD sessions: tag = slot. A change has the time and two states in its
 * bytes; the end of a session has none.
 *
 * ```
 *   0               8      9     10           11           12              13
 *   ┌───────────────┬──────┬─────┬────────────┬────────────┬───────────────┬──────┐
 *   │ at (us)       │ from │ to  │ diagnostic │ peer state │ its diagnostic│ lost │
 *   └───────────────┴──────┴─────┴────────────┴────────────┴───────────────┴──────┘
 * ```
 */
const RECORD_BYTES = 14;
const FROM = 8;
const TO = 9;
const DIAGNOSTIC = 10;
const REMOTE_STATE = 11;
const REMOTE_DIAGNOSTIC = 12;
const LOST = 13;

/** Capacity of the ring: far more changes than sessions can have between two looks. */
export const BFD_CHANGES_BYTES = 1 << 16;

export interface BfdChange {
  readonly slot: number;
  /** The session has said goodbye, and its slot is free; nothing below is meant. */
  readonly isEnd: boolean;
  /** CLOCK_MONOTONIC. */
  readonly atUs: number;
  readonly from: number;
  readonly to: number;
  readonly diagnostic: number;
  readonly remoteState: number;
  readonly remoteDiagnostic: number;
  /** Paths through the peer are not used. */
  readonly lost: boolean;
}

/** Worker: puts changes into the ring. */
export class BfdChangeWriter {
  /** Set when there is something new; cleared by who tells the main thread. */
  pending = false;
  private readonly bytes = new Uint8Array(RECORD_BYTES);
  private readonly time = new DataView(this.bytes.buffer);

  constructor(private readonly ring: SharedRing) {}

  changed(slot: number, from: number, session: BfdSession, atUs: number): void {
    const { bytes } = this;
    this.time.setFloat64(0, atUs);
    bytes[FROM] = from;
    bytes[TO] = session.state;
    bytes[DIAGNOSTIC] = session.diagnostic;
    bytes[REMOTE_STATE] = session.remoteState;
    bytes[REMOTE_DIAGNOSTIC] = session.remoteDiagnostic;
    bytes[LOST] = session.isLost ? 1 : 0;
    this.ring.push(slot, 0, bytes, 0, RECORD_BYTES);
    this.pending = true;
  }

  ended(slot: number): void {
    this.ring.push(slot, 0, this.bytes, 0, 0);
    this.pending = true;
  }
}

/** Main thread: takes the next change out of the ring; undefined if there is none. */
export function takeBfdChange(ring: SharedRing): BfdChange | undefined {
  if (!ring.peek()) return undefined;
  const { tag: slot, length } = ring;
  const bytes = new Uint8Array(RECORD_BYTES);
  ring.copyTo(bytes, 0);
  ring.pop();
  return {
    slot,
    isEnd: length === 0,
    atUs: new DataView(bytes.buffer).getFloat64(0),
    from: bytes[FROM],
    to: bytes[TO],
    diagnostic: bytes[DIAGNOSTIC],
    remoteState: bytes[REMOTE_STATE],
    remoteDiagnostic: bytes[REMOTE_DIAGNOSTIC],
    lost: bytes[LOST] === 1,
  };
}
