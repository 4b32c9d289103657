import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Prefix } from '../../src/base/prefix.js';
import { PrefixMap } from '../../src/fib/prefix-map.js';

const of = (address: number, length: number): Prefix => ({ address, length });

test('a prefix has the value that was set last, and prefixes of one address are different ones', () => {
  const map = new PrefixMap<string>();
  assert.equal(map.get(of(0, 0)), undefined);
  assert.equal(map.set(of(0xc0000200, 24), 'a'), undefined);
  assert.equal(map.set(of(0xc0000200, 25), 'b'), undefined);
  assert.equal(map.set(of(0xc0000200, 24), 'c'), 'a');
  assert.deepEqual([map.get(of(0xc0000200, 24)), map.get(of(0xc0000200, 25))], ['c', 'b']);
  assert.deepEqual(map.values, ['c', 'b']);
});

test('a prefix that is taken out takes its own value along', () => {
  const map = new PrefixMap<number>(4);
  for (let host = 0; host < 100; host++) map.set(of(host, 32), host);
  for (let host = 0; host < 100; host += 3) assert.equal(map.delete(of(host, 32)), host);
  assert.equal(map.delete(of(3, 32)), undefined);
  for (let host = 0; host < 100; host++) assert.equal(map.get(of(host, 32)), host % 3 === 0 ? undefined : host);
  assert.equal(map.values.length, 66);
});
