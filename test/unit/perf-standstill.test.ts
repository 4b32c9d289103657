import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Gap, standstills } from '../../perf/convergence/standstill.js';

const MS = 1e6;
const gap = (processor: number, fromMs: number, untilMs: number): Gap => [processor, fromMs * MS, untilMs * MS];

test('the machine stood still while none of its processors ran', () => {
  assert.deepEqual(standstills([gap(0, 10, 30), gap(1, 15, 40), gap(1, 50, 60)], 2), [15]);
});

test('one processor that is late is no standstill, nor are two one after the other', () => {
  assert.deepEqual(standstills([gap(0, 10, 30), gap(1, 30, 40)], 2), []);
  assert.deepEqual(standstills([], 2), []);
});

test('each standstill counts by itself', () => {
  assert.deepEqual(standstills([gap(0, 0, 10), gap(1, 0, 10), gap(0, 20, 26), gap(1, 21, 25)], 2), [10, 4]);
});

test('with one processor each of its gaps is one', () => {
  assert.deepEqual(standstills([gap(0, 1, 5), gap(0, 6, 9)], 1), [4, 3]);
});
