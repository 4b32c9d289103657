import { lookup, type Poptrie } from '../fib/poptrie.js';
import { BATCH_SIZE, ETHERNET_BEFORE_PACKET, type FrameArena, type PacketBatch } from '../link/frame.js';
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, etherType, isGroupMac } from '../wire/ethernet.js';
import {
  checkIpv4,
  IPV4_BAD_HEADER_LENGTH,
  IPV4_BAD_TOTAL_LENGTH,
  IPV4_BAD_VERSION,
  IPV4_HEADER_BYTES,
  IPV4_TOO_SHORT,
  IPV4_VALID,
  ipv4Destination,
} from '../wire/ipv4.js';
import type { ArpReceiver } from './arp.js';
import { COUNT_RX_BYTES, COUNT_RX_PACKETS, type Counters } from './counters.js';
import {
  DROP_BAD_CHECKSUM,
  DROP_BAD_HEADER_LENGTH,
  DROP_BAD_TOTAL_LENGTH,
  DROP_BAD_VERSION,
  DROP_FRAME_TOO_SHORT,
  DROP_LINK_BROADCAST,
  DROP_MARTIAN_DESTINATION,
  DROP_MARTIAN_SOURCE,
  DROP_NOT_FOR_US,
  DROP_UNKNOWN_ETHERTYPE,
} from './drop-reason.js';
import { checkOptions, OPTIONS_PASS } from './ip-options.js';
import { type LinkTable, MAX_LINK_ADDRESSES, VIRTUAL_LINK } from './link-table.js';
import type { LocalDelivery } from './local-delivery.js';
import { wordsOf } from './output.js';

/** In place of a next-hop group: the packet has been dealt with. */
export const HANDLED = -1;

/** EtherType IPv4 as the upper half of the little-endian word before a packet. */
const ETHERTYPE_IPV4_SWAPPED = ((ETHERTYPE_IPV4 & 0xff) << 8) | (ETHERTYPE_IPV4 >>> 8);

/** First byte of a header without options. */
const PLAIN_HEADER = 0x45;

/** Words from a packet back to what lies before it: the virtio header, and the destination MAC's two parts. */
const VIRTIO_WORDS = 16;
const DESTINATION_MAC_HEAD = 4;
const DESTINATION_MAC_TAIL = 3;

/**
 * What comes in: for each packet of a batch everything up to the route lookup (RFC 1812 sections 5.2.1 to 5.2.4): is the
 * frame for us, is the packet whole, may it come from and go to where it says. All packets of a batch are looked up
 * before the first one is forwarded, so that the memory accesses of many lookups overlap.
 *
 * The arena is read by little-endian words: one's-complement sums do not depend on byte order (RFC 1071 section 2), and
 * other fields are turned where they are used.
 */
export class Ingress {
  private readonly bytes: Uint8Array;
  private readonly words: Uint32Array;
  private readonly links: LinkTable;
  private readonly trie: Poptrie;
  private readonly counters: Counters;
  private readonly arp: ArpReceiver;
  private readonly local: LocalDelivery;
  private readonly martianFilter: boolean;
  private readonly destinations = new Int32Array(BATCH_SIZE);

  constructor(
    arena: FrameArena,
    links: LinkTable,
    trie: Poptrie,
    counters: Counters,
    arp: ArpReceiver,
    local: LocalDelivery,
    martianFilter: boolean,
  ) {
    this.bytes = arena.bytes;
    this.words = wordsOf(arena);
    this.links = links;
    this.trie = trie;
    this.counters = counters;
    this.arp = arp;
    this.local = local;
    this.martianFilter = martianFilter;
  }

  /**
   * Writes the next-hop group of each packet of `batch` to `groups` (0: no route), or `HANDLED`, and its own length in
   * place of the received one.
   */
  admit(from: number, batch: PacketBatch, groups: Int32Array): void {
    const { words, links, trie, destinations } = this;
    const { offsets, lengths, count } = batch;
    const ethernet = links.isEthernet(from);
    const offload = links.takesOffload(from);
    const macHead = (links.macs[from * 8] << 16) | (links.macs[from * 8 + 1] << 24);
    const macTail = littleEndianWord(links.macs, from * 8 + 2);
    // Sources outside the link's only subnet need no closer look; on a link with several subnets all of them do.
    const ownAddress = links.addresses[from * MAX_LINK_ADDRESSES];
    const ownMask = links.addressCount[from] === 1 ? links.masks[from * MAX_LINK_ADDRESSES] : 0;
    let received = 0;
    for (let i = 0; i < count; i++) {
      const offset = offsets[i];
      const length = lengths[i];
      const at = offset >> 2;
      received += length;
      groups[i] = HANDLED;
      if (!offload) {
        words[at - VIRTIO_WORDS] = 0;
        words[at - VIRTIO_WORDS + 1] = 0;
        words[at - VIRTIO_WORDS + 2] = 0;
      }
      if (ethernet) {
        const forUs =
          (words[at - DESTINATION_MAC_TAIL] | 0) === macTail &&
          (words[at - DESTINATION_MAC_HEAD] & 0xffff0000) === macHead &&
          words[at - 1] >>> 16 === ETHERTYPE_IPV4_SWAPPED;
        if (!forUs && !this.admitFrame(from, offset, length)) continue;
      }
      const first = words[at];
      const total = ((first >>> 8) & 0xff00) | (first >>> 24);
      const fault =
        (first & 0xff) !== PLAIN_HEADER || length < IPV4_HEADER_BYTES
          ? this.checkUncommon(offset, length)
          : total < IPV4_HEADER_BYTES || total > length
            ? DROP_BAD_TOTAL_LENGTH
            : isHeaderSumRight(words, at)
              ? OPTIONS_PASS
              : DROP_BAD_CHECKSUM;
      if (fault !== OPTIONS_PASS) {
        this.counters.drop(from, fault);
        continue;
      }
      lengths[i] = total;
      const source = swap(words[at + 3]);
      const destination = swap(words[at + 4]);
      if (isOutsideUnicast(source) || ((source ^ ownAddress) & ownMask) === 0) {
        if (this.isMartianSource(from, source)) {
          this.counters.drop(from, DROP_MARTIAN_SOURCE);
          continue;
        }
      }
      if (isOutsideUnicast(destination) && !this.admitDestination(from, offset, total)) continue;
      destinations[i] = destination;
      groups[i] = 0;
    }
    for (let i = 0; i < count; i++) if (groups[i] !== HANDLED) groups[i] = lookup(trie, destinations[i]);
    this.counters.add(from, COUNT_RX_PACKETS, count);
    this.counters.add(from, COUNT_RX_BYTES, received);
  }

