import type { Random } from '../base/random.js';
import { sendDelayedAcknowledgments, sendDirectAcknowledgments } from './acknowledge.js';
import { raise, tellOthers } from './adjacency.js';
import type { Area } from './area.js';
import { loseNeighbor, tellBfd } from './bfd.js';
import { STANDSTILL_GRACE_MS, STANDSTILL_MS } from './constants.js';
import { armRepetition, repeatDescription } from './database-description.js';
import { expire, removeMaxAged, sendFloods } from './flood.js';
import { sendHello } from './hello.js';
import type { LinkCondition, OspfInterface } from './interface.js';
import type { OspfInput, OspfOutput, OspfRoute } from './messages.js';
import type { Neighbor } from './neighbor.js';
import { originate, routerLinks } from './originate.js';
import { receivePacket } from './packet.js';
import { changeLink, leave, reconfigure } from './reconfigure.js';
import { type Rejection, type RejectionCheck, RejectionLog } from './rejection.js';
import { progressRequests, sendRequest } from './request.js';
import { retransmit } from './retransmit.js';
import type { AreaInput, FirstHop } from './route-table.js';
import { Router, type Surroundings } from './router.js';
import { Startup, watchStartup } from './startup.js';
import {
  type OspfInterfaceView,
  type OspfLsaView,
  type OspfNeighborView,
  type OspfStatisticsView,
  viewDatabase,
  viewInterfaces,
  viewNeighbors,
  viewStatistics,
} from './view.js';

const NO_STATISTICS: OspfStatisticsView = { dijkstraRuns: 0, stubRuns: 0, lsas: 0, converged: false };

/**
 * OSPFv2 (RFC 2328) as a state machine: inputs and the time go in, outputs come out, nothing else happens. Times are
 * milliseconds of a clock that never goes back.
 *
 * The caller calls `handle({ kind: 'timeout' }, nowMs)` when `nextTimeoutMs()` has come, asks for it anew after every
 * input, and performs the outputs in their order.
 */
export class OspfInstance {
  private readonly surroundings: Surroundings;
  private readonly links = new Map<string, LinkCondition>();
  private router: Router | undefined = undefined;

  constructor(random: Random) {
    this.surroundings = { random, links: this.links, rejections: new RejectionLog() };
  }

  handle(input: OspfInput, nowMs: number): OspfOutput[] {
    if (input.kind === 'interface')
      this.links.set(input.name, { up: input.up, mtu: input.mtu, ifindex: input.ifindex });
    if (input.kind === 'configure') return this.configure(input, nowMs);
    const { router } = this;
    if (router === undefined) return [];
    const wakeUpMs = this.nextTimeoutMs();
    router.nowMs = nowMs;
    switch (input.kind) {
      case 'interface': {
        const found = router.findInterface(input.name);
        if (found !== undefined) changeLink(found.area, found.ospfInterface, input);
        break;
      }
      case 'packet':
        receive(router, input);
        break;
      case 'bfd-down':
        loseNeighbor(router, input);
        break;
      case 'timeout':
        graceAfterStandstill(router, wakeUpMs ?? nowMs);
        handleTimeouts(router);
        break;
      case 'stop':
        leave(router);
        this.router = undefined;
        return router.outputs.splice(0);
    }
    settle(router);
    return router.outputs.splice(0);
  }

  /** When `handle` wants to be called with a timeout, if nothing happens before. It may be in the past. */
  nextTimeoutMs(): number | undefined {
    return this.router === undefined ? undefined : earliestTimeoutMs(this.router);
  }

  interfaces(nowMs: number): OspfInterfaceView[] {
    return this.router === undefined ? [] : viewInterfaces(this.router, nowMs);
  }

  neighbors(nowMs: number): OspfNeighborView[] {
    return this.router === undefined ? [] : viewNeighbors(this.router, nowMs);
  }

  database(nowMs: number): OspfLsaView[] {
    return this.router === undefined ? [] : viewDatabase(this.router, nowMs);
  }

