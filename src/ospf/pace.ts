import { isOpaqueLsaType } from '../wire/ospf/lsa.js';
import {
  FRESH_COPY_AGE_SECONDS,
  OPAQUE_GAP_MS,
  ORIGINATION_BURST,
  ORIGINATION_GAP_MS,
  ORIGINATION_LONGEST_GAP_MS,
} from './constants.js';
import type { LsdbEntry } from './lsdb.js';

/** How fast instances of one LSA of ours follow each other: MinLSInterval of RFC 2328, on average. */
export class Pace {
  /** When the next instance would come if all came ORIGINATION_LONGEST_GAP_MS apart: ahead of the time after a burst. */
  private nextInPaceMs = Number.NEGATIVE_INFINITY;

  /** When the instance after `current` may come: the routers that were sent `current` must be ready to take another. */
  allowedAtMs(current: LsdbEntry | undefined): number {
    const paceMs = this.nextInPaceMs - (ORIGINATION_BURST - 1) * ORIGINATION_LONGEST_GAP_MS;
    return current === undefined ? paceMs : Math.max(paceMs, readyForNextMs(current));
  }

  /** An instance is originated in the place of `current`. If nobody has seen that one, this one counts in its stead. */
  note(current: LsdbEntry | undefined, nowMs: number): void {
    if (current?.source === 'own' && current.lastSentMs === undefined) return;
    this.nextInPaceMs = Math.max(this.nextInPaceMs, nowMs) + ORIGINATION_LONGEST_GAP_MS;
  }

  /** From when on nothing has to be remembered. */
  get restsAtMs(): number {
    return this.nextInPaceMs;
  }
}

/** When those who have `current` take another instance: some may have got it a moment ago, from us or from before. */
export function readyForNextMs(current: LsdbEntry): number {
  const isFresh = current.source !== 'own' && current.ageAt(current.installedAtMs) <= FRESH_COPY_AGE_SECONDS;
  const knownMs = isFresh ? current.installedAtMs : Number.NEGATIVE_INFINITY;
  const gapMs = isOpaqueLsaType(current.type) ? OPAQUE_GAP_MS : ORIGINATION_GAP_MS;
  return Math.max(knownMs, current.lastSentMs ?? Number.NEGATIVE_INFINITY) + gapMs;
}
