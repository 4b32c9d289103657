import { VNET_BEFORE_PACKET } from '../link/frame.js';
import { fillGreChecksum, greHasChecksum } from '../wire/gre.js';
import {
  fillIpv4Checksum,
  ipv4Destination,
  ipv4HeaderLength,
  ipv4Identification,
  ipv4Protocol,
  ipv4Source,
  isIpv4Fragment,
  PROTOCOL_GRE,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  setIpv4Identification,
  setIpv4TotalLength,
} from '../wire/ipv4.js';
import {
  checkTcp,
  fillTcpChecksum,
  setTcpFlags,
  setTcpSequence,
  TCP_CWR,
  TCP_FIN,
  TCP_PSH,
  TCP_VALID,
  tcpFlags,
  tcpHeaderLength,
  tcpSequence,
} from '../wire/tcp.js';
import { fillUdpChecksum, setUdpLength, UDP_HEADER_BYTES } from '../wire/udp.js';
import { VIRTIO_GSO_TCPV4, VIRTIO_GSO_UDP_L4, virtioGsoSize, virtioGsoType } from '../wire/virtio-net.js';
import type { Output } from './output.js';
import { isChecksumOf, isChecksumPartial } from './partial-checksum.js';
import { TUNNEL_UNKNOWN, tunnelHeaderLength } from './tunnel.js';

/** Segments of one super-packet at most: 65,535 bytes by the smallest segment of Linux (TCP_MIN_SND_MSS, 48). */
const MAX_SEGMENTS = 1366;

/**
 * Length of the headers that every segment of the super-packet at `offset` repeats, IPv4 header included, and those of a
 * tunnel around it; 0 if it is no super-packet that can be cut: neither TCP nor UDP as its virtio header says, a fragment,
 * or headers beyond its end.
 */
export function repeatedHeaderLength(bytes: Uint8Array, offset: number, length: number): number {
  const type = virtioGsoType(bytes, offset - VNET_BEFORE_PACKET);
  const inner = tunnelHeaderLength(bytes, offset, length);
  if (inner === TUNNEL_UNKNOWN || isIpv4Fragment(bytes, offset)) return 0;
  const protocol = ipv4Protocol(bytes, offset + inner);
  const start = inner + ipv4HeaderLength(bytes, offset + inner);
  let header = 0;
  if (type === VIRTIO_GSO_TCPV4 && protocol === PROTOCOL_TCP) {
    if (checkTcp(bytes, offset + start, length - start) !== TCP_VALID) return 0;
    header = start + tcpHeaderLength(bytes, offset + start);
  } else if (type === VIRTIO_GSO_UDP_L4 && protocol === PROTOCOL_UDP) {
    // A train inside a tunnel of UDP looks the same but for this.
    if (isChecksumPartial(bytes, offset) && !isChecksumOf(bytes, offset, start)) return 0;
    header = start + UDP_HEADER_BYTES;
  }
  const segments = (length - header) / virtioGsoSize(bytes, offset - VNET_BEFORE_PACKET);
  return header < length && segments <= MAX_SEGMENTS ? header : 0;
}

/**
 * Cuts a GSO super-packet into the packets that the sender would have sent without offload (RFC 9293 for the fields of
 * TCP, RFC 3168 section 6.1.2 for CWR; around it the headers of an IPIP or GRE tunnel, RFC 2003 and RFC 2784). One at a time: `begin`, then `next` until it returns false.
 */
export class Segmenter {
  /** The segment that `next` made: offset in the arena and layer-3 length. Its checksums are complete. */
  offset = 0;
  length = 0;
  private readonly bytes: Uint8Array;
  private readonly output: Output;
  private source = 0;
  private sourceLength = 0;
  /** Bytes before the IP header of the TCP or UDP segment: 0 if there is no tunnel around it. */
  private inner = 0;
  /** Bytes before the TCP or UDP header. */
  private transport = 0;
  private header = 0;
  private size = 0;
  private target = 0;
  private done = 0;
  private index = 0;

  constructor(bytes: Uint8Array, output: Output) {
    this.bytes = bytes;
    this.output = output;
  }

  /**
   * `header` is the `repeatedHeaderLength` of the super-packet, not 0. Segments are made in new memory, or all at
   * `target` if that is not 0.
   */
  begin(offset: number, length: number, header: number, target: number): void {
    this.source = offset;
    this.target = target;
    this.sourceLength = length;
    this.inner = tunnelHeaderLength(this.bytes, offset, length);
    this.transport = this.inner + ipv4HeaderLength(this.bytes, offset + this.inner);
    this.header = header;
    this.size = virtioGsoSize(this.bytes, offset - VNET_BEFORE_PACKET);
    this.done = header;
    this.index = 0;
  }

  next(): boolean {
    const { bytes, source, header, inner, done } = this;
    if (done >= this.sourceLength) return false;
    const payload = Math.min(this.size, this.sourceLength - done);
    const length = header + payload;
    const offset = this.target !== 0 ? this.target : this.output.reserve(length);
    bytes.copyWithin(offset, source, source + header);
    bytes.copyWithin(offset + header, source + done, source + done + payload);
    this.done = done + payload;
    this.finishIp(offset + inner, length - inner);
    if (ipv4Protocol(bytes, source + inner) === PROTOCOL_TCP) this.finishTcp(offset, length);
    else this.finishUdp(offset, length);
    if (inner !== 0) this.finishTunnel(offset, length);
    this.index++;
    this.offset = offset;
    this.length = length;
    return true;
  }

  private finishIp(at: number, length: number): void {
    const { bytes } = this;
    setIpv4TotalLength(bytes, at, length);
    setIpv4Identification(bytes, at, (ipv4Identification(bytes, at) + this.index) & 0xffff);
    fillIpv4Checksum(bytes, at);
  }

  private finishTunnel(offset: number, length: number): void {
    const { bytes } = this;
    const start = ipv4HeaderLength(bytes, offset);
    this.finishIp(offset, length);
    if (ipv4Protocol(bytes, offset) !== PROTOCOL_GRE || !greHasChecksum(bytes, offset + start)) return;
    fillGreChecksum(bytes, offset + start, length - start);
  }

  private finishTcp(offset: number, length: number): void {
    const { bytes, inner, transport } = this;
    const tcp = offset + transport;
    const ip = offset + inner;
    setTcpSequence(bytes, tcp, (tcpSequence(bytes, tcp) + this.index * this.size) >>> 0);
    let flags = tcpFlags(bytes, tcp);
    if (this.index > 0) flags &= ~TCP_CWR;
    if (this.done < this.sourceLength) flags &= ~(TCP_FIN | TCP_PSH);
    setTcpFlags(bytes, tcp, flags);
    fillTcpChecksum(bytes, tcp, length - transport, ipv4Source(bytes, ip), ipv4Destination(bytes, ip));
  }

  private finishUdp(offset: number, length: number): void {
    const { bytes, inner, transport } = this;
    const udp = offset + transport;
    const ip = offset + inner;
    setUdpLength(bytes, udp, length - transport);
    fillUdpChecksum(bytes, udp, length - transport, ipv4Source(bytes, ip), ipv4Destination(bytes, ip));
  }
}
