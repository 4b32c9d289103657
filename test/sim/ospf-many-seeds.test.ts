import { test } from 'node:test';
import { calm, harass, randomWorld, spoil } from '../support/ospf-chaos.js';
import { checkDatabases, checkOwnLsas, checkRepairs, checkRoutes } from '../support/ospf-invariants.js';

/*
 * Networks of two to six routers in great number: what happens between a few routers at the wrong moment. The same as in
 * ospf-convergence.test.ts befalls them. LASTHOP_SIM_SMALL_SEEDS makes long runs, LASTHOP_SIM_FIRST_SEED other ones.
 */

const COUNT = Number(process.env.LASTHOP_SIM_SMALL_SEEDS ?? 2000);
const FIRST = Number(process.env.LASTHOP_SIM_FIRST_SEED ?? 1);
const SEEDS_PER_TEST = 100;

for (let first = FIRST; first < FIRST + COUNT; first += SEEDS_PER_TEST) {
  const last = Math.min(FIRST + COUNT, first + SEEDS_PER_TEST) - 1;
  test(`seeds ${first} to ${last}: a few routers agree after anything`, () => {
    for (let seed = first; seed <= last; seed++) {
      try {
        live(seed);
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
    }
  });
}

function live(seed: number): void {
  const world = randomWorld(seed, { routers: 2 + (seed % 5), lans: seed % 3 });
  spoil(world);
  world.network.run(50_000);
  harass(world, 6);
  calm(world);
  checkDatabases(world);
  checkOwnLsas(world);
  checkRoutes(world, world.routers);
  checkRepairs(world);
}
