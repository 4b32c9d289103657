import { networkOf } from '../../src/base/prefix.js';
import { randomBelow, SeededRandom } from '../../src/base/random.js';
import { OspfInstance } from '../../src/ospf/instance.js';
import type { OspfInput, OspfInterfaceConfig, OspfOutput, OspfRoute, OspfStub } from '../../src/ospf/messages.js';
import { DeliveryQueue, type Timed } from './delivery-queue.js';
import { AREA_ROUTER, type AreaRouterConfig, areaConfig, ospfConfig, POINT_TO_POINT } from './ospf-config.js';

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
  /** The area of its wires, unless a wire is in another; 0 if absent. */
  readonly area?: number;
  readonly hostMode?: boolean;
  readonly stubs?: readonly OspfStub[];
}

export interface WireOptions {
  readonly costs?: readonly [number, number];
  readonly faults?: WireFaults;
  readonly mtus?: readonly [number, number];
  readonly helloSeconds?: number;
  readonly deadSeconds?: number;
  readonly area?: number;
  readonly interface?: Partial<OspfInterfaceConfig>;
}

export interface LanOptions {
  /** Of each router, in their order; 10 and 1 if absent. */
  readonly costs?: readonly number[];
  readonly priorities?: readonly number[];
  readonly faults?: WireFaults;
  readonly area?: number;
  readonly interface?: Partial<OspfInterfaceConfig>;
}

/** Where a router is on a wire. */
export interface End {
  readonly router: SimulatedRouter;
  readonly interface: string;
  readonly address: number;
  readonly mtu: number;
  /** Ends with the same number hear each other. */
  segment: number;
}

/** A point-to-point wire, or a LAN with any number of ends. */
export interface Wire {
  readonly kind: OspfInterfaceConfig['type'];
  readonly area: number;
  readonly prefixLength: number;
  readonly ends: readonly End[];
  faults: WireFaults;
  /** Carrier is there and nothing arrives. */
  silent: boolean;
  /** How often the carrier was lost: what was under way then does not arrive. */
  losses: number;
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
  /** Its place on every wire, by the name of the interface. */
  readonly places = new Map<string, { readonly wire: Wire; readonly end: End }>();
  /** What has come while it was paused. */
  readonly backlog: Delivery[] = [];

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

interface Delivery extends Timed {
  readonly to: End;
  readonly wire: Wire;
  readonly losses: number;
  readonly source: number;
  readonly destination: number;
  readonly payload: Uint8Array;
}

/**
 * Routers, point-to-point wires and LANs in one process with virtual time: `run` goes from one wake-up to the next, so that
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
  private readonly deliveries = new DeliveryQueue<Delivery>();
  private order = 0;
  /** The routers whose next wake-up has to be asked for. */
  private readonly disturbed = new Set<SimulatedRouter>();
  private readonly keepsOutputs: boolean;

  /** @param keepsOutputs false for large networks, whose outputs nobody looks at */
  constructor(seed = 1, keepsOutputs = true) {
    this.seed = seed;
    this.keepsOutputs = keepsOutputs;
    this.random = new SeededRandom(seed);
  }

