import { writeU16 } from '../base/bytes.js';
import { checksum } from '../base/checksum.js';
import { VNET_BEFORE_PACKET } from '../link/frame.js';
import {
  setVirtioChecksumStart,
  setVirtioHeaderLength,
  VIRTIO_HEADER_BYTES,
  VIRTIO_NEEDS_CHECKSUM,
  virtioChecksumOffset,
  virtioChecksumStart,
  virtioFlags,
  virtioHeaderLength,
} from '../wire/virtio-net.js';

/** True if the transport checksum of the packet at `offset` is only begun (`VIRTIO_NET_HDR_F_NEEDS_CSUM`). */
export function isChecksumPartial(bytes: Uint8Array, offset: number): boolean {
  return (virtioFlags(bytes, offset - VNET_BEFORE_PACKET) & VIRTIO_NEEDS_CHECKSUM) !== 0;
}

/** True if the bytes that the partial checksum of a packet is about begin `start` bytes after the packet does. */
export function isChecksumOf(bytes: Uint8Array, offset: number, start: number): boolean {
  return virtioChecksumStart(bytes, offset - VNET_BEFORE_PACKET) === start;
}

/**
 * Completes a partial transport checksum: its field holds the sum of the pseudo-header. The virtio header, which must
 * have passed `checkVirtio`, is left as it is.
 */
export function completeChecksum(bytes: Uint8Array, offset: number, length: number): void {
  const header = offset - VNET_BEFORE_PACKET;
  const start = virtioChecksumStart(bytes, header);
  const sum = checksum(bytes, offset + start, length - start);
  // 0 means "no checksum" in UDP; 0xffff is the same number in one's complement and right for TCP too.
  writeU16(bytes, offset + start + virtioChecksumOffset(bytes, header), sum === 0 ? 0xffff : sum);
}

/**
 * The packet at `offset` is left without its first `header` bytes: gives what remains its virtio header, in the place of
 * bytes that are not needed any more. A header that was about those first bytes becomes one that `checkVirtio` refuses.
 */
export function moveOffload(bytes: Uint8Array, offset: number, header: number): void {
  const from = offset - VNET_BEFORE_PACKET;
  const to = from + header;
  bytes.copyWithin(to, from, from + VIRTIO_HEADER_BYTES);
  setVirtioHeaderLength(bytes, to, Math.max(0, virtioHeaderLength(bytes, to) - header));
  if ((virtioFlags(bytes, to) & VIRTIO_NEEDS_CHECKSUM) === 0) return;
  setVirtioChecksumStart(bytes, to, (virtioChecksumStart(bytes, to) - header) & 0xffff);
}
