import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BfdEnd, BfdPair, MS, SECOND, timers } from '../support/bfd-pair.js';

/*
 * Two sessions and a wire, with whatever operators and the wire do to them. Every packet goes through the decoder on the
 * way, which refuses what RFC 5880 forbids to send (Poll and Final together, a state without a discriminator).
 */

const settings = fc
  .record({ minTxMs: fc.integer({ min: 10, max: 2000 }), minRxMs: fc.integer({ min: 10, max: 2000 }) })
  .chain(({ minTxMs, minRxMs }) =>
    // One packet may be late by its whole way, and a peer that allows no loss allows no such delay.
    fc.integer({ min: 2, max: 5 }).map((multiplier) => timers(minTxMs, minRxMs, multiplier)),
  );

const change = fc.record({ atEnd: fc.constantFrom('a' as const, 'b' as const), to: settings, afterMs: fc.nat(5000) });

function pair(first: ReturnType<typeof timers>, second: ReturnType<typeof timers>, seed: number): BfdPair {
  return new BfdPair(new BfdEnd(1, first, 0, seed), new BfdEnd(2, second, 0, seed + 1));
}

test('on a good wire no change of timers, however many and when, takes a session down', () => {
  fc.assert(
    fc.property(settings, settings, fc.array(change, { maxLength: 12 }), fc.nat(), (first, second, changes, seed) => {
      const made = pair(first, second, seed);
      made.run(SECOND);
      for (const { atEnd, to, afterMs } of changes) {
        made.run(afterMs * MS);
        made[atEnd].session.configure(to, made.nowUs);
      }
      made.run(20 * SECOND);
      for (const end of [made.a, made.b]) assert.equal(end.states.at(-1), 'up');
      assert.ok(!made.a.states.slice(1).includes('down'), made.a.states.join());
      assert.ok(!made.b.states.slice(1).includes('down'), made.b.states.join());
      // What both sides agree on in the end is what the last changes say.
      const a = changes.findLast(({ atEnd }) => atEnd === 'a')?.to ?? first;
      const b = changes.findLast(({ atEnd }) => atEnd === 'b')?.to ?? second;
      assert.equal(made.a.session.transmitIntervalUs, Math.max(a.minTxUs, b.minRxUs));
      assert.equal(made.b.session.transmitIntervalUs, Math.max(b.minTxUs, a.minRxUs));
      assert.equal(made.a.session.detectionTimeUs, b.multiplier * Math.max(a.minRxUs, b.minTxUs));
    }),
    { numRuns: 200 },
  );
});

test('whatever the wire has lost, both ends are up again soon after', () => {
  const outage = fc.record({ from: fc.constantFrom('a', 'b', 'both'), forMs: fc.nat(8000), afterMs: fc.nat(3000) });
  fc.assert(
    fc.property(settings, settings, fc.array(outage, { maxLength: 8 }), fc.nat(), (first, second, outages, seed) => {
      const made = pair(first, second, seed);
      for (const { from, forMs, afterMs } of outages) {
        made.loses = (end) => from === 'both' || end === made[from as 'a'];
        made.run(forMs * MS);
        made.loses = () => false;
        made.run(afterMs * MS);
      }
      // The slowest of all: 5 × 2 s until the loss is seen, then a second for a packet each way.
      made.run(14 * SECOND);
      assert.deepEqual([made.a.state, made.b.state], ['up', 'up']);
      assert.deepEqual([made.a.session.isLost, made.b.session.isLost], [false, false]);
    }),
    { numRuns: 200 },
  );
});
