import type { Ipv4 } from '../base/ipv4.js';
import type { Config, OspfInterfaceSettings } from '../config/config.js';
import type { OspfConfig, OspfInterfaceConfig, OspfStub } from '../ospf/messages.js';
import { hostPrefix } from './own-routes.js';

/** What OSPF is to do: the configuration, and the VIPs that are advertised now. Undefined without OSPF. */
export function ospfConfigOf(
  config: Config,
  vips: readonly { readonly address: Ipv4; readonly cost: number }[],
): OspfConfig | undefined {
  if (config.ospf === undefined) return undefined;
  const own: OspfStub = { prefix: hostPrefix(config.virtualLink.address), cost: 0 };
  const interfaces = config.ospf.interfaces.flatMap((settings) => interfaceConfigOf(config, settings));
  return {
    routerId: config.routerId,
    hostMode: config.ospf.mode === 'host',
    gracefulRestartHelper: true,
    areas: [{ id: config.ospf.area, kind: 'normal', summaries: true, defaultCost: 1, interfaces }],
    stubs: [own, ...vips.map(({ address, cost }) => ({ prefix: hostPrefix(address), cost }))],
    externals: [],
  };
}

function interfaceConfigOf(config: Config, settings: OspfInterfaceSettings): OspfInterfaceConfig[] {
  const address = config.links.find(({ name }) => name === settings.link)?.addresses[0];
  if (address === undefined) return [];
  const { link: name, ...rest } = settings;
  return [{ name, address, ...rest, priority: 1, authentication: { kind: 'none' }, bfd: false }];
}
