import { formatIpv4 } from '../base/ipv4.js';
import type { LsaHeader } from '../wire/ospf/lsa.js';
import { MAX_LSAS, MAX_LSAS_OF_ROUTER, MAX_LSDB_BYTES } from './constants.js';
import type { LsdbEntry } from './lsdb.js';
import type { Origin, Router } from './router.js';

/**
 * Whether the database has room for an LSA in the place of `current`, when `expected` others are already on their way. If
 * not, the operator is told: the neighbor that floods without end loses what is beyond the limit, and nothing else
 * happens. Our own LSAs are not asked for: their number is that of the configuration.
 */
export function hasRoomFor(
  router: Router,
  lsa: LsaHeader,
  current: LsdbEntry | undefined,
  expected: number,
  origin: Origin,
): boolean {
  const excess = excessOf(router, lsa, current, expected);
  if (excess === undefined) return true;
  router.reject(origin, 'lsa-limit', excess.expected, excess.got);
  router.event(
    'database-full',
    { interface: origin.interface, source: formatIpv4(origin.source), limit: excess.limit },
    origin.interface,
  );
  return false;
}

interface Excess {
  readonly limit: number;
  readonly expected: string;
  readonly got: string;
}

function excessOf(
  router: Router,
  { advertisingRouter, length }: LsaHeader,
  current: LsdbEntry | undefined,
  expected: number,
): Excess | undefined {
  const growth = length - (current?.bytes.length ?? 0);
  if (growth > 0 && bytesOf(router) + growth > MAX_LSDB_BYTES) {
    return { limit: MAX_LSDB_BYTES, expected: `${MAX_LSDB_BYTES} bytes of LSAs at most`, got: `${growth} more` };
  }
  if (current !== undefined) return undefined;
  if (router.lsaCount + expected >= MAX_LSAS) {
    return { limit: MAX_LSAS, expected: `${MAX_LSAS} LSAs at most`, got: 'another one' };
  }
  if (countOf(router, advertisingRouter) < MAX_LSAS_OF_ROUTER) return undefined;
  const name = formatIpv4(advertisingRouter);
  const text = `${MAX_LSAS_OF_ROUTER} LSAs of one router at most`;
  return { limit: MAX_LSAS_OF_ROUTER, expected: text, got: `another one of ${name}` };
}

function bytesOf(router: Router): number {
  let total = 0;
  for (const { bytes } of router.databases()) total += bytes;
  return total;
}

function countOf(router: Router, advertisingRouter: number): number {
  let count = 0;
  for (const lsdb of router.databases()) count += lsdb.countOf(advertisingRouter);
  return count;
}
