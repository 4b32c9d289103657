import { BFD_ADMIN_DOWN, BFD_DOWN, BFD_INIT, BFD_UP } from '../wire/bfd.js';

/**
 * What a session becomes by a packet of its peer (RFC 5880 sections 6.2 and 6.8.6): one row for each own state, in it one
 * column for each state that the peer says it has.
 *
 * ```
 *            hears Down         hears Init, Up
 *   down ──────────────► init ────────────────► up
 *    │                                           ▲
 *    └──────────────── hears Init ───────────────┘
 * ```
 *
 * What is not drawn leads back to down, or nowhere. Only the operator leads out of admin-down.
 */
const NEXT: readonly (readonly number[])[] = [
  // hears:         admin-down      down            init            up
  /* admin-down */ [BFD_ADMIN_DOWN, BFD_ADMIN_DOWN, BFD_ADMIN_DOWN, BFD_ADMIN_DOWN],
  /* down       */ [BFD_DOWN, BFD_INIT, BFD_UP, BFD_DOWN],
  /* init       */ [BFD_DOWN, BFD_INIT, BFD_UP, BFD_UP],
  /* up         */ [BFD_DOWN, BFD_DOWN, BFD_UP, BFD_UP],
];

/** The state of a session in `state` whose peer says that it is in `heard`. */
export function nextState(state: number, heard: number): number {
  return NEXT[state][heard];
}
