import { test } from 'node:test';
import { calm, harass, randomWorld, spoil } from '../support/ospf-chaos.js';
import { checkDatabases, checkOwnLsas, checkRepairs, checkRoutes } from '../support/ospf-invariants.js';

/*
 * Random networks of wires and LANs that lose, repeat and reorder packets while links, routers (cold, or resuming) and
 * stubs come and go, LANs fall apart, priorities change, and LSAs are forged that make sequence numbers run out. After a
 * quiet time on perfect wires all databases must agree, all routes must be those of the slow twin, no repair path may
 * loop, and nobody may have an LSA of its own that it does not mean to have.
 *
 * LASTHOP_SIM_SEEDS makes long runs; ospf-many-seeds.test.ts has small networks.
 */

const SEEDS = Number(process.env.LASTHOP_SIM_SEEDS ?? 12);

for (let seed = 1; seed <= SEEDS; seed++) {
  const routers = 5 + ((seed * 7) % 36);
  const lans = seed % 5;
  test(`seed ${seed}: ${routers} routers and ${lans} LANs agree after loss, flaps, restarts and pauses`, () => {
    const world = randomWorld(seed, { routers, lans });
    spoil(world);
    world.network.run(50_000);
    harass(world, 12);
    calm(world);
    checkDatabases(world);
    checkOwnLsas(world);
    checkRoutes(world, world.routers);
    checkRepairs(world);
  });
}

test('200 routers and 20 LANs agree', () => {
  const world = randomWorld(1, { routers: 200, lans: 20, keepsOutputs: false });
  world.network.run(50_000);
  spoil(world);
  harass(world, 12);
  calm(world);
  checkDatabases(world);
  checkOwnLsas(world);
  // The slow twin is slow: every tenth router.
  checkRoutes(
    world,
    world.routers.filter((_, index) => index % 10 === 0),
  );
});
