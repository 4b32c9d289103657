import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatIpv4, parseIpv4 } from '../../src/base/ipv4.js';
import { formatPrefix, maskOf, parsePrefix } from '../../src/base/prefix.js';
import { Lsdb, type LsdbEntry } from '../../src/ospf/lsdb.js';
import type { AreaInput, RouteInput } from '../../src/ospf/route-input.js';
import { RouteTable } from '../../src/ospf/route-table.js';
import { type ExternalLsa, encodeExternalLsa } from '../../src/wire/ospf/external-lsa.js';
import { encodeNetworkLsa } from '../../src/wire/ospf/network-lsa.js';
import { encodeRouterLsa, type RouterLink } from '../../src/wire/ospf/router-lsa.js';
import { encodeSummaryLsa } from '../../src/wire/ospf/summary-lsa.js';
import { lsdbEntry } from '../support/lsdb-entry.js';

/** Routers are numbered; the one that calculates is 1. */
const ROOT = 1;
const BORDER = 1;
const ASBR = 2;
const LS_INFINITY = 0xffffff;

function address(text: string): number {
  const value = parseIpv4(text);
  assert.ok(value !== undefined, text);
  return value;
}

function prefix(text: string) {
  const value = parsePrefix(text);
  assert.ok(value !== undefined, text);
  return { id: value.address, mask: maskOf(value.length) };
}

const toRouter = (id: number, metric: number): RouterLink => ({ type: 1, id, data: 1, metric });
const toLan = (designated: string, own: string, metric: number): RouterLink => {
  return { type: 2, id: address(designated), data: address(own), metric };
};
const stub = (text: string, metric: number): RouterLink => {
  return { type: 3, id: prefix(text).id, data: prefix(text).mask, metric };
};

const router = (id: number, flags: number, ...links: RouterLink[]) =>
  lsdbEntry({ type: 1, id, advertisingRouter: id }, encodeRouterLsa({ flags, links }));
const network = (designated: string, from: number, ...attachedRouters: number[]) =>
  lsdbEntry(
    { type: 2, id: address(designated), advertisingRouter: from },
    encodeNetworkLsa({ networkMask: maskOf(24), attachedRouters }),
  );
const summary = (text: string, from: number, metric: number) =>
  lsdbEntry(
    { type: 3, id: prefix(text).id, advertisingRouter: from },
    encodeSummaryLsa({ networkMask: prefix(text).mask, metric }),
  );
const asbrSummary = (asbr: number, from: number, metric: number) =>
  lsdbEntry({ type: 4, id: asbr, advertisingRouter: from }, encodeSummaryLsa({ networkMask: 0, metric }));

function external(text: string, from: number, metric: number, more: Partial<ExternalLsa> = {}): LsdbEntry {
  const { id, mask } = prefix(text);
  const body = { networkMask: mask, metricType: 2 as const, metric, forwardingAddress: 0, tag: 0, ...more };
  return lsdbEntry({ type: 5, id, advertisingRouter: from }, encodeExternalLsa(body));
}

function database(entries: readonly LsdbEntry[]): Lsdb {
  const lsdb = new Lsdb();
  for (const entry of entries) lsdb.install(entry, 0);
  return lsdb;
}

/** An area in which `neighbors` are at point-to-point links of cost 10, one each, named by area and router. */
function area(id: number, neighbors: readonly number[], entries: readonly LsdbEntry[]): AreaInput {
  const firstHops = neighbors.map((routerId) => {
    return { interface: `a${id}r${routerId}`, via: address(`10.${id}.${routerId}.2`), routerId, cost: 10 };
  });
  return { id, kind: 'normal', lsdb: database(entries), firstHops, transits: [], attached: [], ownStubs: [] };
}

function routes(
  areas: readonly AreaInput[],
  externals: readonly LsdbEntry[] = [],
  readsBackboneOnly = false,
): RouteTable {
  const table = new RouteTable();
  const input: RouteInput = { routerId: ROOT, readsBackboneOnly, areas, externals: database(externals), nowMs: 0 };
  table.calculate({ from: 'dijkstra', areas: undefined }, input);
  return table;
}

/** `PATH TYPE COST via INTERFACE ADDRESS, …`, with the type 2 metric behind the cost. */
function route(table: RouteTable, text: string): string | undefined {
  const found = table.list().find((entry) => formatPrefix(entry.prefix) === text);
  if (found === undefined) return undefined;
  const cost = found.type2Cost === undefined ? `${found.cost}` : `${found.cost}/${found.type2Cost}`;
  const hops = found.nextHops.map((hop) => `${hop.interface} ${formatIpv4(hop.via)}`);
  return `${found.pathType} ${cost} via ${hops.join(', ')}`;
}

