import type { Ipv4 } from '../base/ipv4.js';
import type {
  AuthenticationSettings,
  Config,
  KeyLifetime,
  OspfInterfaceSettings,
  OspfSettings,
} from '../config/config.js';
import type {
  OspfAreaConfig,
  OspfAuthentication,
  OspfConfig,
  OspfExternal,
  OspfInterfaceConfig,
  OspfKeyLifetime,
  OspfStub,
} from '../ospf/messages.js';
import { externalVips } from './external-vips.js';
import { hostPrefix } from './own-routes.js';

interface AdvertisedVip {
  readonly address: Ipv4;
  /** 0 to 65535. */
  readonly cost: number;
}

/** What OSPF has to know beside the configuration. */
export interface OspfFacts {
  /** VIPs that are advertised now. */
  readonly vips: readonly AdvertisedVip[];
  readonly externals: readonly OspfExternal[];
  /** From the clock of OSPF's inputs to milliseconds since 1970. */
  readonly calendarOffsetMs: number;
}

/** What OSPF is to do; undefined without OSPF. */
export function ospfConfigOf(config: Config, facts: OspfFacts): OspfConfig | undefined {
  const { ospf } = config;
  if (ospf === undefined) return undefined;
  const external = externalVips(config);
  const own: OspfStub = { prefix: hostPrefix(config.virtualLink.address), cost: 0 };
  return {
    routerId: config.routerId,
    hostMode: ospf.mode === 'host',
    gracefulRestartHelper: ospf.gracefulRestartHelper,
    spfDelays: ospf.spfDelays,
    areas: areaIds(ospf).map((id) => areaConfigOf(config, ospf, id, facts.calendarOffsetMs)),
    stubs: [own, ...facts.vips.filter(({ address }) => !external.has(address)).map(stubOf)],
    externals: [...facts.vips.filter(({ address }) => external.has(address)).map(externalOf), ...facts.externals],
  };
}

function stubOf({ address, cost }: AdvertisedVip): OspfStub {
  return { prefix: hostPrefix(address), cost };
}

function externalOf({ address, cost }: AdvertisedVip): OspfExternal {
  return { prefix: hostPrefix(address), metric: cost, metricType: 1, tag: 0 };
}

/** True if a key begins or ceases to be valid at some time, so that it matters what the calendar says. */
export function hasKeyLifetimes(config: Config): boolean {
  return (config.ospf?.interfaces ?? []).some(({ authentication }) => {
    if (authentication.kind !== 'cryptographic') return false;
    return authentication.keys.some((key) => [key.send, key.accept].some(isLimited));
  });
}

function isLimited({ fromMs, untilMs }: KeyLifetime): boolean {
  return Number.isFinite(fromMs) || Number.isFinite(untilMs);
}

/** Areas exist by the interfaces in them. */
function areaIds({ interfaces }: OspfSettings): number[] {
  return [...new Set(interfaces.map(({ area }) => area))];
}

function areaConfigOf(config: Config, ospf: OspfSettings, id: number, offsetMs: number): OspfAreaConfig {
  const settings = ospf.areas.find((area) => area.id === id);
  return {
    id,
    kind: settings?.type ?? 'normal',
    summaries: settings?.summaries ?? true,
    defaultCost: settings?.defaultCost ?? 1,
    interfaces: ospf.interfaces
      .filter(({ area }) => area === id)
      .flatMap((item) => interfaceConfigOf(config, item, offsetMs)),
  };
}

function interfaceConfigOf(config: Config, settings: OspfInterfaceSettings, offsetMs: number): OspfInterfaceConfig[] {
  const address = config.links.find(({ name }) => name === settings.link)?.addresses[0];
  if (address === undefined) return [];
  const { link: name, area: _area, bfd, authentication, ...rest } = settings;
  return [
    { name, address, ...rest, bfd: bfd !== undefined, authentication: authenticationOf(authentication, offsetMs) },
  ];
}

function authenticationOf(settings: AuthenticationSettings, offsetMs: number): OspfAuthentication {
  if (settings.kind !== 'cryptographic') return settings;
  const lifetime = ({ fromMs, untilMs }: KeyLifetime): OspfKeyLifetime => ({
    fromMs: fromMs - offsetMs,
    untilMs: untilMs - offsetMs,
  });
  const keys = settings.keys.map(({ send, accept, ...key }) => ({
    ...key,
    send: lifetime(send),
    accept: lifetime(accept),
  }));
  return { kind: 'cryptographic', keys };
}
