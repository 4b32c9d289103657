import type { OspfAreaConfig, OspfConfig, OspfInterfaceConfig } from '../../src/ospf/messages.js';

/** What most tests need: one area, which `areaOptions` makes a stub area, and others only where a test says so. */
export interface AreaRouterConfig extends Omit<OspfConfig, 'areas'> {
  readonly area: number;
  readonly areaOptions?: Partial<OspfAreaConfig>;
  readonly interfaces: readonly OspfInterfaceConfig[];
  readonly otherAreas?: readonly OspfAreaConfig[];
}

/** What `spf-delay` is by default. */
export const SPF_DELAYS = { initialMs: 0, shortMs: 20, longMs: 320, timeToLearnMs: 500, holddownMs: 1000 };

export const AREA_ROUTER: Omit<AreaRouterConfig, 'routerId'> = {
  area: 0,
  hostMode: false,
  gracefulRestartHelper: true,
  spfDelays: SPF_DELAYS,
  interfaces: [],
  stubs: [],
  externals: [],
};

export const POINT_TO_POINT = {
  type: 'point-to-point',
  priority: 1,
  cost: 10,
  helloIntervalSeconds: 10,
  deadIntervalSeconds: 40,
  retransmitIntervalSeconds: 5,
  passive: false,
  mtuIgnore: false,
  authentication: { kind: 'none' },
  bfd: false,
} as const satisfies Partial<OspfInterfaceConfig>;

export function areaConfig(id: number, change: Partial<OspfAreaConfig> = {}): OspfAreaConfig {
  return { id, kind: 'normal', summaries: true, defaultCost: 1, interfaces: [], ...change };
}

export function ospfConfig(config: AreaRouterConfig): OspfConfig {
  const { area, areaOptions, interfaces, otherAreas = [], ...rest } = config;
  return { ...rest, areas: [areaConfig(area, { ...areaOptions, interfaces }), ...otherAreas] };
}
