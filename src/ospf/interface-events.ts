import { formatIpv4 } from '../base/ipv4.js';
import { raise } from './adjacency.js';
import type { Area } from './area.js';
import { LINK_UP_HOLD_MS } from './constants.js';
import { type Candidate, type Elected, elect } from './election.js';
import { sendHello, sendHelloSoon } from './hello.js';
import type { OspfInterface } from './interface.js';
import { INTERFACE_FSM, type InterfaceEvent, type InterfaceState, type InterfaceTransition } from './interface-fsm.js';
import type { Router } from './router.js';

/** Puts an event to an interface's state machine and does what the table says. */
export function raiseOnInterface(area: Area, ospfInterface: OspfInterface, event: InterfaceEvent): void {
  const transition = INTERFACE_FSM[ospfInterface.state][event];
  switch (transition.kind) {
    case 'ignored':
      return;
    case 'join':
      join(area, ospfInterface, transition);
      return;
    case 'elect':
      holdElection(area, ospfInterface);
      return;
    case 'move':
      leaveNetwork(area, ospfInterface, transition.to);
      return;
  }
}

/** Elections that the present input has led to: one on each interface, however much has changed there. */
export function handlePendingEvents(area: Area): void {
  for (const ospfInterface of area.interfaces.values()) {
    if (ospfInterface.pendingEvents.size === 0) continue;
    const events = [...ospfInterface.pendingEvents];
    ospfInterface.pendingEvents.clear();
    for (const event of events) raiseOnInterface(area, ospfInterface, event);
  }
}

/** There is something for `handlePendingEvents`. */
export function hasPendingEvents(router: Router): boolean {
  for (const { pendingEvents } of router.interfaces()) {
    if (pendingEvents.size > 0) return true;
  }
  return false;
}

function join(area: Area, ospfInterface: OspfInterface, to: InterfaceTransition & { kind: 'join' }): void {
  const { config, timers } = ospfInterface;
  if (!ospfInterface.isBroadcast) enter(area, ospfInterface, to.pointToPoint);
  else enter(area, ospfInterface, config.priority > 0 ? to.eligible : to.ineligible);
  if (ospfInterface.state === 'Waiting') timers.set('wait', area.nowMs + config.deadIntervalSeconds * 1000);
  if (!ospfInterface.isActive) {
    area.origination.request();
    return;
  }
  if (area.startup.isResuming) listenFirst(area, ospfInterface);
  else sendHello(area, ospfInterface);
  // The subnet and the neighbor, which will be Full in a moment, are told of together.
  area.tellWithin(LINK_UP_HOLD_MS);
}

/**
 * A neighbor that finds itself in our first Hello does not notice that we have been away. It is heard within its
 * HelloInterval, which is ours.
 */
function listenFirst(area: Area, ospfInterface: OspfInterface): void {
  ospfInterface.isListening = ospfInterface.isBroadcast;
  ospfInterface.timers.set('hello', area.nowMs + ospfInterface.config.helloIntervalSeconds * 1000);
}

/** The interface goes down, or loops: nothing of what it knew holds. */
function leaveNetwork(area: Area, ospfInterface: OspfInterface, to: InterfaceState): void {
  enter(area, ospfInterface, to);
  for (const neighbor of [...ospfInterface.neighbors.values()])
    raise(area, neighbor, 'LLDown', 'the interface is down');
  for (const timer of ['hello', 'wait', 'delayed-ack'] as const) ospfInterface.timers.stop(timer);
  ospfInterface.designatedRouter = 0;
  ospfInterface.backupDesignatedRouter = 0;
  ospfInterface.isListening = false;
  ospfInterface.namedOffices = undefined;
  ospfInterface.pendingEvents.clear();
  ospfInterface.delayedAcks.length = 0;
  ospfInterface.floodQueue.clear();
  for (const entry of [...ospfInterface.linkLsdb]) ospfInterface.linkLsdb.remove(entry);
  area.origination.request();
}

function enter(area: Area, ospfInterface: OspfInterface, state: InterfaceState): void {
  if (state === ospfInterface.state) return;
  ospfInterface.state = state;
  ospfInterface.sinceMs = area.nowMs;
  area.event('interface-state', { interface: ospfInterface.name, state });
  area.changeRouteInput();
}

/** Section 9.4, and what follows from it for adjacencies and LSAs. */
function holdElection(area: Area, ospfInterface: OspfInterface): void {
  ospfInterface.timers.stop('wait');
  const { designatedRouter, backupDesignatedRouter } = ospfInterface;
  const elected = ospfInterface.namedOffices ?? elect(candidacyOf(area, ospfInterface), otherCandidates(ospfInterface));
  ospfInterface.designatedRouter = elected.designatedRouter;
  ospfInterface.backupDesignatedRouter = elected.backupDesignatedRouter;
  enter(area, ospfInterface, stateAfter(ospfInterface, elected));
  area.origination.request();
  if (elected.designatedRouter === designatedRouter && elected.backupDesignatedRouter === backupDesignatedRouter) {
    return;
  }
  area.event('designated-router', {
    interface: ospfInterface.name,
    designatedRouter: formatIpv4(elected.designatedRouter),
    backupDesignatedRouter: formatIpv4(elected.backupDesignatedRouter),
  });
  area.changeRouteInput();
  for (const neighbor of [...ospfInterface.neighbors.values()]) {
    if (neighbor.isAtLeast('2-Way')) raise(area, neighbor, 'AdjOK?', 'the designated routers have changed');
  }
  // The others wait for what we say of ourselves.
  if (ospfInterface.isActive) sendHelloSoon(area, ospfInterface);
}

function candidacyOf(area: Area, ospfInterface: OspfInterface): Candidate {
  const { address } = ospfInterface.config.address;
  return {
    address,
    routerId: area.routerId,
    priority: ospfInterface.config.priority,
    claimsDesignated: ospfInterface.designatedRouter === address,
    claimsBackup: ospfInterface.backupDesignatedRouter === address,
  };
}

function otherCandidates(ospfInterface: OspfInterface): Candidate[] {
  const candidates: Candidate[] = [];
  for (const neighbor of ospfInterface.neighbors.values()) {
    if (!neighbor.isAtLeast('2-Way')) continue;
    const { address, routerId, priority, claimsDesignated, claimsBackup } = neighbor;
    candidates.push({ address, routerId, priority, claimsDesignated, claimsBackup });
  }
  return candidates;
}

function stateAfter(ospfInterface: OspfInterface, elected: Elected): InterfaceState {
  const { address } = ospfInterface.config.address;
  if (elected.designatedRouter === address) return 'DR';
  return elected.backupDesignatedRouter === address ? 'Backup' : 'DROther';
}
