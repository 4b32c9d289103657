import fc from 'fast-check';
import { maskOf } from '../../src/base/prefix.js';
import { Lsdb, type LsdbEntry } from '../../src/ospf/lsdb.js';
import type { OspfAreaKind } from '../../src/ospf/messages.js';
import type { AreaInput, AttachedNetwork, FirstHop, RouteInput, Transit } from '../../src/ospf/route-input.js';
import { encodeExternalLsa } from '../../src/wire/ospf/external-lsa.js';
import { encodeNetworkLsa } from '../../src/wire/ospf/network-lsa.js';
import { encodeRouterLsa, type RouterLink } from '../../src/wire/ospf/router-lsa.js';
import { encodeSummaryLsa } from '../../src/wire/ospf/summary-lsa.js';
import { lsdbEntry } from './lsdb-entry.js';

/** Random databases of several areas as the root, router 0, may find them: in pieces, contradictory, out of date. */
export interface World {
  readonly readsBackboneOnly: boolean;
  /** That of area 0 is 'normal'. */
  readonly kinds: readonly OspfAreaKind[];
  readonly graph: readonly AreaGraph[];
  readonly contents: readonly AreaContents[];
  readonly externals: readonly ExternalDraft[];
}

/** What takes Dijkstra's algorithm when it changes. */
interface AreaGraph {
  readonly wires: readonly {
    readonly a: number;
    readonly b: number;
    readonly costs: readonly [number, number];
    readonly isNumbered: boolean;
    /** Only `a` describes it. */
    readonly isHalf: boolean;
  }[];
  readonly lans: readonly {
    /** The first is designated router. */
    readonly members: readonly number[];
    readonly costs: readonly number[];
    /** Of these members: they say nothing of it themselves, or are not listed. */
    readonly silent: readonly number[];
    readonly unlisted: readonly number[];
  }[];
  readonly gone: readonly number[];
}

/** What does not. */
interface AreaContents {
  readonly flags: readonly number[];
  readonly stubs: readonly { readonly router: number; readonly prefix: number; readonly metric: number }[];
  readonly summaries: readonly {
    readonly type: 3 | 4;
    readonly from: number;
    /** Number of a prefix, or of a router. */
    readonly to: number;
    readonly metric: number;
    readonly isMaxAge: boolean;
  }[];
  /** Of type 7, which count in an NSSA only. */
  readonly nssaExternals: readonly (ExternalDraft & { readonly isPropagated: boolean })[];
}

interface ExternalDraft {
  readonly from: number;
  readonly prefix: number;
  readonly metricType: 1 | 2;
  readonly metric: number;
  readonly forwardTo: number;
  readonly tag: number;
  readonly isMaxAge: boolean;
}

const ROUTERS = 7;
/** Few, so that everything competes with everything. */
const PREFIXES = [
  [0, 0],
  [0x0a000000, 8],
  [0x0a010000, 16],
  [0xac100000, 12],
  [0xac100100, 24],
  [0xac110000, 24],
  [0xc0000201, 32],
  [0xc0000202, 32],
] as const;
/** Forwarding addresses: none, of LANs (one of them the root's own), of a wire, of stubs, of nobody. */
const FORWARDING = [0, 0, 0, 0xac100003, 0xac100001, 0xac100102, 0xac110005, 0x0a010001, 0xc0000201, 0x01020304];
const LS_INFINITY = 0xffffff;

export const idOf = (router: number) => 0x0a000000 + router * 7919;
const lanAddress = (area: number, lan: number, router: number) =>
  0xac100000 + area * 0x10000 + lan * 0x100 + 1 + router;
const wireSubnet = (area: number, wire: number) => 0xac110000 + area * 0x10000 + wire * 4;

const router = fc.integer({ min: 0, max: ROUTERS - 1 });
const cost = fc.integer({ min: 1, max: 3 });
const prefix = fc.integer({ min: 0, max: PREFIXES.length - 1 });
const metric = fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: 4 }) }, fc.constant(LS_INFINITY));
const seldom = fc.integer({ min: 0, max: 9 }).map((value) => value === 0);

const areaGraph: fc.Arbitrary<AreaGraph> = fc.record({
  wires: fc.array(
    fc.record({ a: router, b: router, costs: fc.tuple(cost, cost), isNumbered: fc.boolean(), isHalf: seldom }),
    { maxLength: 9 },
  ),
  lans: fc.array(
    fc.record({
      members: fc.uniqueArray(router, { minLength: 1, maxLength: 5 }),
      costs: fc.array(cost, { minLength: ROUTERS, maxLength: ROUTERS }),
      silent: fc.array(router, { maxLength: 1 }),
      unlisted: fc.array(router, { maxLength: 1 }),
    }),
    { maxLength: 3 },
  ),
  gone: fc.array(router, { maxLength: 1 }),
});

