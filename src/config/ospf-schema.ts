import { z } from 'zod';
import { type Ipv4, parseIpv4 } from '../base/ipv4.js';
import { authentication } from './authentication-schema.js';
import { bfd } from './bfd-schema.js';
import type {
  OspfAreaSettings,
  OspfInterfaceSettings,
  OspfSettings,
  RedistributeSettings,
  SpfDelaySettings,
} from './config.js';
import { DEFAULTS } from './defaults.js';
import { choice, field, flag, integer, linkName } from './field.js';

/** The largest metric of a summary or AS-external LSA; one more means unreachable (RFC 2328 appendix B, LSInfinity). */
const MAX_LSA_METRIC = 0xfffffe;

const seconds = integer(1, 65535, 'seconds');
const areaId = field('an area number or 0.0.0.0', areaNumber);

const area = z
  .strictObject({
    id: areaId,
    type: choice(['normal', 'stub', 'nssa']).default(DEFAULTS.areaType),
    summaries: flag.optional(),
    'default-cost': integer(1, MAX_LSA_METRIC).optional(),
  })
  .transform((value, context): OspfAreaSettings => {
    for (const key of ['summaries', 'default-cost'] as const) {
      if (value.type === 'stub' || value[key] === undefined) continue;
      context.issues.push({
        code: 'custom',
        message: 'nothing but in an area of type stub',
        path: [key],
        input: value,
      });
    }
    return {
      id: value.id,
      type: value.type,
      summaries: value.summaries ?? true,
      defaultCost: value['default-cost'] ?? DEFAULTS.stubDefaultCost,
    };
  });

const redistribution = z
  .strictObject({
    metric: integer(0, MAX_LSA_METRIC).default(DEFAULTS.externalMetric),
    'metric-type': field('1 or 2', (value) => ([1, 2] as const).find((type) => type === value)).default(
      DEFAULTS.externalMetricType,
    ),
    tag: integer(0, 0xffffffff).default(DEFAULTS.externalTag),
    'default-route': flag.default(false),
  })
  .transform(
    (value): RedistributeSettings => ({
      metric: value.metric,
      metricType: value['metric-type'],
      tag: value.tag,
      defaultRoute: value['default-route'],
    }),
  );

/** `true` for the defaults, or a mapping with what differs. */
const redistribute = z.union([flag, redistribution]).transform((value): RedistributeSettings | undefined => {
  if (value === false) return undefined;
  return value === true ? redistribution.parse({}) : value;
});

const delay = integer(0, 600_000, 'milliseconds');

const spfDelay = z
  .strictObject({
    initial: delay.default(DEFAULTS.spfInitialMs),
    short: delay.default(DEFAULTS.spfShortMs),
    long: delay.default(DEFAULTS.spfLongMs),
    'time-to-learn': delay.default(DEFAULTS.spfTimeToLearnMs),
    holddown: delay.default(DEFAULTS.spfHolddownMs),
  })
  .transform(
    (value): SpfDelaySettings => ({
      initialMs: value.initial,
      shortMs: value.short,
      longMs: value.long,
      timeToLearnMs: value['time-to-learn'],
      holddownMs: value.holddown,
    }),
  );

const ospfInterface = z
  .strictObject({
    link: linkName,
    area: areaId.optional(),
    type: choice(['broadcast', 'point-to-point']).default(DEFAULTS.interfaceType),
    priority: integer(0, 255).default(DEFAULTS.interfacePriority),
    cost: integer(1, 65535).default(DEFAULTS.interfaceCost),
    'hello-interval': seconds.default(DEFAULTS.helloIntervalSeconds),
    'dead-interval': seconds.optional(),
    'retransmit-interval': seconds.default(DEFAULTS.retransmitIntervalSeconds),
    passive: flag.default(false),
    'mtu-ignore': flag.default(false),
    bfd: bfd.optional(),
    authentication: authentication.optional(),
  })
  .transform((value) => {
    const helloIntervalSeconds = value['hello-interval'];
    return {
      link: value.link,
      area: value.area,
      type: value.type,
      priority: value.priority,
      cost: value.cost,
      helloIntervalSeconds,
      deadIntervalSeconds: value['dead-interval'] ?? DEFAULTS.deadIntervalHellos * helloIntervalSeconds,
      retransmitIntervalSeconds: value['retransmit-interval'],
      passive: value.passive,
      mtuIgnore: value['mtu-ignore'],
      bfd: value.bfd,
      authentication: value.authentication ?? { kind: 'none' as const },
    };
  });

export const ospf = z
  .strictObject({
    mode: choice(['host', 'router']).default(DEFAULTS.mode),
    area: areaId.default(DEFAULTS.area),
    areas: z.array(area).default([]),
    redistribute: z.strictObject({ static: redistribute.optional() }).optional(),
    'graceful-restart-helper': flag.default(true),
    'spf-delay': spfDelay.prefault({}),
    interfaces: z.array(ospfInterface),
  })
  .transform(
    (value): OspfSettings => ({
      mode: value.mode,
      areas: value.areas,
      redistributeStatic: value.redistribute?.static,
      gracefulRestartHelper: value['graceful-restart-helper'],
      spfDelays: value['spf-delay'],
      interfaces: value.interfaces.map((item): OspfInterfaceSettings => ({ ...item, area: item.area ?? value.area })),
    }),
  );

/** An area is written as a number or in dotted form (RFC 2328, appendix C.2). */
function areaNumber(value: unknown): Ipv4 | undefined {
  if (typeof value === 'string') return parseIpv4(value);
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffffffff ? value : undefined;
}