  addRouter(name: string, options: RouterOptions): SimulatedRouter {
    const config: AreaRouterConfig = {
      ...AREA_ROUTER,
      routerId: options.routerId,
      area: options.area ?? AREA_ROUTER.area,
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
    const { costs = [10, 10], mtus = [1500, 1500], faults = PERFECT_WIRE, area = 0 } = options;
    const ends = [a, b].map((router, side) => ({
      router,
      interface: `eth${index}`,
      address: subnet + 1 + side,
      mtu: mtus[side],
      segment: 0,
    }));
    const wire: Wire = {
      kind: 'point-to-point',
      area,
      prefixLength: 30,
      ends,
      faults,
      silent: false,
      losses: 0,
    };
    this.attach(wire, (side) => ({
      ...POINT_TO_POINT,
      cost: costs[side],
      helloIntervalSeconds: options.helloSeconds ?? 10,
      deadIntervalSeconds: options.deadSeconds ?? 40,
      ...options.interface,
    }));
    return wire;
  }

  /** Puts routers on a LAN, a /24 of its own, and brings it up. */
  addLan(routers: readonly SimulatedRouter[], options: LanOptions = {}): Wire {
    const index = this.wires.length;
    const subnet = 0x0b000000 + 256 * index;
    const ends = routers.map((router, side) => ({
      router,
      interface: `eth${index}`,
      address: subnet + 1 + side,
      mtu: 1500,
      segment: 0,
    }));
    const { costs = [], priorities = [], faults = PERFECT_WIRE, area = 0 } = options;
    const wire: Wire = { kind: 'broadcast', area, prefixLength: 24, ends, faults, silent: false, losses: 0 };
    this.attach(wire, (side) => ({
      ...POINT_TO_POINT,
      type: 'broadcast',
      cost: costs[side] ?? 10,
      priority: priorities[side] ?? 1,
      ...options.interface,
    }));
    return wire;
  }

  private attach(wire: Wire, configOf: (side: number) => Omit<OspfInterfaceConfig, 'name' | 'address'>): void {
    this.wires.push(wire);
    for (const [side, end] of wire.ends.entries()) {
      const { router } = end;
      router.places.set(end.interface, { wire, end });
      const address = { address: end.address, prefixLength: wire.prefixLength };
      const config: OspfInterfaceConfig = { ...configOf(side), name: end.interface, address };
      this.configure(router, withInterface(router.config, wire.area, config));
    }
    this.setCarrier(wire, true);
  }

  /** Cuts a LAN in parts that do not hear each other; routers that are not named are alone. No groups heal it. */
  partition(wire: Wire, ...groups: readonly (readonly SimulatedRouter[])[]): void {
    for (const [side, end] of wire.ends.entries()) {
      const group = groups.findIndex((members) => members.includes(end.router));
      if (groups.length === 0) end.segment = 0;
      else end.segment = group >= 0 ? group : groups.length + side;
    }
  }

  configure(router: SimulatedRouter, change: Partial<AreaRouterConfig>): void {
    router.config = { ...router.config, ...change };
    this.handle(router, { kind: 'configure', config: ospfConfig(router.config) });
  }

  setCarrier(wire: Wire, up: boolean): void {
    if (!up) wire.losses++;
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
    for (const { end } of router.places.values()) this.tellCarrier(end, true);
  }

  handle(router: SimulatedRouter, input: OspfInput): void {
    const outputs = router.instance.handle(input, this.nowMs);
    this.disturbed.add(router);
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
   * True if all routers that live wires of an area join hold the same instances of the same LSAs of that area. Of routers
   * that they cannot reach they may hold different ones.
   */
  databasesAgree(liveWires: readonly Wire[] = this.wires): boolean {
    for (const area of new Set(this.wires.map((wire) => wire.area))) {
      const ofArea = liveWires.filter((wire) => wire.area === area);
      if (!this.agree(ofArea, area)) return false;
    }
    return this.agree(liveWires, undefined);
  }

  /** Every router is Full with all it is to be adjacent to; on a LAN with two if it is not designated. */
  allFull(): boolean {
    return [...this.routers.values()].every((router) =>
      router.instance.interfaces(this.nowMs).every((view) => {
        if (view.state === 'Down') return true;
        if (view.type === 'point-to-point') return view.fullNeighbors === 1;
        const expected = view.state === 'DROther' ? Math.min(2, view.neighbors) : view.neighbors;
        return view.state !== 'Waiting' && expected > 0 && view.fullNeighbors === expected;
      }),
    );
  }

  private agree(wires: readonly Wire[], area: number | undefined): boolean {
    for (const members of islandsOf([...this.routers.values()], wires)) {
      const ids = new Set([...members].map((router) => router.config.routerId));
      const databases = [...members].map((router) => this.instancesIn(router, ids, area));
      if (databases.some((database) => database !== databases[0])) return false;
    }
    return true;
  }

  private instancesIn(
    router: SimulatedRouter,
    advertisingRouters: ReadonlySet<number>,
    area: number | undefined,
  ): string {
    const lsas = router.instance
      .database(this.nowMs)
      .filter(
        (lsa) => lsa.area === area && advertisingRouters.has(lsa.advertisingRouter) && lsa.interface === undefined,
      );
    return lsas.map((lsa) => `${lsa.type} ${lsa.id} ${lsa.advertisingRouter} ${lsa.sequence} ${lsa.checksum}`).join();
  }

  private instance(): OspfInstance {
    return new OspfInstance(new SeededRandom(this.seed * 1000 + this.routers.size));
  }

  private tellCarrier(end: End, up: boolean): void {
    this.handle(end.router, { kind: 'interface', name: end.interface, up, mtu: end.mtu, ifindex: 1 });
  }

  private take(router: SimulatedRouter, output: OspfOutput): void {
    if (this.keepsOutputs) router.outputs.push({ atMs: this.nowMs, output });
    if (output.kind === 'routes') router.routes = output.routes;
    if (output.kind === 'converged') router.convergedAtMs = this.nowMs;
    if (output.kind === 'send') this.transmit(router, output);
  }

  private transmit(router: SimulatedRouter, send: Send): void {
    this.onSend?.(router, send);
    const place = router.places.get(send.interface);
    if (place === undefined || place.wire.silent) return;
    const { wire, end: from } = place;
    const isUnicast = send.destination >>> 28 !== 0xe;
    for (const to of wire.ends) {
      if (to === from || to.segment !== from.segment) continue;
      if (isUnicast && wire.kind === 'broadcast' && to.address !== send.destination) continue;
      if (this.chance(wire.faults.loss)) continue;
      this.deliver(wire, from, to, send);
      if (this.chance(wire.faults.duplication)) this.deliver(wire, from, to, send);
    }
  }

  private deliver(wire: Wire, from: End, to: End, send: Send): void {
    const jitterMs = wire.faults.jitterMs === 0 ? 0 : randomBelow(this.random, wire.faults.jitterMs);
    this.deliveries.push({
      atMs: this.nowMs + wire.faults.delayMs + jitterMs,
      order: this.order++,
      to,
      wire,
      losses: wire.losses,
      source: from.address,
      destination: send.destination,
      payload: send.payload.slice(),
    });
  }

  private chance(share: number): boolean {
    return share > 0 && this.random.nextU32() < share * 0x100000000;
  }

  private nextMs(): number | undefined {
    for (const router of this.disturbed) router.wakeUpMs = router.instance.nextTimeoutMs();
    this.disturbed.clear();
    let next = this.deliveries.nextMs;
    for (const { wakeUpMs, paused, backlog } of this.routers.values()) {
      if (paused) continue;
      if (backlog.length > 0) return this.nowMs;
      if (wakeUpMs !== undefined && (next === undefined || wakeUpMs < next)) next = wakeUpMs;
    }
    return next;
  }

  private step(atMs: number): void {
    this.nowMs = Math.max(this.nowMs, atMs);
    // Of a process that stood still the timers come before the packets that have piled up.
    for (const router of this.routers.values()) {
      if (router.paused) continue;
      if (router.wakeUpMs !== undefined && router.wakeUpMs <= this.nowMs) this.handle(router, { kind: 'timeout' });
      for (const delivery of router.backlog.splice(0)) this.hand(delivery);
    }
    for (let due = this.deliveries.takeDue(this.nowMs); due; due = this.deliveries.takeDue(this.nowMs)) {
      if (due.to.router.paused) due.to.router.backlog.push(due);
      else this.hand(due);
    }
  }

  private hand({ to, wire, losses, source, destination, payload }: Delivery): void {
    if (losses !== wire.losses) return;
    this.handle(to.router, { kind: 'packet', interface: to.interface, source, destination, payload });
  }
}

/** Whom an end may reach on its wire; nobody on a LAN where nobody may become designated router. */
export function partnersOf(wire: Wire, end: End): End[] {
  const segment = wire.ends.filter((other) => other.segment === end.segment);
  const isJoined = wire.kind === 'point-to-point' || segment.some((other) => configOf(other).priority > 0);
  return isJoined ? segment.filter((other) => other !== end) : [];
}

/** The configuration of the interface at an end of a wire. */
export function configOf({ router, interface: name }: End): OspfInterfaceConfig {
  const { interfaces, otherAreas = [] } = router.config;
  const config = [...interfaces, ...otherAreas.flatMap((area) => area.interfaces)].find((entry) => entry.name === name);
  if (config === undefined) throw new Error(`${router.name} has no ${name}`);
  return config;
}

/** The groups of routers that wires join; a router without any is one alone. */
function islandsOf(routers: readonly SimulatedRouter[], wires: readonly Wire[]): Set<SimulatedRouter>[] {
  const islands = new Map(routers.map((router) => [router, new Set([router])]));
  const join = (one: SimulatedRouter, other: SimulatedRouter) => {
    const [into, from] = [islands.get(one), islands.get(other)];
    if (into === undefined || from === undefined || into === from) return;
    for (const router of from) {
      into.add(router);
      islands.set(router, into);
    }
  };
  for (const wire of wires) {
    for (const end of wire.ends) {
      const [partner] = partnersOf(wire, end);
      if (partner !== undefined) join(partner.router, end.router);
    }
  }
  return [...new Set(islands.values())];
}

/** The configuration with one interface more in `area`. */
function withInterface(config: AreaRouterConfig, area: number, added: OspfInterfaceConfig): Partial<AreaRouterConfig> {
  if (area === config.area) return { interfaces: [...config.interfaces, added] };
  const { otherAreas = [] } = config;
  if (!otherAreas.some(({ id }) => id === area)) {
    return { otherAreas: [...otherAreas, areaConfig(area, { interfaces: [added] })] };
  }
  return {
    otherAreas: otherAreas.map((entry) =>
      entry.id === area ? { ...entry, interfaces: [...entry.interfaces, added] } : entry,
    ),
  };
}

/** The /32 of `address` as a stub. */
export function hostStub(address: number, cost = 0): OspfStub {
  return { prefix: { address, length: 32 }, cost };
}

/** The subnet of a wire. */
export function subnetOf(wire: Wire) {
  return networkOf({ address: wire.ends[0].address, prefixLength: wire.prefixLength });
}
