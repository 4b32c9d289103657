/** The body of a Link State Update (RFC 2328 section A.3.5): the number of LSAs, then the LSAs themselves. */
import { readU16, readU32, writeU32 } from '../../base/bytes.js';
import { type Malformed, malformed } from '../malformed.js';
import { LSA_HEADER_BYTES } from './lsa.js';

export const LS_UPDATE_BYTES = 4;
const LSA_LENGTH = 18;

/**
 * Cuts the body into LSAs by their length fields; they are views of `body` and not checked any further (one bad LSA
 * does not spoil the others, section 13 step 1).
 */
export function decodeLinkStateUpdate(body: Uint8Array): Uint8Array[] | Malformed {
  if (body.length < LS_UPDATE_BYTES) return malformed('Link State Update shorter than 4 bytes', body.length);
  const count = readU32(body, 0);
  const lsas: Uint8Array[] = [];
  let at = LS_UPDATE_BYTES;
  while (at < body.length) {
    if (at + LSA_HEADER_BYTES > body.length) return malformed('Link State Update ends within an LSA header', at);
    const length = readU16(body, at + LSA_LENGTH);
    if (length < LSA_HEADER_BYTES) return malformed('LSA length is less than its header', at + LSA_LENGTH);
    if (at + length > body.length) return malformed('Link State Update ends within an LSA', at);
    lsas.push(body.subarray(at, at + length));
    at += length;
  }
  if (lsas.length !== count) return malformed('Link State Update does not hold the number of LSAs that it says', 0);
  return lsas;
}

export function encodeLinkStateUpdate(lsas: readonly Uint8Array[]): Uint8Array {
  const body = new Uint8Array(lsas.reduce((bytes, lsa) => bytes + lsa.length, LS_UPDATE_BYTES));
  writeU32(body, 0, lsas.length);
  let at = LS_UPDATE_BYTES;
  for (const lsa of lsas) {
    body.set(lsa, at);
    at += lsa.length;
  }
  return body;
}
