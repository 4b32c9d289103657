import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatPrefix, maskOf } from '../../src/base/prefix.js';
import type { OspfNextHop } from '../../src/ospf/messages.js';
import type { AreaInput } from '../../src/ospf/route-input.js';
import { RouteTable } from '../../src/ospf/route-table.js';
import { keyOf, liveLsas, type PlainEdge, plainDistances, plainEdges, prefixOf } from '../support/plain-area.js';
import { idOf, WorldDatabases, world } from '../support/route-world.js';

/** Distances within an area as all its routers see them, from every vertex. */
class PlainDistances {
  private readonly edges: readonly PlainEdge[];
  private readonly known = new Map<string, Map<string, number>>();

  constructor(edges: readonly PlainEdge[]) {
    this.edges = edges;
  }

  between(from: string, to: string): number {
    let distances = this.known.get(from);
    if (distances === undefined) {
      distances = plainDistances(this.edges, from);
      this.known.set(from, distances);
    }
    return distances.get(to) ?? Infinity;
  }
}

const ROOT = `router ${idOf(0)}`;

/** All that have the prefix, and their metric for it. */
function advertisers(area: AreaInput, prefix: string): [string, number][] {
  const found: [string, number][] = [];
  for (const entry of liveLsas(area, 0)) {
    const { body } = entry;
    if (keyOf(entry) === ROOT) continue;
    if (body.kind === 'network' && prefixOf(entry.id, body.networkMask) === prefix) found.push([keyOf(entry), 0]);
    if (body.kind !== 'router') continue;
    for (const { type, id, data, metric } of body.links) {
      if (type === 3 && prefixOf(id, data) === prefix) found.push([keyOf(entry), metric]);
    }
  }
  for (const { address, prefixLength, cost } of area.attached) {
    if (prefixOf(address, maskOf(prefixLength)) === prefix) found.push([ROOT, cost]);
  }
  for (const { id, data, metric } of area.ownStubs) if (prefixOf(id, data) === prefix) found.push([ROOT, metric]);
  return found;
}

interface Neighbor {
  readonly hop: OspfNextHop;
  readonly vertex: string;
  readonly cost: number;
}

/** Everybody whom the root can send a packet to, by the links that both ends describe. */
function neighbors(area: AreaInput): Neighbor[] {
  const lsas = liveLsas(area, 0);
  const found: Neighbor[] = [];
  for (const { interface: name, via, routerId, cost } of area.firstHops) {
    const router = lsas.find(({ type, advertisingRouter }) => type === 1 && advertisingRouter === routerId);
    const isMutual =
      router?.body.kind === 'router' && router.body.links.some(({ type, id }) => type === 1 && id === idOf(0));
    if (isMutual) found.push({ hop: { interface: name, via }, vertex: `router ${routerId}`, cost });
  }
  for (const transit of area.transits) {
    const network = lsas.find(({ type, id }) => type === 2 && id === transit.networkId);
    if (network?.body.kind !== 'network' || !network.body.attachedRouters.includes(idOf(0))) continue;
    for (const router of lsas) {
      if (router.body.kind !== 'router' || router.advertisingRouter === idOf(0)) continue;
      if (!network.body.attachedRouters.includes(router.advertisingRouter)) continue;
      for (const { type, id, data } of router.body.links) {
        if (type !== 2 || id !== transit.networkId) continue;
        found.push({ hop: { interface: transit.interface, via: data }, vertex: keyOf(router), cost: transit.cost });
      }
    }
  }
  return found;
}

test('a repair path is the shortest of those that lead neither back nor across the lost network', () => {
  let repairs = 0;
  let acrossLans = 0;
  fc.assert(
    fc.property(world, (content) => {
      const databases = new WorldDatabases(content.graph.length);
      databases.install(content, () => {});
      const input = databases.inputOf(content);
      const table = new RouteTable();
      table.calculate({ from: 'dijkstra', areas: undefined }, input);
      const plain = input.areas.map((area) => new PlainDistances(plainEdges(liveLsas(area, 0))));
      for (const route of table.list()) {
        if (route.pathType !== 'intra-area' || route.area === undefined) continue;
        if (route.nextHops.length > 1) {
          assert.equal(route.repair, undefined);
          continue;
        }
        const [primary] = route.nextHops;
        const area = input.areas[route.area];
        const distances = plain[route.area];
        const who = advertisers(area, formatPrefix(route.prefix));
        const toPrefix = (from: string) => Math.min(...who.map(([at, metric]) => distances.between(from, at) + metric));
        const lost = area.transits.find((transit) => transit.interface === primary.interface);
        const lostNetworks = liveLsas(area, 0).filter(({ type, id }) => type === 2 && id === lost?.networkId);
        const allowed = neighbors(area).filter(({ hop, vertex }) => {
          if (hop.interface === primary.interface) return false;
          if (toPrefix(vertex) >= distances.between(vertex, ROOT) + toPrefix(ROOT)) return false;
          return lostNetworks.every((network) => {
            const at = keyOf(network);
            return toPrefix(vertex) < distances.between(vertex, at) + toPrefix(at);
          });
        });
        const shortest = Math.min(...allowed.map(({ vertex, cost }) => cost + toPrefix(vertex)));
        const chosen = allowed.find(({ hop }) => {
          return hop.interface === route.repair?.interface && hop.via === route.repair.via;
        });
        if (route.repair === undefined) {
          assert.equal(shortest, Infinity);
        } else {
          assert.ok(chosen !== undefined, 'it is one of those allowed');
          assert.equal(chosen.cost + toPrefix(chosen.vertex), shortest);
          repairs++;
          if (lost !== undefined) acrossLans++;
        }
      }
    }),
    { numRuns: 1500, seed: 3 },
  );
  assert.ok(repairs > 500 && acrossLans > 100, `${repairs} repair paths, ${acrossLans} of them of LANs`);
});
