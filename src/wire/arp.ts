import { readU16, readU32, writeU16, writeU32 } from '../base/bytes.js';
import type { Ipv4 } from '../base/ipv4.js';
import { copyMac, MAC_BYTES } from '../base/mac.js';
import { ETHERTYPE_IPV4 } from './ethernet.js';
import { type Malformed, malformed } from './malformed.js';

/**
 * ARP for IPv4 over Ethernet, RFC 826.
 *
 * ```
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-------------------------------+-------------------------------+
 *  |       hardware type = 1       |    protocol type = 0x0800     |  0
 *  +---------------+---------------+-------------------------------+
 *  | hw length = 6 | pr length = 4 |           operation           |  4
 *  +---------------+---------------+-------------------------------+
 *  |                      sender MAC (6 bytes)                     |  8
 *  +                               +-------------------------------+
 *  |                               |      sender address (high)    | 12
 *  +-------------------------------+-------------------------------+
 *  |      sender address (low)     |                               | 16
 *  +-------------------------------+                               +
 *  |                      target MAC (6 bytes)                     | 18
 *  +---------------------------------------------------------------+
 *  |                        target address                         | 24
 *  +---------------------------------------------------------------+
 * ```
 */

export const ARP_HARDWARE_TYPE = 0;
export const ARP_PROTOCOL_TYPE = 2;
export const ARP_HARDWARE_LENGTH = 4;
export const ARP_PROTOCOL_LENGTH = 5;
export const ARP_OPERATION = 6;
export const ARP_SENDER_MAC = 8;
export const ARP_SENDER_ADDRESS = 14;
export const ARP_TARGET_MAC = 18;
export const ARP_TARGET_ADDRESS = 24;
export const ARP_BYTES = 28;

export const ARP_HARDWARE_ETHERNET = 1;
export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;

export function arpOperation(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset + ARP_OPERATION);
}

export function arpSenderAddress(bytes: Uint8Array, offset: number): Ipv4 {
  return readU32(bytes, offset + ARP_SENDER_ADDRESS);
}

export function arpTargetAddress(bytes: Uint8Array, offset: number): Ipv4 {
  return readU32(bytes, offset + ARP_TARGET_ADDRESS);
}

/** Writes the first eight bytes: Ethernet, IPv4 and the operation. */
export function writeArpHeader(bytes: Uint8Array, offset: number, operation: number): void {
  writeU16(bytes, offset + ARP_HARDWARE_TYPE, ARP_HARDWARE_ETHERNET);
  writeU16(bytes, offset + ARP_PROTOCOL_TYPE, ETHERTYPE_IPV4);
  bytes[offset + ARP_HARDWARE_LENGTH] = MAC_BYTES;
  bytes[offset + ARP_PROTOCOL_LENGTH] = 4;
  writeU16(bytes, offset + ARP_OPERATION, operation);
}

/** Writes the sender: the six bytes at `macOffset` of `mac`, and its address (0 in a probe, RFC 5227). */
export function setArpSender(
  bytes: Uint8Array,
  offset: number,
  mac: Uint8Array,
  macOffset: number,
  address: Ipv4,
): void {
  copyMac(mac, macOffset, bytes, offset + ARP_SENDER_MAC);
  writeU32(bytes, offset + ARP_SENDER_ADDRESS, address);
}

/** Writes the target: the six bytes at `macOffset` of `mac` (all zero in a request), and its address. */
export function setArpTarget(
  bytes: Uint8Array,
  offset: number,
  mac: Uint8Array,
  macOffset: number,
  address: Ipv4,
): void {
  copyMac(mac, macOffset, bytes, offset + ARP_TARGET_MAC);
  writeU32(bytes, offset + ARP_TARGET_ADDRESS, address);
}

/** Results of `checkArp`; `ARP_FAULTS` has the words. */
export const ARP_VALID = 0;
export const ARP_TOO_SHORT = 1;
export const ARP_BAD_HARDWARE = 2;
export const ARP_BAD_PROTOCOL = 3;
export const ARP_BAD_LENGTHS = 4;
export const ARP_BAD_OPERATION = 5;

export const ARP_FAULTS: readonly string[] = [
  'valid',
  'ARP message shorter than 28 bytes',
  'ARP hardware type is not Ethernet',
  'ARP protocol type is not IPv4',
  'ARP address lengths are not 6 and 4',
  'ARP operation is neither request nor reply',
];

/** Validates the message of `length` bytes (Ethernet padding included) at `offset`. */
export function checkArp(bytes: Uint8Array, offset: number, length: number): number {
  if (length < ARP_BYTES) return ARP_TOO_SHORT;
  if (readU16(bytes, offset + ARP_HARDWARE_TYPE) !== ARP_HARDWARE_ETHERNET) return ARP_BAD_HARDWARE;
  if (readU16(bytes, offset + ARP_PROTOCOL_TYPE) !== ETHERTYPE_IPV4) return ARP_BAD_PROTOCOL;
  if (bytes[offset + ARP_HARDWARE_LENGTH] !== MAC_BYTES || bytes[offset + ARP_PROTOCOL_LENGTH] !== 4) {
    return ARP_BAD_LENGTHS;
  }
  const operation = readU16(bytes, offset + ARP_OPERATION);
  return operation === ARP_REQUEST || operation === ARP_REPLY ? ARP_VALID : ARP_BAD_OPERATION;
}

/** An ARP message, for tests and tools. */
export interface ArpMessage {
  readonly operation: 'request' | 'reply';
  /** Six bytes. */
  readonly senderMac: Uint8Array;
  readonly senderAddress: Ipv4;
  /** Six bytes. */
  readonly targetMac: Uint8Array;
  readonly targetAddress: Ipv4;
}

/** Reads one message; padding after it is ignored. The MAC addresses are views of `bytes`. */
export function decodeArp(bytes: Uint8Array): ArpMessage | Malformed {
  const fault = checkArp(bytes, 0, bytes.length);
  if (fault !== ARP_VALID) return malformed(ARP_FAULTS[fault], ARP_FAULT_POSITIONS[fault]);
  return {
    operation: arpOperation(bytes, 0) === ARP_REQUEST ? 'request' : 'reply',
    senderMac: bytes.subarray(ARP_SENDER_MAC, ARP_SENDER_ADDRESS),
    senderAddress: arpSenderAddress(bytes, 0),
    targetMac: bytes.subarray(ARP_TARGET_MAC, ARP_TARGET_ADDRESS),
    targetAddress: arpTargetAddress(bytes, 0),
  };
}

export function encodeArp(message: ArpMessage): Uint8Array {
  const bytes = new Uint8Array(ARP_BYTES);
  writeArpHeader(bytes, 0, message.operation === 'request' ? ARP_REQUEST : ARP_REPLY);
  setArpSender(bytes, 0, message.senderMac, 0, message.senderAddress);
  setArpTarget(bytes, 0, message.targetMac, 0, message.targetAddress);
  return bytes;
}

/** Where each fault of `checkArp` lies, in bytes from the start of the message. */
const ARP_FAULT_POSITIONS: readonly number[] = [
  0,
  0,
  ARP_HARDWARE_TYPE,
  ARP_PROTOCOL_TYPE,
  ARP_HARDWARE_LENGTH,
  ARP_OPERATION,
];
