import { randomInt } from 'node:crypto';
import { formatIpv4 } from '../base/ipv4.js';
import { SeededRandom } from '../base/random.js';
import { SharedRing } from '../base/ring.js';
import { Epochs } from '../fib/epoch.js';
import { GroupWriter } from '../fib/group-writer.js';
import { PoptrieWriter } from '../fib/poptrie-writer.js';
import { native } from '../kernel/binding.js';
import { allocateHuge } from '../kernel/huge-pages.js';
import { LinkMonitor, readLinks } from '../kernel/link-monitor.js';
import { readTcpConnections } from '../kernel/tcp-connections.js';
import { TUN_TABLE } from '../kernel/tun-settings.js';
import { AdjacencyTable } from './adjacency.js';
import { AdjacencyRegistry } from './adjacency-registry.js';
import { BfdDeputyTable } from './bfd-deputy-table.js';
import { BfdOwner } from './bfd-owner.js';
import { BfdTable } from './bfd-table.js';
import { CarryOwner } from './carry-owner.js';
import { COALESCE_TCP, COALESCE_UDP } from './coalesce-kind.js';
import { Counters } from './counters.js';
import { FibOwner } from './fib-owner.js';
import { ForwarderQueries } from './forwarder-query.js';
import { GroupRegistry } from './group-registry.js';
import { LeaseGate } from './lease-gate.js';
import { LinkOwner } from './link-owner.js';
import { LinkTable, MAX_LINKS, VIRTUAL_LINK } from './link-table.js';
import type { BfdState, ForwarderEvent, LinkState } from './messages.js';
import { allocatePlane } from './plane.js';
import { VirtualLink, type VirtualLinkRequest } from './virtual-link.js';
import { VirtualLinkWatch } from './virtual-link-watch.js';
import { Workers } from './workers.js';
import { XdpOwner } from './xdp-owner.js';

/** How long the worker may take to send what it was given last. */
const DRAIN_TIMEOUT_MS = 500;
/** Punted packets handed on in one turn of the event loop. */
const PUNTS_PER_TURN = 256;

/** In the words of an event. */
const COALESCE_KINDS = [
  ['tcp', COALESCE_TCP],
  ['udp', COALESCE_UDP],
] as const;

export interface DataPlaneListener {
  onLinkState(state: LinkState): void;
  /** A packet for the control plane; `atMs` is CLOCK_MONOTONIC. */
  onPunt(link: string, atMs: number, packet: Uint8Array): void;
  onBfdState(state: BfdState): void;
  onEvent(name: string, detail: ForwarderEvent['detail']): void;
  /** A worker is gone: nothing is forwarded any more. */
  onFailure(error: Error): void;
}

/** Everything that forwards, and the kernel's part in it, as the main thread owns it; no controller is needed for it. */
export class DataPlane {
  readonly fib: FibOwner;
  readonly links: LinkOwner;
  readonly bfd: BfdOwner;
  readonly carry: CarryOwner;
  readonly queries: ForwarderQueries;
  private readonly listener: DataPlaneListener;
  private readonly workers: Workers;
  private readonly monitor: LinkMonitor;
  private readonly table: LinkTable;
  private readonly punts: SharedRing;
  private readonly clock = new Float64Array(1);
  /** Which links the worker forwarded on when we last looked. */
  private readonly forwarding = new Uint8Array(MAX_LINKS);
  /** What each link had refused to take joined when we last looked. */
  private readonly refused = new Uint8Array(MAX_LINKS);
  private virtual: VirtualLink | undefined;
  private virtualWatch: VirtualLinkWatch | undefined;
  /** The kernel's link by which the host's own packets left when we last looked; 0 for none. */
  private wayOut = 0;
  private closing: Promise<void> | undefined;
  private readonly lease: SharedArrayBuffer;

