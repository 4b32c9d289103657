import { type GroupTable, NO_GROUP } from '../fib/next-hop-group.js';
import type { Poptrie } from '../fib/poptrie.js';
import { ETHERNET_BEFORE_PACKET, type FrameArena } from '../link/frame.js';
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, etherType, isGroupMac } from '../wire/ethernet.js';
import { ICMP_SOURCE_ROUTE_FAILED } from '../wire/icmpv4.js';
import {
  checkIpv4,
  IPV4_BAD_HEADER_LENGTH,
  IPV4_BAD_TOTAL_LENGTH,
  IPV4_BAD_VERSION,
  IPV4_HEADER_BYTES,
  IPV4_TOO_SHORT,
  IPV4_VALID,
  ipv4Destination,
  ipv4HeaderLength,
  ipv4Source,
  ipv4TotalLength,
} from '../wire/ipv4.js';
import { isMulticast, isOutsideUnicast } from './address-class.js';
import type { AdjacencyTable } from './adjacency.js';
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
  DROP_OPTIONS,
  DROP_SOURCE_ROUTE,
  DROP_SOURCE_VALIDATION,
  DROP_UNKNOWN_ETHERTYPE,
} from './drop-reason.js';
import { type FastPath, lookupLoop } from './fast-path.js';
import type { IcmpErrors } from './icmp-error.js';
import { OPTIONS_PASS, OPTIONS_RECORD, OptionCheck } from './ip-options.js';
import { POLICY_DROP_OPTIONS, POLICY_RECORD_OPTIONS, POLICY_VALIDATE } from './link-policy.js';
import { type LinkTable, VIRTUAL_LINK } from './link-table.js';
import type { LocalDelivery } from './local-delivery.js';
import { MartianSources } from './martian-sources.js';
import { wordsOf } from './output.js';
import { HANDLED, type ReceivedBatch, UNCOMMON } from './received-batch.js';
import type { Receiver } from './receiver.js';
import { SourceValidation } from './source-validation.js';

/** In place of a drop reason. */
const NO_FAULT = -1;

/** The parts of an engine that have to do with what comes in. */
export interface IngressParts {
  readonly arena: FrameArena;
  readonly batch: ReceivedBatch;
  readonly links: LinkTable;
  readonly adjacencies: AdjacencyTable;
  readonly trie: Poptrie;
  readonly groups: GroupTable;
  readonly counters: Counters;
  readonly arp: Receiver;
  /** Whoever is to have packets whose options are filled in on the way; undefined: they go on. */
  readonly records: Receiver | undefined;
  readonly errors: IcmpErrors;
  readonly local: LocalDelivery;
}

/**
 * What comes in: for each packet of a batch everything up to the route lookup (RFC 1812 sections 5.2.1 to 5.2.4): is the
 * frame for us, is the packet whole, may it come from and go to where it says.
 */
export class Ingress {
  private readonly bytes: Uint8Array;
  private readonly links: LinkTable;
  private readonly counters: Counters;
  private readonly arp: Receiver;
  private readonly records: Receiver | undefined;
  private readonly local: LocalDelivery;
  private readonly errors: IcmpErrors;
  private readonly martians: MartianSources;
  private readonly options: OptionCheck;
  private readonly validation: SourceValidation;
  private readonly batch: ReceivedBatch;
  private readonly admitCommon: (from: number) => number;
  private readonly lookUp: () => void;

  constructor(parts: IngressParts, fastPath: FastPath) {
    const { arena, batch, links } = parts;
    this.batch = batch;
    this.bytes = arena.bytes;
    this.links = links;
    this.counters = parts.counters;
    this.arp = parts.arp;
    this.records = parts.records;
    this.local = parts.local;
    this.errors = parts.errors;
    this.martians = new MartianSources(links);
    this.options = new OptionCheck(this.bytes);
    this.validation = new SourceValidation(this.bytes, links, parts.adjacencies, parts.trie, parts.groups);
    this.admitCommon = fastPath.admit({ words: wordsOf(arena), batch, links, martians: this.martians });
    this.lookUp = lookupLoop(batch);
  }

  /** Addresses of a link have changed. */
  linkChanged(): void {
    this.martians.refresh();
  }

  /**
   * Finds the next-hop group of each packet of the batch (`NO_GROUP`: no route), or marks it `HANDLED`, and writes its
   * own length in place of the received one.
   */
  admit(from: number): void {
    const received = this.examine(from);
    this.counters.add(from, COUNT_RX_PACKETS, this.batch.packets.count);
    this.counters.add(from, COUNT_RX_BYTES, received);
  }

