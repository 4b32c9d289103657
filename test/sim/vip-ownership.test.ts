import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OwnershipNetwork } from '../support/ownership-network.js';

/** `LASTHOP_SEEDS=10000 npm test -- sim` for a long run. */
const SEEDS = Number(process.env.LASTHOP_SEEDS ?? 300);

describe('exclusive ownership', () => {
  it(`has never two owners, in ${SEEDS} runs with pauses, partitions, lost requests and clocks that differ`, () => {
    for (let seed = 1; seed <= SEEDS; seed++) new OwnershipNetwork(seed).play(20_000);
  });

  it('has never two owners although the store loses all its data', () => {
    for (let seed = 1; seed <= SEEDS; seed++) new OwnershipNetwork(seed, true).play(20_000);
  });

  it('has an owner again soon after the last fault', () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const network = new OwnershipNetwork(seed);
      network.play(5000);
      network.mend();
      const withoutOwnerMs = network.playUntilOwned(10_000);
      assert.ok(withoutOwnerMs <= OwnershipNetwork.MOST_WITHOUT_OWNER_MS, `seed ${seed}: ${withoutOwnerMs} ms`);
    }
  });

  it('gives every owner a higher epoch than the one before', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const network = new OwnershipNetwork(seed);
      network.play(20_000);
      const { epochs } = network;
      assert.ok(epochs.length > 1, `seed ${seed}: ${epochs.length} owners`);
      assert.deepEqual(
        epochs,
        [...new Set(epochs)].sort((a, b) => a - b),
      );
    }
  });
});
