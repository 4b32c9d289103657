import { readU32, writeU32 } from '../base/bytes.js';
import type { SharedRing } from '../base/ring.js';
import type { BfdDescriptor } from './bfd-table.js';
import type { WorkerStatus } from './worker-status.js';

/** Commands from the main thread to a worker: the tag of a ring record; what `aux` and the bytes are. */

/** Take over a link: aux = link index, bytes = `LinkDescriptor`. */
export const COMMAND_OPEN_LINK = 1;
/** Close a link: aux = link index. */
export const COMMAND_CLOSE_LINK = 2;
/** The identity of an open link (MTU, addresses) has changed in the link table: aux = link index. */
export const COMMAND_LINK_CHANGED = 3;
/** An adjacency has been written to the table: aux = its index. */
export const COMMAND_ADJACENCY_DEFINED = 4;
/** No route uses an adjacency any more: aux = its index. */
export const COMMAND_ADJACENCY_REMOVED = 5;
/** Send a packet: aux = link index, bytes = neighbor address (4, big-endian) and the IPv4 packet. */
export const COMMAND_INJECT = 6;
/** Nothing; to be counted as handled. */
export const COMMAND_FENCE = 7;
/** Begin a BFD session or change its timers: aux = its slot, bytes = `BfdDescriptor`. */
export const COMMAND_BFD_DEFINED = 8;
/** End a BFD session: aux = its slot. */
export const COMMAND_BFD_REMOVED = 9;

/** Capacity of the ring: some hundred OSPF packets, or commands for a burst of routes. */
export const MAILBOX_BYTES = 1 << 20;

/** Bytes before the packet in `COMMAND_INJECT`. */
export const INJECT_PACKET = 4;

/** An AF_XDP socket, and the place of its rings in the memory of the worker that it is for (`xdp-layout.ts`). */
export interface XdpDescriptor {
  readonly fd: number;
  readonly place: number;
}

/** A link that the main thread has opened and hands over together with its descriptor. */
export interface LinkDescriptor {
  readonly kind: 'tun' | 'packet';
  readonly name: string;
  readonly ifindex: number;
  readonly fd: number;
  /** A second socket, for control traffic; `NO_FD` without one. */
  readonly controlFd: number;
  /** The socket that takes the data of the link in the place of `fd`. */
  readonly xdp?: XdpDescriptor;
}

export const NO_FD = 0xffffffff;

export function encodeLinkDescriptor(link: LinkDescriptor): Uint8Array {
  const name = new TextEncoder().encode(link.name);
  const bytes = new Uint8Array(21 + name.length);
  bytes[0] = link.kind === 'tun' ? 0 : 1;
  writeU32(bytes, 1, link.ifindex);
  writeU32(bytes, 5, link.fd);
  writeU32(bytes, 9, link.controlFd);
  writeU32(bytes, 13, link.xdp?.fd ?? NO_FD);
  writeU32(bytes, 17, link.xdp?.place ?? 0);
  bytes.set(name, 21);
  return bytes;
}

export function decodeLinkDescriptor(bytes: Uint8Array): LinkDescriptor {
  const xdp = { fd: readU32(bytes, 13), place: readU32(bytes, 17) };
  return {
    kind: bytes[0] === 0 ? 'tun' : 'packet',
    ifindex: readU32(bytes, 1),
    fd: readU32(bytes, 5),
    controlFd: readU32(bytes, 9),
    name: new TextDecoder().decode(bytes.slice(21)),
    ...(xdp.fd === NO_FD ? {} : { xdp }),
  };
}

export function encodeBfdDescriptor(session: BfdDescriptor): Uint8Array {
  const { link, local, peer, discriminator, minTxUs, minRxUs, multiplier } = session;
  const fields = [link, local, peer, discriminator, minTxUs, minRxUs, multiplier];
  const bytes = new Uint8Array(fields.length * 4);
  fields.forEach((field, index) => {
    writeU32(bytes, index * 4, field);
  });
  return bytes;
}

