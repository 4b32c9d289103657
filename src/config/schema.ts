import { z } from 'zod';
import { formatIpv4 } from '../base/ipv4.js';
import { bfd } from './bfd-schema.js';
import { check } from './check-schema.js';
import type { Config, LinkConfig, StaticRoute } from './config.js';
import { DEFAULTS } from './defaults.js';
import { etcd } from './etcd-schema.js';
import {
  choice,
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
import { ospf } from './ospf-schema.js';
import { MAX_SOCKET_PATH_BYTES } from './socket-path.js';

/** The smallest MTU that IPv4 allows (RFC 791) and the largest packet. */
const mtu = integer(68, 65535, 'octets');

const coalesce = choice(['none', 'tcp', 'all']);

const virtualLink = z.strictObject({
  name: linkName.default(DEFAULTS.virtualLinkName),
  address: hostAddress.optional(),
  mtu: mtu.default(DEFAULTS.virtualLinkMtu),
  coalesce: coalesce.default(DEFAULTS.virtualLinkCoalesce),
  'source-vip': label.optional(),
});

const link = z
  .strictObject({
    name: linkName,
    address: interfaceAddress.optional(),
    addresses: z.array(interfaceAddress).optional(),
    io: choice(['auto', 'packet', 'xdp']).default(DEFAULTS.io),
    mtu: mtu.optional(),
    coalesce: coalesce.default(DEFAULTS.linkCoalesce),
    'source-validation': choice(['off', 'loose', 'strict']).default(DEFAULTS.sourceValidation),
    redirects: flag.default(DEFAULTS.redirects),
    'icmp-source': choice(['egress', 'ingress']).default(DEFAULTS.icmpSource),
    'ip-options': choice(['record', 'pass', 'drop']).default(DEFAULTS.ipOptions),
  })
  .transform((value, context): LinkConfig => {
    if ((value.address === undefined) === (value.addresses === undefined)) {
      context.issues.push({ code: 'custom', message: 'either "address" or "addresses"', input: value });
    }
    const addresses = value.addresses ?? (value.address === undefined ? [] : [value.address]);
    const policy = {
      sourceValidation: value['source-validation'],
      redirects: value.redirects,
      icmpSource: value['icmp-source'],
      ipOptions: value['ip-options'],
    };
    return { name: value.name, io: value.io, addresses, mtu: value.mtu, coalesce: value.coalesce, policy };
  });

const staticRoute = z
  .strictObject({
    prefix,
    via: z.union([hostAddress, z.array(hostAddress)]).optional(),
    blackhole: mark.optional(),
    prohibit: mark.optional(),
    bfd: bfd.optional(),
  })
  .transform((value, context): StaticRoute => {
    const actions = [value.via, value.blackhole, value.prohibit].filter((action) => action !== undefined);
    if (actions.length !== 1) {
      const message = 'exactly one of "via", "blackhole" and "prohibit"';
      context.issues.push({ code: 'custom', message, input: value });
    }
    if (value.via === undefined && value.bfd !== undefined) {
      context.issues.push({ code: 'custom', message: 'nothing but beside "via"', path: ['bfd'], input: value });
    }
    if (value.via !== undefined) {
      const via = Array.isArray(value.via) ? value.via : [value.via];
      return { prefix: value.prefix, action: { kind: 'via', via, bfd: value.bfd } };
    }
    return { prefix: value.prefix, action: { kind: value.blackhole === true ? 'blackhole' : 'prohibit' } };
  });

const vip = z.strictObject({
  name: label,
  address: hostAddress,
  mode: choice(['static', 'anycast', 'exclusive']).default(DEFAULTS.vipMode),
  cost: integer(0, 65534).default(DEFAULTS.vipCost),
  checks: z.array(check).default([]),
  unhealthy: choice(['withdraw', 'drain']).default(DEFAULTS.vipUnhealthy),
  'minimum-announcers': integer(0, 64).default(DEFAULTS.vipMinimumAnnouncers),
  rank: integer(1, 255).default(DEFAULTS.vipRank),
  'lease-loss': choice(['drop', 'hold', 'hold-while-unchallenged']).default(DEFAULTS.vipLeaseLoss),
});

/** What a VIP-LSA has room for. */
const MAX_NAME_BYTES = 63;

const routerName = textField(`1 to ${MAX_NAME_BYTES} bytes without white space`, (text) =>
  /^\S+$/.test(text) && Buffer.byteLength(text) <= MAX_NAME_BYTES ? text : undefined,
);

const controller = z
  .strictObject({
    user: label.default(DEFAULTS.controllerUser),
    'hold-time': integer(1, 3600, 'seconds').default(DEFAULTS.holdTimeSeconds),
  })
  .transform((value) => ({ user: value.user, holdTimeSeconds: value['hold-time'] }));

const socketPath = textField(`an absolute path of at most ${MAX_SOCKET_PATH_BYTES} bytes`, (text) =>
  /^\/[^\0]*[^\0/]$/.test(text) && Buffer.byteLength(text) <= MAX_SOCKET_PATH_BYTES ? text : undefined,
);

const directory = textField('an absolute path', (text) => (/^\/[^\0]*$/.test(text) ? text : undefined));

export const configSchema: z.ZodType<Config> = z
  .strictObject({
    'router-id': ipv4.refine((id) => id !== 0, 'an IPv4 address other than 0.0.0.0'),
    name: routerName.optional(),
    workers: integer(1, 8).default(DEFAULTS.workers),
    'virtual-link': virtualLink.prefault({}),
    links: z.array(link).default([]),
    routes: z.array(staticRoute).default([]),
    ospf: ospf.optional(),
    vips: z.array(vip).default([]),
    etcd: etcd.optional(),
    controller: controller.prefault({}),
    'state-directory': directory.default(DEFAULTS.stateDirectory),
    'control-socket': socketPath.default(DEFAULTS.controlSocket),
  })
  .transform((value): Config => {
    const routerId = value['router-id'];
    const { name, address, mtu, coalesce, 'source-vip': sourceVip } = value['virtual-link'];
    return {
      routerId,
      name: value.name ?? formatIpv4(routerId),
      workers: value.workers,
      virtualLink: { name, address: address ?? routerId, mtu, coalesce, sourceVip },
      links: value.links,
      routes: value.routes,
      ospf: value.ospf,
      vips: value.vips.map(({ 'lease-loss': leaseLoss, 'minimum-announcers': minimumAnnouncers, ...rest }) => ({
        ...rest,
        leaseLoss,
        minimumAnnouncers,
      })),
      etcd: value.etcd,
      controller: value.controller,
      stateDirectory: value['state-directory'],
      controlSocket: value['control-socket'],
    };
  });
