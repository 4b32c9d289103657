import { requireLittleEndian } from '../base/byte-order.js';
import type { Ipv4 } from '../base/ipv4.js';
import { SharedRing } from '../base/ring.js';
import { batchLookup } from '../fib/batch-lookup.js';
import { Epochs } from '../fib/epoch.js';
import { GroupTable } from '../fib/next-hop-group.js';
import { Poptrie } from '../fib/poptrie.js';
import type { FrameArena } from '../link/frame.js';
import type { Link } from '../link/link.js';
import { checkIpv4, IPV4_MAX_BYTES, IPV4_VALID, ipv4Destination, ipv4TotalLength } from '../wire/ipv4.js';
import { isMulticast } from './address-class.js';
import { AdjacencyTable } from './adjacency.js';
import { ENGINE_ARENA_SLOTS, WORK_SLOT } from './arena-layout.js';
import type { BfdDescriptor } from './bfd-table.js';
import { Carriers } from './carriers.js';
import { Carry } from './carry.js';
import { COUNT_INJECTS, Counters } from './counters.js';
import { Departure } from './departure.js';
import { DROP_BAD_TOTAL_LENGTH, DROP_LINK_DOWN } from './drop-reason.js';
import { Duties, elsewhere } from './duties.js';
import { Egress } from './egress.js';
import { FAST_PATH, type FastPath } from './fast-path.js';
import { Forwarding } from './forward.js';
import { Handover, HandoverIntake } from './handover.js';
import { IcmpEcho } from './icmp-echo.js';
import { IcmpErrors } from './icmp-error.js';
import { Ingress } from './ingress.js';
import { KnownFlows } from './known-flows.js';
import { LeaseGate } from './lease-gate.js';
import { LinkTable, VIRTUAL_LINK } from './link-table.js';
import { LocalDelivery } from './local-delivery.js';
import { NeighborIndex } from './neighbor-index.js';
import { Output } from './output.js';
import type { PlaneMemory } from './plane.js';
import { ReceivedBatch } from './received-batch.js';

/** Packets taken over from other workers between two looks at the links. */
const TAKEN_OVER_PER_TURN = 256;

/**
 * The forwarding plane of one worker: what happens to packets between the links. It has no thread, clock or descriptor
 * of its own; whoever drives it calls `receive` for links with packets and `tick` when its time has come. `nowUs` is
 * CLOCK_MONOTONIC in microseconds. Every method has sent what it had to send when it returns.
 *
 * ```
 *  Link.receive → Ingress ─► Forwarding ─► Output → Link.transmit
 *                   │ ARP       │ local      ▲
 *                   ▼           ▼            │ replies, errors, what had to wait
 *             NeighborCache  LocalDelivery ──┘──► punts
 * ```
 */
export class Engine {
  /** Slots that the arena of an engine must have. */
  static readonly ARENA_SLOTS = ENGINE_ARENA_SLOTS;

  private readonly arena: FrameArena;
  private readonly links: readonly (Link | undefined)[];
  private readonly controls: readonly (Link | undefined)[];
  private readonly linkTable: LinkTable;
  private readonly counters: Counters;
  private readonly epochs: Epochs;
  private readonly output: Output;
  private readonly ingress: Ingress;
  private readonly forwarding: Forwarding;
  private readonly worker: number;
  private readonly gate: LeaseGate;
  /** Of the first worker. */
  private readonly duties: Duties | undefined;
  private readonly intakes: readonly HandoverIntake[] = [];
  /** Of any other. */
  private readonly handover: Handover | undefined;
  private readonly batch: ReceivedBatch;
  /** The time of the call in progress. In an array, so that a change allocates nothing. */
  private readonly clock = new Float64Array(1);

