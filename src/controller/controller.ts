import { formatIpv4, type Ipv4 } from '../base/ipv4.js';
import type { Random } from '../base/random.js';
import type { Config } from '../config/config.js';
import { MAX_CARRIERS } from '../forward/carriers.js';
import type {
  BfdState,
  ForwarderEvent,
  ForwarderQuery,
  FromForwarder,
  LinkState,
  ToForwarder,
} from '../forward/messages.js';
import type { Journal } from '../ospf/journal.js';
import type { OspfConfig, OspfRoute } from '../ospf/messages.js';
import { LEAVE_MS, type VipFacts, type VipHealth } from '../vip/lifecycle.js';
import { VipSet } from '../vip/vip-set.js';
import { AnnouncerGuard } from './announcer-guard.js';
import { BfdDriver } from './bfd-driver.js';
import { CalendarOffset } from './calendar-offset.js';
import type { Clocks } from './clocks.js';
import { Configuration, type ReloadOutcome } from './configuration.js';
import { ConnectionWatch } from './connection-watch.js';
import { DuplicateWatch } from './duplicate-watch.js';
import { EventLog } from './event-log.js';
import { ExclusiveVips } from './exclusive-vips.js';
import { ForwarderQueries } from './forwarder-queries.js';
import { type CheckView, HealthBoard } from './health-board.js';
import { LinkTable } from './link-table.js';
import { OspfDriver } from './ospf-driver.js';
import { hasKeyLifetimes, ospfConfigOf } from './ospf-settings.js';
import { hostPrefix, ospfRoutes, ownRoutes } from './own-routes.js';
import { externalsOf } from './redistribution.js';
import { RouteFeed } from './route-feed.js';
import { Takeover } from './takeover.js';
import { noSuchVip, VipMoves } from './vip-moves.js';
import { VirtualLink } from './virtual-link.js';

/**
 * What other routers say of VIPs comes in many packets at once when many change, and each may matter for all: it is acted upon
 * together.
 */
const NEWS_HOLD_MS = 50;
/** However long it goes on. */
const NEWS_LONGEST_HOLD_MS = 300;
/** So long a controller that stops may take to give its exclusive VIPs up. */
const RESIGN_MS = 500;

/**
 * The control plane of one router: the only place where configuration, OSPF, VIPs, RIB and the forwarder meet. It has
 * no clock and does no I/O of its own:
 *
 * ```
 *   receive (message of the forwarder) ──┐             ┌── send (message to the forwarder)
 *   timeout ─────────────────────────────┼► Controller ┼── events
 *   reload, query, drain (API) ──────────┤             ├── nextTimeoutMs
 *   results of checks ───────────────────┘             └── checks that are due (`health`)
 * ```
 *
 * Every input changes facts; `settle` then compares what should be with what the forwarder and OSPF were told, and tells
 * them the difference. Nothing is claimed before the LSDB is complete, and a controller that comes after one that died
 * takes over what that one had claimed, so that its end is not noticed.
 */
