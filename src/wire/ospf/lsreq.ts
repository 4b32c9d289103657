/** The body of a Link State Request (RFC 2328 section A.3.4): LS type, link state ID and advertising router, repeated. */
import { readU32, writeU32 } from '../../base/bytes.js';
import { type Malformed, malformed } from '../malformed.js';

export const LS_REQUEST_BYTES = 12;

/** Names an LSA, not an instance of it. */
export interface LsRequest {
  /** 32 bits on the wire, unlike in the LSA header. */
  readonly type: number;
  readonly id: number;
  readonly advertisingRouter: number;
}

export function decodeLinkStateRequest(body: Uint8Array): LsRequest[] | Malformed {
  if (body.length % LS_REQUEST_BYTES !== 0) return malformed('Link State Request ends within an entry', body.length);
  const requests: LsRequest[] = [];
  for (let at = 0; at < body.length; at += LS_REQUEST_BYTES) {
    requests.push({ type: readU32(body, at), id: readU32(body, at + 4), advertisingRouter: readU32(body, at + 8) });
  }
  return requests;
}

export function encodeLinkStateRequest(requests: readonly LsRequest[]): Uint8Array {
  const body = new Uint8Array(LS_REQUEST_BYTES * requests.length);
  requests.forEach((request, index) => {
    const at = LS_REQUEST_BYTES * index;
    writeU32(body, at, request.type);
    writeU32(body, at + 4, request.id);
    writeU32(body, at + 8, request.advertisingRouter);
  });
  return body;
}