  /**
   * @param arena at least `ENGINE_ARENA_SLOTS` slots; the engine's own
   * @param links the link of each index; the caller changes the array and then calls `linkChanged`
   * @param controls for links that have one, a second way in and out of the same wire, for control traffic
   * @param worker the engine's number among those that share the memory; number 0 finds neighbors for all of them, and has
   *   BFD and the packets of the control plane
   */
  constructor(
    memory: PlaneMemory,
    arena: FrameArena,
    links: readonly (Link | undefined)[],
    controls: readonly (Link | undefined)[] = [],
    worker = 0,
    fastPath: FastPath = FAST_PATH,
  ) {
    if (arena.slotCount < ENGINE_ARENA_SLOTS) {
      throw new RangeError(`an arena of ${arena.slotCount} slots, expected at least ${ENGINE_ARENA_SLOTS}`);
    }
    requireLittleEndian();
    const { clock } = this;
    const linkTable = new LinkTable(memory.links);
    const adjacencies = new AdjacencyTable(memory.adjacencies, memory.adjacencyCapacity, worker);
    const counters = new Counters(memory.counters, worker);
    const trie = new Poptrie(memory.fib);
    const batch = new ReceivedBatch(batchLookup(trie, worker));
    this.batch = batch;
    const groups = new GroupTable(memory.groups);
    const output = new Output(arena, linkTable, links, controls, adjacencies, counters);
    const egress = new Egress(arena, linkTable, adjacencies, output, counters);
    const index = new NeighborIndex(adjacencies, memory.neighbors);
    const { hashSeed } = memory;
    const parts = { arena, batch, links: linkTable, adjacencies, trie, groups, counters, output, egress, hashSeed };
    const flows = new KnownFlows(memory.knownFlows);
    const carriers = new Carriers(memory.carriers);
    const rings = memory.handovers.map((ring) => new SharedRing(ring));
    if (worker > 0) this.handover = new Handover(arena, counters, rings[worker - 1]);
    else this.intakes = rings.map((ring) => new HandoverIntake(arena, ring));
    this.forwarding = new Forwarding(parts, fastPath, (forwarding) => {
      const echo = new IcmpEcho(arena, counters, clock, forwarding);
      const errors = new IcmpErrors(arena, linkTable, output, counters, clock, forwarding);
      const departure = new Departure(parts, errors, clock, forwarding);
      const specialists =
        this.handover === undefined
          ? new Duties(parts, index, clock, forwarding, memory)
          : elsewhere(this.handover, index);
      const { punts, bfd } = specialists;
      const local = new LocalDelivery(arena, output, egress, counters, echo, punts, bfd);
      const carry = new Carry({ ...parts, flows, carriers }, forwarding, errors, local);
      return { specialists, errors, departure, local, carry };
    });
    const { errors, local, specialists } = this.forwarding;
    const { arp, records } = specialists;
    this.ingress = new Ingress({ ...parts, arp, records, errors, local }, fastPath);
    this.duties = specialists instanceof Duties ? specialists : undefined;
    this.arena = arena;
    this.links = links;
    this.controls = controls;
    this.linkTable = linkTable;
    this.counters = counters;
    this.epochs = new Epochs(memory.epochs);
    this.output = output;
    this.worker = worker;
    this.gate = new LeaseGate(memory.lease, parts);
  }

  /**
   * Receives one batch from a link, forwards it and sends what comes of it. Returns the number of packets received, or
   * the link's negative errno.
   */
  receive(link: number, nowUs: number): number {
    return this.receiveFrom(this.links[link], link, nowUs);
  }

  /** As `receive`, of the link's control traffic. */
  receiveControl(link: number, nowUs: number): number {
    return this.receiveFrom(this.controls[link], link, nowUs);
  }

  /** First worker: deals with what others have left to it. Returns false if there is more. */
  takeOver(nowUs: number): boolean {
    this.clock[0] = nowUs;
    for (const intake of this.intakes) {
      for (let taken = 0; ; taken++) {
        const link = intake.receive(this.batch.packets);
        if (link < 0) break;
        if (taken === TAKEN_OVER_PER_TURN) return false;
        this.ingress.examine(link);
        this.forwarding.forward(link);
        this.output.flush();
        intake.pop();
      }
    }
    return true;
  }

  /** Any other worker: true once after it has left packets to the first one, which is to be told. */
  takeHandoverPending(): boolean {
    return this.handover?.takePending() === true;
  }

  /** True if nothing that was left to the first worker waits there. */
  get isHandoverDone(): boolean {
    return this.handover === undefined || this.handover.isDone;
  }

  private receiveFrom(source: Link | undefined, link: number, nowUs: number): number {
    if (source === undefined) return 0;
    const isShut = !this.gate.look(nowUs);
    const received = source.receive(this.arena, this.batch.packets);
    if (received <= 0) return received;
    this.clock[0] = nowUs;
    if (isShut && link === VIRTUAL_LINK) this.gate.sift(this.batch.packets);
    if (link === VIRTUAL_LINK) this.forwarding.carry.learn(this.batch.packets);
    this.ingress.admit(link);
    this.forwarding.forward(link);
    this.output.flush();
    return received;
  }

  /** The thread of this engine was to run for `awayUs` and did not: no BFD peer is blamed for it. */
  excuseBfd(awayUs: number): void {
    this.duties?.bfd.excuse(awayUs);
  }

  /** True if a BFD session is about to be lost: whoever drives the engine is to receive what has come before `tick`. */
  isBfdOverdue(nowUs: number): boolean {
    this.clock[0] = nowUs;
    return this.duties?.bfd.isOverdue() === true;
  }

