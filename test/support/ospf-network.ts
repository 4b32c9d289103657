import { networkOf } from '../../src/base/prefix.js';
import { randomBelow, SeededRandom } from '../../src/base/random.js';
import { OspfInstance } from '../../src/ospf/instance.js';
import type { OspfInput, OspfInterfaceConfig, OspfOutput, OspfRoute, OspfStub } from '../../src/ospf/messages.js';
import { AREA_ROUTER, type AreaRouterConfig, ospfConfig, POINT_TO_POINT } from './ospf-config.js';

/** What a simulated wire does to packets. Shares are of 1; times are of each packet on its own. */
export interface WireFaults {
  readonly delayMs: number;
  /** Added at random: packets overtake each other. */
  readonly jitterMs: number;
  readonly loss: number;
  readonly duplication: number;
}

export const PERFECT_WIRE: WireFaults = { delayMs: 1, jitterMs: 0, loss: 0, duplication: 0 };

export interface RouterOptions {
  readonly routerId: number;
  readonly hostMode?: boolean;
  readonly stubs?: readonly OspfStub[];
}

export interface WireOptions {
  readonly costs?: readonly [number, number];
  readonly faults?: WireFaults;
  readonly mtus?: readonly [number, number];
  readonly helloSeconds?: number;
  readonly deadSeconds?: number;
  readonly interface?: Partial<OspfInterfaceConfig>;
}

/** One end of a wire. */
interface End {
  readonly router: SimulatedRouter;
  readonly interface: string;
  readonly address: number;
  readonly mtu: number;
}

export interface Wire {
  readonly ends: readonly [End, End];
  faults: WireFaults;
  /** Carrier is there and nothing arrives. */
  silent: boolean;
}

export type Send = OspfOutput & { kind: 'send' };

/** A router of the network: an OSPF instance, what it is told and what it has said. */
export class SimulatedRouter {
  readonly name: string;
  instance: OspfInstance;
  config: AreaRouterConfig;
  routes: readonly OspfRoute[] = [];
  convergedAtMs: number | undefined = undefined;
  readonly outputs: { readonly atMs: number; readonly output: OspfOutput }[] = [];
  /** Nothing goes in and nothing is timed: the process is stopped. */
  paused = false;
  wakeUpMs: number | undefined = undefined;

  constructor(name: string, instance: OspfInstance, config: AreaRouterConfig) {
    this.name = name;
    this.instance = instance;
    this.config = config;
  }

  /** States that a neighbor has gone through, oldest first. */
  statesOf(routerId: number): string[] {
    return this.outputs.flatMap(({ output }) =>
      output.kind === 'neighbor' && output.routerId === routerId ? [output.to] : [],
    );
  }

  events(name: string): (OspfOutput & { kind: 'event' })[] {
    return this.outputs.flatMap(({ output }) => (output.kind === 'event' && output.name === name ? [output] : []));
  }
}

interface Delivery {
  readonly atMs: number;
  readonly order: number;
  readonly to: End;
  readonly wire: Wire;
  readonly source: number;
  readonly destination: number;
  readonly payload: Uint8Array;
}

/**
 * Routers and point-to-point wires in one process with virtual time: `run` goes from one wake-up to the next, so that
 * an hour takes as long as what happens in it. A seed decides everything random.
 */
export class OspfNetwork {
  nowMs = 0;
  readonly routers = new Map<string, SimulatedRouter>();
  readonly wires: Wire[] = [];
  /** Called for every packet that is sent, before the wire does anything to it. */
  onSend: ((router: SimulatedRouter, send: Send) => void) | undefined = undefined;
  private readonly random: SeededRandom;
  private readonly seed: number;
  private deliveries: Delivery[] = [];
  private order = 0;

  constructor(seed = 1) {
    this.seed = seed;
    this.random = new SeededRandom(seed);
  }

  addRouter(name: string, options: RouterOptions): SimulatedRouter {
    const config: AreaRouterConfig = {
      ...AREA_ROUTER,
      routerId: options.routerId,
      hostMode: options.hostMode ?? false,
      stubs: options.stubs ?? [],
    };
    const router = new SimulatedRouter(name, this.instance(), config);
    this.routers.set(name, router);
    this.handle(router, { kind: 'configure', config: ospfConfig(config) });
    return router;
  }

