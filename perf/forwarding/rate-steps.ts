import type { Steps } from './traffic.js';

/** What every throughput search here allows (RFC 2544 section 24 allows none; MLRsearch has both). */
export const LOSS_RATIO = 0.005;
/** So many steps in a row that lose more are no accident: the machine stood still for a moment, or another program ran. */
const FAILED_IN_A_ROW = 3;

/**
 * The throughput of a router in datagrams a second: the highest rate at which no more than `lossRatio` of a step was lost or
 * late, below the first rates that were too high for it. 0 if it was none.
 */
export function throughputOf({ steps }: Steps, lossRatio = LOSS_RATIO): number {
  let throughput = 0;
  let failed = 0;
  for (const [offered, planned, arrived] of steps) {
    if (arrived < planned * (1 - lossRatio)) {
      if (++failed === FAILED_IN_A_ROW) break;
      continue;
    }
    failed = 0;
    throughput = Math.max(throughput, offered);
  }
  return throughput;
}