  /** Runs the timers that are due. Returns the microseconds until the next one, rounded up, or -1 if there is none. */
  tick(nowUs: number): number {
    const { duties } = this;
    if (duties === undefined) return -1;
    this.clock[0] = nowUs;
    const nextUs = Math.min(duties.neighbors.tick(), duties.bfd.tick());
    this.output.flush();
    if (nextUs === Infinity) return -1;
    return nextUs <= nowUs ? 0 : Math.ceil(nextUs - nowUs);
  }

  /** The link of an index, or its identity in the link table, has changed. */
  linkChanged(link: number, nowUs: number): void {
    this.clock[0] = nowUs;
    this.ingress.linkChanged();
    this.output.linkChanged(link);
    this.duties?.neighbors.linkChanged(link);
    this.output.flush();
  }

  /**
   * A link has been lost or has come back. When it is lost, every route that leads over it takes its next path before
   * this returns, whatever the number of prefixes, and in all workers: the first one says so for them.
   */
  setLinkUp(link: number, up: boolean, nowUs: number): void {
    const { duties } = this;
    if (duties === undefined || (this.linkTable.up[link] === 1) === up) return;
    this.clock[0] = nowUs;
    this.linkTable.up[link] = up ? 1 : 0;
    if (up) duties.neighbors.linkUp(link);
    else duties.neighbors.linkDown(link);
    this.output.flush();
  }

  /** The main thread has defined an adjacency. */
  adjacencyDefined(adjacency: number, nowUs: number): void {
    this.clock[0] = nowUs;
    this.duties?.neighbors.routeDefined(adjacency);
    this.gate.apply();
    this.forwarding.carry.apply();
    this.output.flush();
  }

  /** No group has the adjacency any more; when this returns, its index is free. */
  adjacencyRemoved(adjacency: number): void {
    this.duties?.neighbors.routeRemoved(adjacency);
    this.gate.apply();
    this.forwarding.carry.apply();
    this.output.flush();
  }

  /** The main thread asks for a BFD session, or for other timers of it. */
  bfdDefined(slot: number, session: BfdDescriptor, nowUs: number): void {
    this.clock[0] = nowUs;
    this.duties?.bfd.define(slot, session);
  }

  /** The session is to end; the ring of changes tells when its slot is free. */
  bfdRemoved(slot: number, nowUs: number): void {
    this.clock[0] = nowUs;
    this.duties?.bfd.remove(slot);
    this.output.flush();
  }

  /** True once after the deputy of the BFD sessions was given something: it is to be woken. */
  takeDeputyPending(): boolean {
    return this.duties?.bfd.takeDeputyPending() === true;
  }

  /**
   * Sends a packet of the control plane: `length` bytes of `bytes` from `offset`, a whole IPv4 packet. `via` is the
   * neighbor to send it to; a multicast destination needs none.
   */
  inject(link: number, via: Ipv4, bytes: Uint8Array, offset: number, length: number, nowUs: number): void {
    this.clock[0] = nowUs;
    const whole = length <= IPV4_MAX_BYTES && checkIpv4(bytes, offset, length) === IPV4_VALID;
    if (!whole || this.links[link] === undefined) {
      this.counters.drop(VIRTUAL_LINK, whole ? DROP_LINK_DOWN : DROP_BAD_TOTAL_LENGTH);
      return;
    }
    this.counters.add(link, COUNT_INJECTS, 1);
    const packet = this.arena.packetOffset(WORK_SLOT);
    const total = ipv4TotalLength(bytes, offset);
    for (let i = 0; i < total; i++) this.arena.bytes[packet + i] = bytes[offset + i];
    this.output.clearOffload(packet);
    const destination = ipv4Destination(bytes, offset);
    this.duties?.control.send(link, isMulticast(destination) ? destination : via, packet, total);
    this.output.flush();
  }

  /** True once after packets were punted, BFD sessions have changed or a link refused what was joined: for the main thread. */
  takeNewsPending(): boolean {
    const hasPunts = this.duties?.punts.takePending() === true;
    const hasChanges = this.duties?.bfd.takePending() === true;
    const hasRefusal = this.output.takeRefusalPending();
    return hasPunts || hasChanges || hasRefusal;
  }

  /** Between batches: nothing of the FIB is held any more (`fib/epoch.ts`). */
  quiesce(): void {
    this.epochs.quiesce(this.worker);
  }

  /** Before the driver blocks. */
  offline(): void {
    this.epochs.offline(this.worker);
  }

  /** After the driver has blocked, before anything else. */
  online(): void {
    this.epochs.online(this.worker);
  }
}
