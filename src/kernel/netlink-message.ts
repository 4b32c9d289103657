import { native } from './binding.js';

/**
 * The form that all netlink families share (RFC 3549 section 2.3, linux/netlink.h): a 16-byte header, a fixed body of the
 * family, then attributes (length, type, value) that start on multiples of four. Numbers are little endian, the byte
 * order of every machine the addon builds on.
 */
export const NETLINK_HEADER_BYTES = 16;
const ATTRIBUTE_HEADER_BYTES = 4;

const { NLM_F_ACK, NLM_F_ACK_TLVS, NLM_F_CAPPED, NLM_F_REQUEST, NLA_F_NESTED, NLA_TYPE_MASK, NLMSGERR_ATTR_MSG } =
  native.constants;

/** One received message; `body` follows the header and shares memory with the datagram it came in. */
export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly body: Uint8Array;
}

/** What the kernel answered to a request: 0 or a positive errno, and its own words about it if it gave any. */
export interface NetlinkAnswer {
  readonly errno: number;
  readonly text: string;
}

/** The messages of a datagram. A header with an impossible length ends it: what follows cannot be found. */
export function splitMessages(datagram: Uint8Array): NetlinkMessage[] {
  const messages: NetlinkMessage[] = [];
  const view = viewOf(datagram);
  let at = 0;
  while (at + NETLINK_HEADER_BYTES <= datagram.length) {
    const length = view.getUint32(at, true);
    if (length < NETLINK_HEADER_BYTES || at + length > datagram.length) break;
    messages.push({
      type: view.getUint16(at + 4, true),
      flags: view.getUint16(at + 6, true),
      sequence: view.getUint32(at + 8, true),
      body: datagram.subarray(at + NETLINK_HEADER_BYTES, at + length),
    });
    at += align(length);
  }
  return messages;
}

/** The attributes that start at `offset`, by type without its flag bits; the last of several equal ones counts. */
export function readAttributes(body: Uint8Array, offset: number): Map<number, Uint8Array> {
  const attributes = new Map<number, Uint8Array>();
  const view = viewOf(body);
  let at = offset;
  while (at + ATTRIBUTE_HEADER_BYTES <= body.length) {
    const length = view.getUint16(at, true);
    if (length < ATTRIBUTE_HEADER_BYTES || at + length > body.length) break;
    attributes.set(
      view.getUint16(at + 2, true) & NLA_TYPE_MASK,
      body.subarray(at + ATTRIBUTE_HEADER_BYTES, at + length),
    );
    at += align(length);
  }
  return attributes;
}

/** Reads a message of type NLMSG_ERROR, which carries an acknowledgement too, or the body of an NLMSG_DONE. */
export function readAnswer(message: NetlinkMessage): NetlinkAnswer {
  const { body, flags } = message;
  if (body.length < 4) return { errno: 0, text: '' };
  const view = viewOf(body);
  const errno = 0 - view.getInt32(0, true);
  if (message.type !== native.constants.NLMSG_ERROR || (flags & NLM_F_ACK_TLVS) === 0) return { errno, text: '' };
  if (body.length < 4 + NETLINK_HEADER_BYTES) return { errno, text: '' };
  // The header of the request comes back, and unless capped all of it.
  const echoed = (flags & NLM_F_CAPPED) !== 0 ? NETLINK_HEADER_BYTES : align(view.getUint32(4, true));
  return { errno, text: readText(readAttributes(body, 4 + echoed).get(NLMSGERR_ATTR_MSG)) };
}

/** An attribute of one number, 32 bits; `missing` if it is not there or shorter. */
export function readU32(attribute: Uint8Array | undefined, missing: number): number {
  return attribute === undefined || attribute.length < 4 ? missing : viewOf(attribute).getUint32(0, true);
}

/** An attribute of text, with or without its final NUL. */
export function readText(attribute: Uint8Array | undefined): string {
  if (attribute === undefined) return '';
  const end = attribute.indexOf(0);
  return new TextDecoder().decode(end < 0 ? attribute : attribute.subarray(0, end));
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Builds one request. Methods append in order and return the builder; numbers are little endian unless they say so. */
export class NetlinkRequest {
  private bytes = new Uint8Array(256);
  private length = NETLINK_HEADER_BYTES;

  /** `flags` beside NLM_F_REQUEST. */
  constructor(type: number, flags: number) {
    const view = viewOf(this.bytes);
    view.setUint16(4, type, true);
    view.setUint16(6, flags | NLM_F_REQUEST, true);
  }

  u8(value: number): this {
    this.bytes[this.grow(1)] = value;
    return this;
  }

  u16(value: number): this {
    const at = this.grow(2);
    viewOf(this.bytes).setUint16(at, value, true);
    return this;
  }

  u32(value: number): this {
    const at = this.grow(4);
    viewOf(this.bytes).setUint32(at, value, true);
    return this;
  }

  /** Appends `count` zero bytes. */
  zeros(count: number): this {
    this.grow(count);
    return this;
  }

  attribute(type: number, value: Uint8Array): this {
    this.align();
    this.u16(ATTRIBUTE_HEADER_BYTES + value.length).u16(type);
    this.bytes.set(value, this.grow(value.length));
    return this;
  }

  attributeU8(type: number, value: number): this {
    return this.attribute(type, Uint8Array.of(value));
  }

  attributeU32(type: number, value: number): this {
    return this.attribute(type, Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24));
  }

  /** In network byte order: IPv4 addresses, and all numbers of nftables. */
  attributeBe32(type: number, value: number): this {
    return this.attribute(type, Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value));
  }

  attributeText(type: number, text: string): this {
    return this.attribute(type, new TextEncoder().encode(`${text}\0`));
  }

  /** An attribute whose value is the attributes that `fill` appends. */
  nested(type: number, fill: (request: this) => void): this {
    this.align();
    const start = this.length;
    this.u16(0).u16(type | NLA_F_NESTED);
    fill(this);
    this.align();
    viewOf(this.bytes).setUint16(start, this.length - start, true);
    return this;
  }

  /** The finished message. `acknowledge` asks the kernel to answer even when all is well. */
  finish(sequence: number, acknowledge: boolean): Uint8Array {
    this.align();
    const view = viewOf(this.bytes);
    view.setUint32(0, this.length, true);
    if (acknowledge) view.setUint16(6, view.getUint16(6, true) | NLM_F_ACK, true);
    view.setUint32(8, sequence, true);
    return this.bytes.slice(0, this.length);
  }

  private align(): void {
    this.grow(align(this.length) - this.length);
  }

  /** Makes room for `count` zero bytes and returns where they start. */
  private grow(count: number): number {
    const start = this.length;
    this.length += count;
    if (this.length > this.bytes.length) {
      const larger = new Uint8Array(this.length * 2);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    return start;
  }
}

function align(length: number): number {
  return (length + 3) & ~3;
}
