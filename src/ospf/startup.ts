import { LSA_ROUTER } from '../wire/ospf/lsa.js';
import { LINK_POINT_TO_POINT, LINK_TRANSIT } from '../wire/ospf/router-lsa.js';
import type { Area } from './area.js';
import { ORIGINATION_LONGEST_GAP_MS } from './constants.js';
import type { OspfInterface } from './interface.js';
import type { OspfInterfaceConfig } from './messages.js';
import type { Neighbor } from './neighbor.js';
import type { Router } from './router.js';

/** MinLSInterval, which a neighbor waits out that does not pace by bursts, and a second for the flooding. */
const LONGEST_ANNOUNCEMENT_SECONDS = ORIGINATION_LONGEST_GAP_MS / 1000 + 1;

/** From the election to Full, besides a RxmtInterval: who has not held its election yet misses the first description. */
const EXCHANGE_SECONDS = 2;

/** Knows since when the area runs, in what circumstances, and whether it has been found converged. */
export class Startup {
  readonly startedAtMs: number;
  isDone = false;
  private readonly resumes: boolean;

  /** `resumes`: neighbors may believe that this router was never away, and forward to it. */
  constructor(nowMs: number, resumes: boolean) {
    this.startedAtMs = nowMs;
    this.resumes = resumes;
  }

  /** What is told of this router is from before its restart, and still holds. */
  get isResuming(): boolean {
    return this.resumes && !this.isDone;
  }
}

/**
 * Says `converged`, once: when the database is complete. Every interface has had time to hear a neighbor, and what was
 * heard is Full; of a router that resumes the routes are, besides, what they were before. A link or a neighbor that never
 * gets there holds it up until `limitOf`. Returns whether it was said now.
 */
export function watchStartup(router: Router): boolean {
  const { startup } = router;
  if (startup.isDone) return false;
  const waitMs = waitingUntilMs(router);
  if (waitMs > router.nowMs) {
    router.timers.set('startup', waitMs);
    return false;
  }
  startup.isDone = true;
  router.timers.stop('startup');
  router.outputs.push({ kind: 'converged' });
  return true;
}

/** When to look again at the latest; not in the future if there is nothing to wait for. */
function waitingUntilMs(router: Router): number {
  let untilMs = 0;
  for (const area of router.areas.values()) {
    for (const config of area.config.interfaces) {
      const limitMs = limitOf(area, config);
      if (!router.spfSchedule.isIdle) untilMs = Math.max(untilMs, limitMs);
      else if (!config.passive) untilMs = Math.max(untilMs, Math.min(limitMs, interfaceUntilMs(area, config, limitMs)));
    }
  }
  return untilMs;
}

/**
 * How long the interface may hold `converged` up: RouterDeadInterval or two Hellos since the start, whichever is longer;
 * when resuming, for as long as a neighbor may hold its next router-LSA back, and the way of that. On a broadcast network
 * exchanges begin only when Waiting is over (RFC 2328 section 9.4), which may have begun later than the router.
 */
function limitOf(area: Area, config: OspfInterfaceConfig): number {
  const { startup, interfaces } = area;
  const announcementSeconds = startup.isResuming ? LONGEST_ANNOUNCEMENT_SECONDS : 0;
  const seconds = Math.max(announcementSeconds, 2 * config.helloIntervalSeconds, config.deadIntervalSeconds);
  const usualMs = startup.startedAtMs + seconds * 1000;
  const electedMs = electedAtMs(interfaces.get(config.name));
  if (electedMs === undefined) return usualMs;
  return Math.max(usualMs, electedMs + (config.retransmitIntervalSeconds + EXCHANGE_SECONDS) * 1000);
}

/** When the first election was held, or will be if no neighbor says before who is designated. */
function electedAtMs(ospfInterface: OspfInterface | undefined): number | undefined {
  if (ospfInterface === undefined || !ospfInterface.isBroadcast || !ospfInterface.isActive) return undefined;
  return ospfInterface.timers.atMs('wait') ?? ospfInterface.sinceMs;
}

function interfaceUntilMs(area: Area, config: OspfInterfaceConfig, limitMs: number): number {
  const link = area.router.links.get(config.name);
  const ospfInterface = area.interfaces.get(config.name);
  if (link === undefined || ospfInterface === undefined) return limitMs;
  if (!ospfInterface.isUp) return 0;
  // Who designated router is shows when RouterDeadInterval is over, if not before.
  if (ospfInterface.state === 'Waiting' && ospfInterface.neighbors.size > 0) return limitMs;
  const heard = [...ospfInterface.neighbors.values()].filter((neighbor) => neighbor.isAtLeast('2-Way'));
  if (heard.length === 0) return firstHelloByMs(ospfInterface);
  return heard.every((neighbor) => isSettled(area, neighbor)) ? 0 : limitMs;
}

/**
 * A neighbor is Full: what it knows is known here. The routes by way of it are there when its router-LSA lists us, which
 * it tells at once if it has not done so all the time, or after a moment if it has just started like us.
 */
function isSettled(area: Area, neighbor: Neighbor): boolean {
  // Two routers on a LAN of which neither is designated go no further (section 10.4).
  if (neighbor.state === '2-Way') return neighbor.interface.isBroadcast;
  if (neighbor.state !== 'Full') return false;
  return !area.startup.isResuming || isListedBy(area, neighbor);
}

function isListedBy(area: Area, neighbor: Neighbor): boolean {
  const identity = { type: LSA_ROUTER, id: neighbor.routerId, advertisingRouter: neighbor.routerId };
  const body = area.lsdb.get(identity)?.body;
  const { isBroadcast, designatedRouter } = neighbor.interface;
  const [type, id] = isBroadcast ? [LINK_TRANSIT, designatedRouter] : [LINK_POINT_TO_POINT, area.routerId];
  return body?.kind === 'router' && body.links.some((link) => link.type === type && link.id === id);
}

function firstHelloByMs(ospfInterface: OspfInterface): number {
  return ospfInterface.sinceMs + 2 * ospfInterface.config.helloIntervalSeconds * 1000;
}
