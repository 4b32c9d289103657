import type { PairIndex } from '../base/pair-index.js';
import { maskOf } from '../base/prefix.js';
import type { ExternalLsa } from '../wire/ospf/external-lsa.js';
import { type NextHopSets, NO_NEXT_HOPS } from './next-hop-sets.js';
import type { PathTable } from './path-table.js';
import type { AreaInput, RouteInput } from './route-input.js';
import { preferenceOf, type RouterEntries } from './router-entries.js';

/** Where packets for an external destination are sent: the AS boundary router or the forwarding address. */
export interface Exit {
  readonly cost: number;
  readonly nextHops: number;
  /** See `preferenceOf`. */
  readonly preference: 0 | 1;
}

/** What the stages of the calculation share: prefixes and sets have the same numbers in all tables. */
export interface Stages {
  readonly sets: NextHopSets;
  readonly prefixes: PairIndex;
  readonly intraArea: PathTable;
  readonly interArea: PathTable;
  readonly external: PathTable;
}

/**
 * The exits that the externals of one scope name: the AS (type 5, RFC 2328 section 16.4, step 3) or an NSSA (type 7, RFC
 * 3101 section 2.5, step 3). Ways to those of an NSSA lie within it, ways to those of the AS outside of NSSAs and stub areas.
 */
export class ExternalExits {
  private readonly stages: Stages;
  private readonly routers: RouterEntries;
  /** The scope; undefined for the AS. */
  private nssa: AreaInput | undefined = undefined;
  /** What has been looked up in it. */
  private readonly boundaryRouters = new Map<number, Exit | undefined>();
  private readonly forwardingAddresses = new Map<number, Exit | undefined>();

  constructor(stages: Stages, routers: RouterEntries) {
    this.stages = stages;
    this.routers = routers;
  }

  /** The exits asked for from now on are those of `nssa`, or of the AS. */
  begin(nssa?: AreaInput): void {
    this.nssa = nssa;
    this.boundaryRouters.clear();
    this.forwardingAddresses.clear();
  }

  /** The exit of an external from `advertisingRouter`, which must be reachable even if it sends packets elsewhere. */
  find(advertisingRouter: number, { forwardingAddress }: ExternalLsa, input: RouteInput): Exit | undefined {
    if (!this.boundaryRouters.has(advertisingRouter)) {
      this.boundaryRouters.set(advertisingRouter, this.findBoundaryRouter(advertisingRouter));
    }
    const boundaryRouter = this.boundaryRouters.get(advertisingRouter);
    if (boundaryRouter === undefined || forwardingAddress === 0) return boundaryRouter;
    if (!this.forwardingAddresses.has(forwardingAddress)) {
      this.forwardingAddresses.set(forwardingAddress, this.findForwardingAddress(forwardingAddress, input));
    }
    return this.forwardingAddresses.get(forwardingAddress);
  }

  private findBoundaryRouter(routerId: number): Exit | undefined {
    const { nssa, routers } = this;
    const path = nssa === undefined ? routers.preferred(routerId) : routers.within(nssa.id, routerId);
    if (path === undefined) return undefined;
    const { cost, nextHops, pathType, areaId } = path;
    return { cost, nextHops, preference: preferenceOf(pathType, areaId) };
  }

  /** The longest match of routes within the AS. Packets to an address of our own would come back to us. */
  private findForwardingAddress(address: number, input: RouteInput): Exit | undefined {
    for (const area of input.areas) {
      if (area.attached.some((network) => network.address === address)) return undefined;
    }
    const { prefixes, intraArea, interArea } = this.stages;
    for (let length = 32; length >= 0; length--) {
      const prefix = prefixes.find(address & maskOf(length), length);
      if (prefix < 0) continue;
      if (intraArea.has(prefix)) {
        if (!this.isInScope(intraArea.area[prefix]!, input)) return undefined;
        return this.exitThrough(intraArea, 'intra-area', prefix, address);
      }
      if (interArea.has(prefix)) {
        if (this.nssa !== undefined || !this.isInScope(interArea.area[prefix]!, input)) return undefined;
        return this.exitThrough(interArea, 'inter-area', prefix, address);
      }
    }
    return undefined;
  }

  /** A way through the area may be used. */
  private isInScope(areaId: number, { areas }: RouteInput): boolean {
    if (this.nssa !== undefined) return areaId === this.nssa.id;
    return areas.find(({ id }) => id === areaId)?.kind === 'normal';
  }

  private exitThrough(
    table: PathTable,
    pathType: 'intra-area' | 'inter-area',
    prefix: number,
    address: number,
  ): Exit | undefined {
    const nextHops = this.stages.sets.across(table.nextHops[prefix]!, address);
    if (nextHops === NO_NEXT_HOPS) return undefined;
    return { cost: table.cost[prefix]!, nextHops, preference: preferenceOf(pathType, table.area[prefix]!) };
  }
}
