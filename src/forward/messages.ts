import type { InterfaceAddress, Prefix } from '../base/prefix.js';
import type { CoalesceChoice } from './coalesce-kind.js';
import type { LinkPolicy } from './link-policy.js';

/**
 * The boundary between the two processes: every message that crosses it, and nothing else. Messages are plain data
 * (structured clone). Addresses are unsigned 32-bit numbers; links are named by their kernel name.
 */

export type ToForwarder =
  /** First message of a controller; the forwarder answers with `welcome` and one `link` for each link. */
  | { readonly type: 'hello'; readonly pid: number }
  /** The complete desired set of links. Links that are missing from it are closed. */
  | { readonly type: 'links'; readonly links: readonly LinkRequest[] }
  /** The complete desired state of the virtual link. */
  | {
      readonly type: 'virtual-link';
      readonly name: string;
      readonly mtu: number;
      /** The first one is the router's own. */
      readonly addresses: readonly number[];
      /** Where the host's packets come from unless a program chooses: one of the addresses, left out the first. */
      readonly source?: number | undefined;
      /** What is joined to super-packets before it is delivered: packets of TCP flows, or datagrams of UDP too. */
      readonly coalesce: CoalesceChoice;
    }
  /** A change of routes; `sequence` comes back in `routes-programmed` once the workers read the new state. */
  | {
      readonly type: 'routes';
      readonly sequence: number;
      readonly upsert: readonly RouteRequest[];
      readonly remove: readonly Prefix[];
    }
  /** The controller has sent all it wants: routes of an earlier controller that it did not send again are removed. */
  | { readonly type: 'routes-complete' }
  /**
   * The complete desired set of BFD sessions. A session with the same ends goes on, whoever asked for it first; those of
   * an earlier controller that are missing end with its routes.
   */
  | { readonly type: 'bfd-sessions'; readonly sessions: readonly BfdSessionRequest[] }
  /** Sends one IPv4 packet out of a link; `via` is the neighbor on it (a multicast destination needs none). */
  | { readonly type: 'inject'; readonly link: string; readonly via: number; readonly packet: Uint8Array }
  | { readonly type: 'query'; readonly id: number; readonly query: ForwarderQuery }
  /**
   * Until when what is delivered on a lease may be: CLOCK_MONOTONIC, milliseconds. It is looked at before each batch, so that
   * a router that was stopped for a while forwards none of it before it knows better.
   */
  | { readonly type: 'lease'; readonly untilMs: number }
  /** All the routers that may carry packets of VIPs here, by their addresses: their tunnels are opened, and no others. */
  | { readonly type: 'carriers'; readonly addresses: readonly number[] }
  /** Whether this router is out for maintenance, also after a restart; the answer is `maintenance`. */
  | { readonly type: 'maintenance'; readonly on: boolean }
  /** Asks for the configuration file to be read again. */
  | { readonly type: 'read-config' }
  /** The controller has said goodbye to its neighbors: everything may be taken down. */
  | { readonly type: 'stopped' };

export type FromForwarder =
  | {
      readonly type: 'welcome';
      readonly restarts: number;
      readonly config: string;
      readonly configPath: string;
      readonly maintenance: boolean;
    }
  /** What is noted of maintenance now; with the reason, if that is not what was asked for. */
  | { readonly type: 'maintenance'; readonly on: boolean; readonly failure: string | undefined }
  | LinkState
  /**
   * The workers read the state that a `routes` message asked for, but for `refused`: there was no room or no usable path,
   * and the FIB has for these prefixes what it had before.
   */
  | { readonly type: 'routes-programmed'; readonly sequence: number; readonly refused: readonly Prefix[] }
  | { readonly type: 'virtual-link-ready'; readonly addresses: readonly number[] }
  /** An IPv4 packet for the control plane, header included. `atMs` is CLOCK_MONOTONIC. */
  | { readonly type: 'punt'; readonly link: string; readonly atMs: number; readonly packet: Uint8Array }
  | BfdState
  | { readonly type: 'answer'; readonly id: number; readonly data: unknown }
  | { readonly type: 'event'; readonly event: ForwarderEvent }
  | { readonly type: 'config'; readonly config: string; readonly configPath: string }
  /** The answer to `read-config` when the file cannot be read. */
  | { readonly type: 'config-unreadable'; readonly configPath: string; readonly reason: string }
  /** The service is to stop: withdraw, say goodbye, answer `stopped`. */
  | { readonly type: 'stop' };

