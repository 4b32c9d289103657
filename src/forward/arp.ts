import type { Ipv4 } from '../base/ipv4.js';
import { copyMac, sameMac } from '../base/mac.js';
import { ETHERNET_BEFORE_PACKET, type FrameArena } from '../link/frame.js';
import {
  ARP_BYTES,
  ARP_REPLY,
  ARP_REQUEST,
  ARP_SENDER_MAC,
  ARP_VALID,
  arpOperation,
  arpSenderAddress,
  arpTargetAddress,
  checkArp,
  setArpSender,
  setArpTarget,
  writeArpHeader,
} from '../wire/arp.js';
import {
  ETHERNET_DESTINATION,
  ETHERNET_SOURCE,
  ETHERTYPE_ARP,
  isGroupMac,
  setEtherType,
  writeBroadcastMac,
} from '../wire/ethernet.js';
import {
  COUNT_ARP_CONFLICTS,
  COUNT_ARP_RECEIVED,
  COUNT_ARP_REPLIES_SENT,
  COUNT_ARP_REQUESTS_SENT,
  type Counters,
} from './counters.js';
import { DROP_BAD_ARP } from './drop-reason.js';
import { type LinkTable, MAX_LINK_ADDRESSES, MAX_LINKS } from './link-table.js';
import type { Output } from './output.js';
import type { Receiver } from './receiver.js';

/** An address in conflict is defended by one announcement in this time (RFC 5227 section 1.1, DEFEND_INTERVAL). */
const DEFEND_INTERVAL_US = 10e6;

const NO_MAC = new Uint8Array(6);

/** Sends the ARP messages of the router (RFC 826, RFC 5227). */
export class ArpSender {
  private readonly bytes: Uint8Array;
  private readonly links: LinkTable;
  private readonly output: Output;
  private readonly counters: Counters;

  constructor(arena: FrameArena, links: LinkTable, output: Output, counters: Counters) {
    this.bytes = arena.bytes;
    this.links = links;
    this.output = output;
    this.counters = counters;
  }

  /** Asks all who has `target`. */
  request(link: number, target: Ipv4): void {
    this.sendRequest(link, this.sourceTowards(link, target), target, NO_MAC, -1);
  }

  /** Asks the one at the MAC address `mac[macOffset …]` whether it still has `target`. */
  probe(link: number, target: Ipv4, mac: Uint8Array, macOffset: number): void {
    this.sendRequest(link, this.sourceTowards(link, target), target, mac, macOffset);
  }

  /** Tells all that `address` is here (RFC 5227 section 2.3). */
  announce(link: number, address: Ipv4): void {
    this.sendRequest(link, address, address, NO_MAC, -1);
  }

  announceAll(link: number): void {
    const first = link * MAX_LINK_ADDRESSES;
    const end = first + this.links.addressCount[link];
    for (let i = first; i < end; i++) this.announce(link, this.links.addresses[i]);
  }

  /** Answers the request at `request` in the arena, which asks for the own address `address`. */
  reply(link: number, request: number, address: Ipv4): void {
    const offset = this.begin(link, ARP_REPLY, address);
    const { bytes } = this;
    copyMac(bytes, request + ARP_SENDER_MAC, bytes, offset - ETHERNET_BEFORE_PACKET + ETHERNET_DESTINATION);
    setArpTarget(bytes, offset, bytes, request + ARP_SENDER_MAC, arpSenderAddress(bytes, request));
    this.counters.add(link, COUNT_ARP_REPLIES_SENT, 1);
    this.output.queue(link, offset, ARP_BYTES);
  }