/** Router 2, a neighbor, and what it is connected to. */
const neighbor = (flags: number, ...links: RouterLink[]) => router(2, flags, toRouter(ROOT, 10), ...links);

test('a router on our network is reached at the address that its own LSA has on it, a router behind it through it', () => {
  const lan: AreaInput = {
    ...area(
      0,
      [],
      [
        router(2, 0, toLan('10.9.0.3', '10.9.0.2', 10), toRouter(4, 5)),
        router(3, 0, toLan('10.9.0.3', '10.9.0.3', 10), toRouter(4, 5), stub('192.0.2.3/32', 0)),
        router(4, 0, toRouter(2, 5), toRouter(3, 5), stub('192.0.2.4/32', 0)),
        network('10.9.0.3', 3, ROOT, 2, 3),
      ],
    ),
    transits: [{ interface: 'eth0', networkId: address('10.9.0.3'), cost: 7 }],
    attached: [{ interface: 'eth0', address: address('10.9.0.1'), prefixLength: 24, cost: 7 }],
  };
  const table = routes([lan]);
  assert.equal(route(table, '192.0.2.3/32'), 'intra-area 7 via eth0 10.9.0.3');
  assert.equal(route(table, '192.0.2.4/32'), 'intra-area 12 via eth0 10.9.0.2, eth0 10.9.0.3');
  assert.equal(route(table, '10.9.0.0/24'), undefined, 'it is on the link');
});

test('a network whose LSA does not list us is not crossed, nor a router that says nothing of the network', () => {
  const members = (...attached: number[]) => [
    router(2, 0, toLan('10.9.0.2', '10.9.0.2', 10), stub('192.0.2.2/32', 0)),
    router(3, 0, stub('192.0.2.3/32', 0)),
    network('10.9.0.2', 2, ...attached),
  ];
  const transits = [{ interface: 'eth0', networkId: address('10.9.0.2'), cost: 7 }];
  const without = routes([{ ...area(0, [], members(2, 3)), transits }]);
  assert.deepEqual(without.list(), []);
  const table = routes([{ ...area(0, [], members(ROOT, 2, 3)), transits }]);
  assert.equal(route(table, '192.0.2.2/32'), 'intra-area 7 via eth0 10.9.0.2');
  assert.equal(route(table, '192.0.2.3/32'), undefined);
});

test('a direct link and the way across a network are both used if they cost the same', () => {
  const lan: AreaInput = {
    ...area(
      0,
      [2],
      [
        router(2, 0, toRouter(ROOT, 10), toLan('10.9.0.2', '10.9.0.2', 10), stub('192.0.2.2/32', 0)),
        network('10.9.0.2', 2, ROOT, 2),
      ],
    ),
    transits: [{ interface: 'eth9', networkId: address('10.9.0.2'), cost: 10 }],
  };
  assert.equal(route(routes([lan]), '192.0.2.2/32'), 'intra-area 10 via a0r2 10.0.2.2, eth9 10.9.0.2');
});

test('within the area comes before other areas, these before type 1, and type 1 before type 2, whatever they cost', () => {
  const inside = [neighbor(BORDER | ASBR, stub('10.20.0.0/16', 500)), summary('10.20.0.0/16', 2, 1)];
  const other = summary('10.21.0.0/16', 2, 900);
  const table = routes(
    [area(0, [2], [...inside, other])],
    [
      external('10.20.0.0/16', 2, 1, { metricType: 1 }),
      external('10.21.0.0/16', 2, 1, { metricType: 1 }),
      external('10.22.0.0/16', 2, 5000, { metricType: 1 }),
      external('10.23.0.0/16', 2, 1),
    ],
  );
  assert.equal(route(table, '10.20.0.0/16'), 'intra-area 510 via a0r2 10.0.2.2');
  assert.equal(route(table, '10.21.0.0/16'), 'inter-area 910 via a0r2 10.0.2.2');
  assert.equal(route(table, '10.22.0.0/16'), 'external-1 5010 via a0r2 10.0.2.2');
  assert.equal(route(table, '10.23.0.0/16'), 'external-2 10/1 via a0r2 10.0.2.2');
});

