import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatPrefix } from '../../src/base/prefix.js';
import { randomBelow, SeededRandom } from '../../src/base/random.js';
import type { OspfRoute } from '../../src/ospf/messages.js';
import {
  hostStub,
  OspfNetwork,
  PERFECT_WIRE,
  type SimulatedRouter,
  type Wire,
  type WireFaults,
} from '../support/ospf-network.js';
import { foundRoutes, plainRoutes, stubsOf } from '../support/plain-spf.js';

/*
 * Random networks that lose, repeat and reorder packets while links, routers (cold, or resuming) and stubs come and go. After a quiet time
 * on perfect wires all databases must agree, all routes must be those of the slow twin, and no repair path may loop.
 */

const BAD_WIRE: WireFaults = { delayMs: 2, jitterMs: 30, loss: 0.1, duplication: 0.1 };
const QUIET_MS = 120_000;

interface World {
  readonly network: OspfNetwork;
  readonly random: SeededRandom;
  readonly routers: SimulatedRouter[];
  readonly live: Set<Wire>;
}

function randomWorld(seed: number, routerCount: number): World {
  const random = new SeededRandom(seed);
  const network = new OspfNetwork(seed);
  const routers = Array.from({ length: routerCount }, (_, index) =>
    network.addRouter(`r${index}`, {
      routerId: 0x0a0a0000 + randomBelow(random, 0xffff) * 64 + index,
      hostMode: randomBelow(random, 5) === 0,
      stubs: [hostStub(0xc6336400 + index), hostStub(0xcb007100 + randomBelow(random, 3), randomBelow(random, 20))],
    }),
  );
  const world = { network, random, routers, live: new Set<Wire>() };
  // A tree keeps most of it together; some more wires, parallel ones among them, make it interesting.
  for (let index = 1; index < routerCount; index++) connect(world, index, randomBelow(random, index));
  for (let extra = 0; extra < routerCount; extra++) {
    const a = randomBelow(random, routerCount);
    const b = randomBelow(random, routerCount);
    if (a !== b) connect(world, a, b);
  }
  return world;
}

function connect({ network, random, routers, live }: World, a: number, b: number): void {
  const cost = () => 1 + randomBelow(random, 5);
  live.add(network.connect(routers[a], routers[b], { costs: [cost(), cost()], faults: BAD_WIRE }));
}

function disturb({ network, random, routers, live }: World): void {
  const wire = network.wires[randomBelow(random, network.wires.length)];
  const router = routers[randomBelow(random, routers.length)];
  switch (randomBelow(random, 6)) {
    case 0:
    case 1:
      network.setCarrier(wire, !live.has(wire));
      if (!live.delete(wire)) live.add(wire);
      break;
    case 2:
      wire.silent = !wire.silent;
      break;
    case 3:
      network.restart(router, randomBelow(random, 2) === 0);
      for (const other of network.wires) {
        if (other.ends.some((end) => end.router === router) && !live.has(other)) network.setCarrier(other, false);
      }
      break;
    case 4:
      network.configure(router, { stubs: [hostStub(0xcb007100 + randomBelow(random, 3), randomBelow(random, 20))] });
      break;
    default:
      router.paused = !router.paused;
  }
}

function calm({ network, routers }: World): void {
  for (const wire of network.wires) {
    wire.faults = PERFECT_WIRE;
    wire.silent = false;
  }
  for (const router of routers) router.paused = false;
  network.run(network.nowMs + QUIET_MS);
}

function checkRoutes({ routers, live }: World): void {
  for (const router of routers) {
    assert.deepEqual(foundRoutes(router), plainRoutes(routers, [...live], router), router.name);
  }
}

/** Follows every repair path through the routes of the routers that it leads to. */
function checkRepairs({ routers, live }: World): number {
  let repairs = 0;
  for (const router of routers) {
    for (const route of router.routes) {
      if (route.repair === undefined) continue;
      repairs++;
      const first = neighborAt(live, router, route.repair.interface);
      assert.ok(avoids(live, first, route, router, 64), `${router.name} ${formatPrefix(route.prefix)}`);
    }
  }
  return repairs;
}

function avoids(live: Set<Wire>, at: SimulatedRouter, to: OspfRoute, forbidden: SimulatedRouter, ttl: number): boolean {
  if (at === forbidden || ttl === 0) return false;
  const key = formatPrefix(to.prefix);
  const onward = at.routes.find((route) => formatPrefix(route.prefix) === key);
  if (onward === undefined) return stubsOf(at, [...live]).has(key);
  return onward.nextHops.every((hop) => avoids(live, neighborAt(live, at, hop.interface), to, forbidden, ttl - 1));
}

function neighborAt(live: Set<Wire>, router: SimulatedRouter, name: string): SimulatedRouter {
  for (const { ends } of live) {
    const here = ends.findIndex((end) => end.router === router && end.interface === name);
    if (here >= 0) return ends[1 - here].router;
  }
  throw new Error(`${router.name} uses ${name}, which is down`);
}

const SEEDS = Number(process.env.LASTHOP_SIM_SEEDS ?? 12);

for (let seed = 1; seed <= SEEDS; seed++) {
  const routerCount = 5 + ((seed * 7) % 36);
  test(`seed ${seed}: ${routerCount} routers agree after loss, flaps, restarts and pauses`, () => {
    const world = randomWorld(seed, routerCount);
    world.network.run(30_000);
    for (let round = 0; round < 12; round++) {
      disturb(world);
      world.network.run(world.network.nowMs + randomBelow(world.random, 8000));
    }
    calm(world);
    assert.ok(world.network.databasesAgree([...world.live]), 'databases agree');
    checkRoutes(world);
    checkRepairs(world);
    for (const router of world.routers) assert.deepEqual(router.events('defect'), []);
  });
}
