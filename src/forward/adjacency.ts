import type { Ipv4 } from '../base/ipv4.js';

/** Kinds of adjacencies: what a path of a route leads to. */
export const KIND_NONE = 0;
/** A neighbor router on a link. */
export const KIND_NEIGHBOR = 1;
/** A connected subnet: the destination itself is the neighbor. */
export const KIND_CONNECTED = 2;
/** An address of this router. */
export const KIND_LOCAL = 3;
/** Delivered to the virtual link untouched. */
export const KIND_DELIVER = 4;
export const KIND_BLACKHOLE = 5;
export const KIND_PROHIBIT = 6;
/** A host on a connected subnet, found by the worker itself. */
export const KIND_HOST = 7;
/** As `KIND_DELIVER`, while the lease on which this router has it lasts (`lease-gate.ts`). */
export const KIND_DELIVER_LEASED = 8;
/** Delivered, but for packets of connections that are not known here: they are carried to another server (`carry.ts`). */
export const KIND_CARRY_UNKNOWN = 9;
export const KIND_CARRY_UNKNOWN_LEASED = 10;
/** Delivered, but for packets that begin a connection: they are carried. */
export const KIND_CARRY_NEW = 11;
export const KIND_CARRY_NEW_LEASED = 12;

export const KIND_NAMES: readonly string[] = [
  'none',
  'neighbor',
  'connected',
  'local',
  'deliver',
  'blackhole',
  'prohibit',
  'host',
  'deliver-leased',
  'carry-unknown',
  'carry-unknown-leased',
  'carry-new',
  'carry-new-leased',
];

/** True if packets end at the virtual link by adjacencies of this kind, some or all of them. */
export function isDelivery(kind: number): boolean {
  return kind === KIND_DELIVER || kind >= KIND_DELIVER_LEASED;
}

/** True if that is so while the lease lasts, and no longer. */
export function isLeased(kind: number): boolean {
  return kind === KIND_DELIVER_LEASED || kind === KIND_CARRY_UNKNOWN_LEASED || kind === KIND_CARRY_NEW_LEASED;
}

export function carriesUnknown(kind: number): boolean {
  return kind === KIND_CARRY_UNKNOWN || kind === KIND_CARRY_UNKNOWN_LEASED;
}

export function carriesNew(kind: number): boolean {
  return kind === KIND_CARRY_NEW || kind === KIND_CARRY_NEW_LEASED;
}

/** What to do now with a packet for an adjacency: its kind, its state and its link's state in one byte. */
export const ACTION_NONE = 0;
/** Write the Ethernet header and send. */
export const ACTION_SEND = 1;
export const ACTION_CONNECTED = 2;
export const ACTION_LOCAL = 3;
export const ACTION_DELIVER = 4;
export const ACTION_BLACKHOLE = 5;
export const ACTION_PROHIBIT = 6;
/** Delivered, or carried to another server. */
export const ACTION_CARRY = 7;
/** The link-layer address is not known yet. */
export const ACTION_RESOLVE = 8;
/** The neighbor does not answer ARP. */
export const ACTION_UNREACHABLE = 9;
export const ACTION_LINK_DOWN = 10;
/** BFD has lost the neighbor of a route: no path leads through it, but packets to itself may be tried. */
export const ACTION_LOST = 11;
/** What is delivered on a lease, and there is none now. */
export const ACTION_EXPIRED = 12;

/** True if a path with this action may be taken. */
export function isUsable(action: number): boolean {
  return action >= ACTION_SEND && action <= ACTION_CARRY;
}

/** States of the neighbor behind an adjacency (`neighbor-states.ts`). */
export const NEIGHBOR_NONE = 0;
export const NEIGHBOR_INCOMPLETE = 1;
export const NEIGHBOR_REACHABLE = 2;
/** Not confirmed for a while and not used: good to send to, will be probed when used. */
export const NEIGHBOR_STALE = 3;
/** Being asked by unicast; still good to send to. */
export const NEIGHBOR_PROBE = 4;
export const NEIGHBOR_FAILED = 5;

/** True if the link-layer address of a neighbor in this state is known. */
export function isResolved(state: number): boolean {
  return state >= NEIGHBOR_REACHABLE && state <= NEIGHBOR_PROBE;
}

export const NEIGHBOR_STATE_NAMES: readonly string[] = ['none', 'incomplete', 'reachable', 'stale', 'probe', 'failed'];

/** What is there once for each adjacency, and what each worker counts for itself. */
const BYTES_SHARED = 8 + 4 * 5 + 4;
const BYTES_COUNTED = 8 * 2;

/** Sizes of the two regions of the table. Index 0 stands for the virtual link itself and is no path. */
export interface AdjacencyCapacity {
  /** Indices 1 … `routes`, which the main thread gives out to the paths of routes. */
  readonly routes: number;
  /** The indices above, which the worker gives to hosts of connected subnets. */
  readonly hosts: number;
}

