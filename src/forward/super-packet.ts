import { writeU16 } from '../base/bytes.js';
import { type PacketBatch, VNET_BEFORE_PACKET } from '../link/frame.js';
import {
  fillIpv4Checksum,
  IPV4_HEADER_BYTES,
  ipv4Destination,
  ipv4Protocol,
  ipv4Source,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  pseudoHeaderSum,
  setIpv4TotalLength,
} from '../wire/ipv4.js';
import { setTcpFlags, TCP_CHECKSUM, TCP_FIN, TCP_PSH, tcpFlags } from '../wire/tcp.js';
import { setUdpLength, UDP_CHECKSUM } from '../wire/udp.js';
import { VIRTIO_GSO_TCPV4, VIRTIO_GSO_UDP_L4, VIRTIO_NEEDS_CHECKSUM } from '../wire/virtio-net.js';
import { completeChecksum } from './partial-checksum.js';

/** Words from a packet back to its virtio header. */
export const VIRTIO_WORDS = VNET_BEFORE_PACKET >> 2;
/** Where the virtio header says that a partial checksum begins, in the upper half of its second word. */
export const PARTIAL_START = IPV4_HEADER_BYTES << 16;
/** Flags that only the last segment of a train has. */
const TCP_LAST = TCP_FIN | TCP_PSH;

/** Makes the headers of a super-packet of those of its first packet, and the other way round. IPv4 without options. */
export class SuperPacketHeaders {
  private readonly bytes: Uint8Array;
  private readonly words: Uint32Array;

  /** @param words the bytes of the arena as 32-bit words */
  constructor(bytes: Uint8Array, words: Uint32Array) {
    this.bytes = bytes;
    this.words = words;
  }

  /**
   * The packet at `offset` becomes the first of a super-packet.
   * @param headers bytes that each segment repeats
   * @param size bytes of payload of each segment but the last
   * @param total bytes of the whole
   * @param lastOffset the last packet of it
   */
  join(offset: number, headers: number, size: number, total: number, lastOffset: number): void {
    const { bytes, words } = this;
    const at = offset >> 2;
    const transport = offset + IPV4_HEADER_BYTES;
    const isUdp = ipv4Protocol(bytes, offset) === PROTOCOL_UDP;
    if (!isUdp) {
      const ending = tcpFlags(bytes, lastOffset + IPV4_HEADER_BYTES) & TCP_LAST;
      setTcpFlags(bytes, transport, tcpFlags(bytes, transport) | ending);
    }
    this.resize(offset, total);
    // Flags, GSO type, header length; segment size, checksum start; checksum offset.
    const type = isUdp ? VIRTIO_GSO_UDP_L4 : VIRTIO_GSO_TCPV4;
    words[at - VIRTIO_WORDS] = VIRTIO_NEEDS_CHECKSUM | (type << 8) | (headers << 16);
    words[at - VIRTIO_WORDS + 1] = size | PARTIAL_START;
    words[at - VIRTIO_WORDS + 2] = isUdp ? UDP_CHECKSUM : TCP_CHECKSUM;
  }

  /**
   * The first packet of a batch, which lies in pieces, becomes the packets that it was joined of: their headers are
   * still before their payloads. The first one's checksum is complete, however it came.
   */
  takeApart({ offsets, lengths, joined, count }: PacketBatch): void {
    const { bytes, words } = this;
    const offset = offsets[0];
    const virtio = (offset >> 2) - VIRTIO_WORDS;
    const headers = words[virtio] >>> 16;
    const transport = offset + IPV4_HEADER_BYTES;
    if (ipv4Protocol(bytes, offset) === PROTOCOL_TCP) {
      // With one of these it would have been the last.
      setTcpFlags(bytes, transport, tcpFlags(bytes, transport) & ~TCP_LAST);
    }
    this.resize(offset, lengths[0]);
    completeChecksum(bytes, offset, lengths[0]);
    words[virtio] = 0;
    words[virtio + 1] = 0;
    words[virtio + 2] = 0;
    for (let piece = 1; piece < count && joined[piece] !== 0; piece++) {
      offsets[piece] -= headers;
      lengths[piece] += headers;
      joined[piece] = 0;
    }
  }

  /** Writes the lengths of a packet of `total` bytes, and the sum of the pseudo-header as its partial checksum. */
  private resize(offset: number, total: number): void {
    const { bytes } = this;
    const transport = offset + IPV4_HEADER_BYTES;
    const segment = total - IPV4_HEADER_BYTES;
    const protocol = ipv4Protocol(bytes, offset);
    setIpv4TotalLength(bytes, offset, total);
    fillIpv4Checksum(bytes, offset);
    if (protocol === PROTOCOL_UDP) setUdpLength(bytes, transport, segment);
    const place = protocol === PROTOCOL_UDP ? UDP_CHECKSUM : TCP_CHECKSUM;
    const pseudo = pseudoHeaderSum(ipv4Source(bytes, offset), ipv4Destination(bytes, offset), protocol, segment);
    const folded = (pseudo & 0xffff) + (pseudo >>> 16);
    writeU16(bytes, transport + place, (folded + (folded >>> 16)) & 0xffff);
  }
}
