import type { Ipv4 } from '../base/ipv4.js';
import { type InterfaceAddress, maskOf } from '../base/prefix.js';
import { IPV4_MIN_MTU } from '../wire/ipv4.js';
import { type LinkPolicy, PLAIN_POLICY, policyBits } from './link-policy.js';

/** Links of a forwarder at most; a link is known to the plane by its index, 0 … 63. */
export const MAX_LINKS = 64;

/** Index of the virtual link. */
export const VIRTUAL_LINK = 0;

/** Addresses of one link at most. */
export const MAX_LINK_ADDRESSES = 8;

/** What the main thread says about a link. */
export interface LinkIdentity {
  readonly ifindex: number;
  /** Octets of an IPv4 packet, up to 65535; below 68 it counts as 68. */
  readonly mtu: number;
  readonly ethernet: boolean;
  readonly offload: boolean;
  /** 6 bytes; all zero without Ethernet. */
  readonly mac: Uint8Array;
  /** What is joined to super-packets on the way out: `COALESCE_…`; nothing without it. */
  readonly coalesce?: number;
  /**
   * At most `MAX_LINK_ADDRESSES`; the first one is the primary: the source of ICMP and ARP. Of the virtual link it is
   * the router's own address.
   */
  readonly addresses: readonly InterfaceAddress[];
  /** Left out: `PLAIN_POLICY`. */
  readonly policy?: LinkPolicy;
}

const ETHERNET_FLAG = 1;
const OFFLOAD_FLAG = 2;
/** From this bit on the kinds of `LinkIdentity.coalesce`. */
const COALESCE_SHIFT = 2;

/**
 * The links in shared memory. The main thread writes the identity (before it tells the worker about the link), the
 * worker writes `up`.
 */
export class LinkTable {
  readonly mtu: Uint32Array;
  readonly addressCount: Uint32Array;
  /** Row of `MAX_LINK_ADDRESSES` for each link. */
  readonly addresses: Uint32Array;
  readonly masks: Uint32Array;
  /** Row of 8 bytes for each link, of which 6 are the MAC address. */
  readonly macs: Uint8Array;
  private readonly flags: Uint8Array;
  /** Bits of `policyBits`. */
  private readonly policies: Uint8Array;
  /** 1 while the link is up. */
  readonly up: Uint8Array;
  private readonly refusals: Uint8Array;

  /** @param memory `LinkTable.bytes()` bytes, zero at first */
  constructor(memory: SharedArrayBuffer) {
    let at = 0;
    const words = (count: number): Uint32Array => {
      const view = new Uint32Array(memory, at, count);
      at += count * 4;
      return view;
    };
    const bytes = (count: number): Uint8Array => {
      const view = new Uint8Array(memory, at, count);
      at += count;
      return view;
    };
    this.mtu = words(MAX_LINKS);
    this.addressCount = words(MAX_LINKS);
    this.addresses = words(MAX_LINKS * MAX_LINK_ADDRESSES);
    this.masks = words(MAX_LINKS * MAX_LINK_ADDRESSES);
    this.macs = bytes(MAX_LINKS * 8);
    this.flags = bytes(MAX_LINKS);
    this.policies = bytes(MAX_LINKS);
    this.up = bytes(MAX_LINKS);
    this.refusals = bytes(MAX_LINKS);
  }

  static bytes(): number {
    return MAX_LINKS * (4 * 2 + 4 * 2 * MAX_LINK_ADDRESSES + 8 + 4);
  }

