/**
 * Link state advertisements: the header that all share (RFC 2328 section A.4.1) and the way to their bodies.
 *
 * ```
 *   0        1        2        3
 *   age (seconds)     options  type
 *   link state ID
 *   advertising router
 *   sequence number (signed)
 *   checksum          length            header and body
 * ```
 */
import { readU16, readU32, writeU16, writeU32 } from '../../base/bytes.js';
import { isMalformed, type Malformed, malformed } from '../malformed.js';
import { decodeExternalLsa, type ExternalLsa, encodeExternalLsa } from './external-lsa.js';
import { lsaChecksum, lsaChecksumIsRight } from './fletcher.js';
import { decodeNetworkLsa, encodeNetworkLsa, type NetworkLsa } from './network-lsa.js';
import { decodeRouterLsa, encodeRouterLsa, type RouterLsa } from './router-lsa.js';
import { decodeSummaryLsa, encodeSummaryLsa, type SummaryLsa } from './summary-lsa.js';

export const LSA_HEADER_BYTES = 20;
export const LSA_AGE = 0;
const OPTIONS = 2;
const TYPE = 3;
const ID = 4;
const ADVERTISING_ROUTER = 8;
const SEQUENCE = 12;
const CHECKSUM = 16;
const LENGTH = 18;

export const LSA_ROUTER = 1;
export const LSA_NETWORK = 2;
export const LSA_SUMMARY_NETWORK = 3;
export const LSA_SUMMARY_ASBR = 4;
export const LSA_EXTERNAL = 5;
export const LSA_NSSA_EXTERNAL = 7;
export const LSA_OPAQUE_LINK = 9;
export const LSA_OPAQUE_AREA = 10;
export const LSA_OPAQUE_AS = 11;

export interface LsaHeader {
  /** Seconds, 0 to 65535 as received. */
  readonly age: number;
  readonly options: number;
  readonly type: number;
  /** Link state ID. */
  readonly id: number;
  readonly advertisingRouter: number;
  /** Signed: 0x80000001 (the first) is -2147483647. */
  readonly sequence: number;
  readonly checksum: number;
  /** Octets, header included. */
  readonly length: number;
}

export type LsaBody =
  | RouterLsa
  | NetworkLsa
  | SummaryLsa
  | ExternalLsa
  /** Opaque LSAs (RFC 5250) are stored and flooded as they are. */
  | { readonly kind: 'opaque' };

/** Bodies that this router makes, and does not only pass on. */
export type OriginatedBody = RouterLsa | NetworkLsa | SummaryLsa | ExternalLsa | OpaqueLsa;

/** Its payload is for whoever knows its opaque type. */
export interface OpaqueLsa {
  readonly kind: 'opaque';
  readonly payload: Uint8Array;
}

export interface Lsa {
  readonly header: LsaHeader;
  readonly body: LsaBody;
}

/** True for the types that this router stores and floods. */
export function isKnownLsaType(type: number): boolean {
  return (type >= LSA_ROUTER && type <= LSA_EXTERNAL) || type === LSA_NSSA_EXTERNAL || isOpaqueLsaType(type);
}

export function isOpaqueLsaType(type: number): boolean {
  return type >= LSA_OPAQUE_LINK && type <= LSA_OPAQUE_AS;
}

/** Reads the 20 bytes at `offset`, which the caller knows to be there. */
export function lsaHeaderAt(bytes: Uint8Array, offset: number): LsaHeader {
  return {
    age: readU16(bytes, offset + LSA_AGE),
    options: bytes[offset + OPTIONS],
    type: bytes[offset + TYPE],
    id: readU32(bytes, offset + ID),
    advertisingRouter: readU32(bytes, offset + ADVERTISING_ROUTER),
    sequence: readU32(bytes, offset + SEQUENCE) | 0,
    checksum: readU16(bytes, offset + CHECKSUM),
    length: readU16(bytes, offset + LENGTH),
  };
}

