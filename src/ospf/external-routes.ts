import type { PairIndex } from '../base/pair-index.js';
import { lengthOfMask, maskOf } from '../base/prefix.js';
import type { ExternalLsa } from '../wire/ospf/external-lsa.js';
import { LSA_EXTERNAL } from '../wire/ospf/lsa.js';
import { LS_INFINITY } from './constants.js';
import type { LsdbEntry } from './lsdb.js';
import { type NextHopSets, NO_NEXT_HOPS } from './next-hop-sets.js';
import type { Path, PathTable } from './path-table.js';
import type { RouteInput } from './route-input.js';
import { preferenceOf, type RouterEntries } from './router-entries.js';

/** Lowest rank of paths of type 2. Below it are the two of type 1. */
const TYPE_2 = 2;

/** The metric that was advertised for a path of type 2; undefined for one of type 1. */
export function type2CostOf(rank: number): number | undefined {
  return rank < TYPE_2 ? undefined : Math.floor((rank - TYPE_2) / 2);
}

/** Where packets for an external destination are sent: the AS boundary router or the forwarding address. */
interface Exit {
  readonly cost: number;
  readonly nextHops: number;
  /** See `preferenceOf`. */
  readonly preference: 0 | 1;
}

/**
 * Paths to destinations outside the AS, from the AS-external-LSAs (RFC 2328 section 16.4), without compatibility with
 * RFC 1583. Type 7, which only areas have that are neither normal nor stub (RFC 3101), is not read.
 *
 * The rank of a path has what section 16.4 compares before distances, step by step (6b and 6c): type 1 before type 2, of
 * type 2 the lowest metric, and among those the paths that spare the backbone.
 */
export class ExternalPaths {
  private readonly sets: NextHopSets;
  private readonly prefixes: PairIndex;
  private readonly intraArea: PathTable;
  private readonly interArea: PathTable;
  private readonly table: PathTable;
  private readonly routers: RouterEntries;
  private readonly path: Path = { rank: 0, cost: 0, nextHops: 0, area: 0, tag: 0 };
  /** What has been looked up since the calculation began. */
  private readonly boundaryRouters = new Map<number, Exit | undefined>();
  private readonly forwardingAddresses = new Map<number, Exit | undefined>();

  constructor(stages: Stages, routers: RouterEntries) {
    this.sets = stages.sets;
    this.prefixes = stages.prefixes;
    this.intraArea = stages.intraArea;
    this.interArea = stages.interArea;
    this.table = stages.external;
    this.routers = routers;
  }

  offer(input: RouteInput): void {
    this.boundaryRouters.clear();
    this.forwardingAddresses.clear();
    input.externals.visitType(LSA_EXTERNAL, (entry) => {
      const { body } = entry;
      if (body.kind !== 'external' || body.metric >= LS_INFINITY) return;
      if (entry.advertisingRouter === input.routerId || entry.isMaxAge(input.nowMs)) return;
      const exit = this.exitOf(entry, body, input);
      if (exit !== undefined) this.offerPath(entry, body, exit);
    });
  }

  private offerPath(entry: LsdbEntry, { networkMask, metricType, metric, tag }: ExternalLsa, exit: Exit): void {
    const isType2 = metricType === 2;
    this.path.rank = isType2 ? TYPE_2 + 2 * metric + exit.preference : exit.preference;
    this.path.cost = isType2 ? exit.cost : exit.cost + metric;
    this.path.nextHops = exit.nextHops;
    this.path.tag = tag;
    this.table.offer(this.prefixes.add(entry.id & networkMask, lengthOfMask(networkMask) ?? 0), this.path);
  }

  /** Step 3. The AS boundary router must be reachable even if it sends packets elsewhere. */
  private exitOf(entry: LsdbEntry, { forwardingAddress }: ExternalLsa, input: RouteInput): Exit | undefined {
    const { advertisingRouter } = entry;
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
    const path = this.routers.preferred(routerId);
    if (path === undefined) return undefined;
    const { cost, nextHops, pathType, areaId } = path;
    return { cost, nextHops, preference: preferenceOf(pathType, areaId) };
  }

  /** The longest match of routes within the AS. Packets to an address of our own would come back to us. */
  private findForwardingAddress(address: number, input: RouteInput): Exit | undefined {
    for (const area of input.areas) {
      if (area.attached.some((network) => network.address === address)) return undefined;
    }
    for (let length = 32; length >= 0; length--) {
      const prefix = this.prefixes.find(address & maskOf(length), length);
      if (prefix < 0) continue;
      if (this.intraArea.has(prefix)) return this.exitThrough(this.intraArea, 'intra-area', prefix, address);
      if (this.interArea.has(prefix)) return this.exitThrough(this.interArea, 'inter-area', prefix, address);
    }
    return undefined;
  }

  private exitThrough(
    table: PathTable,
    pathType: 'intra-area' | 'inter-area',
    prefix: number,
    address: number,
  ): Exit | undefined {
    const nextHops = this.sets.across(table.nextHops[prefix]!, address);
    if (nextHops === NO_NEXT_HOPS) return undefined;
    return { cost: table.cost[prefix]!, nextHops, preference: preferenceOf(pathType, table.area[prefix]!) };
  }
}

/** What the stages of the calculation share: prefixes and sets have the same numbers in all tables. */
export interface Stages {
  readonly sets: NextHopSets;
  readonly prefixes: PairIndex;
  readonly intraArea: PathTable;
  readonly interArea: PathTable;
  readonly external: PathTable;
}
