import type { Random } from '../base/random.js';
import { sendDirectAcknowledgments } from './acknowledge.js';
import { Sealing } from './authentication.js';
import { loseNeighbor, tellBfd } from './bfd.js';
import { LINK_UP_HOLD_MS } from './constants.js';
import { diagnose } from './diagnosis.js';
import type { Finding } from './finding.js';
import { sendFloods } from './flood.js';
import type { LinkCondition } from './interface.js';
import { handlePendingEvents, hasPendingEvents } from './interface-events.js';
import { removeMaxAged } from './max-age.js';
import type { OspfInput, OspfOutput, OspfRoute } from './messages.js';
import { replaceOpaques, tellOpaques } from './opaque-lsas.js';
import { originate } from './originate.js';
import { receivePacket } from './packet.js';
import { changeLink, leave, reconfigure } from './reconfigure.js';
import { type Rejection, type RejectionCheck, RejectionLog } from './rejection.js';
import { progressRequests } from './request.js';
import { calculateRoutes } from './route-calculation.js';
import { Router, type Surroundings } from './router.js';
import type { BackoffState } from './spf-backoff.js';
import { Startup, watchStartup } from './startup.js';
import { composeSummaries } from './summary-lsas.js';
import { earliestTimeoutMs, handleTimeouts } from './timeouts.js';
import { hasToldHost, isHostOf } from './told-hosts.js';
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

const NO_STATISTICS: OspfStatisticsView = {
  dijkstraRuns: 0,
  stubRuns: 0,
  lastSpfMicroseconds: undefined,
  lsas: 0,
  converged: false,
};

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

  /** @param stopwatchMs a fine clock, only to measure how long calculations take; nothing is measured without it */
  constructor(random: Random, stopwatchMs: () => number = () => 0) {
    this.surroundings = {
      random,
      stopwatchMs,
      links: this.links,
      rejections: new RejectionLog(),
      sealing: new Sealing(),
    };
  }

  handle(input: OspfInput, nowMs: number): OspfOutput[] {
    if (input.kind === 'interface')
      this.links.set(input.name, { up: input.up, mtu: input.mtu, ifindex: input.ifindex });
    if (input.kind === 'configure') return this.configure(input, nowMs);
    const { router } = this;
    if (router === undefined) return [];
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
      case 'opaque-lsas':
        replaceOpaques(router, input.lsas);
        break;
      case 'timeout':
        handleTimeouts(router, this.nextTimeoutMs() ?? nowMs);
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

  /** Undefined before it is configured. */
  backoffState(nowMs: number): BackoffState | undefined {
    return this.router?.spfSchedule.stateAt(nowMs);
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

  /** True once every area has been told of the host `address` at `cost`; undefined: that there is none. */
  hasToldHost(address: number, cost: number | undefined): boolean {
    return this.router === undefined || hasToldHost(this.router, address, cost);
  }

  /** True if another router, in an area of ours or to all, advertises the host `address`, and not as a last resort. */
  isHostOf(routerId: number, address: number): boolean {
    return this.router !== undefined && isHostOf(this.router, routerId, address);
  }

  /** The last packets that were not accepted and why, oldest first. */
  rejections(): readonly Rejection[] {
    return this.surroundings.rejections.recent();
  }

  /** Why there is no adjacency on an interface, or none that is of use; undefined if OSPF does not know it. */
  diagnosis(name: string, nowMs: number): Finding[] | undefined {
    const ospfInterface = this.interfaces(nowMs).find((view) => view.name === name);
    if (this.router === undefined || ospfInterface === undefined) return undefined;
    return diagnose({
      nowMs,
      routerId: this.router.routerId,
      interface: ospfInterface,
      neighbors: this.neighbors(nowMs).filter((neighbor) => neighbor.interface === name),
      rejections: this.rejections().filter((rejection) => rejection.interface === name),
      database: this.database(nowMs),
    });
  }

  /** How many were not accepted, by the check that they failed. */
  rejectionCounters(): { readonly [check in RejectionCheck]?: number } {
    return this.surroundings.rejections.counters();
  }

  private configure(input: OspfInput & { kind: 'configure' }, nowMs: number): OspfOutput[] {
    const { config, resumes = false, wallClockMs } = input;
    if (wallClockMs !== undefined) this.surroundings.sealing.setCalendar(wallClockMs, nowMs);
    const old = this.router;
    const outputs: OspfOutput[] = [];
    let router = old;
    if (router === undefined || router.routerId !== config.routerId) {
      if (old !== undefined) outputs.push(...abandon(old, nowMs));
      router = new Router(this.surroundings, config, new Startup(nowMs, resumes && old === undefined), nowMs);
      if (old !== undefined) replaceOpaques(router, old.opaques);
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
  router.arrivedMs = Math.min(input.arrivedMs ?? router.nowMs, router.nowMs);
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
  do {
    for (const area of router.areas.values()) {
      handlePendingEvents(area);
      for (const neighbor of area.neighbors()) progressRequests(area, neighbor);
    }
    noticeBorder(router);
    originate(router);
    // What we tell may end the help for a neighbor that restarts, and what follows from that is told too.
  } while (hasPendingEvents(router));
  // What is gone may begin again: its number had run out, or another's flush of our LSA is through.
  if (removeMaxAged(router)) originate(router);
  sendFloods(router);
  for (const area of router.areas.values()) {
    for (const neighbor of area.neighbors()) sendDirectAcknowledgments(area, neighbor);
  }
  calculateRoutes(router);
  // While we resume, routes are incomplete: the summaries from before stand.
  if (router.mustComposeSummaries && !router.startup.isResuming) {
    composeSummaries(router);
    originate(router);
    sendFloods(router);
  }
  tellOpaques(router);
  // What our LSAs have waited for is known now.
  if (watchStartup(router)) router.timers.set('startup', router.nowMs);
  tellBfd(router);
}

/** Whether we are an area border router changes what all areas are told, and which summaries count. */
function noticeBorder(router: Router): void {
  const { isBorder } = router;
  if (isBorder === router.wasBorder) return;
  router.wasBorder = isBorder;
  router.mustComposeSummaries = true;
  router.spfSchedule.request('dijkstra', router.nowMs);
  for (const area of router.areas.values()) {
    if (isBorder) area.tellWithin(LINK_UP_HOLD_MS);
    else area.origination.request();
  }
}