test('type 1 against type 2, and type 2 by its metric before the distance', () => {
  const far = router(3, ASBR, toRouter(2, 1));
  const inside = [neighbor(ASBR, toRouter(3, 90)), far];
  const table = routes(
    [area(0, [2], inside)],
    [
      external('10.20.0.0/16', 2, 1),
      external('10.20.0.0/16', 3, 60_000, { metricType: 1 }),
      external('10.21.0.0/16', 2, 20),
      external('10.21.0.0/16', 3, 10),
      external('10.22.0.0/16', 2, 10, { tag: 7 }),
      external('10.22.0.0/16', 3, 10, { tag: 8 }),
    ],
  );
  assert.equal(route(table, '10.20.0.0/16'), 'external-1 60100 via a0r2 10.0.2.2');
  assert.equal(route(table, '10.21.0.0/16'), 'external-2 100/10 via a0r2 10.0.2.2');
  assert.equal(route(table, '10.22.0.0/16'), 'external-2 10/10 via a0r2 10.0.2.2', 'the nearer of equal metrics');
  assert.equal(table.list().find(({ prefix: { address: at } }) => at === address('10.22.0.0'))?.tag, 7);
});

test('equal externals of two routers are one route with both next hops', () => {
  const inside = [neighbor(ASBR), router(3, ASBR, toRouter(ROOT, 10))];
  const both = [external('0.0.0.0/0', 2, 10), external('0.0.0.0/0', 3, 10)];
  const table = routes([area(0, [2, 3], inside)], both);
  assert.equal(route(table, '0.0.0.0/0'), 'external-2 10/10 via a0r2 10.0.2.2, a0r3 10.0.3.2');
});

test('what is infinitely far, too old, our own, or from a router that is no border router or cannot be reached, counts for nothing', () => {
  const area0 = area(
    0,
    [2],
    [
      neighbor(BORDER | ASBR, toRouter(3, 1)),
      router(3, 0, toRouter(2, 1)),
      router(4, BORDER | ASBR),
      summary('10.20.0.0/16', 2, LS_INFINITY),
      summary('10.21.0.0/16', ROOT, 1),
      summary('10.22.0.0/16', 3, 1),
      summary('10.23.0.0/16', 4, 1),
      asbrSummary(9, 2, LS_INFINITY),
    ],
  );
  const old = lsdbEntry(
    { type: 3, id: address('10.24.0.0'), advertisingRouter: 2 },
    encodeSummaryLsa({ networkMask: maskOf(16), metric: 1 }),
    3600,
  );
  area0.lsdb.install(old, 0);
  const table = routes(
    [area0],
    [
      external('10.30.0.0/16', 2, LS_INFINITY),
      external('10.31.0.0/16', ROOT, 1),
      external('10.32.0.0/16', 3, 1),
      external('10.33.0.0/16', 4, 1),
      external('10.34.0.0/16', 9, 1),
    ],
  );
  assert.deepEqual(table.list(), []);
});

test('an AS boundary router of another area is found through its summary', () => {
  const inside = [neighbor(BORDER), asbrSummary(9, 2, 30)];
  const table = routes([area(5, [2], inside)], [external('10.30.0.0/16', 9, 1, { metricType: 1 })]);
  assert.equal(route(table, '10.30.0.0/16'), 'external-1 41 via a5r2 10.5.2.2');
  const expected = { routerId: 9, areaId: 5, pathType: 'inter-area', cost: 40, isAbr: false, isAsbr: true };
  const { nextHops: _, ...entry } = [...table.routers()].find(({ routerId }) => routerId === 9) ?? assert.fail();
  assert.deepEqual(entry, expected);
});

test('an area border router goes by the summaries of the backbone alone, others by those of all their areas', () => {
  const backbone = area(0, [2], [neighbor(BORDER), summary('10.20.0.0/16', 2, 100)]);
  const other = area(1, [3], [router(3, BORDER, toRouter(ROOT, 10)), summary('10.20.0.0/16', 3, 1)]);
  assert.equal(route(routes([backbone, other], [], true), '10.20.0.0/16'), 'inter-area 110 via a0r2 10.0.2.2');
  assert.equal(route(routes([backbone, other], [], false), '10.20.0.0/16'), 'inter-area 11 via a1r3 10.1.3.2');
});

test('a path within an area other than the backbone is preferred to an AS boundary router, even if it is longer', () => {
  const backbone = area(0, [2], [neighbor(ASBR)]);
  const other = area(1, [2], [neighbor(ASBR, toRouter(3, 1)), router(3, 0, toRouter(2, 1))]);
  const longer = { ...other, firstHops: other.firstHops.map((hop) => ({ ...hop, cost: 99 })) };
  const table = routes([backbone, longer], [external('10.30.0.0/16', 2, 5)], true);
  assert.equal(route(table, '10.30.0.0/16'), 'external-2 99/5 via a1r2 10.1.2.2');
});

