import type { Area } from './area.js';
import { beginExchange, describeDatabase } from './database-description.js';
import type { Neighbor } from './neighbor.js';
import {
  type Move,
  NEIGHBOR_FSM,
  type NeighborAction,
  type NeighborEvent,
  type NeighborState,
} from './neighbor-fsm.js';

/** Puts an event to a neighbor's state machine and does what the table says; `reason` is for the operator. */
export function raise(area: Area, neighbor: Neighbor, event: NeighborEvent, reason: string): void {
  const from = neighbor.state;
  const move = decide(neighbor, event);
  if (move === 'impossible') {
    area.event('defect', { in: 'neighbor state machine', state: from, event });
    return;
  }
  if (move === undefined) return;
  neighbor.state = move.to;
  if (move.to !== from) announce(area, neighbor, from, `${event}: ${reason}`);
  for (const action of move.actions) perform(area, neighbor, action);
  if (move.to === 'Down') forget(neighbor);
}

/** Ends the adjacency and the memory of a neighbor. */
function forget(neighbor: Neighbor): void {
  if (neighbor.interface.neighbors.get(neighbor.routerId) === neighbor) {
    neighbor.interface.neighbors.delete(neighbor.routerId);
  }
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
      // On a point-to-point network every neighbor is to be adjacent (section 10.4).
      const isYes = transition.question === 'adjacent?' || neighbor.requests.size === 0;
      const answer = isYes ? transition.yes : transition.no;
      return answer.kind === 'move' ? answer : undefined;
    }
  }
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
  // Links to neighbors that are Full are what the router-LSA and our own first hops are made of.
  if ((from === 'Full') !== (to === 'Full')) {
    area.spfSchedule.request('dijkstra', area.nowMs);
    area.origination.request();
  }
}
