import type { InterfaceAddress, Prefix } from '../base/prefix.js';
import type { SpfDelays } from './spf-backoff.js';

/**
 * All that goes into an OSPF instance and all that comes out of it. The instance has no clock, no socket and no random
 * numbers of its own.
 *
 * ```
 *   configure ──┐                        ┌── send (interface, destination, OSPF packet)
 *   interface ──┤                        ├── routes (the whole table when it changed)
 *   packet ─────┼──► OspfInstance.handle ┼── neighbor (state changes)
 *   timeout ────┤      (input, nowMs)    ├── converged (every neighbor that was seen is Full)
 *   bfd-down ───┤                        ├── bfd-sessions (the neighbors that BFD is to watch)
 *   opaque-lsas ┤                        ├── opaque-lsa (what another router says in one)
 *   stop ───────┘                        └── event (what an operator wants to know)
 * ```
 */
export type OspfInput =
  /**
   * `resumes`, in the first one: this router was here a moment ago and its forwarding went on. It is to take up its work
   * again so that nobody routes around it. `wallClockMs` is the time since 1970 at `nowMs`: sequence numbers of
   * authenticated packets begin by it, above those of before a restart (0 if absent).
   */
  | {
      readonly kind: 'configure';
      readonly config: OspfConfig;
      readonly resumes?: boolean;
      readonly wallClockMs?: number;
    }
  | {
      readonly kind: 'interface';
      readonly name: string;
      readonly up: boolean;
      readonly mtu: number;
      readonly ifindex: number;
    }
  /**
   * `payload` is the IP payload (the OSPF packet and what trails it); the instance keeps no reference to it. `arrivedMs`: when it
   * came in, if it has waited for this router since.
   */
  | {
      readonly kind: 'packet';
      readonly interface: string;
      readonly source: number;
      readonly destination: number;
      readonly payload: Uint8Array;
      readonly arrivedMs?: number;
    }
  /** The BFD session with this neighbor went from Up to Down, and not because somebody switched it off. */
  | { readonly kind: 'bfd-down'; readonly interface: string; readonly address: number }
  /** All opaque LSAs that this router is to have from now on. */
  | { readonly kind: 'opaque-lsas'; readonly lsas: readonly OspfOpaqueLsa[] }
  | { readonly kind: 'timeout' }
  /** Says goodbye: Hello without neighbors on every interface. */
  | { readonly kind: 'stop' };

export type OspfOutput =
  | { readonly kind: 'send'; readonly interface: string; readonly destination: number; readonly payload: Uint8Array }
  | { readonly kind: 'routes'; readonly routes: readonly OspfRoute[] }
  | {
      readonly kind: 'neighbor';
      readonly interface: string;
      readonly routerId: number;
      readonly address: number;
      readonly from: string;
      readonly to: string;
      readonly reason: string;
    }
  | { readonly kind: 'converged' }
  /** All BFD sessions that are wanted from now on, when that has changed. */
  | { readonly kind: 'bfd-sessions'; readonly sessions: readonly OspfBfdSession[] }
  /** An opaque LSA of another router, of area or AS scope, as it is now; without a payload: it is gone. */
  | {
      readonly kind: 'opaque-lsa';
      readonly advertisingRouter: number;
      readonly id: number;
      readonly payload: Uint8Array | undefined;
    }
  | {
      readonly kind: 'event';
      readonly name: string;
      readonly detail: { readonly [key: string]: string | number | boolean };
    };

export interface OspfConfig {
  /** Never the address of a VIP. */
  readonly routerId: number;
  /** RFC 6987: transit and point-to-point links advertised at 0xffff, stubs at their own cost. */
  readonly hostMode: boolean;
  /** Help neighbors that restart gracefully (RFC 3623). */
  readonly gracefulRestartHelper: boolean;
  readonly spfDelays: SpfDelays;
  /** At least one; no ID twice, no interface in two. */
  readonly areas: readonly OspfAreaConfig[];
  /** Addresses advertised as stub links of the router-LSA (VIPs, the router's own address), in every area. */
  readonly stubs: readonly OspfStub[];
  /** Routes of other origin that are advertised as AS-external LSAs; any makes this router an ASBR. */
  readonly externals: readonly OspfExternal[];
}

