import { LSA_EXTERNAL, LSA_OPAQUE_AS, LSA_OPAQUE_LINK } from '../wire/ospf/lsa.js';
import type { Area } from './area.js';
import type { OspfInterface } from './interface.js';
import type { Lsdb } from './lsdb.js';
import type { Router } from './router.js';

/** AS-external and opaque LSAs of AS scope, which all areas share. */
export function isOfAsScope(type: number): boolean {
  return type === LSA_EXTERNAL || type === LSA_OPAQUE_AS;
}

/** How far an LSA is flooded: a link, an area, or all areas that take AS-external LSAs (RFC 2328 section 13.3, RFC 5250). */
export interface FloodingScope {
  readonly lsdb: Lsdb;
  readonly interfaces: readonly OspfInterface[];
}

/** The scope of an LSA of `type` that is heard or told on `ospfInterface`, which only link-local scope needs. */
export function scopeOf(area: Area, ospfInterface: OspfInterface | undefined, type: number): FloodingScope {
  if (type === LSA_OPAQUE_LINK && ospfInterface !== undefined) return linkScope(ospfInterface);
  return isOfAsScope(type) ? asScope(area.router) : areaScope(area);
}

export function linkScope(ospfInterface: OspfInterface): FloodingScope {
  return { lsdb: ospfInterface.linkLsdb, interfaces: [ospfInterface] };
}

export function areaScope(area: Area): FloodingScope {
  return { lsdb: area.lsdb, interfaces: [...area.interfaces.values()] };
}

export function asScope(router: Router): FloodingScope {
  const interfaces: OspfInterface[] = [];
  for (const area of router.areas.values()) {
    if (area.takesExternals) interfaces.push(...area.interfaces.values());
  }
  return { lsdb: router.lsdb, interfaces };
}