export function writeLsaHeader(bytes: Uint8Array, offset: number, header: LsaHeader): void {
  writeU16(bytes, offset + LSA_AGE, header.age);
  bytes[offset + OPTIONS] = header.options;
  bytes[offset + TYPE] = header.type;
  writeU32(bytes, offset + ID, header.id);
  writeU32(bytes, offset + ADVERTISING_ROUTER, header.advertisingRouter);
  writeU32(bytes, offset + SEQUENCE, header.sequence);
  writeU16(bytes, offset + CHECKSUM, header.checksum);
  writeU16(bytes, offset + LENGTH, header.length);
}

/** Reads a list of headers, as Database Description and Link State Acknowledgment carry it, from `offset` to the end. */
export function decodeLsaHeaders(body: Uint8Array, offset: number): LsaHeader[] | Malformed {
  if ((body.length - offset) % LSA_HEADER_BYTES !== 0)
    return malformed('packet ends within an LSA header', body.length);
  const headers: LsaHeader[] = [];
  for (let at = offset; at < body.length; at += LSA_HEADER_BYTES) {
    const header = lsaHeaderAt(body, at);
    if (header.length < LSA_HEADER_BYTES) return malformed('LSA length is less than its header', at + LENGTH);
    headers.push(header);
  }
  return headers;
}

/** Checks and reads one LSA that fills `bytes`: length, then checksum on the raw bytes, then type and body. */
export function decodeLsa(bytes: Uint8Array): Lsa | Malformed {
  if (bytes.length < LSA_HEADER_BYTES) return malformed('LSA shorter than its header', bytes.length);
  const header = lsaHeaderAt(bytes, 0);
  if (header.length !== bytes.length) return malformed('LSA length is not what was received', LENGTH);
  if (!lsaChecksumIsRight(bytes)) return malformed('LSA checksum is wrong', CHECKSUM);
  const body = decodeLsaBody(header, bytes.subarray(LSA_HEADER_BYTES));
  return isMalformed(body) ? malformed(body.malformed, LSA_HEADER_BYTES + body.at) : { header, body };
}

/** A whole LSA around `body`; length and checksum are computed. */
export function encodeLsa(header: Omit<LsaHeader, 'checksum' | 'length'>, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(LSA_HEADER_BYTES + body.length);
  writeLsaHeader(bytes, 0, { ...header, checksum: 0, length: bytes.length });
  bytes.set(body, LSA_HEADER_BYTES);
  writeU16(bytes, CHECKSUM, lsaChecksum(bytes));
  return bytes;
}

export function encodeLsaBody(body: OriginatedBody): Uint8Array {
  switch (body.kind) {
    case 'router':
      return encodeRouterLsa(body);
    case 'network':
      return encodeNetworkLsa(body);
    case 'summary':
      return encodeSummaryLsa(body);
    case 'external':
      return encodeExternalLsa(body);
    case 'opaque':
      return body.payload;
  }
}

/** Sets the age, the one field that the checksum does not cover; `ageSeconds` is 0 to 3600. */
export function writeLsaAge(lsa: Uint8Array, offset: number, ageSeconds: number): void {
  writeU16(lsa, offset + LSA_AGE, ageSeconds);
}

function decodeLsaBody(header: LsaHeader, body: Uint8Array): LsaBody | Malformed {
  switch (header.type) {
    case LSA_ROUTER:
      // A router describes itself only: otherwise one forged LSA takes another's place (CVE-2013-0149).
      if (header.id !== header.advertisingRouter) return malformed('router-LSA ID is not its advertising router', 0);
      return decodeRouterLsa(body);
    case LSA_NETWORK:
      return decodeNetworkLsa(body);
    case LSA_SUMMARY_NETWORK:
    case LSA_SUMMARY_ASBR:
      return decodeSummaryLsa(body);
    case LSA_EXTERNAL:
    case LSA_NSSA_EXTERNAL:
      return decodeExternalLsa(body);
    default:
      return isOpaqueLsaType(header.type) ? { kind: 'opaque' } : malformed('LSA type is unknown', 0);
  }
}
