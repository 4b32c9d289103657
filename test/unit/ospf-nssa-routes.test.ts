import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatIpv4, parseIpv4 } from '../../src/base/ipv4.js';
import { formatPrefix, maskOf, parsePrefix } from '../../src/base/prefix.js';
import { Lsdb, type LsdbEntry } from '../../src/ospf/lsdb.js';
import type { OspfAreaKind } from '../../src/ospf/messages.js';
import type { AreaInput } from '../../src/ospf/route-input.js';
import { RouteTable } from '../../src/ospf/route-table.js';
import { type ExternalLsa, encodeExternalLsa } from '../../src/wire/ospf/external-lsa.js';
import { encodeRouterLsa, type RouterLink } from '../../src/wire/ospf/router-lsa.js';
import { encodeSummaryLsa } from '../../src/wire/ospf/summary-lsa.js';
import { lsdbEntry } from '../support/lsdb-entry.js';

/* RFC 3101 section 2.5. Routers are numbered; the one that calculates is 1, at links of cost 10. */

const ROOT = 1;
const BORDER = 1;
const ASBR = 2;
const P = { options: 8 };
const NO_P = { options: 0 };
const DESTINATION = '198.51.100.0/24';

function address(text: string): number {
  return parseIpv4(text) ?? assert.fail(text);
}

function prefix(text: string) {
  const { address: id, length } = parsePrefix(text) ?? assert.fail(text);
  return { id, mask: maskOf(length) };
}

const stub = (text: string, metric: number): RouterLink => {
  return { type: 3, id: prefix(text).id, data: prefix(text).mask, metric };
};
const router = (id: number, flags: number, ...links: RouterLink[]) =>
  lsdbEntry(
    { type: 1, id, advertisingRouter: id },
    encodeRouterLsa({ flags, links: [{ type: 1, id: ROOT, data: 1, metric: 10 }, ...links] }),
  );
const summary = (text: string, from: number, metric: number) =>
  lsdbEntry(
    { type: 3, id: prefix(text).id, advertisingRouter: from },
    encodeSummaryLsa({ networkMask: prefix(text).mask, metric }),
  );

function external(
  type: 5 | 7,
  from: number,
  more: Partial<ExternalLsa & { readonly options: number; readonly to: string }> = {},
): LsdbEntry {
  const { options = 8, to = DESTINATION, ...rest } = more;
  const { id, mask } = prefix(to);
  const body = { networkMask: mask, metricType: 2 as const, metric: 20, forwardingAddress: 0, tag: from, ...rest };
  return lsdbEntry({ type, id, advertisingRouter: from, options }, encodeExternalLsa(body));
}

function database(entries: readonly LsdbEntry[]): Lsdb {
  const lsdb = new Lsdb();
  for (const entry of entries) lsdb.install(entry, 0);
  return lsdb;
}

/** An area whose routers `neighbors` are all at a link of ours. */
function area(id: number, kind: OspfAreaKind, neighbors: readonly number[], entries: readonly LsdbEntry[]): AreaInput {
  const firstHops = neighbors.map((routerId) => {
    return { interface: `a${id}r${routerId}`, via: address(`10.${id}.${routerId}.2`), routerId, cost: 10 };
  });
  return { id, kind, lsdb: database(entries), firstHops, transits: [], attached: [], ownStubs: [] };
}

/** `PATH TYPE COST via INTERFACE ADDRESS, … tag TAG` to the destination. */
function route(
  areas: readonly AreaInput[],
  externals: readonly LsdbEntry[] = [],
  to = DESTINATION,
): string | undefined {
  const table = new RouteTable();
  table.calculate(
    { from: 'dijkstra', areas: undefined },
    { routerId: ROOT, readsBackboneOnly: false, areas, externals: database(externals), nowMs: 0 },
  );
  const found = table.list().find((entry) => formatPrefix(entry.prefix) === to);
  if (found === undefined) return undefined;
  const cost = found.type2Cost === undefined ? `${found.cost}` : `${found.cost}/${found.type2Cost}`;
  const hops = found.nextHops.map((hop) => `${hop.interface} ${formatIpv4(hop.via)}`);
  return `${found.pathType} ${cost} via ${hops.join(', ')} tag ${found.tag}`;
}

test('an external of type 7 leads to its AS boundary router, with metrics of both types', () => {
  const inside = [router(2, ASBR), external(7, 2)];
  assert.equal(route([area(1, 'nssa', [2], inside)]), 'external-2 10/20 via a1r2 10.1.2.2 tag 2');
  const type1 = [router(2, ASBR), external(7, 2, { metricType: 1 })];
  assert.equal(route([area(1, 'nssa', [2], type1)]), 'external-1 30 via a1r2 10.1.2.2 tag 2');
});

test('the default route of a border router comes as type 7 without P', () => {
  const inside = [router(2, ASBR | BORDER), external(7, 2, { to: '0.0.0.0/0', metric: 1, ...NO_P })];
  const found = route([area(1, 'nssa', [2], inside)], [], '0.0.0.0/0');
  assert.equal(found, 'external-2 10/1 via a1r2 10.1.2.2 tag 2');
});

