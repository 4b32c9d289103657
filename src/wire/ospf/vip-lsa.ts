/**
 * The body of a VIP-LSA: an opaque LSA (RFC 5250) by which a router that may serve a virtual IP address tells the others how it
 * stands with it. Its opaque type is one of those for private use.
 *
 * ```
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------------------------------------------------------+
 *  |                    signature, 0x56495001                      |  0
 *  +---------------------------------------------------------------+
 *  |                          VIP address                          |  4
 *  +---------------------------------------------------------------+
 *  |        router address, to which packets may be carried        |  8
 *  +---------------------------------------------------------------+
 *  |        router ID of the other side of a move, or 0            | 12
 *  +---------------------------------------------------------------+
 *  |                            epoch                              | 16
 *  |                                                               |
 *  +---------------+---------------+---------------+---------------+
 *  |     state     |     mode      |     rank      |  name length  | 24
 *  +---------------+---------------+---------------+---------------+
 *  |           name of the router, padded with zeros               | 28
 *  +---------------------------------------------------------------+
 * ```
 */
import { readU32, writeU32 } from '../../base/bytes.js';
import { type Malformed, malformed } from '../malformed.js';

/** Of the range for private use (RFC 5250 section 8). */
export const VIP_OPAQUE_TYPE = 214;
/** The opaque ID, which tells the LSAs of a router apart, has so many bits. */
export const OPAQUE_ID_BITS = 24;

const SIGNATURE = 0x56495001;
const FIXED_BYTES = 28;
export const MAX_NAME_BYTES = 63;

export const NOTICE_STATES = [
  /** It could serve the VIP. */
  'standby',
  /** It could not now. */
  'unfit',
  'serving',
  /** It serves the VIP, and offers it to the peer. */
  'offering',
  /** It is about to serve the VIP: one that the peer offers, if its epoch is 0, else its own. */
  'ready',
  /** The VIP is the peer's; connections that began here live on here. */
  'moving',
  /** Others are to serve it; connections that began here live on here. */
  'draining',
] as const;
export type NoticeState = (typeof NOTICE_STATES)[number];

export const NOTICE_MODES = ['static', 'anycast', 'exclusive'] as const;
export type NoticeMode = (typeof NOTICE_MODES)[number];

/** Both say the same. */
export function isSameVipLsa(a: VipLsa, b: VipLsa): boolean {
  return (
    a.address === b.address &&
    a.router === b.router &&
    a.peer === b.peer &&
    a.epoch === b.epoch &&
    a.state === b.state &&
    a.mode === b.mode &&
    a.rank === b.rank &&
    a.name === b.name
  );
}

export interface VipLsa {
  readonly address: number;
  readonly router: number;
  /** 0: there is none. */
  readonly peer: number;
  /** 0 to 2^53 - 1; 0 if it is not the sender's own. */
  readonly epoch: number;
  readonly state: NoticeState;
  readonly mode: NoticeMode;
  readonly rank: number;
  /** At most `MAX_NAME_BYTES` of UTF-8. */
  readonly name: string;
}

export function decodeVipLsa(body: Uint8Array): VipLsa | Malformed {
  if (body.length < FIXED_BYTES) return malformed('VIP-LSA shorter than 28 bytes', body.length);
  if (readU32(body, 0) !== SIGNATURE) return malformed('VIP-LSA has another signature', 0);
  const epoch = readU32(body, 16) * 2 ** 32 + readU32(body, 20);
  if (!Number.isSafeInteger(epoch)) return malformed('VIP-LSA epoch is beyond 2^53', 16);
  const state = NOTICE_STATES[body[24]];
  if (state === undefined) return malformed('VIP-LSA state is unknown', 24);
  const mode = NOTICE_MODES[body[25]];
  if (mode === undefined) return malformed('VIP-LSA mode is unknown', 25);
  const length = body[27];
  if (length > MAX_NAME_BYTES || FIXED_BYTES + length > body.length)
    return malformed('VIP-LSA ends within its name', 27);
  return {
    address: readU32(body, 4),
    router: readU32(body, 8),
    peer: readU32(body, 12),
    epoch,
    state,
    mode,
    rank: body[26],
    name: new TextDecoder().decode(body.subarray(FIXED_BYTES, FIXED_BYTES + length)),
  };
}

export function encodeVipLsa(lsa: VipLsa): Uint8Array {
  const name = new Uint8Array(MAX_NAME_BYTES);
  const { written: length } = new TextEncoder().encodeInto(lsa.name, name);
  const body = new Uint8Array((FIXED_BYTES + length + 3) & ~3);
  writeU32(body, 0, SIGNATURE);
  writeU32(body, 4, lsa.address);
  writeU32(body, 8, lsa.router);
  writeU32(body, 12, lsa.peer);
  writeU32(body, 16, Math.floor(lsa.epoch / 2 ** 32));
  writeU32(body, 20, lsa.epoch % 2 ** 32);
  body.set([NOTICE_STATES.indexOf(lsa.state), NOTICE_MODES.indexOf(lsa.mode), lsa.rank, length], 24);
  body.set(name.subarray(0, length), FIXED_BYTES);
  return body;
}
