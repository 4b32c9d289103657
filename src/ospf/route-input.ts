/** What routes are calculated from: the databases, and what this router itself knows of its links. */
import type { RouterLink } from '../wire/ospf/router-lsa.js';
import type { Lsdb } from './lsdb.js';
import type { OspfAreaKind } from './messages.js';

export interface RouteInput {
  readonly routerId: number;
  /** Of summaries those of the backbone alone count: see `Router.readsBackboneOnly`. */
  readonly readsBackboneOnly: boolean;
  /** No area twice. */
  readonly areas: readonly AreaInput[];
  /** LSAs of AS scope. */
  readonly externals: Lsdb;
  readonly nowMs: number;
}

/** One attached area. While the same object is given, nothing but the database has changed. */
export interface AreaInput {
  readonly id: number;
  readonly kind: OspfAreaKind;
  readonly lsdb: Lsdb;
  readonly firstHops: readonly FirstHop[];
  readonly transits: readonly Transit[];
  readonly attached: readonly AttachedNetwork[];
  /**
   * The links of this router's own router-LSA, of which the stubs count: no route leads away to what is here at no
   * higher cost.
   */
  readonly ownStubs: readonly RouterLink[];
}

/** An adjacency on a point-to-point network, as a way out. */
export interface FirstHop {
  readonly interface: string;
  /** Address of the neighbor. */
  readonly via: number;
  readonly routerId: number;
  /** Of the interface as configured, whatever host mode makes of it in the router-LSA. */
  readonly cost: number;
}

/** An interface to a broadcast network that packets may go through: our router-LSA has, or is to have, a transit link. */
export interface Transit {
  readonly interface: string;
  /** Address of the designated router's interface, the link state ID of the network-LSA. */
  readonly networkId: number;
  /** As configured. */
  readonly cost: number;
}

/** The subnet of an interface that is up; an unnumbered one has none. */
export interface AttachedNetwork {
  readonly interface: string;
  /** This router's own. */
  readonly address: number;
  readonly prefixLength: number;
  readonly cost: number;
}
