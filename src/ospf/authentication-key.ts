/** Which of several keys counts now: the rollover of RFC 2328 section D.3. */
import type { OspfKey, OspfKeyLifetime } from './messages.js';

/**
 * Of the keys that are valid for sending the one that became so last, the later in the list of those that did together.
 * If there is none, the last that was: packets never go out without authentication (section D.3).
 */
export function sendingKey(keys: readonly OspfKey[], nowMs: number): OspfKey {
  const valid = keys.filter(({ send }) => isValid(send, nowMs));
  return (
    latest(valid, ({ send }) => send.fromMs) ??
    latest(expired(keys, 'send', nowMs), ({ send }) => send.untilMs) ??
    // None has become valid yet.
    latest(keys, ({ send }) => -send.fromMs) ??
    missing()
  );
}

/** The keys that are valid for what is received; if there is none, the last that was. */
export function acceptedKeys(keys: readonly OspfKey[], nowMs: number): readonly OspfKey[] {
  const valid = keys.filter(({ accept }) => isValid(accept, nowMs));
  if (valid.length > 0) return valid;
  const last = latest(expired(keys, 'accept', nowMs), ({ accept }) => accept.untilMs);
  return last === undefined ? [] : [last];
}

/** From the first moment to before the second. */
export function isValid({ fromMs, untilMs }: OspfKeyLifetime, nowMs: number): boolean {
  return fromMs <= nowMs && nowMs < untilMs;
}

function expired(keys: readonly OspfKey[], use: 'send' | 'accept', nowMs: number): OspfKey[] {
  return keys.filter((key) => key[use].untilMs <= nowMs);
}

function latest(keys: readonly OspfKey[], timeOf: (key: OspfKey) => number): OspfKey | undefined {
  let found: OspfKey | undefined;
  for (const key of keys) {
    if (found === undefined || timeOf(key) >= timeOf(found)) found = key;
  }
  return found;
}

function missing(): never {
  throw new RangeError('cryptographic authentication without a key, expected at least one');
}