  /** Puts a wire between two routers, a /30 of its own, and brings it up. */
  connect(a: SimulatedRouter, b: SimulatedRouter, options: WireOptions = {}): Wire {
    const index = this.wires.length;
    const subnet = 0x0a000000 + 4 * index;
    const [costA, costB] = options.costs ?? [10, 10];
    const [mtuA, mtuB] = options.mtus ?? [1500, 1500];
    const wire: Wire = {
      ends: [
        { router: a, interface: `eth${index}`, address: subnet + 1, mtu: mtuA },
        { router: b, interface: `eth${index}`, address: subnet + 2, mtu: mtuB },
      ],
      faults: options.faults ?? PERFECT_WIRE,
      silent: false,
    };
    this.wires.push(wire);
    for (const [end, cost] of [[wire.ends[0], costA] as const, [wire.ends[1], costB] as const]) {
      const config: OspfInterfaceConfig = {
        name: end.interface,
        ...POINT_TO_POINT,
        address: { address: end.address, prefixLength: 30 },
        cost,
        helloIntervalSeconds: options.helloSeconds ?? 10,
        deadIntervalSeconds: options.deadSeconds ?? 40,
        ...options.interface,
      };
      this.configure(end.router, { interfaces: [...end.router.config.interfaces, config] });
    }
    this.setCarrier(wire, true);
    return wire;
  }

  configure(router: SimulatedRouter, change: Partial<AreaRouterConfig>): void {
    router.config = { ...router.config, ...change };
    this.handle(router, { kind: 'configure', config: ospfConfig(router.config) });
  }

  setCarrier(wire: Wire, up: boolean): void {
    if (!up) this.deliveries = this.deliveries.filter((delivery) => delivery.wire !== wire);
    for (const end of wire.ends) this.tellCarrier(end, up);
  }

  /**
   * A new process in the place of the old one, which says nothing: its neighbors remember all of it. With `resumes` its
   * forwarder has gone on.
   */
  restart(router: SimulatedRouter, resumes = false): void {
    router.instance = this.instance();
    router.routes = [];
    router.convergedAtMs = undefined;
    this.handle(router, { kind: 'configure', config: ospfConfig(router.config), resumes });
    for (const { ends } of this.wires) {
      for (const end of ends) if (end.router === router) this.tellCarrier(end, true);
    }
  }

  handle(router: SimulatedRouter, input: OspfInput): void {
    const outputs = router.instance.handle(input, this.nowMs);
    router.wakeUpMs = router.instance.nextTimeoutMs();
    for (const output of outputs) this.take(router, output);
  }

  /** Runs up to and including `untilMs`. */
  run(untilMs: number): void {
    for (let atMs = this.nextMs(); atMs !== undefined && atMs <= untilMs; atMs = this.nextMs()) this.step(atMs);
    this.nowMs = untilMs;
  }

  /** Runs until `isDone`, at most until `limitMs`; returns whether it was. */
  runUntil(isDone: () => boolean, limitMs: number): boolean {
    while (!isDone()) {
      const atMs = this.nextMs();
      if (atMs === undefined || atMs > limitMs) return false;
      this.step(atMs);
    }
    return true;
  }

  /**
   * True if all routers that live wires join hold the same instances of the same LSAs. Of routers that they cannot
   * reach they may hold different ones.
   */
  databasesAgree(liveWires: readonly Wire[] = this.wires): boolean {
    for (const members of this.islands(liveWires)) {
      const ids = new Set([...members].map((router) => router.config.routerId));
      const databases = [...members].map((router) => this.instancesIn(router, ids));
      if (databases.some((database) => database !== databases[0])) return false;
    }
    return true;
  }

  allFull(): boolean {
    return [...this.routers.values()].every((router) =>
      router.instance.interfaces(this.nowMs).every((view) => view.state === 'Down' || view.fullNeighbors === 1),
    );
  }

