import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rehearse } from '../../src/base/rehearse.js';
import { FailureRehearsal } from '../../src/controller/failure-rehearsal.js';
import { REPERTOIRE } from '../../src/controller/repertoire.js';
import { RouteRehearsal } from '../../src/forward/route-rehearsal.js';

const PLAYS = [...REPERTOIRE, () => new RouteRehearsal()];

test('a rehearsal leaves room for other work between its slices, and comes to an end', () => {
  let nowMs = 0;
  const later: { readonly run: () => void; readonly afterMs: number }[] = [];
  let looks = 0;
  // Each look at the stopwatch is 0.1 ms after the last: a slice of 1 ms has room for ten steps.
  const stopwatchMs = () => {
    looks++;
    nowMs += 0.1;
    return nowMs;
  };
  rehearse(PLAYS, stopwatchMs, (run, afterMs) => later.push({ run, afterMs }));
  let slices = 0;
  for (let next = later.shift(); next !== undefined; next = later.shift()) {
    assert.ok(next.afterMs > 1, 'others come first');
    assert.equal(later.length, 0, 'one thing at a time');
    looks = 0;
    next.run();
    assert.ok(looks <= 13, `looked ${looks} times at the clock`);
    slices++;
    assert.ok(slices < 2000, 'no end');
  }
  assert.ok(slices > 10);
});

test('the failures that are rehearsed have all their consequences', () => {
  const rehearsal = new FailureRehearsal();
  let steps = 1;
  while (rehearsal.step()) steps++;
  // Controllers that had refused their configuration, or found no neighbor, would have little to say.
  assert.ok(steps > 3000, `${steps} messages and timers`);
});
