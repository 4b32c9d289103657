import { lengthOfMask } from '../base/prefix.js';
import type { ExternalLsa } from '../wire/ospf/external-lsa.js';
import { OPTION_PROPAGATE } from '../wire/ospf/header.js';
import { LSA_EXTERNAL, LSA_NSSA_EXTERNAL } from '../wire/ospf/lsa.js';
import { LS_INFINITY } from './constants.js';
import { type Exit, ExternalExits, type Stages } from './external-exit.js';
import type { LsdbEntry } from './lsdb.js';
import type { Path } from './path-table.js';
import type { AreaInput, RouteInput } from './route-input.js';
import type { RouterEntries } from './router-entries.js';

/** Lowest rank of paths of type 2. Below it are the two of type 1. */
const TYPE_2 = 2;

/** The metric that was advertised for a path of type 2; undefined for one of type 1. */
export function type2CostOf(rank: number): number | undefined {
  return rank < TYPE_2 ? undefined : Math.floor((rank - TYPE_2) / 2);
}

/**
 * Paths to destinations outside the AS, from the AS-external-LSAs (RFC 2328 section 16.4), without compatibility with
 * RFC 1583, and from the LSAs of type 7 of NSSAs (RFC 3101 section 2.5), whose paths compete with those by the same rules.
 *
 * The rank of a path has what section 16.4 compares before distances, step by step (6b and 6c): type 1 before type 2, of
 * type 2 the lowest metric, and among those the paths that spare the backbone.
 */
export class ExternalPaths {
  private readonly stages: Stages;
  private readonly exits: ExternalExits;
  private readonly path: Path = { rank: 0, cost: 0, nextHops: 0, area: 0, tag: 0 };

  constructor(stages: Stages, routers: RouterEntries) {
    this.stages = stages;
    this.exits = new ExternalExits(stages, routers);
  }

  offer(input: RouteInput): void {
    for (const area of input.areas) {
      if (area.kind === 'nssa') this.offerNssa(area, input);
    }
    this.exits.begin();
    input.externals.visitType(LSA_EXTERNAL, (entry) => {
      const prefix = this.resolve(entry, input);
      if (prefix !== undefined) this.stages.external.offer(prefix, this.path);
    });
  }

  /**
   * Of LSAs that say the same, destination, cost and forwarding address, one counts, and with it its tag (step 6e). An
   * AS-external-LSA never says the same: its forwarding address is reached through a normal area.
   */
  private offerNssa(area: AreaInput, input: RouteInput): void {
    const chosen = new Map<string, { readonly entry: LsdbEntry; readonly prefix: number; readonly path: Path }>();
    this.exits.begin(area);
    area.lsdb.visitType(LSA_NSSA_EXTERNAL, (entry) => {
      const prefix = this.resolve(entry, input);
      if (prefix === undefined || entry.body.kind !== 'external') return;
      const { rank, cost } = this.path;
      const { forwardingAddress } = entry.body;
      const distinction = forwardingAddress === 0 ? entry.key : forwardingAddress;
      const meaning = `${prefix} ${rank} ${cost} ${distinction}`;
      const other = chosen.get(meaning)?.entry;
      if (other === undefined || isPreferred(entry, other))
        chosen.set(meaning, { entry, prefix, path: { ...this.path } });
    });
    for (const { prefix, path } of chosen.values()) this.stages.external.offer(prefix, path);
  }

  /** Steps 1 to 4: the number of the destination prefix, with the path to it in `this.path`; undefined if there is none. */
  private resolve(entry: LsdbEntry, input: RouteInput): number | undefined {
    const { body, advertisingRouter } = entry;
    if (body.kind !== 'external' || body.metric >= LS_INFINITY) return undefined;
    if (advertisingRouter === input.routerId || entry.isMaxAge(input.nowMs)) return undefined;
    const exit = this.exits.find(advertisingRouter, body, input);
    if (exit === undefined) return undefined;
    this.describe(body, exit);
    return this.stages.prefixes.add(entry.id & body.networkMask, lengthOfMask(body.networkMask) ?? 0);
  }

  private describe({ metricType, metric, tag }: ExternalLsa, exit: Exit): void {
    const isType2 = metricType === 2;
    this.path.rank = isType2 ? TYPE_2 + 2 * metric + exit.preference : exit.preference;
    this.path.cost = isType2 ? exit.cost : exit.cost + metric;
    this.path.nextHops = exit.nextHops;
    this.path.tag = tag;
  }
}

/** Of two LSAs of type 7 the one with the P bit, then that of the higher router ID (RFC 3101 section 2.5, step 6e). */
function isPreferred(a: LsdbEntry, b: LsdbEntry): boolean {
  const preference = (a.options & OPTION_PROPAGATE) - (b.options & OPTION_PROPAGATE);
  return (preference || a.advertisingRouter - b.advertisingRouter) > 0;
}