export interface OspfAreaConfig {
  /** 0 is the backbone, which is always a normal area. */
  readonly id: number;
  readonly kind: OspfAreaKind;
  /** As area border router of a stub area: false announces only the default route into it. */
  readonly summaries: boolean;
  /** As area border router of a stub area: metric of the default route, 0 to 0xfffffe. */
  readonly defaultCost: number;
  readonly interfaces: readonly OspfInterfaceConfig[];
}

/** An NSSA (RFC 3101) has no area border router in us: nothing is translated here. */
export type OspfAreaKind = 'normal' | 'stub' | 'nssa';

export interface OspfInterfaceConfig {
  readonly name: string;
  readonly type: 'broadcast' | 'point-to-point';
  /** A prefix length of 32 on a point-to-point network means unnumbered: the address is borrowed from the router. */
  readonly address: InterfaceAddress;
  /** 1 to 65535. */
  readonly cost: number;
  /** 0 to 255: of the election of a designated router; 0 never becomes one. */
  readonly priority: number;
  readonly helloIntervalSeconds: number;
  readonly deadIntervalSeconds: number;
  readonly retransmitIntervalSeconds: number;
  readonly passive: boolean;
  readonly mtuIgnore: boolean;
  readonly authentication: OspfAuthentication;
  /** BFD watches the neighbors that are 2-Way at least. */
  readonly bfd: boolean;
}

/** RFC 2328 appendix D, RFC 5709. */
export type OspfAuthentication =
  | { readonly kind: 'none' }
  /** 1 to 8 bytes. */
  | { readonly kind: 'simple'; readonly password: Uint8Array }
  /** At least one key, no key ID twice. */
  | { readonly kind: 'cryptographic'; readonly keys: readonly OspfKey[] };

export interface OspfKey {
  /** 0 to 255. */
  readonly id: number;
  readonly algorithm: OspfKeyAlgorithm;
  /** For MD5 1 to 16 bytes. */
  readonly secret: Uint8Array;
  /** When it is used for what is sent, and for what is received: from the first to before the second, by the clock of `nowMs`. */
  readonly send: OspfKeyLifetime;
  readonly accept: OspfKeyLifetime;
}

export type OspfKeyAlgorithm = 'md5' | 'hmac-sha-1' | 'hmac-sha-256' | 'hmac-sha-384' | 'hmac-sha-512';

export interface OspfKeyLifetime {
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface OspfStub {
  readonly prefix: Prefix;
  /** 0 to 65535. */
  readonly cost: number;
}

export interface OspfExternal {
  readonly prefix: Prefix;
  /** 0 to 0xfffffe. */
  readonly metric: number;
  readonly metricType: 1 | 2;
  readonly tag: number;
}

export interface OspfRoute {
  readonly prefix: Prefix;
  /** Of type 2 externals the cost to the router or forwarding address; of all others the whole. */
  readonly cost: number;
  readonly pathType: OspfPathType;
  /** The area that the route leads through; undefined for externals. */
  readonly area: number | undefined;
  /** Of type 2 externals the metric that is compared first. */
  readonly type2Cost: number | undefined;
  /** Of externals. */
  readonly tag: number | undefined;
  readonly nextHops: readonly OspfNextHop[];
  /** A loop-free alternate (RFC 5286) for when all next hops are down. */
  readonly repair: OspfNextHop | undefined;
}

/** In the order of preference (RFC 2328 section 11). */
export type OspfPathType = 'intra-area' | 'inter-area' | 'external-1' | 'external-2';

export interface OspfNextHop {
  readonly interface: string;
  /** Address of the neighbor on that interface. */
  readonly via: number;
}

/** An opaque LSA of this router (RFC 5250). */
export interface OspfOpaqueLsa {
  /** Link state ID: opaque type in the first byte, then what tells those of this router apart. */
  readonly id: number;
  /** Its body, of a length that is a multiple of four. */
  readonly payload: Uint8Array;
}

export interface OspfBfdSession {
  readonly interface: string;
  readonly address: number;
}