export class Controller {
  readonly events = new EventLog();
  readonly vips = new VipSet();
  readonly ospf: OspfDriver;
  readonly bfd: BfdDriver;
  readonly links: LinkTable;
  readonly connections: ConnectionWatch;
  readonly exclusive: ExclusiveVips;
  readonly moves: VipMoves;
  readonly health = new HealthBoard((check, nowMs) => this.takeHealth(check, nowMs));
  private readonly guard = new AnnouncerGuard(
    (vip) => this.moves.announcersOf(vip),
    (view, nowMs) => this.events.record(nowMs, 'vip-guard', { ...view }),
  );
  private maintenance = false;
  /** When the VIPs that others serve as well become a last resort for it; they are told of it before. */
  private leavesAtMs = Infinity;
  private settledMs = -Infinity;
  private readonly maintenanceWaiters: ((failure: string | undefined) => void)[] = [];
  private readonly duplicates = new DuplicateWatch((vip, other, nowMs) => {
    const detail = { vip: vip.name, mode: vip.mode, router: other.name, routerMode: other.mode };
    this.events.record(nowMs, 'vip-duplicate', detail);
  });
  private readonly configuration: Configuration;
  private readonly queries: ForwarderQueries;
  private readonly virtualLink: VirtualLink;
  private readonly feed = new RouteFeed();
  private readonly takeover = new Takeover();
  private readonly calendar: CalendarOffset;
  /** All routes of OSPF, if the RIB does not have them yet. */
  private learnt: readonly OspfRoute[] | undefined;
  private predecessors = 0;
  private converged = false;
  private complete = false;
  /** Until when exclusive VIPs may be given up; Infinity: it is not to stop. */
  private stopByMs = Infinity;
  private stopped = false;
  private leaseToldMs = -Infinity;
  private carriersTold = '';
  /** When what other routers say of VIPs is acted upon; Infinity: there is no news. */
  private newsDueMs = Infinity;
  private newsSinceMs = Infinity;
  /** A fact changed that `settle` has not acted upon. Packets and timers of OSPF change none. */
  private unsettled = false;

  constructor(
    private readonly send: (message: ToForwarder) => void,
    random: Random,
    private readonly clocks: Clocks,
    journal?: Journal,
  ) {
    this.calendar = new CalendarOffset(clocks.calendarMs);
    this.configuration = new Configuration(this.events, clocks);
    this.queries = new ForwarderQueries(send);
    this.connections = new ConnectionWatch(this.queries);
    this.exclusive = new ExclusiveVips(
      String(clocks.calendarMs(0)),
      (failure, nowMs) => {
        const detail = failure === undefined ? {} : { reason: failure };
        this.events.record(nowMs, failure === undefined ? 'store-reached' : 'store-lost', detail);
      },
      (vip, winner, nowMs) => {
        const detail = { vip: this.nameOf(vip), owner: winner.name, epoch: winner.epoch };
        this.events.record(nowMs, 'vip-lost', detail);
      },
    );
    this.links = new LinkTable(send, this.events);
    this.virtualLink = new VirtualLink(send);
    this.bfd = new BfdDriver(send);
    this.ospf = new OspfDriver(random, clocks, this.links.states, {
      journal,
      send,
      routes: (routes) => {
        this.learnt = routes;
        // What is heard of VIPs counts as long as there is a way to who said it.
        if (!this.moves.board.isEmpty) this.unsettled = true;
      },
      bfdSessions: (sessions) => this.bfd.watch(sessions),
      event: (name, detail, nowMs) => this.events.record(nowMs, name, detail),
      converged: () => this.endWaiting(),
      opaque: (routerId, id, payload, nowMs) => {
        if (!this.moves.board.take(routerId, id, payload)) return;
        this.holdNews(nowMs);
      },
      silent: () => this.moves.board.clear(),
    });
    this.moves = new VipMoves({
      vips: this.vips,
      exclusive: this.exclusive,
      connections: this.connections,
      isReachable: (router) => this.rib.best(hostPrefix(router))?.source.startsWith('ospf-') === true,
      isConverged: () => this.converged,
      isInMaintenance: () => this.maintenance,
      isDelivered: (vip) => this.feed.isProgrammed(hostPrefix(vip), 'vip'),
      isFit: (vip) => this.vips.isSought(vip) && this.health.of(vip) !== 'failed',
      isAdvertisedBy: (routerId, vip) => this.ospf.instance?.isHostOf(routerId, vip) === true,
      isTold: (vip) => this.ospf.hasTold(vip, this.vips.advertisedCost(vip)),
      changed: (vip, { to, phase, reason }, nowMs) => {
        const detail = { vip: this.nameOf(vip), to, phase, ...(reason === undefined ? {} : { reason }) };
        this.events.record(nowMs, 'vip-move', detail);
      },
    });
  }

  /** The configuration in force; undefined until the forwarder has given a good one. */
  get config(): Config | undefined {
    return this.configuration.current;
  }

  get rib(): RouteFeed['rib'] {
    return this.feed.rib;
  }

