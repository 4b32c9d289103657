import type { Random } from '../base/random.js';

/** What the operator wants of a session. */
export interface BfdTimers {
  /** Microseconds, above 0. */
  readonly minTxUs: number;
  readonly minRxUs: number;
  /** 1 to 255. */
  readonly multiplier: number;
}

/** Desired interval of a session that is not Up, at least (RFC 5880 section 6.8.3). */
export const SLOW_TX_US = 1_000_000;

/** How often the end of a session is told, and how far apart: it must survive the loss of a packet. */
export const GOODBYES = 3;
export const GOODBYE_INTERVAL_US = 10_000;

/** Polls are answered this often at most; a peer that asks again has its answer a moment later. */
export const FINAL_INTERVAL_US = 1_000;

/**
 * Microseconds until the next periodic packet: `intervalUs` less 0 to 25 %, so that neighbors do not fall into step, and
 * less 10 to 25 % if the peer gives up after one missing packet (RFC 5880 section 6.8.7).
 */
export function jittered(intervalUs: number, multiplier: number, random: Random): number {
  const most = multiplier === 1 ? 0.9 : 1;
  return intervalUs * (0.75 + (most - 0.75) * (random.nextU32() / 0x100000000));
}

/** Microseconds of silence after which the peer is lost: its multiplier, at the rate both agree on (section 6.8.4). */
export function detectionTime(remoteMultiplier: number, requiredMinRxUs: number, remoteMinTxUs: number): number {
  return remoteMultiplier * Math.max(requiredMinRxUs, remoteMinTxUs);
}
