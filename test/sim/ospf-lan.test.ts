import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LSA_NETWORK } from '../../src/wire/ospf/lsa.js';
import { hostStub, OspfNetwork, type SimulatedRouter, type Wire } from '../support/ospf-network.js';
import { foundRoutes, plainRoutes } from '../support/plain-spf.js';

/** Broadcast networks in virtual time: who is designated router, and that packets find their way whatever happens to it. */

const MINUTE_MS = 60_000;

interface Lan {
  readonly network: OspfNetwork;
  readonly routers: SimulatedRouter[];
  readonly wire: Wire;
}

/** Routers 1 to `count` on one LAN, each with a stub of its own. */
function lan(count: number, priorities?: readonly number[]): Lan {
  const network = new OspfNetwork(3);
  const routers = Array.from({ length: count }, (_, index) =>
    network.addRouter(`r${index + 1}`, { routerId: index + 1, stubs: [hostStub(0xc0000200 + index)] }),
  );
  return { network, routers, wire: network.addLan(routers, { priorities: priorities ?? [] }) };
}

/** What a router says about its LAN: `R4 R3` for designated router and backup, by their place on the wire. */
function offices({ network, wire }: Lan, router: SimulatedRouter): string {
  const [view] = router.instance.interfaces(network.nowMs);
  const name = (address: number | undefined) => wire.ends.find((end) => end.address === address)?.router.name ?? '-';
  return `${name(view.designatedRouter)} ${name(view.backupDesignatedRouter)}`;
}

function assertRoutes({ network, wire }: Lan, routers: readonly SimulatedRouter[], liveWires = [wire]): void {
  for (const router of routers) {
    assert.deepEqual(foundRoutes(router), plainRoutes([...network.routers.values()], liveWires, router), router.name);
  }
}

function reaches(router: SimulatedRouter, index: number): boolean {
  return router.routes.some(({ prefix }) => prefix.address === 0xc0000200 + index);
}

function networkLsas(network: OspfNetwork, router: SimulatedRouter) {
  return router.instance.database(network.nowMs).filter(({ type, age }) => type === LSA_NETWORK && age < 3600);
}

test('eight routers that start together elect two, and are Full with those only', () => {
  const world = lan(8);
  const { network, routers } = world;
  network.run(45_000);
  for (const router of routers) assert.equal(offices(world, router), 'r8 r7');
  assert.ok(network.allFull());
  assert.ok(network.databasesAgree());
  const states = routers.map((router) => router.instance.interfaces(network.nowMs)[0].state);
  assert.deepEqual(states, [...Array(6).fill('DROther'), 'Backup', 'DR']);
  const [lsa, ...others] = networkLsas(network, routers[0]);
  assert.deepEqual(others, []);
  assert.ok(lsa.body.kind === 'network');
  assert.deepEqual(lsa.body.attachedRouters, [1, 2, 3, 4, 5, 6, 7, 8]);
  assertRoutes(world, routers);
});

test('a router that comes to a LAN that runs is in within a second of the Hellos of the two, and changes nobody', () => {
  const world = lan(4, [1, 1, 1, 255]);
  const { network, routers, wire } = world;
  const late = routers[3];
  late.paused = true;
  network.run(MINUTE_MS);
  for (const router of routers.slice(0, 3)) assert.equal(offices(world, router), 'r3 r2');
  late.paused = false;
  network.restart(late);
  const startMs = network.nowMs;
  network.runUntil(() => reaches(late, 0) && reaches(routers[0], 3), startMs + MINUTE_MS);
  assert.ok(network.nowMs - startMs <= 11_200, `${network.nowMs - startMs} ms`);
  network.run(network.nowMs + 5000);
  for (const router of routers) assert.equal(offices(world, router), 'r3 r2');
  assertRoutes(world, routers, [wire]);
});

test('routers of priority 0 are never elected; without any other nobody is adjacent', () => {
  const world = lan(4, [0, 1, 0, 0]);
  const { network, routers } = world;
  network.run(MINUTE_MS);
  for (const router of routers) assert.equal(offices(world, router), 'r2 -');
  assertRoutes(world, routers);
  const nobody = lan(3, [0, 0, 0]);
  nobody.network.run(2 * MINUTE_MS);
  for (const router of nobody.routers) {
    assert.equal(offices(nobody, router), '- -');
    assert.deepEqual(router.routes, []);
    assert.ok(router.instance.neighbors(nobody.network.nowMs).every(({ state }) => state === '2-Way'));
  }
});