  /** True once claims are allowed: the LSDB is complete, or there is no OSPF. */
  get isConverged(): boolean {
    return this.converged;
  }

  /** How many controllers of this forwarder died before this one. */
  get restarts(): number {
    return this.predecessors;
  }

  /** First of all: introduces this controller, process `pid`, to the forwarder. */
  start(pid: number): void {
    this.send({ type: 'hello', pid });
  }

  receive(message: FromForwarder, nowMs: number): void {
    if (this.stopped) return;
    switch (message.type) {
      case 'welcome':
        this.predecessors = message.restarts;
        this.maintenance = message.maintenance;
        this.leavesAtMs = nowMs;
        this.takeConfig(message.configPath, message.config, nowMs);
        this.beginTakeover(nowMs);
        break;
      case 'config':
        this.takeConfig(message.configPath, message.config, nowMs);
        break;
      case 'maintenance':
        this.takeMaintenance(message.on, message.failure, nowMs);
        break;
      case 'config-unreadable':
        this.configuration.cannotRead(message.configPath, message.reason);
        break;
      case 'link':
        this.takeLinkState(message, nowMs);
        break;
      case 'routes-programmed':
        this.feed.confirm(message.sequence, message.refused);
        this.unsettled = true;
        break;
      case 'virtual-link-ready':
        this.virtualLink.take(message.addresses);
        this.unsettled = true;
        break;
      case 'punt':
        this.ospf.packet(message.link, message.packet, message.atMs, nowMs);
        // It may have been the advertisement that a move waits for, which need not change a route here.
        if (this.moves.awaitsSuccessor) this.newsDueMs = Math.min(this.newsDueMs, nowMs + NEWS_HOLD_MS);
        break;
      case 'bfd':
        this.takeBfdState(message, nowMs);
        break;
      case 'answer':
        this.queries.answer(message.id, message.data);
        break;
      case 'event':
        this.takeEvent(message.event);
        break;
      case 'stop':
        this.beginStop(nowMs);
        return;
    }
    this.settle(nowMs);
  }

  /** To be called at `nextTimeoutMs`; too early is harmless. */
  timeout(nowMs: number): void {
    if (this.stopped) return;
    this.ospf.timeout(nowMs);
    const due = this.vips.nextTimeoutMs();
    if ((this.guard.nextTimeoutMs() ?? Infinity) <= nowMs) this.unsettled = true;
    const waits = this.vips.isDraining || this.moves.isWaiting || this.moves.patient().length > 0;
    if ((due !== undefined && due <= nowMs) || waits) this.unsettled = true;
    this.exclusive.expire(nowMs);
    if (nowMs >= this.newsDueMs || nowMs >= this.leaveDueMs()) this.unsettled = true;
    if (nowMs >= this.calendarDueMs() || this.exclusive.takeChange(nowMs)) this.unsettled = true;
    if ((this.moves.nextTimeoutMs() ?? Infinity) <= nowMs) this.unsettled = true;
    this.takeover.expire(nowMs);
    this.settle(nowMs);
    if (this.stopByMs < Infinity) this.endStop(nowMs);
  }

  /** On the clock of `nowMs`; undefined: nothing is to be done by itself. */
  nextTimeoutMs(): number | undefined {
    if (this.stopped) return undefined;
    const { ospf, vips, connections, health, exclusive, moves, guard, takeover } = this;
    const sources = [ospf, vips, connections, health, exclusive, moves, guard].map((source) => source.nextTimeoutMs());
    const due = [
      ...sources,
      takeover.deadlineMs,
      this.calendarDueMs(),
      this.newsDueMs,
      this.leaveDueMs(),
      this.stopByMs,
    ];
    const earliest = Math.min(...due.map((atMs) => atMs ?? Number.POSITIVE_INFINITY));
    return earliest === Number.POSITIVE_INFINITY ? undefined : earliest;
  }

  /** Has the configuration file read again; `done` is called once it was applied or refused. */
  reload(done: (outcome: ReloadOutcome) => void): void {
    this.configuration.await(done);
    this.send({ type: 'read-config' });
  }

