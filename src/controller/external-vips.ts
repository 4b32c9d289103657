import type { Ipv4 } from '../base/ipv4.js';
import type { Config } from '../config/config.js';
import { MAX_STUB_VIPS } from '../config/vip-limits.js';

const NONE: ReadonlySet<Ipv4> = new Set();
const known = new WeakMap<Config, ReadonlySet<Ipv4>>();

/**
 * The VIPs that the router-LSA has no room for: all but the first MAX_STUB_VIPS, by address. They are advertised in
 * AS-external-LSAs of a metric that adds up like that of a stub (type 1), one each.
 *
 * Which these are follows from the configuration and not from what is served now: routers prefer a stub to an external at
 * any cost, so servers of the same VIPs have to advertise each of them the same way.
 */
export function externalVips(config: Config): ReadonlySet<Ipv4> {
  if (config.vips.length <= MAX_STUB_VIPS) return NONE;
  const before = known.get(config);
  if (before !== undefined) return before;
  const addresses = config.vips.map(({ address }) => address).sort((a, b) => a - b);
  const external = new Set(addresses.slice(MAX_STUB_VIPS));
  known.set(config, external);
  return external;
}
