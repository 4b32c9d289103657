import type { Random } from '../base/random.js';
import { sendDelayedAcknowledgments, sendDirectAcknowledgments } from './acknowledge.js';
import { raise, tellOthers } from './adjacency.js';
import { Area, type Surroundings } from './area.js';
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
import type { FirstHop } from './route-table.js';
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
  private area: Area | undefined = undefined;

  constructor(random: Random) {
    this.surroundings = { random, links: this.links, rejections: new RejectionLog() };
  }

  handle(input: OspfInput, nowMs: number): OspfOutput[] {
    if (input.kind === 'interface')
      this.links.set(input.name, { up: input.up, mtu: input.mtu, ifindex: input.ifindex });
    if (input.kind === 'configure') return this.configure(input, nowMs);
    const { area } = this;
    if (area === undefined) return [];
    const wakeUpMs = this.nextTimeoutMs();
    area.nowMs = nowMs;
    switch (input.kind) {
      case 'interface': {
        const ospfInterface = area.interfaces.get(input.name);
        if (ospfInterface !== undefined) changeLink(area, ospfInterface, input);
        break;
      }
      case 'packet':
        receive(area, input);
        break;
      case 'timeout':
        graceAfterStandstill(area, wakeUpMs ?? nowMs);
        handleTimeouts(area);
        break;
      case 'stop':
        leave(area);
        this.area = undefined;
        return area.outputs.splice(0);
    }
    settle(area);
    return area.outputs.splice(0);
  }

  /** When `handle` wants to be called with a timeout, if nothing happens before. It may be in the past. */
  nextTimeoutMs(): number | undefined {
    return this.area === undefined ? undefined : earliestTimeoutMs(this.area);
  }

  interfaces(nowMs: number): OspfInterfaceView[] {
    return this.area === undefined ? [] : viewInterfaces(this.area, nowMs);
  }

  neighbors(nowMs: number): OspfNeighborView[] {
    return this.area === undefined ? [] : viewNeighbors(this.area, nowMs);
  }

  database(nowMs: number): OspfLsaView[] {
    return this.area === undefined ? [] : viewDatabase(this.area, nowMs);
  }

  routes(): readonly OspfRoute[] {
    return this.area?.routes.list() ?? [];
  }

  statistics(): OspfStatisticsView {
    return this.area === undefined ? NO_STATISTICS : viewStatistics(this.area);
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
    const old = this.area;
    const outputs: OspfOutput[] = [];
    let area = old;
    if (area === undefined || area.routerId !== config.routerId || area.config.area !== config.area) {
      if (old !== undefined) outputs.push(...abandon(old, nowMs));
      area = new Area(this.surroundings, config, new Startup(nowMs, resumes && old === undefined), nowMs);
      this.area = area;
    }
    area.nowMs = nowMs;
    reconfigure(area, config);
    settle(area);
    outputs.push(...area.outputs.splice(0));
    return outputs;
  }
}

/** The router ID or the area is another from now on: nothing of the old state holds. */
function abandon(area: Area, nowMs: number): OspfOutput[] {
  area.nowMs = nowMs;
  leave(area);
  if (area.routes.list().length > 0) area.outputs.push({ kind: 'routes', routes: [] });
  return area.outputs;
}

function receive(area: Area, input: OspfInput & { kind: 'packet' }): void {
  const origin = { interface: input.interface, source: input.source };
  const ospfInterface = area.interfaces.get(input.interface);
  if (ospfInterface === undefined) {
    area.reject(origin, 'interface', 'an interface with OSPF', input.interface);
  } else if (!ospfInterface.isActive) {
    const got = ospfInterface.config.passive ? 'a passive one' : 'one that is down';
    area.reject(origin, 'interface', 'an active interface', got);
  } else {
    receivePacket(area, ospfInterface, input.payload, input.destination, origin);
  }
}

/** What every input may have led to, in the order that gets news out first: flood before SPF. */
function settle(area: Area): void {
  for (const neighbor of area.neighbors()) progressRequests(area, neighbor);
  originate(area);
  if (removeMaxAged(area)) {
    // The sequence number had run out, or another's flush of our LSA is through: begin again.
    area.origination.request();
    originate(area);
  }
  sendFloods(area);
  for (const neighbor of area.neighbors()) sendDirectAcknowledgments(area, neighbor);
  calculateRoutes(area);
  // What our LSA has waited for is known now.
  if (watchStartup(area)) area.timers.set('originate', area.nowMs);
}

function calculateRoutes(area: Area): void {
  const work = area.spfSchedule.take(area.nowMs);
  if (work === undefined) return;
  const routes = area.routes.calculate(work, {
    lsdb: area.lsdb,
    routerId: area.routerId,
    firstHops: firstHops(area),
    ownStubs: routerLinks(area),
    nowMs: area.nowMs,
  });
  if (routes !== undefined) area.outputs.push({ kind: 'routes', routes });
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

function handleTimeouts(area: Area): void {
  expire(area);
  for (const ospfInterface of area.interfaces.values()) {
    handleInterfaceTimers(area, ospfInterface);
    for (const neighbor of [...ospfInterface.neighbors.values()]) handleNeighborTimers(area, neighbor);
  }
  for (let timer = area.timers.takeExpired(area.nowMs); timer; timer = area.timers.takeExpired(area.nowMs)) {
    if (timer === 'refresh') area.origination.renew();
    if (timer === 'good-news') area.origination.request();
    // The others only ask for `settle`, which looks at what they stand for.
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
function graceAfterStandstill(area: Area, wakeUpMs: number): void {
  if (area.nowMs - wakeUpMs < STANDSTILL_MS) return;
  area.event('standstill', { lateMs: area.nowMs - wakeUpMs });
  for (const { timers } of area.neighbors()) {
    const dueMs = timers.atMs('inactivity');
    if (dueMs !== undefined) timers.set('inactivity', Math.max(dueMs, area.nowMs + STANDSTILL_GRACE_MS));
  }
}

function earliestTimeoutMs(area: Area): number | undefined {
  let earliest = minimum(area.timers.nextAtMs(), area.spfSchedule.nextAtMs());
  earliest = minimum(earliest, area.lsdb.nextExpiryMs());
  for (const ospfInterface of area.interfaces.values()) {
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