  /**
   * Has others serve the VIP of this name, its open connections excepted, for `limitMs` at most; then it is withdrawn until
   * `undrain`. Throws a LasthopError (`NO_SUCH_VIP`).
   */
  drain(name: string, limitMs: number, nowMs: number): void {
    if (!this.vips.drain(name, nowMs + limitMs)) throw noSuchVip(this.config, name);
    this.events.record(nowMs, 'vip-drain', { vip: name, limitSeconds: limitMs / 1000 });
    this.unsettled = true;
    this.settle(nowMs);
  }

  /**
   * Moves the exclusive VIP of this name, or all that are served here, to the router of a name or router ID: connections live
   * on here, for `limitMs` at most. Throws a LasthopError (`NO_SUCH_VIP`, `MOVE_REFUSED`); then nothing has changed.
   */
  move(name: string | undefined, node: string, limitMs: number, nowMs: number): void {
    const names = name === undefined ? this.moves.movable(this.config) : [name];
    this.moves.order(this.config, names, node, nowMs + limitMs, nowMs);
    for (const vip of names) {
      this.events.record(nowMs, 'vip-move', { vip, to: node, phase: 'offering', limitSeconds: limitMs / 1000 });
    }
    this.unsettled = true;
    this.settle(nowMs);
  }

  /** All VIPs are to be served by others, as far as there are any. */
  get isInMaintenance(): boolean {
    return this.maintenance;
  }

  /** Begins or ends maintenance, also for after a restart; `done` takes why that was not possible. */
  setMaintenance(on: boolean, done: (failure: string | undefined) => void): void {
    this.maintenanceWaiters.push(done);
    this.send({ type: 'maintenance', on });
  }

  /** Serves the VIP of this name here again. Throws a LasthopError (`NO_SUCH_VIP`). */
  undrain(name: string, nowMs: number): void {
    if (!this.vips.undrain(name)) throw noSuchVip(this.config, name);
    this.events.record(nowMs, 'vip-undrain', { vip: name });
    this.unsettled = true;
    this.settle(nowMs);
  }

  private nameOf(vip: Ipv4): string {
    return this.vips.nameOf(vip) ?? formatIpv4(vip);
  }

  /** Asks the forwarder; `done` is never called if it does not answer. Returns a number for `forget`. */
  query(query: ForwarderQuery, done: (data: unknown) => void): number {
    return this.queries.ask(query, done);
  }

  /** Gives up waiting for an answer. */
  forget(query: number): void {
    this.queries.forget(query);
  }

  private takeMaintenance(on: boolean, failure: string | undefined, nowMs: number): void {
    if (on !== this.maintenance) {
      this.events.record(nowMs, 'maintenance', { on });
      this.leavesAtMs = nowMs + LEAVE_MS;
    }
    this.maintenance = on;
    this.unsettled = true;
    for (const done of this.maintenanceWaiters.splice(0)) done(failure);
  }

  private healthOf(vip: Ipv4, nowMs: number): VipHealth {
    const health = this.guard.temper(vip, this.health.of(vip), this.vips.stateOf(vip), nowMs);
    const leaves = this.maintenance && nowMs >= this.leavesAtMs && !this.exclusive.isExclusive(vip);
    return health === 'up' && leaves ? 'last-resort' : health;
  }

  private takeHealth({ vip, check, healthy, reason }: CheckView, nowMs: number): void {
    this.events.record(nowMs, 'vip-check', { vip, check, healthy, ...(reason === undefined ? {} : { reason }) });
    this.unsettled = true;
  }

  private takeConfig(file: string, text: string, nowMs: number): void {
    if (!this.configuration.take(file, text, nowMs) || this.config === undefined) return;
    if (this.config.ospf === undefined) this.endWaiting();
    this.vips.configure(this.config.vips, nowMs);
    this.guard.configure(this.config);
    this.health.configure(this.config, this.predecessors > 0, nowMs);
    this.unsettled = true;
  }

