import { formatPrefix, type Prefix } from '../../src/base/prefix.js';
import { SeededRandom } from '../../src/base/random.js';
import { Controller } from '../../src/controller/controller.js';
import type { ForwarderQuery, FromForwarder, LinkState, Path, ToForwarder } from '../../src/forward/messages.js';
import type { SimulatedStore } from './simulated-store.js';

/** How long a message between processes, or a packet between routers, is on its way. */
const LATENCY_MS = 1;

/**
 * Controllers in one process, with virtual time. Each has a forwarder that does what it is told and answers at once;
 * packets that are injected on a link arrive at the other end of it.
 */
export class ControllerNetwork {
  nowMs = 1000;
  /** The calendar of all routers, in milliseconds since 1970, was this when their time began. */
  calendarStartMs = Date.parse('2026-03-01T00:00:00Z');
  private readonly routers = new Map<string, TestRouter>();
  private readonly wires = new Map<string, string>();
  private readonly due: { readonly atMs: number; readonly order: number; readonly run: () => void }[] = [];
  private order = 0;

  add(name: string, config: string): TestRouter {
    const router = new TestRouter(this, name, config);
    this.routers.set(name, router);
    return router;
  }

  /** Joins two links, named `ROUTER:LINK`. */
  wire(a: string, b: string): void {
    this.wires.set(a, b);
    this.wires.set(b, a);
  }

  after(delayMs: number, run: () => void): void {
    this.due.push({ atMs: this.nowMs + delayMs, order: this.order++, run });
    this.due.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
  }

  /** Time passes until `condition` holds; fails after `limitMs`. */
  runUntil(condition: () => boolean, limitMs = 60_000): void {
    const endMs = this.nowMs + limitMs;
    while (!condition()) {
      if (!this.step(endMs)) throw new Error(`condition does not hold after ${limitMs} ms`);
    }
  }

  run(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    while (this.step(endMs));
    this.nowMs = endMs;
  }

  deliver(from: string, packet: Uint8Array): void {
    const [name = '', link = ''] = (this.wires.get(from) ?? '').split(':');
    this.after(LATENCY_MS, () => {
      const router = this.routers.get(name);
      if (router?.isUp(link)) router.tell({ type: 'punt', link, atMs: this.nowMs, packet });
    });
  }

  /** Does what is due next, if that is not after `endMs`. */
  private step(endMs: number): boolean {
    const [first] = this.due;
    const timer = [...this.routers.values()]
      .filter((router) => router.timeoutMs !== undefined)
      .sort((a, b) => (a.timeoutMs ?? 0) - (b.timeoutMs ?? 0))[0];
    const timerMs = timer?.timeoutMs;
    const atMs = Math.min(first?.atMs ?? Number.POSITIVE_INFINITY, timerMs ?? Number.POSITIVE_INFINITY);
    if (atMs > endMs) return false;
    this.nowMs = Math.max(this.nowMs, atMs);
    if (first !== undefined && first.atMs <= atMs) {
      this.due.shift();
      first.run();
    } else {
      timer?.timeout();
    }
    return true;
  }
}

/** A controller and its forwarder. */
export class TestRouter {
  controller: Controller;
  /** All that the present controller has sent. */
  sent: ToForwarder[] = [];
  /** The forwarder: what it forwards by and what its kernel owns. They outlive a controller. */
  readonly fib = new Map<string, readonly Path[]>();
  tun: readonly number[] = [];
  /** Until when its worker delivers what it has on a lease. */
  leaseMs = -Infinity;
  /** It notes that for the next controller. */
  maintenance = false;
  /** Whose tunnels it opens. */
  carriers: readonly number[] = [];
  /** What it has of a store that it can reach. */
  store: SimulatedStore | undefined = undefined;
  /** Why its checks fail; undefined: they pass. */
  failure: string | undefined = undefined;
  /** What it says of the connections of any address. */
  connections: number | null = 0;
  /** Prefixes whose routes it refuses. */
  readonly full = new Set<string>();
  /** What has changed there, in order. */
  readonly history: string[] = [];
  alive = true;
  /** It has said goodbye. */
  hasStopped = false;
  private readonly stale = new Set<string>();
  private readonly down = new Set<string>();
  private links: readonly string[] = [];
  private restarts = 0;

  constructor(
    private readonly network: ControllerNetwork,
    private readonly name: string,
    private config: string,
  ) {
    this.controller = this.newController();
  }

  start(): void {
    this.controller.start(1);
  }

  get timeoutMs(): number | undefined {
    return this.alive ? this.controller.nextTimeoutMs() : undefined;
  }

  timeout(): void {
    const { nowMs } = this.network;
    for (const run of this.controller.health.due(nowMs)) run.done(this.failure, nowMs);
    const request = this.controller.exclusive.next(nowMs);
    const reply = request === undefined ? undefined : (this.store?.apply(request) ?? 'no answer in time');
    if (reply !== undefined) this.controller.exclusive.take(reply, nowMs, nowMs);
    this.controller.timeout(nowMs);
  }

