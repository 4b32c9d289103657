import { LSA_ROUTER } from '../wire/ospf/lsa.js';
import { LINK_POINT_TO_POINT } from '../wire/ospf/router-lsa.js';
import type { Area } from './area.js';
import type { OspfInterface } from './interface.js';
import type { OspfInterfaceConfig } from './messages.js';
import type { Neighbor } from './neighbor.js';

/** Knows since when the area runs, and whether it has been found converged. */
export class Startup {
  readonly startedAtMs: number;
  isDone = false;

  constructor(nowMs: number) {
    this.startedAtMs = nowMs;
  }
}

/**
 * Says `converged`, once: when the routes are those that the network knew before this router came. Every interface has
 * had time to hear a neighbor, what was heard is Full, lists us, and its routes are calculated. A link or a neighbor
 * that never gets there holds it up for RouterDeadInterval or two Hellos, whichever is longer.
 */
export function watchStartup(area: Area): void {
  const { startup } = area;
  if (startup.isDone) return;
  const limitMs = startup.startedAtMs + longestWaitMs(area);
  const waitMs = area.nowMs >= limitMs ? 0 : waitingUntilMs(area, limitMs);
  if (waitMs > area.nowMs) {
    area.timers.set('startup', waitMs);
    return;
  }
  startup.isDone = true;
  area.timers.stop('startup');
  area.outputs.push({ kind: 'converged' });
}

/** When to look again at the latest; not in the future if there is nothing to wait for. */
function waitingUntilMs(area: Area, limitMs: number): number {
  if (!area.spfSchedule.isIdle) return limitMs;
  let untilMs = 0;
  for (const config of area.config.interfaces) {
    if (config.passive) continue;
    untilMs = Math.max(untilMs, interfaceUntilMs(area, config, limitMs));
  }
  return Math.min(untilMs, limitMs);
}

function interfaceUntilMs(area: Area, config: OspfInterfaceConfig, limitMs: number): number {
  const link = area.links.get(config.name);
  const ospfInterface = area.interfaces.get(config.name);
  if (link === undefined || ospfInterface === undefined) return limitMs;
  if (!ospfInterface.isUp) return 0;
  const heard = [...ospfInterface.neighbors.values()].filter((neighbor) => neighbor.isAtLeast('2-Way'));
  if (heard.length === 0) return firstHelloByMs(ospfInterface);
  return heard.every((neighbor) => isSettled(area, neighbor)) ? 0 : limitMs;
}

/** A neighbor is Full and its router-LSA says that it is adjacent to us. */
function isSettled(area: Area, neighbor: Neighbor): boolean {
  const identity = { type: LSA_ROUTER, id: neighbor.routerId, advertisingRouter: neighbor.routerId };
  const body = area.lsdb.get(identity)?.body;
  return (
    neighbor.state === 'Full' &&
    body?.kind === 'router' &&
    body.links.some((link) => link.type === LINK_POINT_TO_POINT && link.id === area.routerId)
  );
}

function firstHelloByMs(ospfInterface: OspfInterface): number {
  return ospfInterface.sinceMs + 2 * ospfInterface.config.helloIntervalSeconds * 1000;
}

function longestWaitMs(area: Area): number {
  let longest = 0;
  for (const { helloIntervalSeconds, deadIntervalSeconds } of area.config.interfaces) {
    longest = Math.max(longest, 2 * helloIntervalSeconds, deadIntervalSeconds);
  }
  return longest * 1000;
}