  /** Until nothing more has come for a moment. */
  private holdNews(nowMs: number): void {
    this.newsSinceMs = Math.min(this.newsSinceMs, nowMs);
    this.newsDueMs = Math.min(nowMs + NEWS_HOLD_MS, this.newsSinceMs + NEWS_LONGEST_HOLD_MS);
  }

  /** When a maintenance that has begun is to be seen in what is advertised. */
  private leaveDueMs(): number {
    return this.maintenance && this.leavesAtMs > this.settledMs ? this.leavesAtMs : Infinity;
  }

  /** When the calendar is looked at for the sake of keys that are not always valid. */
  private calendarDueMs(): number {
    const matters = this.config !== undefined && hasKeyLifetimes(this.config);
    return matters ? this.calendar.nextLookMs : Number.POSITIVE_INFINITY;
  }

  /** The LSDB is complete, or there is none. */
  private endWaiting(): void {
    this.converged = true;
    this.takeover.end();
    this.unsettled = true;
  }

  private beginTakeover(nowMs: number): void {
    if (this.predecessors === 0 || this.converged || this.config === undefined) return;
    this.ospf.resume();
    this.takeover.begin(this.config.controller.holdTimeSeconds, nowMs);
  }

  private takeEvent({ atMs, name, detail }: ForwarderEvent): void {
    this.events.record(atMs, name, detail, 'forwarder');
    if (name === 'link-refused') this.links.refuse(detail);
  }

  private takeBfdState(state: BfdState, nowMs: number): void {
    this.unsettled = true;
    if (!this.bfd.take(state)) return;
    this.takeover.end();
    this.ospf.neighborLost(state.link, state.peer, nowMs);
  }

  private takeLinkState(state: LinkState, nowMs: number): void {
    if (this.links.take(state, nowMs)) this.takeover.end();
    this.unsettled = true;
  }

  private beginStop(nowMs: number): void {
    this.stopByMs = nowMs + RESIGN_MS;
    this.exclusive.resign();
    this.unsettled = true;
    this.settle(nowMs);
    this.endStop(nowMs);
  }

  /** Says goodbye once nothing is left to be given up, or it takes too long. */
  private endStop(nowMs: number): void {
    if (this.exclusive.isHolding && nowMs < this.stopByMs) return;
    this.ospf.end(nowMs);
    this.stopped = true;
    this.send({ type: 'stopped' });
  }

  /** Brings OSPF and the forwarder to what the facts ask for. Routes leave a link before the link is closed. */
  private settle(nowMs: number): void {
    const { config } = this;
    // With many VIPs a round takes a while, and OSPF has to know when what it says leaves.
    const startedMs = this.clocks.stopwatchMs();
    const presentMs = () => nowMs + Math.floor(this.clocks.stopwatchMs() - startedMs);
    while (config !== undefined && this.unsettled) {
      this.unsettled = false;
      this.settledMs = nowMs;
      this.newsDueMs = Infinity;
      this.newsSinceMs = Infinity;
      this.takeLearnt();
      this.moves.refresh();
      this.exclusive.configure(config, (vip) => this.moves.ownershipFacts(vip), nowMs);
      if (this.maintenance) this.moves.leave(config, nowMs);
      if (this.moves.settle(nowMs)) this.unsettled = true;
      this.advanceVips(nowMs);
      const { sourceVip } = config.virtualLink;
      this.virtualLink.tell(
        config,
        this.vips.addresses(),
        sourceVip === undefined ? undefined : this.vips.inService(sourceVip),
      );
      this.feedRoutes(config);
      this.tellCarriers();
      this.ospf.update(this.ospfConfig(config, nowMs), presentMs());
      this.ospf.say(this.moves.lsas(config, nowMs), presentMs());
      const isServed = (vip: Ipv4) => this.vips.stateOf(vip) === 'serving';
      this.duplicates.look(config.vips, isServed, (vip) => this.moves.heard(vip), nowMs);
      this.sendRoutes();
      this.links.tell(config);
      this.completeRoutes(config, nowMs);
    }
    this.sendRoutes();
    this.connections.watch([...new Set([...this.vips.patient(), ...this.moves.patient()])], nowMs);
    this.tellLease();
    if (config !== undefined) this.bfd.update(config);
  }

