import { readU16Le, writeU16Le } from '../base/bytes.js';

/**
 * The virtio-net header in front of packets of TUN (`IFF_VNET_HDR`) and AF_PACKET (`PACKET_VNET_HDR`) descriptors:
 * `struct virtio_net_hdr` of linux/virtio_net.h, Virtual I/O Device 1.2 section 5.1.6. The kernel uses the byte order of
 * the host here; lasthop runs on little-endian machines.
 *
 * ```
 *  +-------+----------+---------+----------+------------+-------------+
 *  | flags | GSO type | hdr_len | gso_size | csum_start | csum_offset |
 *  +-------+----------+---------+----------+------------+-------------+
 *  0       1          2         4          6            8             10
 * ```
 *
 * All zero: the packet is complete, neither to be segmented nor to be given a checksum.
 */

export const VIRTIO_FLAGS = 0;
export const VIRTIO_GSO_TYPE = 1;
/** Length of the headers that every segment repeats, in bytes; a hint that may be wrong or 0. */
export const VIRTIO_HEADER_LENGTH = 2;
/** Bytes of layer-4 payload in each segment. */
export const VIRTIO_GSO_SIZE = 4;
/** Where the bytes to sum begin. */
export const VIRTIO_CHECKSUM_START = 6;
/** Where the checksum goes, in bytes from `VIRTIO_CHECKSUM_START`. */
export const VIRTIO_CHECKSUM_OFFSET = 8;
export const VIRTIO_HEADER_BYTES = 10;

/** Flag: the checksum field holds the sum of the pseudo-header only; the rest is still to be added. */
export const VIRTIO_NEEDS_CHECKSUM = 1;
/** Flag: the checksum was verified by whoever handed the packet over. */
export const VIRTIO_CHECKSUM_VALID = 2;

export const VIRTIO_GSO_NONE = 0;
export const VIRTIO_GSO_TCPV4 = 1;
/** Fragmentation of one large UDP datagram (UFO). */
export const VIRTIO_GSO_UDP = 3;
export const VIRTIO_GSO_TCPV6 = 4;
/** A train of UDP datagrams of equal size. */
export const VIRTIO_GSO_UDP_L4 = 5;
/** Bit of the GSO type: TCP with congestion notification; CWR only in the first segment. */
export const VIRTIO_GSO_ECN = 0x80;

export function virtioFlags(bytes: Uint8Array, offset: number): number {
  return bytes[offset];
}

/** The GSO type without its ECN bit. */
export function virtioGsoType(bytes: Uint8Array, offset: number): number {
  return bytes[offset + VIRTIO_GSO_TYPE] & ~VIRTIO_GSO_ECN;
}

export function virtioHeaderLength(bytes: Uint8Array, offset: number): number {
  return readU16Le(bytes, offset + VIRTIO_HEADER_LENGTH);
}

export function virtioGsoSize(bytes: Uint8Array, offset: number): number {
  return readU16Le(bytes, offset + VIRTIO_GSO_SIZE);
}

export function virtioChecksumStart(bytes: Uint8Array, offset: number): number {
  return readU16Le(bytes, offset + VIRTIO_CHECKSUM_START);
}

export function virtioChecksumOffset(bytes: Uint8Array, offset: number): number {
  return readU16Le(bytes, offset + VIRTIO_CHECKSUM_OFFSET);
}

export function setVirtioHeaderLength(bytes: Uint8Array, offset: number, length: number): void {
  writeU16Le(bytes, offset + VIRTIO_HEADER_LENGTH, length);
}

export function setVirtioChecksumStart(bytes: Uint8Array, offset: number, start: number): void {
  writeU16Le(bytes, offset + VIRTIO_CHECKSUM_START, start);
}

/** Results of `checkVirtio`. */
export const VIRTIO_VALID = 0;
export const VIRTIO_BAD_CHECKSUM_RANGE = 1;
export const VIRTIO_BAD_GSO = 2;

/**
 * Checks the header at `offset` against the `length` bytes of the packet that it describes, so that completing the
 * checksum and segmenting stay inside the packet. Positions in the header count from the start of that packet.
 */
export function checkVirtio(bytes: Uint8Array, offset: number, length: number): number {
  const partial = (bytes[offset] & VIRTIO_NEEDS_CHECKSUM) !== 0;
  if (partial && virtioChecksumStart(bytes, offset) + virtioChecksumOffset(bytes, offset) + 2 > length) {
    return VIRTIO_BAD_CHECKSUM_RANGE;
  }
  if (virtioGsoType(bytes, offset) === VIRTIO_GSO_NONE) return VIRTIO_VALID;
  return virtioGsoSize(bytes, offset) > 0 ? VIRTIO_VALID : VIRTIO_BAD_GSO;
}
