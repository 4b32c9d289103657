/** Authentication of RFC 2328 appendix D and RFC 5709: what our packets are sealed with, and whether others' are. */
import {
  digestBytesOf,
  digestFieldOf,
  hasDigest,
  hasPassword,
  sealWithDigest,
  sealWithPassword,
} from '../wire/ospf/authentication.js';
import { AUTH_TYPE_CRYPTOGRAPHIC, AUTH_TYPE_NULL, AUTH_TYPE_SIMPLE, type OspfHeader } from '../wire/ospf/header.js';
import type { Area } from './area.js';
import { acceptedKeys, isValid, sendingKey } from './authentication-key.js';
import type { OspfInterface } from './interface.js';
import type { OspfAuthentication, OspfKey } from './messages.js';
import type { Neighbor } from './neighbor.js';
import type { RejectionCheck } from './rejection.js';

/** What is wrong with a packet's authentication. */
export interface AuthenticationFault {
  readonly check: RejectionCheck;
  readonly expected: string;
  readonly got: string;
}

const AUTH_TYPES = {
  none: AUTH_TYPE_NULL,
  simple: AUTH_TYPE_SIMPLE,
  cryptographic: AUTH_TYPE_CRYPTOGRAPHIC,
} as const satisfies { readonly [kind in OspfAuthentication['kind']]: number };

const TYPE_NAMES: readonly string[] = ['none', 'a password', 'a key'];

/** Bytes that authentication may add to a packet on this interface. */
export function authenticationRoom({ config }: OspfInterface): number {
  const { authentication } = config;
  if (authentication.kind !== 'cryptographic') return 0;
  return Math.max(...authentication.keys.map(({ algorithm }) => digestBytesOf(algorithm)));
}

/** `packet`, which has null authentication, as it is to leave the interface: itself or a copy. */
export function seal(area: Area, ospfInterface: OspfInterface, packet: Uint8Array): Uint8Array {
  const { authentication, name } = ospfInterface.config;
  switch (authentication.kind) {
    case 'none':
      return packet;
    case 'simple':
      sealWithPassword(packet, authentication.password);
      return packet;
    case 'cryptographic': {
      const key = sendingKey(authentication.keys, area.nowMs);
      const { sealing } = area.router;
      if (sealing.changesKey(name, key, area.nowMs)) tellKey(area, name, key);
      return sealWithDigest(packet, key, sealing.nextSequence(name, area.nowMs));
    }
  }
}

/**
 * What is wrong with the authentication of a packet that came in; undefined if nothing is. `neighbor` is its sender, if
 * it is known already (section D.5).
 */
export function authenticationFault(
  area: Area,
  ospfInterface: OspfInterface,
  neighbor: Neighbor | undefined,
  header: OspfHeader,
  packet: Uint8Array,
): AuthenticationFault | undefined {
  const { authentication } = ospfInterface.config;
  if (header.authType !== AUTH_TYPES[authentication.kind]) {
    const expected = nameOfType(AUTH_TYPES[authentication.kind]);
    return { check: 'authentication-type', expected, got: nameOfType(header.authType) };
  }
  switch (authentication.kind) {
    case 'none':
      return undefined;
    case 'simple':
      if (hasPassword(packet, authentication.password)) return undefined;
      return { check: 'authentication-password', expected: 'our password', got: 'another one' };
    case 'cryptographic':
      return digestFault(acceptedKeys(authentication.keys, area.nowMs), authentication.keys, neighbor, header, packet);
  }
}

/** The number that packets of this neighbor may not go below from now on. To be called for what has no fault. */
export function noteSequence(neighbor: Neighbor, header: OspfHeader, packet: Uint8Array): void {
  if (header.authType === AUTH_TYPE_CRYPTOGRAPHIC) neighbor.packetSequence = digestFieldOf(packet).sequence;
}

function digestFault(
  accepted: readonly OspfKey[],
  keys: readonly OspfKey[],
  neighbor: Neighbor | undefined,
  header: OspfHeader,
  packet: Uint8Array,
): AuthenticationFault | undefined {
  const { keyId, digestBytes, sequence } = digestFieldOf(packet);
  const key = accepted.find(({ id }) => id === keyId);
  if (key === undefined) {
    const isKnown = keys.some(({ id }) => id === keyId);
    const got = isKnown ? `key ${keyId}, which is not valid now` : `key ${keyId}`;
    return { check: 'authentication-key', expected: keyNames(accepted), got };
  }
  const wanted = digestBytesOf(key.algorithm);
  if (digestBytes !== wanted) {
    const expected = `${key.algorithm}, ${wanted} bytes`;
    return { check: 'authentication-algorithm', expected, got: `a digest of ${digestBytes} bytes` };
  }
  const last = neighbor?.packetSequence ?? 0;
  if (sequence < last) {
    return { check: 'authentication-sequence', expected: 'no number below the last', got: `${sequence} after ${last}` };
  }
  if (hasDigest(packet, header.length, key)) return undefined;
  return { check: 'authentication-digest', expected: `the digest of key ${keyId}`, got: 'another one' };
}

function tellKey(area: Area, name: string, key: OspfKey): void {
  const detail = { interface: name, key: key.id, algorithm: key.algorithm };
  if (isValid(key.send, area.nowMs)) area.event('authentication-key', detail);
  else area.event('authentication-key-expired', detail);
}

function keyNames(keys: readonly OspfKey[]): string {
  return keys.length === 0 ? 'a key that is valid now' : `key ${keys.map(({ id }) => id).join(' or ')}`;
}

function nameOfType(type: number): string {
  return TYPE_NAMES[type] ?? `type ${type}`;
}

/** The beginning of 2026. */
const FIRST_YEAR_SECONDS = 1_767_225_600;

/**
 * The number that begins at `calendarMs`. Neighbors reject what is below the last number of before a restart, of which
 * nothing is known here. It is the time since 1970 in seconds at least, as others have it, and rises by two a second from
 * 2026 on, until 2066: more than packets are sent on average, where Hellos go out every second too. What a burst has been
 * ahead of that is made up for, since the numbers themselves rise by packets and not with time.
 */
function firstSequence(calendarMs: number): number {
  const seconds = Math.max(1, Math.floor(calendarMs / 1000));
  return Math.min(seconds + Math.max(0, seconds - FIRST_YEAR_SECONDS), 0xffffffff);
}

/** What is remembered from one packet that is sealed to the next, by interface. */
export class Sealing {
  private readonly sequences = new Map<string, number>();
  private readonly keys = new Map<string, string>();
  /** From the clock of the inputs to the time since 1970. */
  private calendarOffsetMs = 0;

  /** `calendarMs` is the time since 1970 at `nowMs`. */
  setCalendar(calendarMs: number, nowMs: number): void {
    this.calendarOffsetMs = calendarMs - nowMs;
  }

  /** Rises with every packet, since there are routers that take no number twice (RFC 7474 section 3). */
  nextSequence(name: string, nowMs: number): number {
    const last = this.sequences.get(name);
    const sequence = last === undefined ? firstSequence(nowMs + this.calendarOffsetMs) : Math.min(last + 1, 0xffffffff);
    this.sequences.set(name, sequence);
    return sequence;
  }

  /** True if the last packet was sealed with another key, or with this one while it was valid and it is no longer. */
  changesKey(name: string, key: OspfKey, nowMs: number): boolean {
    const before = this.keys.get(name);
    const now = `${key.id} ${isValid(key.send, nowMs)}`;
    this.keys.set(name, now);
    return before !== now && (before !== undefined || !isValid(key.send, nowMs));
  }
}