  private instancesIn(router: SimulatedRouter, advertisingRouters: ReadonlySet<number>): string {
    const lsas = router.instance.database(this.nowMs).filter((lsa) => advertisingRouters.has(lsa.advertisingRouter));
    return lsas.map((lsa) => `${lsa.type} ${lsa.id} ${lsa.advertisingRouter} ${lsa.sequence} ${lsa.checksum}`).join();
  }

  private islands(liveWires: readonly Wire[]): Set<SimulatedRouter>[] {
    const islands: Set<SimulatedRouter>[] = [...this.routers.values()].map((router) => new Set([router]));
    for (const { ends } of liveWires) {
      const [one, other] = ends.map((end) => islands.findIndex((island) => island.has(end.router)));
      if (one === other) continue;
      for (const router of islands[other]) islands[one].add(router);
      islands.splice(other, 1);
    }
    return islands;
  }

  private instance(): OspfInstance {
    return new OspfInstance(new SeededRandom(this.seed * 1000 + this.routers.size));
  }

  private tellCarrier(end: End, up: boolean): void {
    this.handle(end.router, { kind: 'interface', name: end.interface, up, mtu: end.mtu, ifindex: 1 });
  }

  private take(router: SimulatedRouter, output: OspfOutput): void {
    router.outputs.push({ atMs: this.nowMs, output });
    if (output.kind === 'routes') router.routes = output.routes;
    if (output.kind === 'converged') router.convergedAtMs = this.nowMs;
    if (output.kind === 'send') this.transmit(router, output);
  }

  private transmit(router: SimulatedRouter, send: Send): void {
    this.onSend?.(router, send);
    for (const wire of this.wires) {
      const from = wire.ends.find((end) => end.router === router && end.interface === send.interface);
      const to = wire.ends.find((end) => end !== from);
      if (from === undefined || to === undefined) continue;
      if (wire.silent || this.chance(wire.faults.loss)) return;
      this.deliver(wire, from, to, send);
      if (this.chance(wire.faults.duplication)) this.deliver(wire, from, to, send);
      return;
    }
  }

  private deliver(wire: Wire, from: End, to: End, send: Send): void {
    const jitterMs = wire.faults.jitterMs === 0 ? 0 : randomBelow(this.random, wire.faults.jitterMs);
    this.deliveries.push({
      atMs: this.nowMs + wire.faults.delayMs + jitterMs,
      order: this.order++,
      to,
      wire,
      source: from.address,
      destination: send.destination,
      payload: send.payload.slice(),
    });
  }

  private chance(share: number): boolean {
    return share > 0 && this.random.nextU32() < share * 0x100000000;
  }

  private nextMs(): number | undefined {
    let next: number | undefined;
    for (const delivery of this.deliveries) {
      if (!delivery.to.router.paused) next = Math.min(next ?? delivery.atMs, delivery.atMs);
    }
    for (const { wakeUpMs, paused } of this.routers.values()) {
      if (wakeUpMs !== undefined && !paused) next = Math.min(next ?? wakeUpMs, wakeUpMs);
    }
    return next;
  }

  private step(atMs: number): void {
    this.nowMs = Math.max(this.nowMs, atMs);
    // Of a process that stood still the timers come before the packets that have piled up.
    for (const router of this.routers.values()) {
      if (!router.paused && router.wakeUpMs !== undefined && router.wakeUpMs <= this.nowMs) {
        this.handle(router, { kind: 'timeout' });
      }
    }
    const isDue = (delivery: Delivery) => delivery.atMs <= this.nowMs && !delivery.to.router.paused;
    const due = this.deliveries.filter(isDue).sort((a, b) => a.atMs - b.atMs || a.order - b.order);
    this.deliveries = this.deliveries.filter((delivery) => !isDue(delivery));
    for (const { to, source, destination, payload } of due) {
      this.handle(to.router, { kind: 'packet', interface: to.interface, source, destination, payload });
    }
  }
}

/** The /32 of `address` as a stub. */
export function hostStub(address: number, cost = 0): OspfStub {
  return { prefix: { address, length: 32 }, cost };
}

/** The subnet of a wire. */
export function subnetOf(wire: Wire) {
  return networkOf({ address: wire.ends[0].address, prefixLength: 30 });
}