  routes(): readonly OspfRoute[] {
    return this.router?.routes.list() ?? [];
  }

  statistics(): OspfStatisticsView {
    return this.router === undefined ? NO_STATISTICS : viewStatistics(this.router);
  }

  /** The last packets that were not accepted and why, oldest first. */
  rejections(): readonly Rejection[] {
    return this.surroundings.rejections.recent();
  }

  /** How many were not accepted, by the check that they failed. */
  rejectionCounters(): { readonly [check in RejectionCheck]?: number } {
    return this.surroundings.rejections.counters();
  }

  private configure({ config, resumes = false }: OspfInput & { kind: 'configure' }, nowMs: number): OspfOutput[] {
    const old = this.router;
    const outputs: OspfOutput[] = [];
    let router = old;
    if (router === undefined || router.routerId !== config.routerId) {
      if (old !== undefined) outputs.push(...abandon(old, nowMs));
      router = new Router(this.surroundings, config, new Startup(nowMs, resumes && old === undefined), nowMs);
      this.router = router;
    }
    router.nowMs = nowMs;
    reconfigure(router, config);
    settle(router);
    outputs.push(...router.outputs.splice(0));
    return outputs;
  }
}

/** The router ID is another from now on: nothing of the old state holds. */
function abandon(router: Router, nowMs: number): OspfOutput[] {
  router.nowMs = nowMs;
  leave(router);
  if (router.routes.list().length > 0) router.outputs.push({ kind: 'routes', routes: [] });
  return router.outputs;
}

function receive(router: Router, input: OspfInput & { kind: 'packet' }): void {
  const origin = { interface: input.interface, source: input.source };
  const found = router.findInterface(input.interface);
  if (found === undefined) {
    router.reject(origin, 'interface', 'an interface with OSPF', input.interface);
    return;
  }
  const { area, ospfInterface } = found;
  if (!ospfInterface.isActive) {
    const got = ospfInterface.config.passive ? 'a passive one' : 'one that is down';
    area.reject(origin, 'interface', 'an active interface', got);
  } else {
    receivePacket(area, ospfInterface, input.payload, input.destination, origin);
  }
}

/** What every input may have led to, in the order that gets news out first: flood before SPF. */
function settle(router: Router): void {
  const areas = [...router.areas.values()];
  for (const area of areas) {
    for (const neighbor of area.neighbors()) progressRequests(area, neighbor);
    originate(area);
  }
  if (removeMaxAged(router)) {
    // The sequence number had run out, or another's flush of our LSA is through: begin again.
    for (const area of areas) {
      area.origination.request();
      originate(area);
    }
  }
  sendFloods(router);
  for (const area of areas) {
    for (const neighbor of area.neighbors()) sendDirectAcknowledgments(area, neighbor);
  }
  calculateRoutes(router);
  // What our LSAs have waited for is known now.
  if (watchStartup(router)) for (const area of areas) area.timers.set('originate', area.nowMs);
  tellBfd(router);
}

function calculateRoutes(router: Router): void {
  const work = router.spfSchedule.take(router.nowMs);
  if (work === undefined) return;
  const routes = router.routes.calculate(work, {
    routerId: router.routerId,
    areas: [...router.areas.values()].map(areaInput),
    externals: router.lsdb,
    nowMs: router.nowMs,
  });
  if (routes !== undefined) router.outputs.push({ kind: 'routes', routes });
}

function areaInput(area: Area): AreaInput {
  return { id: area.id, lsdb: area.lsdb, firstHops: firstHops(area), ownStubs: routerLinks(area) };
}