const externalDraft = {
  from: router,
  prefix,
  metricType: fc.constantFrom(1 as const, 2 as const),
  metric,
  forwardTo: fc.integer({ min: 0, max: FORWARDING.length - 1 }),
  tag: fc.integer({ min: 0, max: 3 }),
  isMaxAge: seldom,
};

const areaContents: fc.Arbitrary<AreaContents> = fc.record({
  flags: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: ROUTERS, maxLength: ROUTERS }),
  stubs: fc.array(fc.record({ router, prefix, metric: fc.integer({ min: 0, max: 4 }) }), { maxLength: 6 }),
  summaries: fc.array(
    fc.record({
      type: fc.constantFrom(3 as const, 3 as const, 4 as const),
      from: router,
      to: prefix,
      metric,
      isMaxAge: seldom,
    }),
    { maxLength: 8 },
  ),
  nssaExternals: fc.array(
    fc.record({
      ...externalDraft,
      // So few that some say the same.
      prefix: fc.constantFrom(0, 4),
      metricType: fc.constantFrom(1, 2, 2, 2),
      metric: fc.constantFrom(1, 1, 1, LS_INFINITY),
      forwardTo: fc.constantFrom(0, 4, 6, 6, 7, 8, 8, 8),
      isPropagated: fc.boolean(),
    }),
    { maxLength: 8 },
  ),
});

const external: fc.Arbitrary<ExternalDraft> = fc.record(externalDraft);

const kind = fc.constantFrom<OspfAreaKind>('normal', 'normal', 'nssa', 'nssa', 'stub');

export const world: fc.Arbitrary<World> = fc.integer({ min: 1, max: 3 }).chain((areas) =>
  fc.record({
    readsBackboneOnly: areas === 1 ? fc.constant(false) : fc.boolean(),
    kinds: fc
      .array(kind, { minLength: areas - 1, maxLength: areas - 1 })
      .map((others): OspfAreaKind[] => ['normal', ...others]),
    graph: fc.array(areaGraph, { minLength: areas, maxLength: areas }),
    contents: fc.array(areaContents, { minLength: areas, maxLength: areas }),
    externals: fc.array(external, { maxLength: 10 }),
  }),
);

/** The databases of a world. Those of the world before get its LSAs installed as flooding would. */
export class WorldDatabases {
  readonly areas: readonly Lsdb[];
  readonly externals = new Lsdb();

  constructor(areas: number) {
    this.areas = Array.from({ length: areas }, () => new Lsdb());
  }

  /** Installs a world; `onChange` is told of every entry, the one before it and its area. */
  install(
    next: World,
    onChange: (old: LsdbEntry | undefined, entry: LsdbEntry, area: number | undefined) => void,
  ): void {
    this.areas.forEach((lsdb, index) => {
      const wanted = areaLsas(next.graph[index], next.contents[index], index);
      replace(lsdb, wanted, (old, entry) => onChange(old, entry, index));
    });
    replace(
      this.externals,
      next.externals.map((draft) => externalLsa(5, draft)),
      (old, entry) => onChange(old, entry, undefined),
    );
  }

  inputOf({ readsBackboneOnly, kinds, graph, contents }: World): RouteInput {
    const areas = graph.map((area, index): AreaInput => {
      return { id: index, kind: kinds[index], lsdb: this.areas[index], ...linksOf(area, contents[index], index) };
    });
    return { routerId: idOf(0), readsBackboneOnly, areas, externals: this.externals, nowMs: 0 };
  }
}

function replace(
  lsdb: Lsdb,
  wanted: readonly LsdbEntry[],
  onChange: (old: LsdbEntry | undefined, entry: LsdbEntry) => void,
): void {
  const before = new Set([...lsdb].map(({ key }) => key));
  for (const entry of wanted) {
    before.delete(entry.key);
    onChange(lsdb.install(entry, 0), entry);
  }
  for (const entry of [...lsdb]) {
    if (!before.has(entry.key)) continue;
    const flushed = entry.agedPrematurely(0);
    onChange(lsdb.install(flushed, 0), flushed);
    lsdb.remove(flushed);
  }
}

