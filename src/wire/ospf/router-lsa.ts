/**
 * The body of a router-LSA (RFC 2328 section A.4.2).
 *
 * ```
 *   0        1        2        3
 *   flags    0        number of links
 *   link ID                              for every link:
 *   link data
 *   type     #TOS     metric
 *   (TOS entries of 4 bytes, of no use since RFC 2328)
 * ```
 */
import { readU16, readU32, writeU16, writeU32 } from '../../base/bytes.js';
import { type Malformed, malformed } from '../malformed.js';

export const LINK_POINT_TO_POINT = 1;
export const LINK_TRANSIT = 2;
export const LINK_STUB = 3;
export const LINK_VIRTUAL = 4;

/** Flags: an area border router, an AS boundary router. */
export const ROUTER_IS_BORDER = 0x01;
export const ROUTER_IS_ASBR = 0x02;

/** The metric of a link that others are to avoid (RFC 6987); as a path it is long, not infinite. */
export const MAX_LINK_METRIC = 0xffff;

const FIXED_BYTES = 4;
const LINK_BYTES = 12;
const TOS_BYTES = 4;

export interface RouterLsa {
  readonly kind: 'router';
  /** B 1, E 2, V 4, Nt 0x10. */
  readonly flags: number;
  readonly links: readonly RouterLink[];
}

/**
 * | type | `id` | `data` |
 * |---|---|---|
 * | 1 point-to-point | router ID of the neighbor | own address, or the interface index if unnumbered |
 * | 2 transit | address of the designated router | own address |
 * | 3 stub | network | mask |
 * | 4 virtual | router ID of the neighbor | own address |
 */
export interface RouterLink {
  readonly type: number;
  readonly id: number;
  readonly data: number;
  /** 0 to 65535. */
  readonly metric: number;
}

export function decodeRouterLsa(body: Uint8Array): RouterLsa | Malformed {
  if (body.length < FIXED_BYTES) return malformed('router-LSA shorter than 4 bytes', body.length);
  const count = readU16(body, 2);
  const links: RouterLink[] = [];
  let at = FIXED_BYTES;
  for (let index = 0; index < count; index++) {
    if (at + LINK_BYTES > body.length) return malformed('router-LSA ends within a link', at);
    const type = body[at + 8];
    if (type < LINK_POINT_TO_POINT || type > LINK_VIRTUAL) return malformed('router-LSA link type is unknown', at + 8);
    links.push({ type, id: readU32(body, at), data: readU32(body, at + 4), metric: readU16(body, at + 10) });
    at += LINK_BYTES + TOS_BYTES * body[at + 9];
  }
  if (at !== body.length) return malformed('router-LSA is not as long as its links', at);
  return { kind: 'router', flags: body[0], links };
}

export function encodeRouterLsa(lsa: Omit<RouterLsa, 'kind'>): Uint8Array {
  const body = new Uint8Array(FIXED_BYTES + LINK_BYTES * lsa.links.length);
  body[0] = lsa.flags;
  writeU16(body, 2, lsa.links.length);
  lsa.links.forEach((link, index) => {
    const at = FIXED_BYTES + LINK_BYTES * index;
    writeU32(body, at, link.id);
    writeU32(body, at + 4, link.data);
    body[at + 8] = link.type;
    writeU16(body, at + 10, link.metric);
  });
  return body;
}