test('a designated router that dies without a word: the backup follows, and the others never lose each other', () => {
  const world = lan(8);
  const { network, routers, wire } = world;
  network.run(MINUTE_MS);
  const survivors = routers.slice(0, 7);
  network.partition(wire, survivors);
  const diedMs = network.nowMs;
  let outage = 0;
  while (network.nowMs < diedMs + 45_000) {
    network.run(network.nowMs + 10);
    if (
      !survivors.every((router) =>
        survivors.every((other) => other === router || reaches(router, routers.indexOf(other))),
      )
    )
      outage += 10;
  }
  for (const router of survivors) assert.equal(offices(world, router), 'r7 r6');
  assert.ok(network.databasesAgree());
  assertRoutes(world, survivors);
  assert.ok(outage <= 1200, `${outage} ms`);
});

test('a designated router that says goodbye is followed at once', () => {
  const world = lan(5);
  const { network, routers } = world;
  network.run(MINUTE_MS);
  network.handle(routers[4], { kind: 'stop' });
  network.run(network.nowMs + 3000);
  const survivors = routers.slice(0, 4);
  for (const router of survivors) assert.equal(offices(world, router), 'r4 r3');
  for (const router of survivors) assert.equal(router.routes.length, 3);
});

test('a LAN that falls apart has two designated routers, and one when it is whole again', () => {
  const world = lan(8);
  const { network, routers, wire } = world;
  network.run(MINUTE_MS);
  const [left, right] = [routers.slice(0, 4), routers.slice(4)];
  network.partition(wire, left, right);
  network.run(network.nowMs + 2 * MINUTE_MS);
  for (const router of left) assert.equal(offices(world, router), 'r4 r3');
  for (const router of right) assert.equal(offices(world, router), 'r8 r7');
  assert.ok(network.databasesAgree());
  assertRoutes(world, routers);
  network.partition(wire);
  network.run(network.nowMs + MINUTE_MS);
  for (const router of routers) assert.equal(offices(world, router), 'r8 r7');
  assert.ok(network.databasesAgree());
  assert.ok(network.allFull());
  assertRoutes(world, routers);
  for (const router of routers) assert.deepEqual(networkLsas(network, router).length, 1);
});

test('LANs and wires in one network: two LANs that share two routers', () => {
  const network = new OspfNetwork(8);
  const routers = Array.from({ length: 7 }, (_, index) =>
    network.addRouter(`r${index + 1}`, {
      routerId: 10 - index,
      hostMode: index === 2,
      stubs: [hostStub(0xc0000200 + index, index)],
    }),
  );
  const wires = [
    network.addLan(routers.slice(0, 4), { costs: [1, 2, 3, 4] }),
    network.addLan(routers.slice(2, 6), { costs: [7, 1, 1, 20] }),
    network.connect(routers[5], routers[6]),
    network.connect(routers[0], routers[5], { costs: [30, 3] }),
  ];
  network.run(MINUTE_MS);
  assert.ok(network.allFull());
  assert.ok(network.databasesAgree());
  for (const router of routers) {
    assert.deepEqual(foundRoutes(router), plainRoutes(routers, wires, router), router.name);
  }
});

test('the designated router that resumes stays it, and nobody loses a route', () => {
  for (const index of [7, 6, 2]) {
    const world = lan(8);
    const { network, routers } = world;
    network.run(MINUTE_MS);
    network.restart(routers[index], true);
    const endMs = network.nowMs + 30_000;
    while (network.nowMs < endMs) {
      network.run(network.nowMs + 10);
      for (const router of routers) {
        if (router === routers[index]) continue;
        assert.ok(
          reaches(router, index),
          `${router.name} has lost r${index + 1} after ${network.nowMs - MINUTE_MS} ms`,
        );
        assert.ok(router === routers[0] || reaches(router, 0));
      }
    }
    for (const router of routers) assert.equal(offices(world, router), 'r8 r7');
    assert.ok(network.databasesAgree());
    assertRoutes(world, routers);
  }
});