  constructor(workers: number, listener: DataPlaneListener) {
    this.listener = listener;
    const plane = allocatePlane({ workers, allocateFib: allocateHuge, hashSeed: randomInt(2 ** 32) });
    this.lease = plane.lease;
    this.carry = new CarryOwner(plane, readTcpConnections);
    const epochs = new Epochs(plane.epochs);
    const adjacencies = new AdjacencyTable(plane.adjacencies, plane.adjacencyCapacity);
    const counters = new Counters(plane.counters);
    this.table = new LinkTable(plane.links);
    this.punts = new SharedRing(plane.punts);
    this.workers = new Workers(plane, workers, {
      told: () => this.lookAtWorker(),
      failed: (error) => listener.onFailure(error),
      deputyImpaired: (reason) => listener.onEvent('bfd-precedence-missing', { reason }),
    });
    this.monitor = this.startMonitor();
    const { commands } = this.workers;
    const registry = new AdjacencyRegistry(adjacencies, commands, (name) => this.links.indexOf(name));
    const groups = new GroupRegistry(new GroupWriter(plane.groups, epochs), registry);
    this.fib = new FibOwner(new PoptrieWriter(plane.fib, epochs), groups);
    this.links = new LinkOwner({
      monitor: this.monitor,
      table: this.table,
      counters,
      commands,
      xdp: new XdpOwner(this.workers.arenas, commands),
      isRouted: (link) => registry.usesLink(link),
      onState: (state) => listener.onLinkState(state),
      onEvent: (name, detail) => listener.onEvent(name, detail),
    });
    const bfdTable = new BfdTable(plane.bfd);
    this.bfd = new BfdOwner({
      commands,
      table: bfdTable,
      changes: new SharedRing(plane.bfdChanges),
      random: new SeededRandom(randomInt(2 ** 32)),
      linkIndex: (name) => this.links.indexOf(name),
      onDefined: () => this.workers.startDeputy(),
      onState: (state) => this.reportBfd(state),
      onRefused: ({ link, peer }, reason) => listener.onEvent('bfd-refused', { link, peer: formatIpv4(peer), reason }),
    });
    this.queries = new ForwarderQueries({
      table: this.table,
      adjacencies,
      counters,
      fib: this.fib,
      links: this.links,
      virtualLink: () => this.virtual,
      bfd: this.bfd,
      bfdTable,
      bfdDeputy: new BfdDeputyTable(plane.bfdDeputy),
      workers: this.workers,
      nowUs: () => this.nowMs() * 1000,
    });
  }

  get virtualLink(): VirtualLink | undefined {
    return this.virtual;
  }

  /** Turns of the first worker's loop so far, modulo 2^32; they stand still while nothing happens. */
  get breaths(): number {
    return this.workers.statuses()[0].breaths;
  }

  /** CLOCK_MONOTONIC. */
  nowMs(): number {
    native.readClock(this.clock);
    return this.clock[0] / 1000;
  }

  /** True if the workers have moved since the last call, or wait for something to happen. */
  isAlive(): boolean {
    return this.workers.isAlive();
  }

  /** Makes the virtual link if there is none yet, and gives it these settings; throws an error for people. */
  configureVirtualLink(request: VirtualLinkRequest): void {
    this.virtual ??= this.makeVirtualLink(request.name);
    this.virtual.configure(request);
    this.reportWayOut(this.virtual);
  }

  /** Sends one IPv4 packet. Returns false if it is lost here: there is no such link, or the worker has too much to do. */
  inject(link: string, via: number, packet: Uint8Array): boolean {
    const index = this.links.indexOf(link);
    return index !== undefined && this.workers.commands.inject(index, via, packet);
  }

  /** Until when what is delivered on a lease may be: CLOCK_MONOTONIC, milliseconds. */
  setLease(untilMs: number): void {
    LeaseGate.write(this.lease, untilMs * 1000);
  }

  /** Calls `seen` once the workers have left every state of the tables from before this call. */
  whenWorkerHasSeen(seen: () => void): void {
    this.workers.commands.fence(seen);
  }

  /** Sends what is to be sent, then gives the links back and ends the worker and the virtual link. */
  close(): Promise<void> {
    this.closing ??= this.takeDown();
    return this.closing;
  }

  private async takeDown(): Promise<void> {
    await Promise.all([this.drain(), within(DRAIN_TIMEOUT_MS, this.bfd.end())]);
    this.monitor.close();
    this.virtualWatch?.close();
    this.links.close();
    this.virtual?.close();
    await this.workers.stop();
  }