/** The router that tells of an external is 2; 3 is at the network of the forwarding address. */
function forwarding(to: string, ...others: LsdbEntry[]): string | undefined {
  const inside = [
    neighbor(ASBR | BORDER, stub('192.0.2.2/32', 0)),
    router(3, 0, toRouter(ROOT, 10), stub('10.40.0.0/16', 5)),
    ...others,
  ];
  const attached = [{ interface: 'eth9', address: address('10.50.0.1'), prefixLength: 24, cost: 3 }];
  const externals = [external('10.30.0.0/16', 2, 1, { forwardingAddress: address(to), metricType: 1 })];
  return route(routes([{ ...area(0, [2, 3], inside), attached }], externals), '10.30.0.0/16');
}

test('packets go to the forwarding address, by the longest match within the AS', () => {
  assert.equal(forwarding('10.40.0.9'), 'external-1 16 via a0r3 10.0.3.2');
  assert.equal(forwarding('10.40.0.9', summary('10.40.0.0/24', 2, 100)), 'external-1 111 via a0r2 10.0.2.2');
  assert.equal(forwarding('10.50.0.7'), 'external-1 4 via eth9 10.50.0.7', 'on a link of ours: straight to it');
});

test('a forwarding address that is ours, unknown, or known from outside only, leads nowhere', () => {
  assert.equal(forwarding('10.50.0.1'), undefined);
  assert.equal(forwarding('10.60.0.1'), undefined);
  const inside = [neighbor(ASBR)];
  const externals = [
    external('10.30.0.0/16', 2, 1, { forwardingAddress: address('10.70.0.1') }),
    external('10.70.0.0/16', 2, 1),
  ];
  const table = routes([area(0, [2], inside)], externals);
  assert.equal(route(table, '10.30.0.0/16'), undefined);
  assert.equal(route(table, '10.70.0.0/16'), 'external-2 10/1 via a0r2 10.0.2.2');
});

test('the router that tells of a forwarding address must be reachable itself', () => {
  const inside = [router(3, 0, toRouter(ROOT, 10), stub('10.40.0.0/16', 5)), router(2, ASBR)];
  const externals = [external('10.30.0.0/16', 2, 1, { forwardingAddress: address('10.40.0.1') })];
  assert.equal(route(routes([area(0, [3], inside)], externals), '10.30.0.0/16'), undefined);
});

test('what is here itself has no route, and hides what other areas and the outside say of it', () => {
  const inside = [neighbor(BORDER | ASBR), summary('192.0.2.1/32', 2, 1), summary('10.50.0.0/24', 2, 1)];
  const own: AreaInput = {
    ...area(0, [2], inside),
    attached: [{ interface: 'eth9', address: address('10.50.0.1'), prefixLength: 24, cost: 3 }],
    ownStubs: [stub('192.0.2.1/32', 60_000)],
  };
  assert.deepEqual(routes([own], [external('192.0.2.1/32', 2, 1)]).list(), []);
});

test('an area that is in pieces: its other half is reached through no other area', () => {
  // Router 4 is in area 1 too, but there is no way to it within the area; the backbone tells of its networks.
  const one = area(1, [3], [router(3, 0, toRouter(ROOT, 10)), router(4, BORDER, stub('10.44.0.0/16', 1))]);
  const backbone = area(
    0,
    [2],
    [neighbor(0, toRouter(4, 10)), router(4, BORDER, toRouter(2, 10)), summary('10.44.0.0/16', 4, 1)],
  );
  const table = routes([backbone, one], [], true);
  assert.equal(route(table, '10.44.0.0/16'), 'inter-area 21 via a0r2 10.0.2.2');
  assert.equal(route(routes([one], [], false), '10.44.0.0/16'), undefined);
});

test('a network that two areas have at the same cost is reached through both', () => {
  const areas = [2, 3].map((id) => area(id, [id], [router(id, 0, toRouter(ROOT, 10), stub('192.0.2.9/32', 1))]));
  const table = routes(areas);
  assert.equal(route(table, '192.0.2.9/32'), 'intra-area 11 via a2r2 10.2.2.2, a3r3 10.3.3.2');
  assert.equal(table.list()[0].area, 3);
});

