/**
 * The body of an AS-external-LSA, types 5 and 7 (RFC 2328 section A.4.5, RFC 3101).
 *
 * ```
 *   network mask
 *   E 0000000  metric (24 bits)          E 1: type 2 metric, larger than any path inside the AS
 *   forwarding address                   0: the advertising router itself
 *   external route tag
 *   (TOS entries of 12 bytes, obsolete)
 * ```
 */
import { readU24, readU32, writeU24, writeU32 } from '../../base/bytes.js';
import { lengthOfMask } from '../../base/prefix.js';
import { type Malformed, malformed } from '../malformed.js';

const FIXED_BYTES = 16;
const TOS_BYTES = 12;
const TYPE_2 = 0x80;

export interface ExternalLsa {
  readonly kind: 'external';
  readonly networkMask: number;
  readonly metricType: 1 | 2;
  /** 0 to 0xffffff; 0xffffff means unreachable. */
  readonly metric: number;
  readonly forwardingAddress: number;
  readonly tag: number;
}

export function decodeExternalLsa(body: Uint8Array): ExternalLsa | Malformed {
  if (body.length < FIXED_BYTES) return malformed('external-LSA shorter than 16 bytes', body.length);
  if ((body.length - FIXED_BYTES) % TOS_BYTES !== 0)
    return malformed('external-LSA ends within a TOS entry', body.length);
  const networkMask = readU32(body, 0);
  if (lengthOfMask(networkMask) === undefined) return malformed('external-LSA mask has a hole', 0);
  return {
    kind: 'external',
    networkMask,
    metricType: body[4] & TYPE_2 ? 2 : 1,
    metric: readU24(body, 5),
    forwardingAddress: readU32(body, 8),
    tag: readU32(body, 12),
  };
}

export function encodeExternalLsa(lsa: Omit<ExternalLsa, 'kind'>): Uint8Array {
  const body = new Uint8Array(FIXED_BYTES);
  writeU32(body, 0, lsa.networkMask);
  body[4] = lsa.metricType === 2 ? TYPE_2 : 0;
  writeU24(body, 5, lsa.metric);
  writeU32(body, 8, lsa.forwardingAddress);
  writeU32(body, 12, lsa.tag);
  return body;
}
