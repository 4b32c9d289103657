/** The body of a Link State Acknowledgment (RFC 2328 section A.3.6): the headers of the LSAs that have arrived. */
import type { Malformed } from '../malformed.js';
import { decodeLsaHeaders, LSA_HEADER_BYTES, type LsaHeader, writeLsaHeader } from './lsa.js';

export function decodeLinkStateAck(body: Uint8Array): LsaHeader[] | Malformed {
  return decodeLsaHeaders(body, 0);
}

export function encodeLinkStateAck(headers: readonly LsaHeader[]): Uint8Array {
  const body = new Uint8Array(LSA_HEADER_BYTES * headers.length);
  headers.forEach((header, index) => {
    writeLsaHeader(body, LSA_HEADER_BYTES * index, header);
  });
  return body;
}
