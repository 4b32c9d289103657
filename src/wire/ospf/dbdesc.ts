/**
 * The body of a Database Description (RFC 2328 section A.3.3).
 *
 * ```
 *   0        1        2        3
 *   interface MTU     options  flags     I 4, M 2, MS 1
 *   DD sequence number
 *   LSA headers ...
 * ```
 */
import { readU16, readU32, writeU16, writeU32 } from '../../base/bytes.js';
import { isMalformed, type Malformed, malformed } from '../malformed.js';
import { decodeLsaHeaders, LSA_HEADER_BYTES, type LsaHeader, writeLsaHeader } from './lsa.js';

export const DD_BYTES = 8;
const MTU = 0;
const OPTIONS = 2;
const FLAGS = 3;
const SEQUENCE = 4;

export const DD_MASTER = 1;
export const DD_MORE = 2;
export const DD_INIT = 4;

export interface DatabaseDescription {
  readonly mtu: number;
  readonly options: number;
  readonly flags: number;
  /** Unsigned. */
  readonly sequence: number;
  readonly headers: readonly LsaHeader[];
}

export function decodeDatabaseDescription(body: Uint8Array): DatabaseDescription | Malformed {
  if (body.length < DD_BYTES) return malformed('Database Description shorter than 8 bytes', body.length);
  const headers = decodeLsaHeaders(body, DD_BYTES);
  if (isMalformed(headers)) return headers;
  return {
    mtu: readU16(body, MTU),
    options: body[OPTIONS],
    flags: body[FLAGS],
    sequence: readU32(body, SEQUENCE),
    headers,
  };
}

export function encodeDatabaseDescription(description: DatabaseDescription): Uint8Array {
  const body = new Uint8Array(DD_BYTES + LSA_HEADER_BYTES * description.headers.length);
  writeU16(body, MTU, description.mtu);
  body[OPTIONS] = description.options;
  body[FLAGS] = description.flags;
  writeU32(body, SEQUENCE, description.sequence);
  description.headers.forEach((header, index) => {
    writeLsaHeader(body, DD_BYTES + LSA_HEADER_BYTES * index, header);
  });
  return body;
}
