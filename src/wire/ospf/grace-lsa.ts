/**
 * The body of a grace-LSA (RFC 3623 section A): an opaque LSA of link-local scope, opaque type 3, whose body is a list of
 * TLVs. A router that is about to restart asks its neighbors with it to go on forwarding to it.
 *
 * ```
 *   type (16 bits)  length (16 bits)     length of the value; values are padded to 4 bytes
 *   value
 *     1 grace period: seconds (32 bits)
 *     2 reason: 8 bits
 *     3 IP interface address: of the restarting router on this network; not on point-to-point networks
 * ```
 */
import { readU16, readU32, writeU16, writeU32 } from '../../base/bytes.js';
import { type Malformed, malformed } from '../malformed.js';
import { LSA_OPAQUE_LINK } from './lsa.js';

const TLV_HEADER_BYTES = 4;
const PERIOD = 1;
const REASON = 2;
const ADDRESS = 3;

const GRACE_OPAQUE_TYPE = 3;

export const GRACE_REASONS = [
  'unknown',
  'software restart',
  'software reload',
  'switch to redundant processor',
] as const;
export type GraceReason = (typeof GRACE_REASONS)[number];

export interface GraceLsa {
  /** Seconds from the origination of the LSA: its age counts. */
  readonly periodSeconds: number;
  /** What is not defined is read as unknown. */
  readonly reason: GraceReason;
  readonly address: number | undefined;
}

/** True if the type and link state ID of an LSA say that it is a grace-LSA. */
export function isGraceLsa({ type, id }: { readonly type: number; readonly id: number }): boolean {
  return type === LSA_OPAQUE_LINK && id >>> 24 === GRACE_OPAQUE_TYPE;
}

/** Reads the body, behind the LSA header. Period and reason must be there; TLVs of other types are passed over. */
export function decodeGraceLsa(body: Uint8Array): GraceLsa | Malformed {
  let periodSeconds: number | undefined;
  let reason: GraceReason | undefined;
  let address: number | undefined;
  for (let at = 0; at < body.length; ) {
    if (at + TLV_HEADER_BYTES > body.length) return malformed('grace-LSA ends within a TLV header', at);
    const type = readU16(body, at);
    const length = readU16(body, at + 2);
    const value = at + TLV_HEADER_BYTES;
    const defect = defectOf(body, type, value, length);
    if (defect !== undefined) return defect;
    if (type === PERIOD) periodSeconds = readU32(body, value);
    if (type === REASON) reason = GRACE_REASONS[body[value]] ?? 'unknown';
    if (type === ADDRESS) address = readU32(body, value);
    at = value + padded(length);
  }
  if (periodSeconds === undefined) return malformed('grace-LSA without a grace period', body.length);
  if (reason === undefined) return malformed('grace-LSA without a reason', body.length);
  return { periodSeconds, reason, address };
}

export function encodeGraceLsa(lsa: GraceLsa): Uint8Array {
  const tlvs = lsa.address === undefined ? 2 : 3;
  const body = new Uint8Array(tlvs * 2 * TLV_HEADER_BYTES);
  writeTlvHeader(body, 0, PERIOD, 4);
  writeU32(body, 4, lsa.periodSeconds);
  writeTlvHeader(body, 8, REASON, 1);
  body[12] = GRACE_REASONS.indexOf(lsa.reason);
  if (lsa.address !== undefined) {
    writeTlvHeader(body, 16, ADDRESS, 4);
    writeU32(body, 20, lsa.address);
  }
  return body;
}

function defectOf(body: Uint8Array, type: number, value: number, length: number): Malformed | undefined {
  if (value + padded(length) > body.length) return malformed('grace-LSA ends within a TLV', value);
  if ((type === PERIOD || type === ADDRESS) && length !== 4) return malformed('grace-LSA TLV is not of 4 bytes', value);
  if (type === REASON && length !== 1) return malformed('grace-LSA reason is not of 1 byte', value);
  return undefined;
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

function writeTlvHeader(body: Uint8Array, at: number, type: number, length: number): void {
  writeU16(body, at, type);
  writeU16(body, at + 2, length);
}
