import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomBelow, SeededRandom } from '../../src/base/random.js';
import type { OspfExternal } from '../../src/ospf/messages.js';
import { hostStub, OspfNetwork, type SimulatedRouter, type Wire } from '../support/ospf-network.js';

const SEEDS = Number(process.env.LASTHOP_SIM_SEEDS ?? 12);
const HOST = 0xc0000000;

interface Best {
  readonly cost: number;
  readonly area: number;
  readonly isIntra: boolean;
}

/** Sections 12.4.3 and 16 of RFC 2328 for host routes, told as plainly as can be. */
class PlainAreas {
  private readonly routers: readonly SimulatedRouter[];
  private readonly wires: readonly Wire[];
  private readonly distances = new Map<number, Map<SimulatedRouter, Map<SimulatedRouter, number>>>();

  constructor(routers: readonly SimulatedRouter[], wires: readonly Wire[]) {
    this.routers = routers;
    this.wires = wires;
    for (const area of new Set(wires.map((wire) => wire.area))) this.distances.set(area, this.distancesIn(area));
  }

  isBorder(router: SimulatedRouter): boolean {
    const areas = this.areasOf(router);
    return areas.length > 1 && areas.includes(0);
  }

  best(from: SimulatedRouter, to: SimulatedRouter): Best | undefined {
    return this.within(from, to) ?? this.between(from, to);
  }

  private within(from: SimulatedRouter, to: SimulatedRouter): Best | undefined {
    const shared = this.areasOf(from).filter((area) => this.areasOf(to).includes(area));
    return cheapest(shared.map((area) => ({ cost: this.distance(area, from, to), area, isIntra: true })));
  }

  private between(from: SimulatedRouter, to: SimulatedRouter): Best | undefined {
    const areas = this.isBorder(from) ? [0] : this.areasOf(from);
    const found: Best[] = [];
    for (const area of areas) {
      for (const border of this.routers) {
        if (border === from || !this.isBorder(border) || this.distance(area, from, border) === Infinity) continue;
        const told = this.toldBy(border, to, area);
        if (told !== undefined) found.push({ cost: this.distance(area, from, border) + told, area, isIntra: false });
      }
    }
    return cheapest(found);
  }

  /** What `border` says in `area` of the host route of `to`. */
  private toldBy(border: SimulatedRouter, to: SimulatedRouter, area: number): number | undefined {
    if (border === to) return undefined;
    // The backbone is told what border routers know from within other areas, not what they have from it.
    const best = area === 0 ? this.within(border, to) : this.best(border, to);
    return best === undefined || best.area === area ? undefined : best.cost;
  }

  private areasOf(router: SimulatedRouter): number[] {
    return [...new Set(this.wires.filter((wire) => isAt(wire, router)).map((wire) => wire.area))];
  }

  distance(area: number, from: SimulatedRouter, to: SimulatedRouter): number {
    return this.distances.get(area)?.get(from)?.get(to) ?? Infinity;
  }

  /** Floyd and Warshall. */
  private distancesIn(area: number): Map<SimulatedRouter, Map<SimulatedRouter, number>> {
    const distances = new Map(this.routers.map((router) => [router, new Map([[router, 0]])]));
    for (const wire of this.wires.filter((candidate) => candidate.area === area)) {
      for (const { router, interface: name } of wire.ends) {
        const other = wire.ends.find((end) => end.router !== router)!.router;
        const cost = costOf(router, name);
        const row = distances.get(router)!;
        row.set(other, Math.min(cost, row.get(other) ?? Infinity));
      }
    }
    for (const by of this.routers) {
      for (const row of distances.values()) {
        for (const to of this.routers) {
          const cost = (row.get(by) ?? Infinity) + (distances.get(by)!.get(to) ?? Infinity);
          if (cost < (row.get(to) ?? Infinity)) row.set(to, cost);
        }
      }
    }
    return distances;
  }
}

function cheapest(paths: readonly Best[]): Best | undefined {
  const finite = paths.filter(({ cost }) => cost !== Infinity);
  return finite.length === 0 ? undefined : finite.reduce((a, b) => (b.cost < a.cost ? b : a));
}

function isAt(wire: Wire, router: SimulatedRouter): boolean {
  return wire.ends.some((end) => end.router === router);
}

