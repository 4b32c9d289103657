import { sendDelayedAcknowledgments } from './acknowledge.js';
import { raise, tellOthers } from './adjacency.js';
import type { Area } from './area.js';
import { STANDSTILL_GRACE_MS, STANDSTILL_MS } from './constants.js';
import { checkDatabase } from './database-check.js';
import { armRepetition, repeatDescription } from './database-description.js';
import { endHelp } from './graceful-restart.js';
import { sendHello } from './hello.js';
import type { OspfInterface } from './interface.js';
import { raiseOnInterface } from './interface-events.js';
import { expire } from './max-age.js';
import type { Neighbor } from './neighbor.js';
import { sendRequest } from './request.js';
import { retransmit } from './retransmit.js';
import type { Router } from './router.js';

/** Handles all timers that have expired. `wakeUpMs` is when the first was due. */
export function handleTimeouts(router: Router, wakeUpMs: number): void {
  graceAfterStandstill(router, wakeUpMs);
  expire(router);
  for (const area of [...router.areas.values()]) handleAreaTimeouts(area);
  for (let timer = router.timers.takeExpired(router.nowMs); timer; timer = router.timers.takeExpired(router.nowMs)) {
    if (timer === 'check') checkDatabase(router);
    // The other one only asks for `settle`.
  }
}

function handleAreaTimeouts(area: Area): void {
  for (const ospfInterface of area.interfaces.values()) {
    handleInterfaceTimers(area, ospfInterface);
    for (const neighbor of [...ospfInterface.neighbors.values()]) handleNeighborTimers(area, neighbor);
  }
  if (area.timers.takeExpired(area.nowMs) === 'good-news') area.origination.request();
}

function handleInterfaceTimers(area: Area, ospfInterface: OspfInterface): void {
  const { timers } = ospfInterface;
  for (let timer = timers.takeExpired(area.nowMs); timer; timer = timers.takeExpired(area.nowMs)) {
    if (timer === 'hello') sendHello(area, ospfInterface);
    else if (timer === 'wait') raiseOnInterface(area, ospfInterface, 'WaitTimer');
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
      case 'grace':
        endHelp(area, neighbor, 'the grace period is over');
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

/** When the next timer expires. */
export function earliestTimeoutMs(router: Router): number | undefined {
  let earliest = minimum(router.timers.nextAtMs(), router.spfSchedule.nextAtMs());
  earliest = minimum(minimum(earliest, router.lsdb.nextExpiryMs()), router.ownLsas.nextAtMs());
  for (const area of router.areas.values()) {
    earliest = minimum(minimum(earliest, area.timers.nextAtMs()), area.lsdb.nextExpiryMs());
    earliest = minimum(earliest, area.ownLsas.nextAtMs());
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
