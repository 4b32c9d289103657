import type { SharedRing } from '../base/ring.js';
import type { BfdSession } from '../bfd/session.js';
import { MAX_BFD_SESSIONS } from './bfd-table.js';

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

/** What a slot owes when the ring had no room for it. */
const OWES_NOTHING = 0;
const OWES_CHANGE = 1;
const OWES_END = 2;

/**
 * Worker: puts changes into the ring. When the ring is full, because a neighbor changes its mind faster than the main
 * thread reads, the changes of a session become one, from the first state to the present one; none is forgotten.
 */
export class BfdChangeWriter {
  /** Set when there is something new; cleared by who tells the main thread. */
  pending = false;
  private readonly bytes = new Uint8Array(RECORD_BYTES);
  /** What each slot owes, how many slots owe something, and the state that the reader believes a slot in. */
  private readonly owed = new Uint8Array(MAX_BFD_SESSIONS);
  private readonly believed = new Uint8Array(MAX_BFD_SESSIONS);
  private debtors = 0;
  private readonly time = new DataView(this.bytes.buffer);

  constructor(private readonly ring: SharedRing) {}

  /** True if there was no room for something: then call `catchUp` for every slot. */
  get isBehind(): boolean {
    return this.debtors > 0;
  }

  changed(slot: number, from: number, session: BfdSession, atUs: number): void {
    if (this.owed[slot] === OWES_NOTHING && this.pushChange(slot, from, session, atUs)) return;
    if (this.owed[slot] === OWES_NOTHING) this.believed[slot] = from;
    this.owe(slot, OWES_CHANGE);
  }

  ended(slot: number): void {
    if (this.owed[slot] !== OWES_NOTHING || !this.pushEnd(slot)) this.owe(slot, OWES_END);
  }

  /** Tells what a slot owes, if there is room now. `session` is the slot's, if it has one still. */
  catchUp(slot: number, session: BfdSession | undefined, atUs: number): void {
    const owes = this.owed[slot];
    if (owes === OWES_NOTHING) return;
    const isTold =
      owes === OWES_END || session === undefined
        ? this.pushEnd(slot)
        : this.pushChange(slot, this.believed[slot], session, atUs);
    if (!isTold) return;
    this.owed[slot] = OWES_NOTHING;
    this.debtors--;
  }

  private owe(slot: number, what: number): void {
    if (this.owed[slot] === OWES_NOTHING) this.debtors++;
    this.owed[slot] = what;
  }

  private pushChange(slot: number, from: number, session: BfdSession, atUs: number): boolean {
    const { bytes } = this;
    this.time.setFloat64(0, atUs);
    bytes[FROM] = from;
    bytes[TO] = session.state;
    bytes[DIAGNOSTIC] = session.diagnostic;
    bytes[REMOTE_STATE] = session.remoteState;
    bytes[REMOTE_DIAGNOSTIC] = session.remoteDiagnostic;
    bytes[LOST] = session.isLost ? 1 : 0;
    return this.push(slot, RECORD_BYTES);
  }

  private pushEnd(slot: number): boolean {
    return this.push(slot, 0);
  }

  private push(slot: number, length: number): boolean {
    // Also for a full ring: whoever is to make room is told.
    this.pending = true;
    return this.ring.push(slot, 0, this.bytes, 0, length);
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
