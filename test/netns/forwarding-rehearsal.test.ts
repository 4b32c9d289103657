import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { rehearseForwarding } from '../../src/forward/forwarding-rehearsal.js';

test('a rehearsal sends every packet out of its link, segments of one flow to the VIP as one', () => {
  const toVip = 2 * 3;
  const toWire = 2 * 4;
  assert.deepEqual(rehearseForwarding(2), [toVip, toWire, toWire]);
});

test('a rehearsal leaves no descriptor open', () => {
  const before = readdirSync('/proc/self/fd').length;
  rehearseForwarding(1);
  assert.equal(readdirSync('/proc/self/fd').length, before);
});