test('other areas are repaired by a neighbor that has a way of its own to a border router', () => {
  const inside = [
    neighbor(BORDER),
    router(3, BORDER, toRouter(ROOT, 10)),
    summary('10.20.0.0/16', 2, 1),
    summary('10.20.0.0/16', 3, 5),
  ];
  const [found] = routes([area(0, [2, 3], inside)]).list();
  assert.deepEqual(found.nextHops, [{ interface: 'a0r2', via: address('10.0.2.2') }]);
  assert.deepEqual(found.repair, { interface: 'a0r3', via: address('10.0.3.2') });
});

test('a neighbor is no repair path to a host that may know a better place for the packet than itself', () => {
  const repairThrough = (metric: number) => {
    const inside = [
      neighbor(0, toRouter(3, 1)),
      router(3, 0, toRouter(2, metric), stub('192.0.2.9/32', 4)),
      router(4, 0, toRouter(ROOT, 10), stub('192.0.2.9/32', 0)),
      router(ROOT, 0, toRouter(2, 10), toRouter(4, 10)),
    ];
    const found = routes([area(0, [2, 4], inside)]).list();
    return found.find(({ prefix: { length } }) => length === 32)?.repair?.interface;
  };
  assert.equal(repairThrough(1), 'a0r2');
  // A host, whose own costs nobody else knows: its stub is not the cheapest, so it may send the packet back.
  assert.equal(repairThrough(0xffff), undefined);
});

test('a change in one area takes the algorithm there only; what is told in summaries and externals takes none', () => {
  const backbone = area(0, [2], [neighbor(BORDER, stub('192.0.2.2/32', 1))]);
  const other = area(1, [3], [router(3, ASBR, toRouter(ROOT, 10))]);
  const externals = database([]);
  const input: RouteInput = { routerId: ROOT, readsBackboneOnly: true, areas: [backbone, other], externals, nowMs: 0 };
  const table = new RouteTable();
  table.calculate({ from: 'dijkstra', areas: undefined }, input);
  assert.equal(table.dijkstraRuns, 2);
  other.lsdb.install(router(3, ASBR, toRouter(ROOT, 10), stub('192.0.2.3/32', 1)), 0);
  assert.equal(table.calculate({ from: 'dijkstra', areas: new Set([1]) }, input)?.length, 2);
  assert.equal(table.dijkstraRuns, 3);
  backbone.lsdb.install(summary('10.20.0.0/16', 2, 1), 0);
  assert.equal(table.calculate({ from: 'summaries', areas: new Set() }, input)?.length, 3);
  externals.install(external('10.30.0.0/16', 3, 1), 0);
  assert.equal(table.calculate({ from: 'externals', areas: new Set() }, input)?.length, 4);
  assert.equal(table.calculate({ from: 'externals', areas: new Set() }, input), undefined, 'nothing has changed');
  assert.equal(table.dijkstraRuns, 3);
  assert.equal(table.stubRuns, 3);
});

test('prefixes that come and go leave nothing behind', () => {
  const own = area(0, [2], []);
  const externals = database([]);
  const input: RouteInput = { routerId: ROOT, readsBackboneOnly: false, areas: [own], externals, nowMs: 0 };
  const table = new RouteTable();
  for (let round = 0; round < 20; round++) {
    const links = Array.from({ length: 200 }, (_, index) => stub(`10.${round}.${index}.0/24`, 1));
    own.lsdb.install(neighbor(0, ...links), 0);
    table.calculate({ from: round === 0 ? 'dijkstra' : 'stubs', areas: undefined }, input);
    assert.equal(table.list().length, 200);
    assert.equal(route(table, `10.${round}.7.0/24`), 'intra-area 11 via a0r2 10.0.2.2');
  }
  // Numbers of old prefixes have been given up now and then, which takes the whole calculation.
  assert.ok(table.dijkstraRuns > 1 && table.dijkstraRuns < 10, `${table.dijkstraRuns} runs`);
});

test('thousands of prefixes that are here do not ask for the whole calculation each time', () => {
  const ownStubs = Array.from({ length: 3000 }, (_, index) => ({ ...stub('10.0.0.0/32', 1), id: 0x0a000000 + index }));
  const own = { ...area(0, [2], [neighbor(0, stub('192.0.2.2/32', 1))]), ownStubs };
  const input: RouteInput = {
    routerId: ROOT,
    readsBackboneOnly: false,
    areas: [own],
    externals: database([]),
    nowMs: 0,
  };
  const table = new RouteTable();
  table.calculate({ from: 'dijkstra', areas: undefined }, input);
  for (let run = 0; run < 5; run++) table.calculate({ from: 'stubs', areas: new Set() }, input);
  assert.equal(table.dijkstraRuns, 1);
  assert.equal(table.list().length, 1);
});
