import { native } from '../kernel/binding.js';
import { ETHERNET_BEFORE_PACKET } from './frame.js';

const { PAGE_BYTES, SIZEOF_XDP_DESC, XDP_PACKET_HEADROOM } = native.constants;

/**
 * The part of an arena that XDP links use: the chunks that the kernel receives into and sends from (its UMEM), and a
 * place for the four rings of each socket. It begins at a page, behind the slots, so that all that is sent and received
 * is in one arena: a frame that came by one XDP link leaves by another from the chunk where it is, and by a link of
 * another kind without being moved either.
 *
 * ```
 *  slots … | chunk | chunk | … | received | to send | to fill | sent | received | …
 *          ^ page                ^ page, rings of place 0              ^ place 1
 * ```
 */

/**
 * A chunk holds one frame of an ordinary Ethernet: the kernel wants a power of two from 2048 on, and a small one spreads
 * over the sets of the first-level cache better. There are no super-packets here.
 */
export const CHUNK_BYTES = 2048;

/** On top of the kernel's own headroom: puts the packet behind the Ethernet header on a word, as `fast-path.ts` needs it. */
export const CHUNK_HEADROOM = 2;

/** Bytes from the start of a chunk to the packet of a received frame. */
export const CHUNK_PACKET_START = XDP_PACKET_HEADROOM + CHUNK_HEADROOM + ETHERNET_BEFORE_PACKET;

/** The largest packet in a chunk. */
export const XDP_MAX_MTU = CHUNK_BYTES - CHUNK_PACKET_START;

/** Entries of each ring: what comes in two milliseconds at a million frames a second. */
export const RING_SLOTS = 2048;

/** Links that share the chunks: each may have as many at the kernel as two rings hold. */
export const MAX_XDP_LINKS = 4;
export const CHUNKS = MAX_XDP_LINKS * 2 * RING_SLOTS;

/** More places than links: the place of a link that was closed is free when the worker has left it. */
export const RING_PLACES = 2 * MAX_XDP_LINKS;

/** Rings in the order of `native.mapXdpRing`, and the bytes of one entry of each: `struct xdp_desc`, or an address. */
export const RING_RECEIVED = 0;
export const RING_TO_SEND = 1;
export const RING_TO_FILL = 2;
export const RING_SENT = 3;
const ENTRY_BYTES = [SIZEOF_XDP_DESC, SIZEOF_XDP_DESC, 8, 8];

/** Room for the indices in front of the entries; the kernel says where in it they are. */
const RING_HEADER_BYTES = 512;

const UMEM_BYTES = CHUNKS * CHUNK_BYTES;

/** Bytes of this part of an arena, with what it takes to begin at a page. */
export function xdpBytes(): number {
  return PAGE_BYTES + UMEM_BYTES + RING_PLACES * placeBytes();
}

/** The chunks: all that the kernel gets to see of an arena. */
export function umemOf(arena: Uint8Array, slotBytes: number): Uint8Array {
  const start = slotBytes + native.pageStart(arena.subarray(slotBytes));
  return arena.subarray(start, start + UMEM_BYTES);
}

/** The memory of ring `ring` of place `place`, whole pages behind the chunks. */
export function ringOf(umem: Uint8Array, place: number, ring: number): Uint8Array {
  let start = umem.byteOffset + UMEM_BYTES + place * placeBytes();
  for (let before = 0; before < ring; before++) start += ringBytes(before);
  return new Uint8Array(umem.buffer, start, ringBytes(ring));
}

/** The memory of all rings of a place. */
export function placeOf(umem: Uint8Array, place: number): Uint8Array {
  return new Uint8Array(umem.buffer, umem.byteOffset + UMEM_BYTES + place * placeBytes(), placeBytes());
}

function placeBytes(): number {
  return ENTRY_BYTES.reduce((sum, _, ring) => sum + ringBytes(ring), 0);
}

function ringBytes(ring: number): number {
  return Math.ceil((RING_HEADER_BYTES + ENTRY_BYTES[ring] * RING_SLOTS) / PAGE_BYTES) * PAGE_BYTES;
}