  /** The controller dies; the forwarder goes on, and another controller starts after `delayMs`. */
  crash(delayMs: number): void {
    this.alive = false;
    this.network.after(delayMs, () => {
      this.restarts++;
      for (const prefix of this.fib.keys()) this.stale.add(prefix);
      this.sent = [];
      this.controller = this.newController();
      this.alive = true;
      this.start();
    });
  }

  setLink(link: string, up: boolean): void {
    if (up) this.down.delete(link);
    else this.down.add(link);
    this.tell(this.linkState(link));
  }

  isUp(link: string): boolean {
    return this.alive && !this.down.has(link);
  }

  /** The file changes; the controller does not know. */
  edit(config: string): void {
    this.config = config;
  }

  tell(message: FromForwarder): void {
    if (this.alive) this.controller.receive(message, this.network.nowMs);
  }

  /** The names and details of the controller's events, one text each. */
  events(name: string): string[] {
    return this.controller.events
      .recent()
      .filter((event) => event.name === name)
      .map(({ detail }) => Object.values(detail).join(' '));
  }

  private newController(): Controller {
    const random = new SeededRandom(this.name.length + this.restarts);
    const controller = new Controller(
      (message) => {
        if (this.controller !== controller) return;
        this.sent.push(message);
        this.forward(message);
      },
      random,
      {
        calendarMs: (atMs) => this.network.calendarStartMs + atMs,
        stopwatchMs: () => 0,
      },
    );
    return controller;
  }

  /** The forwarder's half of the boundary. */
  private forward(message: ToForwarder): void {
    switch (message.type) {
      case 'hello':
        this.answer({
          type: 'welcome',
          restarts: this.restarts,
          config: this.config,
          configPath: 'r.yaml',
          maintenance: this.maintenance,
        });
        for (const link of this.links) this.answer(this.linkState(link));
        break;
      case 'links':
        this.links = message.links.map(({ name }) => name);
        for (const link of this.links) this.answer(this.linkState(link));
        break;
      case 'virtual-link':
        this.answer({ type: 'virtual-link-ready', addresses: message.addresses }, () => this.setTun(message.addresses));
        break;
      case 'routes':
        this.programRoutes(message);
        break;
      case 'routes-complete':
        this.network.after(LATENCY_MS, () => {
          for (const prefix of this.stale) this.fib.delete(prefix);
        });
        break;
      case 'bfd-sessions':
        break;
      case 'inject':
        if (this.isUp(message.link)) this.network.deliver(`${this.name}:${message.link}`, message.packet);
        break;
      case 'read-config':
        this.answer({ type: 'config', config: this.config, configPath: 'r.yaml' });
        break;
      case 'query':
        this.answer({ type: 'answer', id: message.id, data: this.answerTo(message.query) });
        break;
      case 'lease':
        this.leaseMs = message.untilMs;
        break;
      case 'carriers':
        this.carriers = message.addresses;
        break;
      case 'maintenance':
        this.maintenance = message.on;
        this.answer({ type: 'maintenance', on: message.on, failure: undefined });
        break;
      case 'stopped':
        this.hasStopped = true;
        break;
    }
  }

  private answerTo(query: ForwarderQuery): unknown {
    return query.what === 'connections' ? query.addresses.map(() => this.connections) : [];
  }

  private answer(message: FromForwarder, effect: () => void = () => {}): void {
    this.network.after(LATENCY_MS, () => {
      effect();
      this.tell(message);
    });
  }

  private setTun(addresses: readonly number[]): void {
    const vip = 0x03030303;
    if (addresses.includes(vip) !== this.tun.includes(vip))
      this.note(addresses.includes(vip) ? 'address' : 'no address');
    this.tun = addresses;
  }

  private programRoutes({ sequence, upsert, remove }: Extract<ToForwarder, { type: 'routes' }>): void {
    const refused = upsert.map(({ prefix }) => prefix).filter((prefix) => this.full.has(formatPrefix(prefix)));
    this.answer({ type: 'routes-programmed', sequence, refused }, () => {
      for (const { prefix, paths } of upsert) if (!refused.includes(prefix)) this.setRoute(prefix, paths);
      for (const prefix of remove) this.setRoute(prefix, undefined);
    });
  }

  private setRoute(prefix: Prefix, paths: readonly Path[] | undefined): void {
    const key = formatPrefix(prefix);
    this.stale.delete(key);
    if (key === '3.3.3.3/32' && paths?.[0]?.kind !== 'neighbor')
      this.note(paths === undefined ? 'no delivery' : 'delivery');
    if (paths === undefined) this.fib.delete(key);
    else this.fib.set(key, paths);
  }

  private note(what: string): void {
    this.history.push(what);
  }

  private linkState(name: string): LinkState {
    const up = !this.down.has(name);
    const reason = up ? '' : 'no carrier';
    return { type: 'link', name, present: true, up, ifindex: 2, mtu: 1500, mac: '02:00:00:00:00:01', reason };
  }
}
