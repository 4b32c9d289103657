import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { editDistance, nearest } from '../../src/config/nearest.js';

it('counts insertions, deletions, substitutions and swaps of neighbors', () => {
  assert.equal(editDistance('', 'abc'), 3);
  assert.equal(editDistance('address', 'adress'), 1);
  assert.equal(editDistance('cost', 'cots'), 1);
  assert.equal(editDistance('kitten', 'sitting'), 3);
});

it('finds the nearest word, or none if all are far', () => {
  assert.equal(nearest('adress', ['name', 'address', 'mtu']), 'address');
  assert.equal(nearest('mut', ['name', 'address', 'mtu']), 'mtu');
  assert.equal(nearest('colour', ['name', 'address', 'mtu']), undefined);
  assert.equal(nearest('x', []), undefined);
});

it('is a symmetric distance that is zero for equal words only', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
      assert.equal(editDistance(a, b), editDistance(b, a));
      assert.equal(editDistance(a, b) === 0, a === b);
      assert.ok(editDistance(a, b) <= Math.max(a.length, b.length));
    }),
  );
});
