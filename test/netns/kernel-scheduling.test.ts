import assert from 'node:assert/strict';
import { test } from 'node:test';
import { native } from '../../src/kernel/binding.js';

test('a thread takes short turns, and long ones again', () => {
  for (const microseconds of [100, 3000]) native.takeSlice(microseconds);
});

test('a slice that is no number of microseconds is refused', () => {
  for (const wrong of [-1, 0.5, Number.NaN]) assert.throws(() => native.takeSlice(wrong), /microseconds/);
});
