import { type GroupTable, NO_GROUP, pathAt, pathCount } from '../fib/next-hop-group.js';
import { BATCH_SIZE } from '../link/frame.js';
import { ETHERTYPE_IPV4 } from '../wire/ethernet.js';
import { IPV4_HEADER_BYTES, IPV4_VERSION_IHL_PLAIN } from '../wire/ipv4.js';
import { isOutsideUnicast } from './address-class.js';
import { ACTION_SEND, type AdjacencyTable } from './adjacency.js';
import { type LinkTable, VIRTUAL_LINK } from './link-table.js';
import { type MartianSources, placeOf } from './martian-sources.js';
import type { Output } from './output.js';
import { HANDLED, type ReceivedBatch, UNCOMMON } from './received-batch.js';

/**
 * The three loops that a packet in transit goes through when nothing about it is special. `Ingress` and `Forwarding` call
 * them once for a batch and deal with everything else one packet at a time.
 *
 * They are made for V8:
 * - Each is a closure that is made once, with the engine. V8 then compiles the arrays that it holds into its code as
 *   constants, which saves more than a third of the instructions. (A second engine in the same thread costs only that.)
 * - A loop calls nothing that is not inlined, so that what it has loaded stays valid from one packet to the next.
 * - What is imported is copied into a constant first: an imported name is looked up and checked at each use.
 *
 * The arena is read by little-endian words: one's-complement sums do not depend on byte order (RFC 1071 section 2), and
 * other fields are turned where they are used.
 */

/** Words from a packet back to its virtio header, and the bits of it that mean work for the link: partial sum, GSO. */
export const VIRTIO_WORDS = 16;
export const OFFLOAD_BITS = 0xff01;

/** Words from a packet back to the two parts of the destination MAC address. */
const DESTINATION_MAC_HEAD = 4;
const DESTINATION_MAC_TAIL = 3;

/** EtherType IPv4 as the upper half of the word before a packet. */
const ETHERTYPE_IPV4_SWAPPED = ((ETHERTYPE_IPV4 & 0xff) << 8) | (ETHERTYPE_IPV4 >>> 8);

/** What the admission loop works on. */
export interface AdmitParts {
  readonly words: Uint32Array;
  readonly batch: ReceivedBatch;
  readonly links: LinkTable;
  readonly martians: MartianSources;
}

/**
 * Makes the loop that lets packets in: unicast IPv4 for our MAC address, no options, nothing wrong (RFC 1812 section
 * 5.2.2), unicast addresses, a source that is surely not a martian. It marks what is otherwise `UNCOMMON` and returns
 * the bytes received.
 */
export function admitLoop({ words, batch, links, martians }: AdmitParts): (from: number) => number {
  const { packets, groups, destinations } = batch;
  const { offsets, lengths } = packets;
  const { macs } = links;
  const { filter } = martians;
  const plainHeader = IPV4_VERSION_IHL_PLAIN;
  const minLength = IPV4_HEADER_BYTES;
  const admitted = NO_GROUP;
  const virtualLink = VIRTUAL_LINK;
  const place = placeOf;
  return (from) => {
    const { count } = packets;
    const ethernet = links.isEthernet(from);
    const offload = links.takesOffload(from);
    const macHead = (macs[from * 8] << 16) | (macs[from * 8 + 1] << 24);
    const macTail = littleEndianWord(macs, from * 8 + 2);
    // What comes from the own kernel may have any of our addresses.
    const outside = from === virtualLink ? 0 : 1;
    let received = 0;
    for (let i = 0; i < count; i++) {
      const at = offsets[i] >> 2;
      const length = lengths[i];
      const first = words[at];
      const total = ((first >>> 8) & 0xff00) | (first >>> 24);
      const source = swap(words[at + 3]);
      const destination = swap(words[at + 4]);
      received += Math.max(length, 0);
      if (!offload) {
        words[at - VIRTIO_WORDS] = 0;
        words[at - VIRTIO_WORDS + 1] = 0;
        words[at - VIRTIO_WORDS + 2] = 0;
      }
      const forUs =
        !ethernet ||
        ((words[at - DESTINATION_MAC_TAIL] | 0) === macTail &&
          (words[at - DESTINATION_MAC_HEAD] & 0xffff0000) === macHead &&
          words[at - 1] >>> 16 === ETHERTYPE_IPV4_SWAPPED);
      const isCommon =
        forUs &&
        (first & 0xff) === plainHeader &&
        total >= minLength &&
        total <= length &&
        isHeaderSumRight(words, at) &&
        !isOutsideUnicast(source) &&
        !isOutsideUnicast(destination) &&
        (filter[place(source)] & outside) === 0;
      groups[i] = isCommon ? admitted : UNCOMMON;
      if (!isCommon) continue;
      lengths[i] = total;
      destinations[i] = destination;
    }
    return received;
  };
}

