import { z } from 'zod';
import type { Ipv4 } from '../base/ipv4.js';
import type { InterfaceAddress, Prefix } from '../base/prefix.js';
import {
  choice,
  flag,
  hostAddress,
  integer,
  interfaceAddress,
  label,
  linkName,
  prefix,
  textField,
} from '../config/field.js';
import { configSchema } from '../config/schema.js';

/** What a lab is made of: nodes (network namespaces and what runs in them) and the links between them. */

export type NodeKind = 'lasthop' | 'host' | 'kernel-router' | 'frr' | 'bird';

export interface NodeDescription {
  readonly kind: NodeKind;
  /** Of a node other than lasthop: addresses by link, given to the kernel. */
  readonly addresses: ReadonlyMap<string, readonly InterfaceAddress[]>;
  /** Of a node other than lasthop: routes given to the kernel. */
  readonly routes: readonly { readonly prefix: Prefix; readonly via: Ipv4 }[];
  /** Of `frr` and `bird`: the configuration in the program's own language. */
  readonly text: string;
  /** Kernel settings by name (`net.ipv4.ip_forward`). */
  readonly sysctl: ReadonlyMap<string, string>;
  /** Shell commands run in the node when its links are up, before its router starts. */
  readonly commands: readonly string[];
  /** False if a step `start` starts the router. */
  readonly autostart: boolean;
}

/** One end of a link: `NODE:LINK`. */
export interface LinkEnd {
  readonly node: string;
  readonly link: string;
}

export interface LinkDescription {
  /** Name of a segment with any number of ends; undefined for a wire between two. */
  readonly lan: string | undefined;
  readonly ends: readonly LinkEnd[];
  /** Octets; undefined takes the kernel's 1500. */
  readonly mtu: number | undefined;
}

export const linkEnd = textField('NODE:LINK such as server:eth1', parseLinkEnd);

/** Reads `NODE:LINK`; undefined if it is not of that form. */
export function parseLinkEnd(text: string): LinkEnd | undefined {
  const [node, link, ...rest] = text.split(':');
  if (node === undefined || link === undefined || rest.length > 0 || node === '') return undefined;
  return linkName.safeParse(link).success ? { node, link } : undefined;
}

export function formatLinkEnd(end: LinkEnd): string {
  return `${end.node}:${end.link}`;
}

const shellCommand = z.string();
const setting = z.union([z.string(), z.number()]).transform(String);

export const nodeSchema = z.strictObject({
  kind: choice(['lasthop', 'host', 'kernel-router', 'frr', 'bird']),
  config: configSchema.optional(),
  addresses: z.record(z.string(), z.array(interfaceAddress)).default({}),
  routes: z.array(z.strictObject({ prefix, via: hostAddress })).default([]),
  text: z.string().default(''),
  sysctl: z.record(z.string(), setting).default({}),
  commands: z.array(shellCommand).default([]),
  autostart: flag.default(true),
});

export const linkSchema = z.strictObject({
  lan: label.optional(),
  ends: z.array(linkEnd),
  mtu: integer(68, 65535, 'octets').optional(),
});

export type NodeEntry = z.infer<typeof nodeSchema>;
export type LinkEntry = z.infer<typeof linkSchema>;

export function describeNode(entry: NodeEntry): NodeDescription {
  return {
    kind: entry.kind,
    addresses: new Map(Object.entries(entry.addresses)),
    routes: entry.routes,
    text: entry.text,
    sysctl: new Map(Object.entries(entry.sysctl)),
    commands: entry.commands,
    autostart: entry.autostart,
  };
}

export function describeLink(entry: LinkEntry): LinkDescription {
  return { lan: entry.lan, ends: entry.ends, mtu: entry.mtu };
}