/**
 * All adjacencies in shared memory, as parallel arrays by index. The main thread writes what an adjacency is
 * (`define`), the first worker its state, and each worker what it sends. Reading is free for all.
 */
export class AdjacencyTable {
  readonly capacity: AdjacencyCapacity;
  /** First index of the worker's region. */
  readonly firstHost: number;
  /** One more than the last index. */
  readonly end: number;

  readonly kind: Uint8Array;
  readonly link: Uint8Array;
  readonly action: Uint8Array;
  readonly state: Uint8Array;
  /** Address of the neighbor, or of the server to which is carried; 0 where the kind has none. */
  readonly address: Uint32Array;
  /**
   * The Ethernet header to write, four words for each adjacency, in memory order: two unused bytes (0), then the
   * 14 bytes of the header, so that the words fall on the words before a packet.
   */
  readonly header: Uint32Array;
  /** The same memory by bytes: row of 16. */
  readonly headerBytes: Uint8Array;
  /** Sent by this worker. */
  readonly packets: Float64Array;
  readonly bytes: Float64Array;
  /** When the state was entered, CLOCK_MONOTONIC in microseconds. */
  readonly stateSinceUs: Float64Array;

  /** Packets and bytes that each worker has sent. */
  private readonly sent: readonly { readonly packets: Float64Array; readonly bytes: Float64Array }[];

  /**
   * @param memory `AdjacencyTable.bytes(capacity, workers)` bytes, zero at first
   * @param worker whose counts are written
   */
  constructor(memory: SharedArrayBuffer, capacity: AdjacencyCapacity, worker = 0) {
    const end = 1 + capacity.routes + capacity.hosts;
    this.capacity = capacity;
    this.firstHost = 1 + capacity.routes;
    this.end = end;
    this.stateSinceUs = new Float64Array(memory, 0, end);
    this.address = new Uint32Array(memory, end * 8, end);
    this.header = new Uint32Array(memory, end * 12, end * 4);
    this.headerBytes = new Uint8Array(memory, end * 12, end * 16);
    this.kind = new Uint8Array(memory, end * 28, end);
    this.link = new Uint8Array(memory, end * 29, end);
    this.action = new Uint8Array(memory, end * 30, end);
    this.state = new Uint8Array(memory, end * 31, end);
    const workers = (memory.byteLength / end - BYTES_SHARED) / BYTES_COUNTED;
    this.sent = Array.from({ length: workers }, (_, index) => {
      const start = end * (BYTES_SHARED + index * BYTES_COUNTED);
      return { packets: new Float64Array(memory, start, end), bytes: new Float64Array(memory, start + end * 8, end) };
    });
    this.packets = this.sent[worker].packets;
    this.bytes = this.sent[worker].bytes;
  }

  static bytes(capacity: AdjacencyCapacity, workers = 1): number {
    return (1 + capacity.routes + capacity.hosts) * (BYTES_SHARED + workers * BYTES_COUNTED);
  }

  /** Packets that all workers have sent. */
  packetCount(index: number): number {
    let sum = 0;
    for (let worker = 0; worker < this.sent.length; worker++) sum += this.sent[worker].packets[index];
    return sum;
  }

  /** Bytes that all workers have sent. */
  byteCount(index: number): number {
    let sum = 0;
    for (let worker = 0; worker < this.sent.length; worker++) sum += this.sent[worker].bytes[index];
    return sum;
  }

  /**
   * Main thread: says what adjacency `index` (1 … `capacity.routes`) is. The index must be free: no group that a worker
   * may still read has it, and the worker has handled `adjacencyRemoved`. Tell the worker afterwards
   * (`Engine.adjacencyDefined`), before any group uses the index.
   */
  define(index: number, kind: number, link: number, via: Ipv4): void {
    this.link[index] = link;
    this.address[index] = via;
    this.state[index] = NEIGHBOR_NONE;
    for (const { packets, bytes } of this.sent) {
      packets[index] = 0;
      bytes[index] = 0;
    }
    this.stateSinceUs[index] = 0;
    this.header.fill(0, index * 4, index * 4 + 4);
    this.kind[index] = kind;
    this.action[index] = initialAction(kind);
  }
}

function initialAction(kind: number): number {
  switch (kind) {
    case KIND_NEIGHBOR:
    case KIND_HOST:
      return ACTION_RESOLVE;
    case KIND_CONNECTED:
      return ACTION_CONNECTED;
    case KIND_LOCAL:
      return ACTION_LOCAL;
    case KIND_DELIVER:
      return ACTION_DELIVER;
    case KIND_CARRY_UNKNOWN:
    case KIND_CARRY_NEW:
      return ACTION_CARRY;
    case KIND_DELIVER_LEASED:
    case KIND_CARRY_UNKNOWN_LEASED:
    case KIND_CARRY_NEW_LEASED:
      return ACTION_EXPIRED;
    case KIND_BLACKHOLE:
      return ACTION_BLACKHOLE;
    case KIND_PROHIBIT:
      return ACTION_PROHIBIT;
    default:
      return ACTION_NONE;
  }
}
