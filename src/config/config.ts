import type { Ipv4 } from '../base/ipv4.js';
import type { InterfaceAddress, Prefix } from '../base/prefix.js';
import { problemsBetween } from './cross-check.js';
import { readDocument } from './document.js';
import { problemsWithRunning } from './running-check.js';
import { configSchema } from './schema.js';

/** A complete configuration: everything checked, every default filled in. */
export interface Config {
  readonly routerId: Ipv4;
  readonly virtualLink: VirtualLinkConfig;
  readonly links: readonly LinkConfig[];
  readonly routes: readonly StaticRoute[];
  readonly ospf: OspfSettings | undefined;
  readonly vips: readonly VipConfig[];
  readonly controller: ControllerConfig;
  /** Path of the UNIX socket that the command line talks to. */
  readonly controlSocket: string;
}

export interface VirtualLinkConfig {
  readonly name: string;
  /** The router's own address, on the TUN and advertised. */
  readonly address: Ipv4;
  readonly mtu: number;
}

export interface LinkConfig {
  readonly name: string;
  readonly io: 'auto' | 'packet';
  /** At least one; the first is the link's primary address. */
  readonly addresses: readonly InterfaceAddress[];
  /** Octets of an IPv4 packet; undefined takes the kernel's value. */
  readonly mtu: number | undefined;
}

export interface StaticRoute {
  readonly prefix: Prefix;
  readonly action: StaticAction;
}

export type StaticAction =
  /** Neighbors on connected subnets, 1 to 16. */
  | { readonly kind: 'via'; readonly via: readonly Ipv4[] }
  | { readonly kind: 'blackhole' }
  | { readonly kind: 'prohibit' };

export interface OspfSettings {
  readonly area: number;
  readonly mode: 'host' | 'router';
  readonly interfaces: readonly OspfInterfaceSettings[];
}

export interface OspfInterfaceSettings {
  readonly link: string;
  readonly type: 'point-to-point';
  readonly cost: number;
  readonly helloIntervalSeconds: number;
  readonly deadIntervalSeconds: number;
  readonly retransmitIntervalSeconds: number;
  readonly passive: boolean;
  readonly mtuIgnore: boolean;
}

export interface VipConfig {
  readonly name: string;
  readonly address: Ipv4;
  readonly mode: 'static';
  /** OSPF cost of the VIP's stub while it is served: 0 to 65534. */
  readonly cost: number;
}

export interface ControllerConfig {
  /** The user that the controller process runs as. */
  readonly user: string;
  /** How long routes of a controller that died are kept after its successor came, unless it renews them. */
  readonly holdTimeSeconds: number;
}

/**
 * Reads a configuration; with `running`, one that is to replace it while the router runs. Throws ConfigError with all
 * that is wrong; `file` is used for messages only.
 */
export function readConfig(file: string, text: string, running?: Config): Config {
  return readDocument(file, text, configSchema, (config) => [
    ...problemsBetween(config),
    ...(running === undefined ? [] : problemsWithRunning(running, config)),
  ]);
}