  private ospfConfig(config: Config, nowMs: number): OspfConfig | undefined {
    return ospfConfigOf(config, {
      vips: this.vips.advertised(),
      externals: externalsOf(config, (prefix) => this.rib.best(prefix)?.source),
      calendarOffsetMs: this.calendar.at(nowMs),
    });
  }

  /** One step for each VIP; whoever moved may be able to move on, once what the step asks for was told. */
  private advanceVips(nowMs: number): void {
    for (const { name, address, from, to } of this.vips.advance((vip) => this.vipFacts(vip, nowMs), nowMs)) {
      this.events.record(nowMs, 'vip-state', { vip: name, address: formatIpv4(address), from, to });
      this.unsettled = true;
    }
  }

  private vipFacts(address: Ipv4, nowMs: number): VipFacts {
    const state = this.vips.stateOf(address);
    const tenure = this.moves.tenureOf(address, this.config?.routerId ?? 0, nowMs);
    return {
      permitted: this.converged || this.predecessors > 0,
      addressPresent: this.virtualLink.has(address),
      routeProgrammed: this.feed.isProgrammed(hostPrefix(address), 'vip'),
      // Nothing else waits for it, and to find out takes time.
      told: state === 'draining' && this.ospf.hasTold(address, this.vips.advertisedCost(address)),
      idle: this.connections.isIdle(address, nowMs),
      shared: this.moves.announcersOf(address) > 0,
      health: this.healthOf(address, nowMs),
      tenure,
      succeeded: tenure === 'outgoing' && this.moves.isSucceeded(address),
    };
  }

  private tellLease(): void {
    const untilMs = this.exclusive.leaseUntilMs;
    if (untilMs !== this.leaseToldMs && untilMs > -Infinity) this.send({ type: 'lease', untilMs });
    this.leaseToldMs = untilMs;
  }

  private feedRoutes(config: Config): void {
    const routes = ownRoutes(config, {
      up: (link) => this.links.isUp(link),
      lost: (link, via) => this.bfd.isLost(link, via),
      delivered: this.vips.delivered(),
      isLeased: (vip) => this.exclusive.isLeased(vip),
      carried: (vip) => this.moves.carried(vip, config.routerId),
    });
    for (const [source, list] of routes) this.feed.replace(source, list);
    if (config.ospf === undefined) this.learnt = [];
  }

  /** Whose tunnels are to be opened: of all that have to do with a VIP. */
  private tellCarriers(): void {
    const addresses = this.moves.board.routers().slice(0, MAX_CARRIERS);
    const text = addresses.join();
    if (text !== this.carriersTold) this.send({ type: 'carriers', addresses });
    this.carriersTold = text;
  }

  private takeLearnt(): void {
    if (this.learnt === undefined || this.takeover.isActive) return;
    for (const source of ['ospf-intra', 'ospf-inter', 'ospf-external'] as const) {
      this.feed.replace(source, ospfRoutes(this.learnt, source));
    }
    this.learnt = undefined;
  }

  private sendRoutes(): void {
    this.takeLearnt();
    const message = this.feed.take();
    if (message !== undefined) this.send(message);
  }

  /** Once in a controller's life: routes of its predecessor that it has not sent by now are no longer wanted. */
  private completeRoutes(config: Config, nowMs: number): void {
    if (this.complete) return;
    const claiming = this.vips.views().some(({ state }) => state === 'adding-address' || state === 'programming');
    const known = config.links.every(({ name }) => this.links.states.has(name));
    if (!this.converged || !this.virtualLink.isReady || !known || claiming) return;
    this.complete = true;
    this.send({ type: 'routes-complete' });
    this.events.record(nowMs, 'routes-complete', {});
  }
}