export function decodeBfdDescriptor(bytes: Uint8Array): BfdDescriptor {
  return {
    link: readU32(bytes, 0),
    local: readU32(bytes, 4),
    peer: readU32(bytes, 8),
    discriminator: readU32(bytes, 12),
    minTxUs: readU32(bytes, 16),
    minRxUs: readU32(bytes, 20),
    multiplier: readU32(bytes, 24),
  };
}

interface Waiting {
  readonly tag: number;
  readonly aux: number;
  readonly bytes: Uint8Array;
}

interface Fence {
  readonly at: number;
  readonly passed: () => void;
}

const EMPTY = new Uint8Array(0);

/**
 * The main thread's end of the ring of commands. Commands are carried out in order, between two batches of packets: when
 * one is done, the worker has also left every state of the tables from before it was posted. A full ring makes commands
 * wait here; packets to inject are refused instead.
 */
export class Mailbox {
  private readonly ring: SharedRing;
  private readonly status: WorkerStatus;
  private readonly wake: () => void;
  private readonly backlog: Waiting[] = [];
  private readonly fences: Fence[] = [];
  /** Commands accepted so far, the backlog included, modulo 2^32. */
  private posted = 0;

  /** @param wake makes the worker look into the ring */
  constructor(ring: SharedRing, status: WorkerStatus, wake: () => void) {
    this.ring = ring;
    this.status = status;
    this.wake = wake;
  }

  openLink(index: number, link: LinkDescriptor): void {
    this.post(COMMAND_OPEN_LINK, index, encodeLinkDescriptor(link));
  }

  closeLink(index: number): void {
    this.post(COMMAND_CLOSE_LINK, index);
  }

  linkChanged(index: number): void {
    this.post(COMMAND_LINK_CHANGED, index);
  }

  adjacencyDefined(index: number): void {
    this.post(COMMAND_ADJACENCY_DEFINED, index);
  }

  adjacencyRemoved(index: number): void {
    this.post(COMMAND_ADJACENCY_REMOVED, index);
  }

  bfdDefined(slot: number, session: BfdDescriptor): void {
    this.post(COMMAND_BFD_DEFINED, slot, encodeBfdDescriptor(session));
  }

  bfdRemoved(slot: number): void {
    this.post(COMMAND_BFD_REMOVED, slot);
  }

  /** Returns false when the ring has no room: the packet is lost. */
  inject(link: number, via: number, packet: Uint8Array): boolean {
    const bytes = new Uint8Array(INJECT_PACKET + packet.length);
    writeU32(bytes, 0, via);
    bytes.set(packet, INJECT_PACKET);
    if (this.backlog.length > 0 || !this.ring.push(COMMAND_INJECT, link, bytes, 0, bytes.length)) return false;
    this.posted = (this.posted + 1) >>> 0;
    this.wake();
    return true;
  }

  /** Calls `passed` from `settle` once the worker has carried out everything posted so far. */
  fence(passed: () => void): void {
    this.post(COMMAND_FENCE, 0);
    this.fences.push({ at: this.posted, passed });
  }

  /** To be called when the worker has handled commands: posts what waits, and runs what the fences held back. */
  settle(): void {
    while (this.backlog.length > 0 && this.tryPush(this.backlog[0])) this.backlog.shift();
    const { handled } = this.status;
    while (this.fences.length > 0 && ((handled - this.fences[0].at) | 0) >= 0) this.fences.shift()?.passed();
  }

  private post(tag: number, aux: number, bytes: Uint8Array = EMPTY): void {
    const command = { tag, aux, bytes };
    this.posted = (this.posted + 1) >>> 0;
    if (this.backlog.length > 0 || !this.tryPush(command)) this.backlog.push(command);
  }

  private tryPush(command: Waiting): boolean {
    if (!this.ring.push(command.tag, command.aux, command.bytes, 0, command.bytes.length)) return false;
    this.wake();
    return true;
  }
}
