import type { Prefix } from '../base/prefix.js';
import type { Config } from '../config/config.js';
import type { RouteSource } from '../fib/rib.js';
import type { OspfExternal } from '../ospf/messages.js';

/** Where the best route to exactly a prefix comes from; undefined if there is none. */
export type BestSource = (prefix: Prefix) => RouteSource | undefined;

/**
 * The static routes that OSPF announces (RFC 2328 section 12.4.4): those in use, so that what is announced can also be
 * forwarded. Discarding ones are among them: a blackhole is how an aggregate is announced. The default route is one only
 * where that was asked for; it would draw all traffic that nobody else has a route for.
 */
export function externalsOf(config: Config, bestSource: BestSource): OspfExternal[] {
  const settings = config.ospf?.redistributeStatic;
  if (settings === undefined) return [];
  const { metric, metricType, tag, defaultRoute } = settings;
  return config.routes
    .filter(({ prefix }) => (prefix.length > 0 || defaultRoute) && bestSource(prefix) === 'static')
    .map(({ prefix }) => ({ prefix, metric, metricType, tag }));
}
