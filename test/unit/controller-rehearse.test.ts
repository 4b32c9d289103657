import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rehearse } from '../../src/controller/rehearse.js';

test('a rehearsal leaves room for other work between its slices, and comes to an end', () => {
  let nowMs = 0;
  const later: { readonly run: () => void; readonly afterMs: number }[] = [];
  let looks = 0;
  // Each look at the stopwatch is 0.1 ms after the last: a slice of 1 ms has room for ten calculations.
  const stopwatchMs = () => {
    looks++;
    nowMs += 0.1;
    return nowMs;
  };
  rehearse(stopwatchMs, (run, afterMs) => later.push({ run, afterMs }));
  let slices = 0;
  for (let next = later.shift(); next !== undefined; next = later.shift()) {
    assert.ok(next.afterMs > 1, 'others come first');
    assert.equal(later.length, 0, 'one thing at a time');
    looks = 0;
    next.run();
    assert.ok(looks <= 13, `looked ${looks} times at the clock`);
    slices++;
    assert.ok(slices < 1000, 'no end');
  }
  assert.ok(slices > 10);
});