  /** Frames that are not unicast IPv4 for our MAC address. True if the packet may go on after all. */
  private admitFrame(from: number, offset: number, length: number): boolean {
    const { bytes } = this;
    const header = offset - ETHERNET_BEFORE_PACKET;
    if (length < 0) {
      this.counters.drop(from, DROP_FRAME_TOO_SHORT);
      return false;
    }
    const isGroup = isGroupMac(bytes, header);
    if (!isGroup && !this.isOwnMac(from, header)) {
      this.counters.drop(from, DROP_NOT_FOR_US);
      return false;
    }
    const type = etherType(bytes, header);
    if (type === ETHERTYPE_ARP) this.arp.receive(from, offset, length);
    else if (type !== ETHERTYPE_IPV4) this.counters.drop(from, DROP_UNKNOWN_ETHERTYPE);
    else if (isGroup && length >= IPV4_HEADER_BYTES && ipv4Destination(bytes, offset) >>> 28 !== 0xe) {
      // Never forwarded (RFC 1812 section 5.3.4), and no more for us (RFC 1122 section 3.3.6).
      this.counters.drop(from, DROP_LINK_BROADCAST);
    } else return true;
    return false;
  }

  private isOwnMac(from: number, at: number): boolean {
    const { macs } = this.links;
    for (let i = 0; i < 6; i++) if (this.bytes[at + i] !== macs[from * 8 + i]) return false;
    return true;
  }

  /** Packets with options, and those that are no IPv4 at all: `OPTIONS_PASS` or a drop reason. */
  private checkUncommon(offset: number, length: number): number {
    switch (checkIpv4(this.bytes, offset, length)) {
      case IPV4_VALID:
        return checkOptions(this.bytes, offset);
      case IPV4_TOO_SHORT:
        return DROP_FRAME_TOO_SHORT;
      case IPV4_BAD_VERSION:
        return DROP_BAD_VERSION;
      case IPV4_BAD_HEADER_LENGTH:
        return DROP_BAD_HEADER_LENGTH;
      case IPV4_BAD_TOTAL_LENGTH:
        return DROP_BAD_TOTAL_LENGTH;
      default:
        return DROP_BAD_CHECKSUM;
    }
  }

  /** RFC 1812 section 5.3.7 and 4.2.2.11. What comes from the own kernel may have any of our addresses. */
  private isMartianSource(from: number, source: number): boolean {
    if (!this.martianFilter) return false;
    if (isOutsideUnicast(source)) return true;
    if (from === VIRTUAL_LINK) return false;
    const { links } = this;
    const begin = from * MAX_LINK_ADDRESSES;
    const end = begin + links.addressCount[from];
    for (let i = begin; i < end; i++) {
      const difference = source ^ links.addresses[i];
      if ((difference & links.masks[i]) === 0 && (difference === 0 || links.isSubnetBroadcast(from, source >>> 0))) {
        return true;
      }
    }
    return false;
  }

  /** Destinations outside the unicast space. True if the packet may go on. */
  private admitDestination(from: number, offset: number, length: number): boolean {
    const first = ipv4Destination(this.bytes, offset) >>> 24;
    if (first >= 224 && first < 240) {
      this.local.receiveMulticast(offset, length, from);
      return false;
    }
    if (first < 240 && !this.martianFilter) return true;
    this.counters.drop(from, DROP_MARTIAN_DESTINATION);
    return false;
  }
}

/** This network (0/8), loopback (127/8), multicast (224/4), reserved and broadcast (240/4). */
function isOutsideUnicast(address: number): boolean {
  const first = address >>> 24;
  return first === 0 || first === 127 || first >= 224;
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