/** The neighbors that are adjacent now, which our router-LSA may not say yet; sorted, so that choices repeat. */
function firstHops(area: Area): FirstHop[] {
  const hops: FirstHop[] = [];
  for (const neighbor of area.neighbors()) {
    if (!neighbor.isAdjacent) continue;
    const { name, config } = neighbor.interface;
    hops.push({ interface: name, via: neighbor.address, routerId: neighbor.routerId, cost: config.cost });
  }
  return hops.sort((a, b) => compareText(a.interface, b.interface) || a.routerId - b.routerId);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function handleTimeouts(router: Router): void {
  expire(router);
  for (const area of [...router.areas.values()]) handleAreaTimeouts(area);
  // Its timers only ask for `settle`, which looks at what they stand for.
  while (router.timers.takeExpired(router.nowMs));
}

function handleAreaTimeouts(area: Area): void {
  for (const ospfInterface of area.interfaces.values()) {
    handleInterfaceTimers(area, ospfInterface);
    for (const neighbor of [...ospfInterface.neighbors.values()]) handleNeighborTimers(area, neighbor);
  }
  for (let timer = area.timers.takeExpired(area.nowMs); timer; timer = area.timers.takeExpired(area.nowMs)) {
    if (timer === 'refresh') area.origination.renew();
    if (timer === 'good-news') area.origination.request();
    // The other one only asks for `settle`.
  }
}

function handleInterfaceTimers(area: Area, ospfInterface: OspfInterface): void {
  const { timers } = ospfInterface;
  for (let timer = timers.takeExpired(area.nowMs); timer; timer = timers.takeExpired(area.nowMs)) {
    if (timer === 'hello') sendHello(area, ospfInterface);
    else sendDelayedAcknowledgments(area, ospfInterface);
  }
}

function handleNeighborTimers(area: Area, neighbor: Neighbor): void {
  const { timers } = neighbor;
  for (let timer = timers.takeExpired(area.nowMs); timer; timer = timers.takeExpired(area.nowMs)) {
    switch (timer) {
      case 'inactivity':
        raise(area, neighbor, 'InactivityTimer', 'nothing was heard for RouterDeadInterval');
        break;
      case 'description':
        goOnWithExchange(area, neighbor);
        break;
      case 'request':
        sendRequest(area, neighbor);
        break;
      case 'retransmit':
        retransmit(area, neighbor);
        break;
      case 'description-kept':
        neighbor.lastSentDescription = undefined;
        break;
      case 'adjacency-kept':
        tellOthers(area, neighbor);
        break;
    }
  }
}

/** The master repeats its description. A slave that waits in vain lets the master, which may think it is done, know. */
function goOnWithExchange(area: Area, neighbor: Neighbor): void {
  if (neighbor.state === 'Exchange' && neighbor.isMaster) {
    raise(area, neighbor, 'SeqNumberMismatch', 'the master has not gone on for RouterDeadInterval');
  } else {
    repeatDescription(area, neighbor);
    armRepetition(area, neighbor);
  }
}

/**
 * A timeout that is handled much too late means that the process did not run. What neighbors sent meanwhile still waits
 * to be read: to hold the silence against them would tear down every adjacency at once.
 */
function graceAfterStandstill(router: Router, wakeUpMs: number): void {
  if (router.nowMs - wakeUpMs < STANDSTILL_MS) return;
  router.event('standstill', { lateMs: router.nowMs - wakeUpMs });
  for (const { timers } of router.neighbors()) {
    const dueMs = timers.atMs('inactivity');
    if (dueMs !== undefined) timers.set('inactivity', Math.max(dueMs, router.nowMs + STANDSTILL_GRACE_MS));
  }
}

function earliestTimeoutMs(router: Router): number | undefined {
  let earliest = minimum(router.timers.nextAtMs(), router.spfSchedule.nextAtMs());
  earliest = minimum(earliest, router.lsdb.nextExpiryMs());
  for (const area of router.areas.values()) {
    earliest = minimum(minimum(earliest, area.timers.nextAtMs()), area.lsdb.nextExpiryMs());
  }
  for (const ospfInterface of router.interfaces()) {
    earliest = minimum(earliest, ospfInterface.timers.nextAtMs());
    earliest = minimum(earliest, ospfInterface.linkLsdb.nextExpiryMs());
    for (const neighbor of ospfInterface.neighbors.values()) earliest = minimum(earliest, neighbor.timers.nextAtMs());
  }
  return earliest;
}

function minimum(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}