function lsa(type: number, id: number, from: number, body: Uint8Array, isMaxAge = false, options = 2): LsdbEntry {
  return lsdbEntry({ type, id: id >>> 0, advertisingRouter: idOf(from), options }, body, isMaxAge ? 3600 : 1);
}

function areaLsas(
  { wires, lans, gone }: AreaGraph,
  { flags, stubs, summaries, nssaExternals }: AreaContents,
  area: number,
): LsdbEntry[] {
  const lsas: LsdbEntry[] = [];
  for (let from = 0; from < ROUTERS; from++) {
    const links: RouterLink[] = [];
    wires.forEach(({ a, b, costs, isNumbered, isHalf }, index) => {
      if (a === b || (from !== a && (from !== b || isHalf))) return;
      const [peer, metricOf] = from === a ? [b, costs[0]] : [a, costs[1]];
      links.push({ type: 1, id: idOf(peer), data: index, metric: metricOf });
      if (isNumbered) links.push({ type: 3, id: wireSubnet(area, index), data: 0xfffffffc, metric: metricOf });
    });
    lans.forEach(({ members, costs, silent }, index) => {
      if (!members.includes(from) || silent.includes(from)) return;
      const data = lanAddress(area, index, from);
      links.push({ type: 2, id: lanAddress(area, index, members[0]), data, metric: costs[from] });
    });
    links.push(...stubLinks(stubs, from));
    lsas.push(lsa(1, idOf(from), from, encodeRouterLsa({ flags: flags[from], links }), gone.includes(from)));
  }
  lans.forEach(({ members, unlisted }, index) => {
    const listed = members.filter((member) => !unlisted.includes(member));
    if (listed.length === 0) return;
    const body = encodeNetworkLsa({ networkMask: 0xffffff00, attachedRouters: listed.map(idOf) });
    lsas.push(lsa(2, lanAddress(area, index, members[0]), members[0], body));
  });
  for (const summary of summaries) {
    const [address, length] = PREFIXES[summary.to];
    const networkMask = summary.type === 4 ? 0 : maskOf(length);
    // Host bits may be set (appendix E).
    const id = summary.type === 4 ? idOf(summary.to) : address | (summary.metric & ~networkMask);
    lsas.push(
      lsa(summary.type, id, summary.from, encodeSummaryLsa({ networkMask, metric: summary.metric }), summary.isMaxAge),
    );
  }
  for (const { isPropagated, ...draft } of nssaExternals) lsas.push(externalLsa(7, draft, isPropagated ? 8 : 0));
  return lsas;
}

function externalLsa(type: 5 | 7, draft: ExternalDraft, options = 2): LsdbEntry {
  const { from, forwardTo, isMaxAge, prefix: to, ...rest } = draft;
  const [address, length] = PREFIXES[to];
  const body = encodeExternalLsa({ networkMask: maskOf(length), forwardingAddress: FORWARDING[forwardTo], ...rest });
  return lsa(type, address, from, body, isMaxAge, options);
}

/** What the root knows of its own links. */
function linksOf({ wires, lans }: AreaGraph, { stubs }: AreaContents, area: number) {
  const firstHops: FirstHop[] = [];
  const transits: Transit[] = [];
  const attached: AttachedNetwork[] = [];
  wires.forEach(({ a, b, costs, isNumbered }, index) => {
    if (a === b || (a !== 0 && b !== 0)) return;
    const [peer, cost] = a === 0 ? [b, costs[0]] : [a, costs[1]];
    const name = `wire${area}-${index}`;
    const subnet = wireSubnet(area, index);
    firstHops.push({ interface: name, via: subnet + 2, routerId: idOf(peer), cost });
    if (isNumbered) attached.push({ interface: name, address: subnet + 1, prefixLength: 30, cost });
  });
  lans.forEach(({ members, costs }, index) => {
    if (!members.includes(0)) return;
    const name = `lan${area}-${index}`;
    const address = lanAddress(area, index, 0);
    transits.push({ interface: name, networkId: lanAddress(area, index, members[0]), cost: costs[0] });
    attached.push({ interface: name, address, prefixLength: 24, cost: costs[0] });
  });
  return { firstHops, transits, attached, ownStubs: stubLinks(stubs, 0) };
}

function stubLinks(stubs: AreaContents['stubs'], from: number): RouterLink[] {
  return stubs
    .filter((stub) => stub.router === from)
    .map(({ prefix: to, metric: cost }) => {
      const [address, length] = PREFIXES[to];
      return { type: 3, id: address, data: maskOf(length), metric: cost };
    });
}