/** Makes the loop that looks up routes: those of all packets of a batch before the first one is forwarded. */
export function lookupLoop({ packets, groups, routes }: ReceivedBatch): () => void {
  const { lookUp, groups: found } = routes;
  const handled = HANDLED;
  return () => {
    const { count } = packets;
    // A packet that is handled may have no destination; whatever stands in its place can be looked up.
    lookUp(count);
    for (let i = 0; i < count; i++) if (groups[i] !== handled) groups[i] = found[i];
  };
}

/** What the transit loop works on. */
export interface TransitParts {
  readonly words: Uint32Array;
  readonly batch: ReceivedBatch;
  readonly links: LinkTable;
  readonly adjacencies: AdjacencyTable;
  readonly groups: GroupTable;
  readonly output: Output;
}

/**
 * Makes the loop that forwards: packets with a single path to a known neighbor, not too large and without offload work.
 * It forwards from `begin` on and returns the index of the first packet that is otherwise.
 */
export function transitLoop(parts: TransitParts): (begin: number) => number {
  const { packets: batch, groups: groupOf } = parts.batch;
  const { offsets, lengths } = batch;
  const { words, groups } = parts;
  const { queues } = parts.output;
  const { action, link, header, packets, bytes } = parts.adjacencies;
  const { mtu } = parts.links;
  const queueRoom = BATCH_SIZE - 1;
  const sendable = ACTION_SEND;
  const noGroup = NO_GROUP;
  const countOf = pathCount;
  const pathOf = pathAt;
  return (begin) => {
    const { count } = batch;
    for (let i = begin; i < count; i++) {
      const group = groupOf[i];
      if (group < noGroup || countOf(groups, group) !== 1) return i;
      const path = pathOf(groups, group, 0);
      const out = link[path];
      const queue = queues[out];
      const queued = queue.count;
      const offset = offsets[i];
      const length = lengths[i];
      const at = offset >> 2;
      const third = words[at + 2];
      const isCommon =
        action[path] === sendable &&
        (third & 0xff) > 1 &&
        length <= mtu[out] &&
        (words[at - VIRTIO_WORDS] & OFFLOAD_BITS) === 0 &&
        queued < queueRoom;
      if (!isCommon) return i;
      words[at - 4] = header[path * 4];
      words[at - 3] = header[path * 4 + 1];
      words[at - 2] = header[path * 4 + 2];
      words[at - 1] = header[path * 4 + 3];
      words[at + 2] = withTtlDecremented(third);
      packets[path] += 1;
      bytes[path] += length;
      queue.offsets[queued] = offset;
      queue.lengths[queued] = length;
      queue.count = queued + 1;
    }
    return count;
  };
}

/**
 * How an engine gets its two loops that know a common case. Whatever they leave out is done one packet at a time with the
 * same result: a test gives an engine loops that find nothing common.
 */
export interface FastPath {
  readonly admit: typeof admitLoop;
  readonly transit: typeof transitLoop;
}

export const FAST_PATH: FastPath = { admit: admitLoop, transit: transitLoop };

/**
 * The word of TTL, protocol and checksum (little-endian) with the TTL less one. In this byte order the TTL counts 1 in
 * its 16-bit word, so that `~m + m'` of RFC 1624 equation 3 is 0xfffe.
 */
export function withTtlDecremented(word: number): number {
  const sum = (~(word >>> 16) & 0xffff) + 0xfffe;
  const folded = (sum & 0xffff) + (sum >>> 16);
  return ((word & 0xffff) - 1) | ((~folded & 0xffff) << 16);
}

/** True if the sum over a header of 20 bytes, its checksum included, is all ones (RFC 1071). */
function isHeaderSumRight(words: Uint32Array, at: number): boolean {
  const a = words[at];
  const b = words[at + 1];
  const c = words[at + 2];
  const d = words[at + 3];
  const e = words[at + 4];
  const low = (a & 0xffff) + (b & 0xffff) + (c & 0xffff) + (d & 0xffff) + (e & 0xffff);
  const sum = low + (a >>> 16) + (b >>> 16) + (c >>> 16) + (d >>> 16) + (e >>> 16);
  const folded = (sum & 0xffff) + (sum >>> 16);
  return ((folded + (folded >>> 16)) & 0xffff) === 0xffff;
}

/** Turns the byte order of a word; the result is signed. */
function swap(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}

function littleEndianWord(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
}
