import { SharedRing } from '../base/ring.js';
import { allocateEpochs } from '../fib/epoch.js';
import { allocateGroups } from '../fib/next-hop-group.js';
import { type AllocateShared, allocatePoptrie, type PoptrieCapacity, type PoptrieMemory } from '../fib/poptrie.js';
import { type AdjacencyCapacity, AdjacencyTable } from './adjacency.js';
import { BFD_CHANGES_BYTES } from './bfd-change.js';
import { BfdDeputyTable } from './bfd-deputy-table.js';
import { BfdTable } from './bfd-table.js';
import { Carriers } from './carriers.js';
import { Counters } from './counters.js';
import { HANDOVER_BYTES } from './handover.js';
import { KnownFlows } from './known-flows.js';
import { LeaseGate } from './lease-gate.js';
import { LinkTable } from './link-table.js';
import { NeighborIndex } from './neighbor-index.js';

/** How large a forwarding plane is, and how it behaves. All sizes are limits: memory is taken as it is used. */
export interface PlaneOptions {
  /** Workers that share it, left out: one. */
  readonly workers?: number;
  readonly fib?: PoptrieCapacity;
  /** Where the memory of the FIB comes from; every packet reads it at several random places. */
  readonly allocateFib?: AllocateShared;
  /** Next-hop groups, 2 to 65,536. */
  readonly groups?: number;
  readonly adjacencies?: AdjacencyCapacity;
  /** Bytes of the ring of punted packets, a power of two. */
  readonly puntBytes?: number;
  /** Any 32-bit number, best another one in each router: it goes into the choice among equal-cost paths and the jitter of BFD. */
  readonly hashSeed?: number;
}

/**
 * The memory that the main thread and the workers share, ready to be handed over as `workerData`. One writer for each
 * part: the main thread writes the FIB, the groups, what links and adjacencies are; the first worker writes their states,
 * the index of neighbors and the ring of punts; each worker writes its own counters and, but for the first, a ring of
 * packets that it leaves to the first one.
 */
export interface PlaneMemory {
  readonly fib: PoptrieMemory;
  readonly groups: SharedArrayBuffer;
  readonly epochs: SharedArrayBuffer;
  readonly links: SharedArrayBuffer;
  readonly adjacencies: SharedArrayBuffer;
  readonly adjacencyCapacity: AdjacencyCapacity;
  /** `NeighborIndex`. */
  readonly neighbors: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
  /** `SharedRing` of punted packets: tag = index of the link, aux = low 32 bits of CLOCK_MONOTONIC in ms. */
  readonly punts: SharedArrayBuffer;
  /** The `SharedRing` of each worker but the first (`handover.ts`). */
  readonly handovers: readonly SharedArrayBuffer[];
  /** `BfdTable` and the `SharedRing` of changes (`bfd-change.ts`). */
  readonly bfd: SharedArrayBuffer;
  readonly bfdChanges: SharedArrayBuffer;
  /** `LeaseGate`. */
  readonly lease: SharedArrayBuffer;
  readonly knownFlows: SharedArrayBuffer;
  readonly carriers: SharedArrayBuffer;
  /** `BfdDeputyTable`. */
  readonly bfdDeputy: SharedArrayBuffer;
  readonly hashSeed: number;
}

const DEFAULT_ADJACENCIES: AdjacencyCapacity = { routes: 4096, hosts: 8192 };
/** Room for a burst of full packets from each of two links at once (`PUNT_BURST`). */
const DEFAULT_PUNT_BYTES = 1 << 22;

export function allocatePlane(options: PlaneOptions = {}): PlaneMemory {
  const adjacencyCapacity = options.adjacencies ?? DEFAULT_ADJACENCIES;
  const { workers = 1 } = options;
  const handover = () => new SharedArrayBuffer(SharedRing.bytesFor(HANDOVER_BYTES));
  return {
    fib: allocatePoptrie(options.fib, options.allocateFib),
    groups: allocateGroups(options.groups),
    epochs: allocateEpochs(workers),
    links: new SharedArrayBuffer(LinkTable.bytes()),
    adjacencies: new SharedArrayBuffer(AdjacencyTable.bytes(adjacencyCapacity, workers)),
    adjacencyCapacity,
    neighbors: new SharedArrayBuffer(NeighborIndex.bytes(1 + adjacencyCapacity.routes + adjacencyCapacity.hosts)),
    counters: new SharedArrayBuffer(Counters.bytes(workers)),
    punts: new SharedArrayBuffer(SharedRing.bytesFor(options.puntBytes ?? DEFAULT_PUNT_BYTES)),
    handovers: Array.from({ length: workers - 1 }, handover),
    bfd: new SharedArrayBuffer(BfdTable.bytes()),
    bfdChanges: new SharedArrayBuffer(SharedRing.bytesFor(BFD_CHANGES_BYTES)),
    lease: LeaseGate.allocate(),
    knownFlows: KnownFlows.allocate(),
    carriers: Carriers.allocate(),
    bfdDeputy: new SharedArrayBuffer(BfdDeputyTable.bytes()),
    hashSeed: options.hashSeed ?? 0,
  };
}
