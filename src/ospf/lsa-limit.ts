import { formatIpv4 } from '../base/ipv4.js';
import { MAX_LSAS, MAX_LSAS_OF_ROUTER } from './constants.js';
import type { Origin, Router } from './router.js';

/**
 * Whether the database has room for one more LSA of `advertisingRouter`, when `expected` others are already on their way.
 * If not, the operator is told: the neighbor that floods without end loses what is beyond the limit, and nothing else
 * happens. Our own LSAs are not asked for: their number is that of the configuration.
 */
export function hasRoomFor(router: Router, advertisingRouter: number, expected: number, origin: Origin): boolean {
  if (router.lsaCount + expected >= MAX_LSAS) {
    refuse(router, origin, MAX_LSAS, `${MAX_LSAS} LSAs at most`, 'another one');
    return false;
  }
  if (countOf(router, advertisingRouter) >= MAX_LSAS_OF_ROUTER) {
    const expectedText = `${MAX_LSAS_OF_ROUTER} LSAs of one router at most`;
    refuse(router, origin, MAX_LSAS_OF_ROUTER, expectedText, `another one of ${formatIpv4(advertisingRouter)}`);
    return false;
  }
  return true;
}

function refuse(router: Router, origin: Origin, limit: number, expected: string, got: string): void {
  router.reject(origin, 'lsa-limit', expected, got);
  router.event(
    'database-full',
    { interface: origin.interface, source: formatIpv4(origin.source), limit },
    origin.interface,
  );
}

function countOf(router: Router, advertisingRouter: number): number {
  let count = router.lsdb.countOf(advertisingRouter);
  for (const { lsdb } of router.areas.values()) count += lsdb.countOf(advertisingRouter);
  return count;
}