function costOf(router: SimulatedRouter, name: string): number {
  const areas = [{ interfaces: router.config.interfaces }, ...(router.config.otherAreas ?? [])];
  return areas.flatMap(({ interfaces }) => interfaces).find((config) => config.name === name)!.cost;
}

function externalOf(router: SimulatedRouter, metric: number): OspfExternal {
  return { prefix: { address: 0x0d000000 + 256 * router.config.routerId, length: 24 }, metric, metricType: 2, tag: 0 };
}

/** Routers of three areas, some at the border, and links at costs that hardly ever tie. */
function build(random: SeededRandom, seed: number) {
  const network = new OspfNetwork(seed, false);
  const routers = Array.from({ length: 9 }, (_, index) =>
    network.addRouter(`r${index + 1}`, { routerId: index + 1, stubs: [hostStub(HOST + index + 1)] }),
  );
  for (let index = 0; index < 16; index++) {
    const area = index % 3;
    const [a, b] = [randomBelow(random, 9), randomBelow(random, 8)];
    const faults = { delayMs: 1, jitterMs: 4, loss: 0.02, duplication: 0.02 };
    const costs = [1 + randomBelow(random, 5000), 1 + randomBelow(random, 5000)] as const;
    network.connect(routers[a], routers[b < a ? b : b + 1], { area, costs, faults });
  }
  return { network, routers };
}

for (let seed = 1; seed <= SEEDS; seed++) {
  test(`areas whose links, border routers and externals come and go end in the right routes, seed ${seed}`, () => {
    const random = new SeededRandom(seed);
    const { network, routers } = build(random, seed);
    const down = new Set<Wire>();
    const metrics = new Map<SimulatedRouter, number>();
    for (let step = 0; step < 40; step++) {
      network.run(network.nowMs + randomBelow(random, 3000));
      const router = routers[randomBelow(random, routers.length)];
      const wire = network.wires[randomBelow(random, network.wires.length)];
      switch (randomBelow(random, 4)) {
        case 0:
          if (!down.delete(wire)) down.add(wire);
          network.setCarrier(wire, !down.has(wire));
          break;
        case 1:
          network.restart(router, randomBelow(random, 2) === 0);
          for (const lost of down) network.setCarrier(lost, false);
          break;
        default: {
          if (!metrics.delete(router)) metrics.set(router, randomBelow(random, 100));
          const metric = metrics.get(router);
          network.configure(router, { externals: metric === undefined ? [] : [externalOf(router, metric)] });
        }
      }
    }
    network.run(network.nowMs + 180_000);
    const live = network.wires.filter((wire) => !down.has(wire));
    assert.ok(network.databasesAgree(live), 'databases agree');
    const plain = new PlainAreas(routers, live);
    for (const from of routers) {
      for (const to of routers) {
        if (from === to) continue;
        const best = plain.best(from, to);
        const route = from.routes.find(({ prefix }) => prefix.address === HOST + to.config.routerId);
        const expected = best && `${best.isIntra ? 'intra' : 'inter'}-area ${best.cost}`;
        assert.equal(route && `${route.pathType} ${route.cost}`, expected, `${from.name} to ${to.name}`);
        const external = from.routes.find(({ prefix }) => prefix.address === externalOf(to, 0).prefix.address);
        assert.equal(external?.type2Cost, best && metrics.get(to), `${from.name} to the external of ${to.name}`);
      }
      assertNoGhosts(network, plain, routers, from);
    }
  });
}

/** Of routers that can be reached nothing is known but what they say now. */
function assertNoGhosts(
  network: OspfNetwork,
  plain: PlainAreas,
  routers: readonly SimulatedRouter[],
  at: SimulatedRouter,
): void {
  for (const lsa of at.instance.database(network.nowMs)) {
    const router = routers.find(({ config }) => config.routerId === lsa.advertisingRouter)!;
    // Parts of an area that are cut off from each other keep what they last heard.
    const isHeard =
      lsa.area === undefined ? plain.best(at, router) : Number.isFinite(plain.distance(lsa.area, at, router));
    if (at !== router && !isHeard) continue;
    assert.ok(lsa.age < 3600);
    if (lsa.type === 3 || lsa.type === 4) assert.ok(plain.isBorder(router), `${router.name} tells of other areas`);
    if (lsa.type === 5) assert.ok(router.config.externals.length > 0, `${router.name} tells of the outside`);
  }
}