export interface LinkRequest {
  readonly name: string;
  /** `auto` leaves the choice to the forwarder, which tells of it (event `link-io-chosen`). */
  readonly io: 'auto' | 'packet' | 'xdp';
  readonly addresses: readonly InterfaceAddress[];
  /** Octets of an IPv4 packet; undefined takes the kernel's value. */
  readonly mtu: number | undefined;
  /** What leaves joined to super-packets; nothing by AF_XDP. */
  readonly coalesce: CoalesceChoice;
  readonly policy: LinkPolicy;
}

export interface LinkState {
  readonly type: 'link';
  readonly name: string;
  readonly present: boolean;
  /** Present, administratively up and with carrier. */
  readonly up: boolean;
  readonly ifindex: number;
  readonly mtu: number;
  readonly mac: string;
  /** Why it is not up, in words. */
  readonly reason: string;
}

/** A single-hop session (RFC 5881). */
export interface BfdSessionRequest {
  readonly link: string;
  readonly local: number;
  readonly peer: number;
  /** Milliseconds, 10 to 60,000. */
  readonly minTxMs: number;
  readonly minRxMs: number;
  /** 1 to 255. */
  readonly multiplier: number;
}

export type BfdStateName = 'admin-down' | 'down' | 'init' | 'up';

/**
 * A BFD session has changed its state, or (`from` is `to`) its loss, or is there when a controller is welcomed. When it is
 * lost the forwarder uses no path through the peer any more by the time that this is sent.
 */
export interface BfdState {
  readonly type: 'bfd';
  readonly link: string;
  readonly peer: number;
  /** When it happened, CLOCK_MONOTONIC. */
  readonly atMs: number;
  readonly from: BfdStateName;
  readonly to: BfdStateName;
  /** In words, as in RFC 5880 section 4.1; `none` for no reason. */
  readonly diagnostic: string;
  readonly remoteState: BfdStateName;
  readonly remoteDiagnostic: string;
  /** It was up and is down, and not because the peer's operator switched it off. */
  readonly lost: boolean;
}

/** One way on: to a neighbor, to whoever has the destination on a connected link, or an end of the road here. */
export type Path =
  | { readonly kind: 'neighbor'; readonly link: string; readonly via: number }
  | { readonly kind: 'connected'; readonly link: string }
  /** An address of this router itself: ICMP echo is answered, OSPF punted, the rest delivered to the virtual link. */
  | { readonly kind: 'local' }
  /** Delivered to the virtual link untouched. */
  | { readonly kind: 'deliver' }
  /** Delivered while the lease lasts (`lease`). */
  | { readonly kind: 'deliver-leased' }
  /**
   * Delivered, but for TCP connections that are not known here, or for those that are about to begin: they are carried to
   * another server, whose router has the address `to`. `leased`: while the lease lasts.
   */
  | { readonly kind: 'carry'; readonly flows: CarriedFlows; readonly to: number; readonly leased: boolean }
  | { readonly kind: 'blackhole' }
  | { readonly kind: 'prohibit' };

export type CarriedFlows = 'unknown' | 'new';

export interface RouteRequest {
  readonly prefix: Prefix;
  /** Equal-cost paths, 1 to 16. */
  readonly paths: readonly Path[];
  /** Taken when every path is down. */
  readonly repair: Path | undefined;
}

export type ForwarderQuery =
  | { readonly what: 'counters' }
  | { readonly what: 'drops' }
  | { readonly what: 'workers' }
  | { readonly what: 'links' }
  | { readonly what: 'adjacencies' }
  | { readonly what: 'bfd' }
  | { readonly what: 'fib'; readonly address: number }
  /** Answer: how many TCP connections the host has with each address as its own; null where the kernel does not say. */
  | { readonly what: 'connections'; readonly addresses: readonly number[] }
  | { readonly what: 'fib-size' };

/** Something worth a line in the log, that the forwarder saw or did by itself. */
export interface ForwarderEvent {
  readonly atMs: number;
  readonly name: string;
  readonly detail: { readonly [key: string]: string | number | boolean };
}
