import { Area } from './area.js';
import { armDatabaseCheck } from './database-check.js';
import { sendGoodbye } from './hello.js';
import { type LinkCondition, OspfInterface } from './interface.js';
import { raiseOnInterface } from './interface-events.js';
import type { OspfAreaConfig, OspfConfig, OspfExternal, OspfInterfaceConfig, OspfStub } from './messages.js';
import { forgetOpaques } from './opaque-lsas.js';
import type { Router } from './router.js';
import type { RouteWork } from './spf-schedule.js';

const UNKNOWN_LINK: LinkCondition = { up: false, mtu: 1500, ifindex: 0 };

/** Brings the router to `config`, which has the same router ID; what it does not touch goes on undisturbed. */
export function reconfigure(router: Router, config: OspfConfig): void {
  const before = router.config;
  router.config = config;
  for (const area of [...router.areas.values()]) {
    const next = config.areas.find(({ id }) => id === area.id);
    // All that is known there may be different in an area of another kind.
    if (next === undefined || next.kind !== area.config.kind) removeArea(area);
    else removeInterfaces(area, next);
  }
  for (const next of config.areas) {
    const area = router.areas.get(next.id) ?? addArea(router, next);
    reconfigureArea(area, next);
    // A virtual IP that was claimed is what the first instance of our LSA has waited for.
    if (!sameStubs(before.stubs, config.stubs)) area.timers.stop('good-news');
  }
  if (!sameExternals(before.externals, config.externals)) router.mustComposeExternals = true;
  router.mustComposeSummaries = true;
  if (![...router.areas.values()].some((area) => area.takesExternals)) forgetExternals(router);
  if (!router.timers.isSet('check')) armDatabaseCheck(router);
}

function addArea(router: Router, config: OspfAreaConfig): Area {
  const area = new Area(router, { ...config, interfaces: [] });
  router.areas.set(config.id, area);
  router.mustComposeExternals = true;
  router.mustComposeOpaques = true;
  return area;
}

function removeArea(area: Area): void {
  for (const ospfInterface of [...area.interfaces.values()]) removeInterface(area, ospfInterface);
  area.router.areas.delete(area.id);
  forgetOpaques(area);
  area.router.mustComposeExternals = true;
  area.router.mustComposeOpaques = true;
  area.spfSchedule.request('dijkstra', area.nowMs);
}

/** In all areas before any is added: an interface may move from one to another. */
function removeInterfaces(area: Area, config: OspfAreaConfig): void {
  const wanted = new Map(config.interfaces.map((entry) => [entry.name, entry]));
  for (const ospfInterface of [...area.interfaces.values()]) {
    const next = wanted.get(ospfInterface.name);
    if (next === undefined || !isCompatible(ospfInterface.config, next)) removeInterface(area, ospfInterface);
  }
}

/** Nobody keeps them up to date where no area has them. */
function forgetExternals(router: Router): void {
  for (const entry of [...router.lsdb]) {
    if (!router.isSelfOriginated(entry)) router.lsdb.remove(entry);
  }
}

function reconfigureArea(area: Area, config: OspfAreaConfig): void {
  // Interfaces that come or go ask for more themselves.
  let work: RouteWork = 'stubs';
  area.config = config;
  for (const next of config.interfaces) {
    const ospfInterface = area.interfaces.get(next.name);
    if (ospfInterface === undefined) {
      addInterface(area, next);
      continue;
    }
    if (next.cost !== ospfInterface.config.cost) work = 'dijkstra';
    if (next.priority !== ospfInterface.config.priority) ospfInterface.pendingEvents.add('NeighborChange');
    ospfInterface.config = next;
  }
  area.origination.request();
  area.changeRouteInput(work);
}

/** The link below an interface has changed. */
export function changeLink(area: Area, ospfInterface: OspfInterface, link: LinkCondition): void {
  ospfInterface.mtu = link.mtu;
  ospfInterface.ifindex = link.ifindex;
  raiseOnInterface(area, ospfInterface, link.up ? 'InterfaceUp' : 'InterfaceDown');
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
  raiseOnInterface(area, ospfInterface, 'InterfaceDown');
  area.interfaces.delete(ospfInterface.name);
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

function sameExternals(a: readonly OspfExternal[], b: readonly OspfExternal[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ prefix, metric, metricType, tag }, index) => {
      const other = b[index];
      if (other === undefined || prefix.address !== other.prefix.address) return false;
      if (prefix.length !== other.prefix.length || metricType !== other.metricType) return false;
      return metric === other.metric && tag === other.tag;
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
