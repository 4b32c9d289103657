import { z } from 'zod';
import { type Ipv4, parseIpv4 } from '../base/ipv4.js';
import type { Config, LinkConfig, OspfInterfaceSettings, StaticRoute } from './config.js';
import { DEFAULTS } from './defaults.js';
import {
  choice,
  field,
  flag,
  hostAddress,
  integer,
  interfaceAddress,
  ipv4,
  label,
  linkName,
  mark,
  prefix,
  textField,
} from './field.js';
import { MAX_SOCKET_PATH_BYTES } from './socket-path.js';

/** The smallest MTU that IPv4 allows (RFC 791) and the largest packet. */
const mtu = integer(68, 65535, 'octets');
const seconds = integer(1, 65535, 'seconds');
const cost = integer(1, 65535);

const virtualLink = z.strictObject({
  name: linkName.default(DEFAULTS.virtualLinkName),
  address: hostAddress.optional(),
  mtu: mtu.default(DEFAULTS.virtualLinkMtu),
});

const link = z
  .strictObject({
    name: linkName,
    address: interfaceAddress.optional(),
    addresses: z.array(interfaceAddress).optional(),
    io: choice(['auto', 'packet'], ['xdp']).default(DEFAULTS.io),
    mtu: mtu.optional(),
  })
  .transform((value, context): LinkConfig => {
    if ((value.address === undefined) === (value.addresses === undefined)) {
      context.issues.push({ code: 'custom', message: 'either "address" or "addresses"', input: value });
    }
    const addresses = value.addresses ?? (value.address === undefined ? [] : [value.address]);
    return { name: value.name, io: value.io, addresses, mtu: value.mtu };
  });

const staticRoute = z
  .strictObject({
    prefix,
    via: z.union([hostAddress, z.array(hostAddress)]).optional(),
    blackhole: mark.optional(),
    prohibit: mark.optional(),
  })
  .transform((value, context): StaticRoute => {
    const actions = [value.via, value.blackhole, value.prohibit].filter((action) => action !== undefined);
    if (actions.length !== 1) {
      const message = 'exactly one of "via", "blackhole" and "prohibit"';
      context.issues.push({ code: 'custom', message, input: value });
    }
    if (value.via !== undefined) {
      return { prefix: value.prefix, action: { kind: 'via', via: Array.isArray(value.via) ? value.via : [value.via] } };
    }
    return { prefix: value.prefix, action: { kind: value.blackhole === true ? 'blackhole' : 'prohibit' } };
  });

const ospfInterface = z
  .strictObject({
    link: linkName,
    type: choice(['point-to-point'], ['broadcast']).default(DEFAULTS.interfaceType),
    cost: cost.default(DEFAULTS.interfaceCost),
    'hello-interval': seconds.default(DEFAULTS.helloIntervalSeconds),
    'dead-interval': seconds.optional(),
    'retransmit-interval': seconds.default(DEFAULTS.retransmitIntervalSeconds),
    passive: flag.default(false),
    'mtu-ignore': flag.default(false),
  })
  .transform((value): OspfInterfaceSettings => {
    const helloIntervalSeconds = value['hello-interval'];
    return {
      link: value.link,
      type: value.type,
      cost: value.cost,
      helloIntervalSeconds,
      deadIntervalSeconds: value['dead-interval'] ?? DEFAULTS.deadIntervalHellos * helloIntervalSeconds,
      retransmitIntervalSeconds: value['retransmit-interval'],
      passive: value.passive,
      mtuIgnore: value['mtu-ignore'],
    };
  });

const ospf = z.strictObject({
  area: field('an area number or 0.0.0.0', areaNumber).default(DEFAULTS.area),
  mode: choice(['host', 'router']).default(DEFAULTS.mode),
  interfaces: z.array(ospfInterface),
});

const vip = z.strictObject({
  name: label,
  address: hostAddress,
  mode: choice(['static'], ['anycast', 'exclusive']).default(DEFAULTS.vipMode),
  cost: integer(0, 65534).default(DEFAULTS.vipCost),
});

const controller = z
  .strictObject({
    user: label.default(DEFAULTS.controllerUser),
    'hold-time': integer(1, 3600, 'seconds').default(DEFAULTS.holdTimeSeconds),
  })
  .transform((value) => ({ user: value.user, holdTimeSeconds: value['hold-time'] }));

const socketPath = textField(`an absolute path of at most ${MAX_SOCKET_PATH_BYTES} bytes`, (text) =>
  /^\/[^\0]*[^\0/]$/.test(text) && Buffer.byteLength(text) <= MAX_SOCKET_PATH_BYTES ? text : undefined,
);

export const configSchema: z.ZodType<Config> = z
  .strictObject({
    'router-id': ipv4.refine((id) => id !== 0, 'an IPv4 address other than 0.0.0.0'),
    'virtual-link': virtualLink.prefault({}),
    links: z.array(link).default([]),
    routes: z.array(staticRoute).default([]),
    ospf: ospf.optional(),
    vips: z.array(vip).default([]),
    controller: controller.prefault({}),
    'control-socket': socketPath.default(DEFAULTS.controlSocket),
  })
  .transform((value): Config => {
    const routerId = value['router-id'];
    const { name, address, mtu } = value['virtual-link'];
    return {
      routerId,
      virtualLink: { name, address: address ?? routerId, mtu },
      links: value.links,
      routes: value.routes,
      ospf: value.ospf,
      vips: value.vips,
      controller: value.controller,
      controlSocket: value['control-socket'],
    };
  });

/** An area is written as a number or in dotted form (RFC 2328, appendix C.2). */
function areaNumber(value: unknown): Ipv4 | undefined {
  if (typeof value === 'string') return parseIpv4(value);
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffffffff ? value : undefined;
}
