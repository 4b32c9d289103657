import { raise } from './adjacency.js';
import { Area } from './area.js';
import { LINK_UP_HOLD_MS } from './constants.js';
import { sendGoodbye, sendHello } from './hello.js';
import { type InterfaceEvent, type LinkCondition, nextInterfaceState, OspfInterface } from './interface.js';
import type { OspfAreaConfig, OspfConfig, OspfInterfaceConfig, OspfStub } from './messages.js';
import type { Router } from './router.js';
import type { RouteWork } from './spf-schedule.js';

const UNKNOWN_LINK: LinkCondition = { up: false, mtu: 1500, ifindex: 0 };

/** Brings the router to `config`, which has the same router ID; what it does not touch goes on undisturbed. */
export function reconfigure(router: Router, config: OspfConfig): void {
  const isSame = sameStubs(router.config.stubs, config.stubs);
  router.config = config;
  for (const area of [...router.areas.values()]) {
    const next = config.areas.find(({ id }) => id === area.id);
    if (next === undefined || next.kind !== area.config.kind) removeArea(area);
  }
  for (const next of config.areas) {
    const area = router.areas.get(next.id) ?? addArea(router, next);
    reconfigureArea(area, next);
    // A virtual IP that was claimed is what the first instance of our LSA has waited for.
    if (!isSame) area.timers.stop('good-news');
  }
}

function addArea(router: Router, config: OspfAreaConfig): Area {
  const area = new Area(router, { ...config, interfaces: [] });
  router.areas.set(config.id, area);
  return area;
}

function removeArea(area: Area): void {
  for (const ospfInterface of [...area.interfaces.values()]) removeInterface(area, ospfInterface);
  area.router.areas.delete(area.id);
  area.spfSchedule.request('dijkstra', area.nowMs);
}

function reconfigureArea(area: Area, config: OspfAreaConfig): void {
  const wanted = new Map(config.interfaces.map((entry) => [entry.name, entry]));
  // Interfaces that come or go ask for more themselves.
  let work: RouteWork = 'stubs';
  for (const ospfInterface of [...area.interfaces.values()]) {
    const next = wanted.get(ospfInterface.name);
    if (next === undefined || !isCompatible(ospfInterface.config, next)) removeInterface(area, ospfInterface);
    else {
      if (next.cost !== ospfInterface.config.cost) work = 'dijkstra';
      ospfInterface.config = next;
    }
  }
  area.config = config;
  for (const entry of config.interfaces) {
    if (!area.interfaces.has(entry.name)) addInterface(area, entry);
  }
  area.origination.request();
  area.spfSchedule.request(work, area.nowMs);
}

/** The link below an interface has changed. */
export function changeLink(area: Area, ospfInterface: OspfInterface, link: LinkCondition): void {
  ospfInterface.mtu = link.mtu;
  ospfInterface.ifindex = link.ifindex;
  changeState(area, ospfInterface, link.up ? 'InterfaceUp' : 'InterfaceDown');
}

/** Says goodbye on every interface and ends all adjacencies. */
export function leave(router: Router): void {
  for (const area of router.areas.values()) {
    for (const ospfInterface of [...area.interfaces.values()]) removeInterface(area, ospfInterface);
  }
}

function addInterface(area: Area, config: OspfInterfaceConfig): void {
  const link = area.router.links.get(config.name) ?? UNKNOWN_LINK;
  const ospfInterface = new OspfInterface(config, link, area.nowMs);
  area.interfaces.set(config.name, ospfInterface);
  changeLink(area, ospfInterface, link);
}

function removeInterface(area: Area, ospfInterface: OspfInterface): void {
  if (ospfInterface.isActive) sendGoodbye(area, ospfInterface);
  changeState(area, ospfInterface, 'InterfaceDown');
  area.interfaces.delete(ospfInterface.name);
}

function changeState(area: Area, ospfInterface: OspfInterface, event: InterfaceEvent): void {
  const state = nextInterfaceState(ospfInterface.state, event);
  if (state === ospfInterface.state) return;
  ospfInterface.state = state;
  ospfInterface.sinceMs = area.nowMs;
  area.event('interface-state', { interface: ospfInterface.name, state });
  area.spfSchedule.request('dijkstra', area.nowMs);
  if (ospfInterface.isActive) {
    if (area.startup.isResuming) listenFirst(area, ospfInterface);
    else sendHello(area, ospfInterface);
    // The subnet and the neighbor, which will be Full in a moment, are told of together.
    area.tellWithin(LINK_UP_HOLD_MS);
  } else {
    if (state === 'Down') closeDown(area, ospfInterface);
    area.origination.request();
  }
}

/**
 * A neighbor that finds itself in our first Hello does not notice that we have been away. It is heard within its
 * HelloInterval, which is ours.
 */
function listenFirst(area: Area, ospfInterface: OspfInterface): void {
  ospfInterface.timers.set('hello', area.nowMs + ospfInterface.config.helloIntervalSeconds * 1000);
}

function closeDown(area: Area, ospfInterface: OspfInterface): void {
  for (const neighbor of [...ospfInterface.neighbors.values()])
    raise(area, neighbor, 'LLDown', 'the interface is down');
  ospfInterface.timers.stop('hello');
  ospfInterface.timers.stop('delayed-ack');
  ospfInterface.delayedAcks.length = 0;
  ospfInterface.floodQueue.clear();
  for (const entry of [...ospfInterface.linkLsdb]) ospfInterface.linkLsdb.remove(entry);
}

function sameStubs(a: readonly OspfStub[], b: readonly OspfStub[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ prefix, cost }, index) => {
      const other = b[index];
      return other?.cost === cost && prefix.address === other.prefix.address && prefix.length === other.prefix.length;
    })
  );
}

/** True if the neighbors do not notice the change. */
function isCompatible(a: OspfInterfaceConfig, b: OspfInterfaceConfig): boolean {
  return (
    a.type === b.type &&
    a.address.address === b.address.address &&
    a.address.prefixLength === b.address.prefixLength &&
    a.helloIntervalSeconds === b.helloIntervalSeconds &&
    a.deadIntervalSeconds === b.deadIntervalSeconds &&
    a.passive === b.passive
  );
}
