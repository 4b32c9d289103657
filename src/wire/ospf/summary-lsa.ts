/** The body of a summary-LSA, types 3 and 4 (RFC 2328 section A.4.4): mask, 24-bit metric, obsolete TOS entries. */
import { readU24, readU32, writeU24, writeU32 } from '../../base/bytes.js';
import { lengthOfMask } from '../../base/prefix.js';
import { type Malformed, malformed } from '../malformed.js';

const FIXED_BYTES = 8;

export interface SummaryLsa {
  readonly kind: 'summary';
  /** Of no meaning in type 4. */
  readonly networkMask: number;
  /** 0 to 0xffffff; 0xffffff means unreachable. */
  readonly metric: number;
}

export function decodeSummaryLsa(body: Uint8Array): SummaryLsa | Malformed {
  if (body.length < FIXED_BYTES) return malformed('summary-LSA shorter than 8 bytes', body.length);
  if (body.length % 4 !== 0) return malformed('summary-LSA ends within a TOS entry', body.length);
  const networkMask = readU32(body, 0);
  if (lengthOfMask(networkMask) === undefined) return malformed('summary-LSA mask has a hole', 0);
  return { kind: 'summary', networkMask, metric: readU24(body, 5) };
}

export function encodeSummaryLsa(lsa: Omit<SummaryLsa, 'kind'>): Uint8Array {
  const body = new Uint8Array(FIXED_BYTES);
  writeU32(body, 0, lsa.networkMask);
  writeU24(body, 5, lsa.metric);
  return body;
}