  /** As `admit`, of packets that count as received already. Returns their bytes. */
  examine(from: number): number {
    const { bytes, batch } = this;
    const { groups, destinations } = batch;
    const { offsets, lengths, count } = batch.packets;
    batch.hasRecords = false;
    const received = this.admitCommon(from);
    for (let i = 0; i < count; i++) {
      if (groups[i] !== UNCOMMON) continue;
      const offset = offsets[i];
      if (this.admitUncommon(from, offset, lengths[i])) {
        groups[i] = NO_GROUP;
        lengths[i] = ipv4TotalLength(bytes, offset);
        destinations[i] = ipv4Destination(bytes, offset);
      } else {
        groups[i] = HANDLED;
      }
    }
    this.lookUp();
    if (this.links.follows(from, POLICY_VALIDATE)) this.validateSources(from);
    return received;
  }

  /** Everything else, step by step. True if the packet may go on. */
  private admitUncommon(from: number, offset: number, length: number): boolean {
    if (this.links.isEthernet(from) && !this.admitFrame(from, offset, length)) return false;
    const fault = this.faultOf(offset, length);
    if (fault !== NO_FAULT) {
      this.counters.drop(from, fault);
      return false;
    }
    const source = ipv4Source(this.bytes, offset);
    if (this.isMartianSource(from, source)) {
      this.counters.drop(from, DROP_MARTIAN_SOURCE);
      return false;
    }
    if (ipv4HeaderLength(this.bytes, offset) > IPV4_HEADER_BYTES && !this.admitOptions(from, offset)) return false;
    if (!isOutsideUnicast(ipv4Destination(this.bytes, offset))) return true;
    this.receiveOutsideUnicast(from, offset, ipv4TotalLength(this.bytes, offset));
    return false;
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
    if (type === ETHERTYPE_ARP) this.arp.receive(offset, length, from);
    else if (type !== ETHERTYPE_IPV4) this.counters.drop(from, DROP_UNKNOWN_ETHERTYPE);
    else if (isGroup && length >= IPV4_HEADER_BYTES && !isMulticast(ipv4Destination(bytes, offset))) {
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

  /** `NO_FAULT` for a valid header, options apart, or a drop reason. */
  private faultOf(offset: number, length: number): number {
    switch (checkIpv4(this.bytes, offset, length)) {
      case IPV4_VALID:
        return NO_FAULT;
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

  /** True if the packet may go on with its options. */
  private admitOptions(from: number, offset: number): boolean {
    const { links, errors } = this;
    if (links.follows(from, POLICY_DROP_OPTIONS)) {
      this.counters.drop(from, DROP_OPTIONS);
      return false;
    }
    const verdict = this.options.examine(offset);
    if (verdict === OPTIONS_RECORD && links.follows(from, POLICY_RECORD_OPTIONS)) {
      if (this.records !== undefined) {
        this.records.receive(offset, ipv4TotalLength(this.bytes, offset), from);
        return false;
      }
      this.batch.hasRecords = true;
    }
    if (verdict === OPTIONS_PASS || verdict === OPTIONS_RECORD) return true;
    this.counters.drop(from, verdict);
    const length = ipv4TotalLength(this.bytes, offset);
    if (verdict === DROP_SOURCE_ROUTE) errors.sendUnreachable(ICMP_SOURCE_ROUTE_FAILED, offset, length, from);
    else errors.sendParameterProblem(this.options.pointer, offset, length, from);
    return false;
  }

  /** RFC 1812 section 5.3.8. */
  private validateSources(from: number): void {
    const { groups, packets } = this.batch;
    const { offsets, lengths, count } = packets;
    for (let i = 0; i < count; i++) {
      if (groups[i] === HANDLED || this.validation.passes(from, offsets[i], lengths[i], groups[i])) continue;
      this.counters.drop(from, DROP_SOURCE_VALIDATION);
      groups[i] = HANDLED;
    }
  }

  /** RFC 1812 sections 4.2.2.11 and 5.3.7. What comes from the own kernel may have any of our addresses. */
  private isMartianSource(from: number, source: number): boolean {
    return isOutsideUnicast(source) || (from !== VIRTUAL_LINK && this.martians.has(source));
  }

  /** Multicast may be for us; all else outside the unicast space is nobody's. */
  private receiveOutsideUnicast(from: number, offset: number, length: number): void {
    if (isMulticast(ipv4Destination(this.bytes, offset))) this.local.receiveMulticast(offset, length, from);
    else this.counters.drop(from, DROP_MARTIAN_DESTINATION);
  }
}