  private makeVirtualLink(name: string): VirtualLink {
    const link = new VirtualLink(name, this.table, this.workers.commands);
    this.virtualWatch = new VirtualLinkWatch({
      link,
      monitor: this.monitor,
      onEvent: (event, detail) => this.listener.onEvent(event, detail),
      onFailure: (error) => this.listener.onFailure(error),
    });
    return link;
  }

  /** A worker without a monitor must not keep the process alive. */
  private startMonitor(): LinkMonitor {
    try {
      return new LinkMonitor((name) => this.kernelChanged(name));
    } catch (error) {
      void this.workers.stop();
      throw error;
    }
  }

  /** Packets of a VIP that leave by a link outside the router are lost; only the operator can say what is to go where. */
  private reportWayOut(virtual: VirtualLink): void {
    const ifindex = virtual.wayOut();
    if (ifindex === this.wayOut) return;
    this.wayOut = ifindex;
    if (ifindex === 0 || ifindex === virtual.ifindex) return;
    const link = readLinks().find((each) => each.ifindex === ifindex)?.name ?? `number ${ifindex}`;
    const hint = `for each address of ${virtual.name}: ip rule add from ADDRESS lookup ${TUN_TABLE}`;
    this.listener.onEvent('default-route-elsewhere', { link, hint });
  }

  private drain(): Promise<void> {
    return within(DRAIN_TIMEOUT_MS, new Promise((resolve) => this.whenWorkerHasSeen(resolve)));
  }

  private kernelChanged(name: string): void {
    if (this.closing !== undefined) return;
    if (name === this.virtual?.name) this.virtualWatch?.kernelChanged();
    else this.links.kernelChanged(name);
  }

  private lookAtWorker(): void {
    this.bfd.takeChanges();
    this.reportLinks();
    this.reportRefusals();
    this.takePunts();
  }

  private reportBfd(state: BfdState): void {
    const { link, peer, from, to, diagnostic, remoteState, remoteDiagnostic } = state;
    this.listener.onBfdState(state);
    const detail = { link, peer: formatIpv4(peer), from, to, diagnostic, remoteState, remoteDiagnostic };
    if (from !== to) this.listener.onEvent('bfd-state', detail);
  }

  /** The worker turns away from a link by itself and at once; here we only hear that it did. */
  private reportLinks(): void {
    const { up } = this.table;
    for (let index = VIRTUAL_LINK + 1; index < MAX_LINKS; index++) {
      if (up[index] === this.forwarding[index]) continue;
      this.forwarding[index] = up[index];
      const link = this.links.nameOf(index) ?? '';
      this.listener.onEvent(up[index] === 1 ? 'forwarding-started' : 'forwarding-stopped', { link });
    }
  }

  /** A link that takes no super-packets gets the packets one by one. */
  private reportRefusals(): void {
    for (let index = 0; index < MAX_LINKS; index++) {
      const refused = this.table.refusedKinds(index);
      const news = refused & ~this.refused[index];
      this.refused[index] = refused;
      if (news === 0) continue;
      const link = index === VIRTUAL_LINK ? (this.virtual?.name ?? '') : (this.links.nameOf(index) ?? '');
      for (const [kind, bit] of COALESCE_KINDS) {
        if ((news & bit) !== 0) this.listener.onEvent('coalescing-refused', { link, kind });
      }
    }
  }

  private takePunts(): void {
    const { punts } = this;
    for (let taken = 0; punts.peek(); taken++) {
      if (taken === PUNTS_PER_TURN) {
        setImmediate(() => this.takePunts());
        return;
      }
      const packet = new Uint8Array(punts.length);
      punts.copyTo(packet, 0);
      const link = this.links.nameOf(punts.tag);
      const atMs = this.expand(punts.aux);
      punts.pop();
      if (link !== undefined) this.listener.onPunt(link, atMs, packet);
    }
  }

  /** The time of which `low` are the low 32 bits, in milliseconds; it is past, but not by much. */
  private expand(low: number): number {
    const now = Math.floor(this.nowMs());
    return now - (((now >>> 0) - low) >>> 0);
  }
}

/** Waits for `done`, but no longer than `limitMs`. */
async function within(limitMs: number, done: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([done, limit]);
  clearTimeout(timer);
}