  /** Main thread: writes what a link is. Tell the worker afterwards (`Engine.linkChanged`). */
  define(link: number, identity: LinkIdentity): void {
    const count = identity.addresses.length;
    if (count > MAX_LINK_ADDRESSES)
      throw new RangeError(`${count} addresses on one link, ${MAX_LINK_ADDRESSES} at most`);
    // Some devices can be given an MTU in which no fragment has room for a payload.
    this.mtu[link] = Math.max(identity.mtu, IPV4_MIN_MTU);
    this.macs.set(identity.mac, link * 8);
    this.flags[link] =
      (identity.ethernet ? ETHERNET_FLAG : 0) |
      (identity.offload ? OFFLOAD_FLAG : 0) |
      ((identity.coalesce ?? 0) << COALESCE_SHIFT);
    this.policies[link] = policyBits(identity.policy ?? PLAIN_POLICY);
    for (let i = 0; i < count; i++) {
      const { address, prefixLength } = identity.addresses[i];
      this.addresses[link * MAX_LINK_ADDRESSES + i] = address;
      this.masks[link * MAX_LINK_ADDRESSES + i] = maskOf(prefixLength);
    }
    this.addressCount[link] = count;
  }

  isEthernet(link: number): boolean {
    return (this.flags[link] & ETHERNET_FLAG) !== 0;
  }

  takesOffload(link: number): boolean {
    return (this.flags[link] & OFFLOAD_FLAG) !== 0;
  }

  /** What is joined on the way out of the link: `COALESCE_…`, without what it has refused. */
  coalesceKinds(link: number): number {
    return (this.flags[link] >>> COALESCE_SHIFT) & ~this.refusals[link];
  }

  /** Any worker: the way out takes no super-packets of these kinds. */
  refuseCoalesced(link: number, kinds: number): void {
    Atomics.or(this.refusals, link, kinds);
  }

  /** `COALESCE_…` that the way out has refused since it was opened. */
  refusedKinds(link: number): number {
    return this.refusals[link];
  }

  /** Main thread: there is another way out. */
  forgetRefusals(link: number): void {
    Atomics.store(this.refusals, link, 0);
  }

  /** True if a bit of `policyBits` is set. */
  follows(link: number, policy: number): boolean {
    return (this.policies[link] & policy) !== 0;
  }

  /** The first address of a link, else the router's own, else 0. */
  primaryAddress(link: number): Ipv4 {
    if (this.addressCount[link] !== 0) return this.addresses[link * MAX_LINK_ADDRESSES];
    return this.addressCount[VIRTUAL_LINK] !== 0 ? this.addresses[VIRTUAL_LINK * MAX_LINK_ADDRESSES] : 0;
  }

  isOwnAddress(link: number, address: Ipv4): boolean {
    const first = link * MAX_LINK_ADDRESSES;
    const end = first + this.addressCount[link];
    for (let i = first; i < end; i++) if (this.addresses[i] === address) return true;
    return false;
  }

  /** True for an address of this router on any link. */
  isOurs(address: Ipv4): boolean {
    for (let link = 0; link < MAX_LINKS; link++) if (this.isOwnAddress(link, address)) return true;
    return false;
  }

  /** The own address whose subnet on this link holds `address`, or 0. */
  addressTowards(link: number, address: Ipv4): Ipv4 {
    const first = link * MAX_LINK_ADDRESSES;
    const end = first + this.addressCount[link];
    for (let i = first; i < end; i++) {
      if (((this.addresses[i] ^ address) & this.masks[i]) === 0) return this.addresses[i];
    }
    return 0;
  }

  /** What a packet to `address` that leaves by a link comes from: the address of their subnet, else the primary one. */
  sourceTowards(link: number, address: Ipv4): Ipv4 {
    return this.addressTowards(link, address) || this.primaryAddress(link);
  }

  /** True for the network and the broadcast address of a subnet on this link; /31 and /32 have none (RFC 3021). */
  isSubnetBroadcast(link: number, address: Ipv4): boolean {
    const first = link * MAX_LINK_ADDRESSES;
    const end = first + this.addressCount[link];
    for (let i = first; i < end; i++) {
      const hostBits = ~this.masks[i];
      if (((this.addresses[i] ^ address) & this.masks[i]) !== 0 || hostBits >>> 0 <= 1) continue;
      const host = address & hostBits;
      if (host === 0 || host === hostBits) return true;
    }
    return false;
  }
}
