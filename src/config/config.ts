import type { Ipv4 } from '../base/ipv4.js';
import type { InterfaceAddress, Prefix } from '../base/prefix.js';
import { adviceOn, type Circumstances } from './advice.js';
import { problemsBetween } from './cross-check.js';
import { readDocument, readWithPositions, type ValueProblem } from './document.js';
import type { Problem } from './problem.js';
import { problemsWithRunning } from './running-check.js';
import { configSchema } from './schema.js';

/** A complete configuration: everything checked, every default filled in. */
export interface Config {
  readonly routerId: Ipv4;
  /** What other routers and people call this one; left out, its router ID. */
  readonly name: string;
  /** Threads that forward: 1 to 8. */
  readonly workers: number;
  readonly virtualLink: VirtualLinkConfig;
  readonly links: readonly LinkConfig[];
  readonly routes: readonly StaticRoute[];
  readonly ospf: OspfSettings | undefined;
  readonly vips: readonly VipConfig[];
  readonly etcd: EtcdSettings | undefined;
  readonly controller: ControllerConfig;
  /** Folder of what is to be known after a restart. */
  readonly stateDirectory: string;
  /** Path of the UNIX socket that the command line talks to. */
  readonly controlSocket: string;
}

export interface VirtualLinkConfig {
  readonly name: string;
  /** The router's own address, on the TUN and advertised. */
  readonly address: Ipv4;
  readonly mtu: number;
  /** What is joined to super-packets before it is delivered: packets of TCP flows, or datagrams of UDP too. */
  readonly coalesce: 'none' | 'tcp' | 'all';
  /** Name of the VIP that the host's own connections come from while it is served here. */
  readonly sourceVip: string | undefined;
}

export interface LinkConfig {
  readonly name: string;
  readonly io: 'auto' | 'packet' | 'xdp';
  /** At least one; the first is the link's primary address. */
  readonly addresses: readonly InterfaceAddress[];
  /** Octets of an IPv4 packet; undefined takes the kernel's value. */
  readonly mtu: number | undefined;
  /** What leaves joined to super-packets: packets of TCP flows, or datagrams of UDP too. */
  readonly coalesce: 'none' | 'tcp' | 'all';
  readonly policy: LinkPolicy;
}

/** What a link does with the packets that come in by it, where the RFCs leave a choice. */
export interface LinkPolicy {
  /** RFC 3704. */
  readonly sourceValidation: 'off' | 'loose' | 'strict';
  readonly redirects: boolean;
  readonly icmpSource: 'egress' | 'ingress';
  readonly ipOptions: 'record' | 'pass' | 'drop';
}

export interface StaticRoute {
  readonly prefix: Prefix;
  readonly action: StaticAction;
}

export type StaticAction =
  /** Neighbors on connected subnets, 1 to 16; with `bfd` each only while BFD does not say that it is down. */
  | { readonly kind: 'via'; readonly via: readonly Ipv4[]; readonly bfd: BfdSettings | undefined }
  | { readonly kind: 'blackhole' }
  | { readonly kind: 'prohibit' };

/** Timers of the BFD sessions with the neighbors of a link or of a route (RFC 5880). */
export interface BfdSettings {
  /** Desired Min TX Interval while the session is Up: 10 to 60000. */
  readonly minTxMs: number;
  /** Required Min RX Interval: 10 to 60000. */
  readonly minRxMs: number;
  /** Detect Mult: 1 to 255. */
  readonly multiplier: number;
}

export interface OspfSettings {
  readonly mode: 'host' | 'router';
  /** The areas that differ from a normal one; others exist by their interfaces. */
  readonly areas: readonly OspfAreaSettings[];
  /** Undefined if static routes are not announced. */
  readonly redistributeStatic: RedistributeSettings | undefined;
  /** Help neighbors that restart gracefully (RFC 3623). */
  readonly gracefulRestartHelper: boolean;
  readonly spfDelays: SpfDelaySettings;
  readonly interfaces: readonly OspfInterfaceSettings[];
}

/** How long calculations of routes are put off: milliseconds, 0 to 600000, by the names of RFC 8405 section 3. */
export interface SpfDelaySettings {
  readonly initialMs: number;
  readonly shortMs: number;
  readonly longMs: number;
  readonly timeToLearnMs: number;
  readonly holddownMs: number;
}

export interface OspfAreaSettings {
  readonly id: number;
  readonly type: 'normal' | 'stub' | 'nssa';
  /** As area border router of a stub area: false announces only the default route into it. */
  readonly summaries: boolean;
  /** As area border router of a stub area: metric of the default route, 1 to 16777214. */
  readonly defaultCost: number;
}

/** How routes of another origin are announced: as AS-external LSAs. */
export interface RedistributeSettings {
  /** 0 to 16777214. */
  readonly metric: number;
  readonly metricType: 1 | 2;
  readonly tag: number;
  /** Whether 0.0.0.0/0 is announced like the others. */
  readonly defaultRoute: boolean;
}

export interface OspfInterfaceSettings {
  readonly link: string;
  readonly area: number;
  readonly type: 'broadcast' | 'point-to-point';
  /** In the election of a designated router: 0 to 255; 0 never becomes one. */
  readonly priority: number;
  readonly cost: number;
  readonly helloIntervalSeconds: number;
  readonly deadIntervalSeconds: number;
  readonly retransmitIntervalSeconds: number;
  readonly passive: boolean;
  readonly mtuIgnore: boolean;
  readonly bfd: BfdSettings | undefined;
  readonly authentication: AuthenticationSettings;
}