  private sendRequest(link: number, source: Ipv4, target: Ipv4, mac: Uint8Array, macOffset: number): void {
    const offset = this.begin(link, ARP_REQUEST, source);
    const destination = offset - ETHERNET_BEFORE_PACKET + ETHERNET_DESTINATION;
    if (macOffset >= 0) copyMac(mac, macOffset, this.bytes, destination);
    else writeBroadcastMac(this.bytes, destination);
    setArpTarget(this.bytes, offset, NO_MAC, 0, target);
    this.counters.add(link, COUNT_ARP_REQUESTS_SENT, 1);
    this.output.queue(link, offset, ARP_BYTES);
  }

  private begin(link: number, operation: number, source: Ipv4): number {
    const { bytes } = this;
    const { macs } = this.links;
    const offset = this.output.reserve(ARP_BYTES);
    const header = offset - ETHERNET_BEFORE_PACKET;
    copyMac(macs, link * 8, bytes, header + ETHERNET_SOURCE);
    setEtherType(bytes, header, ETHERTYPE_ARP);
    writeArpHeader(bytes, offset, operation);
    setArpSender(bytes, offset, macs, link * 8, source);
    return offset;
  }

  private sourceTowards(link: number, target: Ipv4): Ipv4 {
    return this.links.addressTowards(link, target) || this.links.primaryAddress(link);
  }
}

/** What an ARP message tells about neighbors goes here. */
export interface ArpLearner {
  /**
   * `address` on `link` is at the MAC address at `macOffset` in the arena. Without an entry for it, one is made only
   * if `mayCreate`.
   */
  learn(link: number, address: Ipv4, macOffset: number, mayCreate: boolean): void;
}

/** Handles received ARP messages: answers for own addresses of the link, learns, and defends them. */
export class ArpReceiver implements Receiver {
  private readonly bytes: Uint8Array;
  private readonly links: LinkTable;
  private readonly sender: ArpSender;
  private readonly learner: ArpLearner;
  private readonly counters: Counters;
  private readonly clock: Float64Array;
  /** When an address of each link may be defended again. */
  private readonly defendAtUs = new Float64Array(MAX_LINKS);

  constructor(
    arena: FrameArena,
    links: LinkTable,
    sender: ArpSender,
    learner: ArpLearner,
    counters: Counters,
    clock: Float64Array,
  ) {
    this.bytes = arena.bytes;
    this.links = links;
    this.sender = sender;
    this.learner = learner;
    this.counters = counters;
    this.clock = clock;
  }

  receive(offset: number, length: number, link: number): void {
    const { bytes, links } = this;
    this.counters.add(link, COUNT_ARP_RECEIVED, 1);
    const senderMac = offset + ARP_SENDER_MAC;
    if (checkArp(bytes, offset, length) !== ARP_VALID || isGroupMac(bytes, senderMac)) {
      this.counters.drop(link, DROP_BAD_ARP);
      return;
    }
    if (sameMac(bytes, senderMac, links.macs, link * 8)) return; // our own, come back over a loop
    const sender = arpSenderAddress(bytes, offset);
    const target = arpTargetAddress(bytes, offset);
    const asksUs = arpOperation(bytes, offset) === ARP_REQUEST && links.isOwnAddress(link, target);
    if (links.isOwnAddress(link, sender)) {
      this.defend(link, sender);
      return;
    }
    // A sender address of 0 is a probe: somebody asks before taking the address (RFC 5227 section 2.1.1).
    if (sender !== 0) {
      // Who asks us is about to send us packets, and ours for it will follow: worth an entry, if it belongs here.
      const belongsHere = links.addressTowards(link, sender) !== 0 && !links.isSubnetBroadcast(link, sender);
      this.learner.learn(link, sender, senderMac, asksUs && belongsHere);
    }
    if (asksUs) this.sender.reply(link, offset, target);
  }

  private defend(link: number, address: Ipv4): void {
    this.counters.add(link, COUNT_ARP_CONFLICTS, 1);
    if (this.clock[0] < this.defendAtUs[link]) return;
    this.defendAtUs[link] = this.clock[0] + DEFEND_INTERVAL_US;
    this.sender.announce(link, address);
  }
}
