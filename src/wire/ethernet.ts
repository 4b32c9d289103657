import { readU16, writeU16 } from '../base/bytes.js';
import type { Ipv4 } from '../base/ipv4.js';
import { MAC_BYTES } from '../base/mac.js';
import { type Malformed, malformed } from './malformed.js';

/**
 * Ethernet II frames (RFC 894), without preamble and frame check sequence. Not read: 802.3 length fields with LLC, and
 * what is inside an 802.1Q tag.
 *
 * ```
 *  +---------------------+---------------------+-----------+------------
 *  |     destination     |       source        | EtherType | payload …
 *  +---------------------+---------------------+-----------+------------
 *  0                     6                     12          14
 * ```
 */

export const ETHERNET_DESTINATION = 0;
export const ETHERNET_SOURCE = 6;
export const ETHERNET_TYPE = 12;
export const ETHERNET_HEADER_BYTES = 14;

export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_ARP = 0x0806;

/** Smaller values of the type field are 802.3 lengths. */
export const ETHERTYPE_MIN = 0x0600;

export function etherType(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset + ETHERNET_TYPE);
}

export function setEtherType(bytes: Uint8Array, offset: number, type: number): void {
  writeU16(bytes, offset + ETHERNET_TYPE, type);
}

/** True if the MAC address at `offset` is a group address: multicast or broadcast. */
export function isGroupMac(bytes: Uint8Array, offset: number): boolean {
  return (bytes[offset] & 1) !== 0;
}

/** Writes the broadcast address. */
export function writeBroadcastMac(bytes: Uint8Array, offset: number): void {
  for (let at = offset; at < offset + MAC_BYTES; at++) bytes[at] = 0xff;
}

/** Writes the MAC address of an IPv4 multicast group: 01:00:5e and its low 23 bits (RFC 1112 section 6.4). */
export function writeMulticastMac(bytes: Uint8Array, offset: number, group: Ipv4): void {
  bytes[offset] = 0x01;
  bytes[offset + 1] = 0x00;
  bytes[offset + 2] = 0x5e;
  bytes[offset + 3] = (group >>> 16) & 0x7f;
  bytes[offset + 4] = group >>> 8;
  bytes[offset + 5] = group;
}

/** A whole frame, for tests and tools. */
export interface EthernetFrame {
  /** Six bytes each. */
  readonly destination: Uint8Array;
  readonly source: Uint8Array;
  /** 0x0600 to 0xffff. */
  readonly type: number;
  /** Padding of short frames included. */
  readonly payload: Uint8Array;
}

/** Reads one frame. The fields are views of `bytes`. */
export function decodeEthernet(bytes: Uint8Array): EthernetFrame | Malformed {
  if (bytes.length < ETHERNET_HEADER_BYTES) return malformed('frame shorter than an Ethernet header', 0);
  const type = etherType(bytes, 0);
  if (type < ETHERTYPE_MIN) return malformed('802.3 length where an EtherType was expected', ETHERNET_TYPE);
  return {
    destination: bytes.subarray(ETHERNET_DESTINATION, ETHERNET_SOURCE),
    source: bytes.subarray(ETHERNET_SOURCE, ETHERNET_TYPE),
    type,
    payload: bytes.subarray(ETHERNET_HEADER_BYTES),
  };
}

/** The frame as bytes, not padded. */
export function encodeEthernet(frame: EthernetFrame): Uint8Array {
  const bytes = new Uint8Array(ETHERNET_HEADER_BYTES + frame.payload.length);
  bytes.set(frame.destination, ETHERNET_DESTINATION);
  bytes.set(frame.source, ETHERNET_SOURCE);
  setEtherType(bytes, 0, frame.type);
  bytes.set(frame.payload, ETHERNET_HEADER_BYTES);
  return bytes;
}
