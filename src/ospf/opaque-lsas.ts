import { LSA_HEADER_BYTES, LSA_OPAQUE_AREA, LSA_OPAQUE_AS } from '../wire/ospf/lsa.js';
import type { Area } from './area.js';
import type { LsdbEntry } from './lsdb.js';
import type { OspfOpaqueLsa } from './messages.js';
import { OwnLsa } from './own-lsas.js';
import type { Router } from './router.js';

/**
 * Opaque LSAs (RFC 5250) of one opaque type, by which routers tell each other what is no matter of OSPF. They go as far as
 * they can: in normal areas through the AS (type 11), else through the area (type 10). RFC 5250 section 5 has who originates type
 * 11 be an AS boundary router, so that others can tell whether he can be reached. This router is none for that alone: nobody but
 * its like reads them, and they look for a route to the address that is in the LSA.
 */

/** The opaque type is the first byte of the link state ID. */
export function opaqueTypeOf(id: number): number {
  return id >>> 24;
}

/** Replaces what this router has to say. */
export function replaceOpaques(router: Router, lsas: readonly OspfOpaqueLsa[]): void {
  router.opaques = lsas;
  router.mustComposeOpaques = true;
}

/** To be called before LSAs are brought up to date, after the areas have changed as well. */
export function composeOpaques(router: Router): void {
  if (!router.mustComposeOpaques) return;
  router.mustComposeOpaques = false;
  const areas = [...router.areas.values()];
  const throughAs = areas.some((area) => area.takesExternals) ? router.opaques : [];
  router.ownLsas.want([LSA_OPAQUE_AS], throughAs.map(opaqueLsa(LSA_OPAQUE_AS)));
  for (const area of areas) {
    const throughArea = area.takesExternals ? [] : router.opaques;
    area.ownLsas.want([LSA_OPAQUE_AREA], throughArea.map(opaqueLsa(LSA_OPAQUE_AREA)));
  }
}

/** Puts out what others say, where it has changed. */
export function tellOpaques(router: Router): void {
  for (const lsdb of router.databases()) {
    for (const entry of lsdb.takeOpaqueNews()) tell(router, entry, lsdb.get(entry));
  }
}

/** The area is left, and what was said in it is not heard any more. */
export function forgetOpaques(area: Area): void {
  for (const entry of area.lsdb) if (entry.type === LSA_OPAQUE_AREA) tell(area.router, entry, undefined);
}

function tell(router: Router, { advertisingRouter, id }: LsdbEntry, current: LsdbEntry | undefined): void {
  if (advertisingRouter === router.routerId) return;
  const isThere = current !== undefined && !current.isMaxAge(router.nowMs);
  const said = isThere ? current : elsewhere(router, advertisingRouter, id);
  const payload = said?.bytes.subarray(LSA_HEADER_BYTES);
  router.outputs.push({ kind: 'opaque-lsa', advertisingRouter, id, payload });
}

/** A router that is in areas of both kinds says the same in each of them. */
function elsewhere(router: Router, advertisingRouter: number, id: number): LsdbEntry | undefined {
  const places = [
    { type: LSA_OPAQUE_AS, lsdb: router.lsdb },
    ...[...router.areas.values()].map(({ lsdb }) => ({ type: LSA_OPAQUE_AREA, lsdb })),
  ];
  const found = places.map(({ type, lsdb }) => lsdb.get({ type, id, advertisingRouter }));
  return found.find((entry) => entry !== undefined && !entry.isMaxAge(router.nowMs));
}

function opaqueLsa(type: number): (lsa: OspfOpaqueLsa) => OwnLsa {
  return ({ id, payload }) => new OwnLsa({ type, id, options: 0 }, { kind: 'opaque', payload });
}