/** RFC 2328 appendix D, RFC 5709. Passwords and secrets are the UTF-8 bytes of what the file has. */
export type AuthenticationSettings =
  | { readonly kind: 'none' }
  /** 1 to 8 bytes. */
  | { readonly kind: 'simple'; readonly password: Uint8Array }
  /** At least one key, no ID twice. */
  | { readonly kind: 'cryptographic'; readonly keys: readonly KeySettings[] };

export interface KeySettings {
  /** 0 to 255. */
  readonly id: number;
  readonly algorithm: KeyAlgorithm;
  /** For MD5 1 to 16 bytes. */
  readonly secret: Uint8Array;
  readonly send: KeyLifetime;
  readonly accept: KeyLifetime;
}

export type KeyAlgorithm = 'md5' | 'hmac-sha-1' | 'hmac-sha-256' | 'hmac-sha-384' | 'hmac-sha-512';

/** From the first to before the second, in milliseconds since 1970; -Infinity and Infinity where the file says nothing. */
export interface KeyLifetime {
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface VipConfig {
  readonly name: string;
  readonly address: Ipv4;
  /** `static` and `anycast`: served wherever it is healthy. `exclusive`: by one server at a time. */
  readonly mode: 'static' | 'anycast' | 'exclusive';
  /** OSPF cost of the VIP's stub while it is served: 0 to 65534. */
  readonly cost: number;
  /** All of them have to pass, or else it is … */
  readonly checks: readonly CheckConfig[];
  /** … advertised no more, or at the highest cost, as a last resort. */
  readonly unhealthy: 'withdraw' | 'drain';
  /** Of an anycast VIP: while fewer others than that serve it, it stays as a last resort; 0 to 64. */
  readonly minimumAnnouncers: number;
  /** Of an exclusive VIP: who has more takes it earlier, 1 to 255. */
  readonly rank: number;
  /** Of an exclusive VIP: what is to be when the store cannot be reached for the validity. */
  readonly leaseLoss: 'drop' | 'hold' | 'hold-while-unchallenged';
}

/** The store in which exclusive VIPs are owned. */
export interface EtcdSettings {
  readonly endpoints: readonly [URL, ...URL[]];
  /** PEM files, which the controller's user can read. */
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly user: string | undefined;
  readonly passwordFile: string | undefined;
  /** A server that has not been heard of for so long has lost its VIPs: 200 to 60000. */
  readonly validityMs: number;
}

/** A check of a VIP's service. */
export interface CheckConfig {
  readonly probe: Probe;
  /** From begin to begin: 10 to 3600000. */
  readonly intervalMs: number;
  /** A run that takes longer has failed: 10 to 600000. */
  readonly timeoutMs: number;
  /** Passes in a row until it counts as healthy, failures in a row until it does not: 1 to 1000. */
  readonly rise: number;
  readonly fall: number;
  /** What it counts as before the first run. */
  readonly initial: 'up' | 'down';
}

/** What is tried. */
export type Probe = TcpProbe | HttpProbe | DnsProbe | IcmpProbe | CommandProbe | ProcessProbe;

export interface TcpProbe {
  readonly kind: 'tcp';
  readonly host: string;
  readonly port: number;
}

export interface HttpProbe {
  readonly kind: 'http';
  readonly url: URL;
  readonly method: 'GET' | 'HEAD';
  /** Ranges, first and last included. */
  readonly status: readonly (readonly [number, number])[];
  /** A text that has to be in the body. */
  readonly body: string | undefined;
  /** The `Host` header, if it is not that of the URL. */
  readonly host: string | undefined;
  /** Any certificate will do. */
  readonly insecure: boolean;
}

export interface DnsProbe {
  readonly kind: 'dns';
  readonly name: string;
  readonly server: string;
  /** One of the addresses of the name. */
  readonly address: string | undefined;
}

export interface IcmpProbe {
  readonly kind: 'icmp';
  readonly address: string;
}

export interface CommandProbe {
  readonly kind: 'command';
  readonly program: string;
  readonly args: readonly string[];
}

export interface ProcessProbe {
  readonly kind: 'process';
  readonly name: string;
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
  return readDocument(file, text, configSchema, (config) => allProblems(config, running));
}

/** A configuration, and what in it works but is hardly meant, in file order. */
export interface AdvisedConfig {
  readonly config: Config;
  readonly warnings: readonly Problem[];
}

/** As `readConfig`, for a router in these circumstances. */
export function readConfigWithAdvice(
  file: string,
  text: string,
  circumstances: Circumstances,
  running?: Config,
): AdvisedConfig {
  const check = (config: Config) => allProblems(config, running);
  const { value: config, locate } = readWithPositions(file, text, configSchema, check);
  const warnings = adviceOn(config, circumstances).map(locate);
  return { config, warnings: warnings.sort((a, b) => a.line - b.line || a.column - b.column) };
}

function allProblems(config: Config, running: Config | undefined): ValueProblem[] {
  return [...problemsBetween(config), ...(running === undefined ? [] : problemsWithRunning(running, config))];
}
