import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Fuzzer } from './fuzzing.js';
import { fuzzTargets } from './targets.js';

/*
 * Strangers' bytes: every decoder returns fields or Malformed for damaged golden packets, whatever the damage, and does
 * not touch them. `npm run fuzz` makes long runs, and runs with other seeds.
 */

const PACKETS = 120_000;

for (const target of fuzzTargets) {
  it(`${target.name} survives ${PACKETS} damaged packets`, () => {
    const fuzzer = new Fuzzer(target, 1);
    fuzzer.run(PACKETS);
    const { accepted, rejected } = fuzzer.counts;
    // Damage must get past the first checks, and must not be harmless.
    assert.ok(accepted > PACKETS / 1000, `only ${accepted} damaged packets were accepted`);
    assert.ok(rejected > PACKETS / 1000, `only ${rejected} damaged packets were rejected`);
  });
}
