import type { InterfaceAddress, Prefix } from '../base/prefix.js';

/**
 * All that goes into an OSPF instance and all that comes out of it. The instance has no clock, no socket and no random
 * numbers of its own.
 *
 * ```
 *   configure ──┐                        ┌── send (interface, destination, OSPF packet)
 *   interface ──┤                        ├── routes (the whole table when it changed)
 *   packet ─────┼──► OspfInstance.handle ┼── neighbor (state changes)
 *   timeout ────┤      (input, nowMs)    ├── converged (every neighbor that was seen is Full)
 *   stop ───────┘                        └── event (what an operator wants to know)
 * ```
 */
export type OspfInput =
  /**
   * `resumes`, in the first one: this router was here a moment ago and its forwarding went on. It is to take up its work
   * again so that nobody routes around it.
   */
  | { readonly kind: 'configure'; readonly config: OspfConfig; readonly resumes?: boolean }
  | {
      readonly kind: 'interface';
      readonly name: string;
      readonly up: boolean;
      readonly mtu: number;
      readonly ifindex: number;
    }
  /** `payload` is the IP payload (the OSPF packet and what trails it); the instance keeps no reference to it. */
  | {
      readonly kind: 'packet';
      readonly interface: string;
      readonly source: number;
      readonly destination: number;
      readonly payload: Uint8Array;
    }
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
  | {
      readonly kind: 'event';
      readonly name: string;
      readonly detail: { readonly [key: string]: string | number | boolean };
    };

export interface OspfConfig {
  /** Never the address of a VIP. */
  readonly routerId: number;
  readonly area: number;
  /** RFC 6987: transit and point-to-point links advertised at 0xffff, stubs at their own cost. */
  readonly hostMode: boolean;
  readonly interfaces: readonly OspfInterfaceConfig[];
  /** Addresses advertised as stub links of the router-LSA (VIPs, the router's own address). */
  readonly stubs: readonly OspfStub[];
}

export interface OspfInterfaceConfig {
  readonly name: string;
  readonly type: 'point-to-point';
  readonly address: InterfaceAddress;
  /** 1 to 65535. */
  readonly cost: number;
  readonly helloIntervalSeconds: number;
  readonly deadIntervalSeconds: number;
  readonly retransmitIntervalSeconds: number;
  readonly passive: boolean;
  readonly mtuIgnore: boolean;
}

export interface OspfStub {
  readonly prefix: Prefix;
  /** 0 to 65535. */
  readonly cost: number;
}

export interface OspfRoute {
  readonly prefix: Prefix;
  readonly cost: number;
  readonly pathType: 'intra-area';
  readonly nextHops: readonly OspfNextHop[];
  /** A loop-free alternate (RFC 5286) for when all next hops are down. */
  readonly repair: OspfNextHop | undefined;
}

export interface OspfNextHop {
  readonly interface: string;
  /** Address of the neighbor on that interface. */
  readonly via: number;
}