test('in an area that is no NSSA type 7 counts for nothing, nor does it from who is no AS boundary router', () => {
  for (const kind of ['normal', 'stub'] as const) {
    assert.equal(route([area(1, kind, [2], [router(2, ASBR), external(7, 2)])]), undefined, kind);
  }
  assert.equal(route([area(1, 'nssa', [2], [router(2, BORDER), external(7, 2)])]), undefined);
  assert.equal(route([area(1, 'nssa', [2], [router(2, ASBR), external(7, ROOT)])]), undefined);
  assert.equal(route([area(1, 'nssa', [2], [router(2, ASBR), external(7, 2, { metric: 0xffffff })])]), undefined);
});

test('the AS boundary router is reached within the NSSA, or, for type 5, not through one', () => {
  const elsewhere = area(2, 'normal', [2], [router(2, ASBR)]);
  assert.equal(route([area(1, 'nssa', [3], [router(3, 0), external(7, 2)]), elsewhere]), undefined);
  const inNssa = area(1, 'nssa', [2], [router(2, ASBR)]);
  assert.equal(route([inNssa, area(2, 'normal', [3], [router(3, 0)])], [external(5, 2)]), undefined);
  assert.equal(route([inNssa, elsewhere], [external(5, 2)]), 'external-2 10/20 via a2r2 10.2.2.2 tag 2');
});

/** Router 2 tells of a destination behind 192.0.2.9, to which 3 in the same NSSA is the way; area 2 is a normal one. */
function forwarding(type: 5 | 7, inNssa: readonly LsdbEntry[], inNormal: readonly LsdbEntry[]): string | undefined {
  const external9 = external(type, 2, { forwardingAddress: address('192.0.2.9') });
  const nssa = area(1, 'nssa', [2, 3], [router(2, ASBR | BORDER), ...inNssa, ...(type === 7 ? [external9] : [])]);
  const normal = area(2, 'normal', [2, 4], [router(2, ASBR | BORDER), ...inNormal]);
  return route([nssa, normal], type === 5 ? [external9] : []);
}

test('the forwarding address of type 7 is reached within the NSSA, that of type 5 through a normal area', () => {
  const here = [router(3, 0, stub('192.0.2.8/30', 5))];
  const there = [router(4, 0, stub('192.0.2.8/30', 5))];
  assert.equal(forwarding(7, here, []), 'external-2 15/20 via a1r3 10.1.3.2 tag 2');
  assert.equal(forwarding(7, [summary('192.0.2.8/30', 2, 5)], []), undefined, 'inter-area');
  assert.equal(forwarding(7, [router(3, 0)], there), undefined, 'in another area');
  assert.equal(forwarding(5, [router(3, 0)], there), 'external-2 15/20 via a2r4 10.2.4.2 tag 2');
  assert.equal(forwarding(5, here, []), undefined, 'through the NSSA');
  assert.equal(forwarding(5, [], [summary('192.0.2.8/30', 2, 5)]), 'external-2 15/20 via a2r2 10.2.2.2 tag 2');
});

test('of what says the same P counts first, then the higher router ID; what has no forwarding address is all used', () => {
  const forwardingAddress = address('192.0.2.9');
  const inside = [
    router(2, ASBR),
    router(3, ASBR),
    router(4, ASBR),
    router(5, 0, stub('192.0.2.8/30', 5)),
    external(7, 3, { forwardingAddress, ...P }),
  ];
  const neighbors = [2, 3, 4, 5];
  const withP = [
    ...inside,
    external(7, 2, { forwardingAddress, ...P }),
    external(7, 4, { forwardingAddress, ...NO_P }),
  ];
  assert.equal(route([area(1, 'nssa', neighbors, withP)]), 'external-2 15/20 via a1r5 10.1.5.2 tag 3');
  const higher = [...inside, external(7, 4, { forwardingAddress, ...P })];
  assert.equal(route([area(1, 'nssa', neighbors, higher)]), 'external-2 15/20 via a1r5 10.1.5.2 tag 4');
  const without = [router(2, ASBR), router(3, ASBR), external(7, 2, P), external(7, 3, NO_P)];
  assert.equal(route([area(1, 'nssa', [2, 3], without)]), 'external-2 10/20 via a1r2 10.1.2.2, a1r3 10.1.3.2 tag 2');
});

test('types 5 and 7 compete by kind of metric, metric, the backbone that is spared, and distance', () => {
  const nssa = (metric: number, metricType: 1 | 2 = 2) =>
    area(1, 'nssa', [2], [router(2, ASBR), external(7, 2, { metric, metricType })]);
  const backbone = area(0, 'normal', [3], [router(3, ASBR)]);
  const normal = area(2, 'normal', [3], [router(3, ASBR)]);
  const type5 = [external(5, 3)];
  assert.equal(route([nssa(19), backbone], type5), 'external-2 10/19 via a1r2 10.1.2.2 tag 2');
  assert.equal(route([nssa(21), backbone], type5), 'external-2 10/20 via a0r3 10.0.3.2 tag 3');
  assert.equal(route([nssa(900, 1), backbone], type5), 'external-1 910 via a1r2 10.1.2.2 tag 2');
  assert.equal(route([nssa(20), backbone], type5), 'external-2 10/20 via a1r2 10.1.2.2 tag 2');
  assert.equal(route([nssa(20), normal], type5), 'external-2 10/20 via a1r2 10.1.2.2, a2r3 10.2.3.2 tag 2');
});
