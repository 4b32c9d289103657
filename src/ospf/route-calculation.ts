import { areaInput } from './area-input.js';
import type { Router } from './router.js';

/** Calculates routes if the time has come, and tells them if they have changed. */
export function calculateRoutes(router: Router): void {
  const due = router.spfSchedule.take(router.nowMs);
  if (due === undefined) return;
  const { dijkstraRuns } = router.routes;
  const startMs = router.stopwatchMs();
  const routes = router.routes.calculate(due, {
    routerId: router.routerId,
    readsBackboneOnly: router.readsBackboneOnly,
    areas: [...router.areas.values()].map(areaInput),
    externals: router.lsdb,
    nowMs: router.nowMs,
  });
  if (router.routes.dijkstraRuns > dijkstraRuns) router.lastSpfMs = router.stopwatchMs() - startMs;
  if (routes !== undefined) router.outputs.push({ kind: 'routes', routes });
  if (router.isBorder) router.mustComposeSummaries = true;
}
