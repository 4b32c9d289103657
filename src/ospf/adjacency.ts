import type { Area } from './area.js';
import { EXCHANGE_HOLD_MS, FIRST_INSTANCE_HOLD_MS, LINK_UP_HOLD_MS } from './constants.js';
import { beginExchange, describeDatabase } from './database-description.js';
import type { Neighbor } from './neighbor.js';
import {
  isAtLeast,
  type Move,
  NEIGHBOR_FSM,
  type NeighborAction,
  type NeighborEvent,
  type NeighborState,
} from './neighbor-fsm.js';

/** Puts an event to a neighbor's state machine and does what the table says; `reason` is for the operator. */
export function raise(area: Area, neighbor: Neighbor, event: NeighborEvent, reason: string): void {
  const from = neighbor.state;
  if (isOverlooked(neighbor, event)) return;
  const move = decide(neighbor, event);
  if (move === 'impossible') {
    area.event('defect', { in: 'neighbor state machine', state: from, event });
    return;
  }
  if (move === undefined) return;
  const wasAdjacent = neighbor.isAdjacent;
  neighbor.state = move.to;
  keepAdjacency(area, neighbor, from);
  if (move.to !== from) announce(area, neighbor, from, `${event}: ${reason}`);
  if (isAtLeast(from, '2-Way') !== neighbor.isAtLeast('2-Way')) neighbor.interface.pendingEvents.add('NeighborChange');
  if (neighbor.isAdjacent !== wasAdjacent) tellOthers(area, neighbor);
  for (const action of move.actions) perform(area, neighbor, action);
  if (move.to === 'Down') forget(neighbor);
}

/** A helper gives a neighbor that restarts gracefully the time that it has asked for (RFC 3623 section 3). */
function isOverlooked(neighbor: Neighbor, event: NeighborEvent): boolean {
  return neighbor.isHelped && (event === 'InactivityTimer' || event === '1-WayReceived');
}

/** Ends the adjacency and the memory of a neighbor. */
function forget(neighbor: Neighbor): void {
  const { neighbors } = neighbor.interface;
  if (neighbors.get(neighbor.key) === neighbor) neighbors.delete(neighbor.key);
}

function decide(neighbor: Neighbor, event: NeighborEvent): Move | 'impossible' | undefined {
  const transition = NEIGHBOR_FSM[neighbor.state][event];
  switch (transition.kind) {
    case 'move':
      return transition;
    case 'ignored':
      return undefined;
    case 'impossible':
      return 'impossible';
    case 'choice': {
      const isYes = transition.question === 'adjacent?' ? isToBeAdjacent(neighbor) : neighbor.requests.size === 0;
      const answer = isYes ? transition.yes : transition.no;
      return answer.kind === 'move' ? answer : undefined;
    }
  }
}

/** Section 10.4: on a broadcast network only the designated routers are adjacent to all. */
function isToBeAdjacent({ interface: ospfInterface, address }: Neighbor): boolean {
  const { isBroadcast, isElected, designatedRouter, backupDesignatedRouter } = ospfInterface;
  return !isBroadcast || isElected || address === designatedRouter || address === backupDesignatedRouter;
}

function perform(area: Area, neighbor: Neighbor, action: NeighborAction): void {
  switch (action) {
    case 'restart inactivity timer':
      neighbor.timers.set('inactivity', area.nowMs + neighbor.interface.config.deadIntervalSeconds * 1000);
      return;
    case 'stop inactivity timer':
      neighbor.timers.stop('inactivity');
      return;
    case 'clear lists':
      neighbor.clearLists();
      return;
    case 'begin exchange':
      beginExchange(area, neighbor);
      return;
    case 'describe database':
      describeDatabase(area, neighbor);
      return;
  }
}

function announce(area: Area, neighbor: Neighbor, from: NeighborState, reason: string): void {
  const to = neighbor.state;
  neighbor.sinceMs = area.nowMs;
  if (from === 'Full' || !isAtLeast(from, 'ExStart')) neighbor.exchangeSinceMs = area.nowMs;
  neighbor.reason = reason;
  area.outputs.push({
    kind: 'neighbor',
    interface: neighbor.interface.name,
    routerId: neighbor.routerId,
    address: neighbor.address,
    from,
    to,
    reason,
  });
}

/**
 * A neighbor that begins the exchange anew hears us still, and forwards: its control plane has started again, or a packet
 * was lost. To route around it for the milliseconds that the exchange takes would cost more than a second, since the LSA
 * that tells that it is back has to wait for MinLSArrival.
 */
function keepAdjacency(area: Area, neighbor: Neighbor, from: NeighborState): void {
  if (from === 'Full' && neighbor.state === 'ExStart') {
    neighbor.timers.set('adjacency-kept', area.nowMs + EXCHANGE_HOLD_MS);
  } else if (!neighbor.isOnItsWay) {
    neighbor.timers.stop('adjacency-kept');
  }
  if (neighbor.state === 'Down') neighbor.timers.stop('grace');
}

/** A neighbor is adjacent now, or is no longer: the router-LSA and our own first hops are made of those that are. */
export function tellOthers(area: Area, neighbor: Neighbor): void {
  area.changeRouteInput();
  const holdMs = neighbor.isAdjacent ? goodNewsHoldMs(area) : 0;
  if (holdMs === 0) area.origination.request();
  else area.tellWithin(holdMs);
}

/** How long the news that a neighbor is adjacent waits for company: each instance of our LSA holds up the next. */
function goodNewsHoldMs(area: Area): number {
  if (!area.origination.hasBegun) return FIRST_INSTANCE_HOLD_MS;
  return isMoreToCome(area) ? LINK_UP_HOLD_MS : 0;
}

function isMoreToCome(area: Area): boolean {
  for (const ospfInterface of area.interfaces.values()) {
    const neighbors = [...ospfInterface.neighbors.values()];
    if (neighbors.some((neighbor) => neighbor.isOnItsWay && !neighbor.isAdjacent)) return true;
    const isFresh = ospfInterface.isActive && area.nowMs - ospfInterface.sinceMs < LINK_UP_HOLD_MS;
    if (isFresh && !neighbors.some((neighbor) => neighbor.isAdjacent)) return true;
  }
  return false;
}
