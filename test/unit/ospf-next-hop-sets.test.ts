import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NextHopSets, NO_NEXT_HOPS } from '../../src/ospf/next-hop-sets.js';

test('the same next hops are the same set, in whatever order they come together', () => {
  const sets = new NextHopSets();
  const [a, b, c] = [3, 1, 2].map((via) => sets.single('eth0', via));
  const all = sets.union(sets.union(a, b), c);
  assert.equal(sets.union(c, sets.union(b, a)), all);
  assert.equal(sets.union(all, b), all);
  assert.equal(sets.union(all, NO_NEXT_HOPS), all);
  assert.equal(sets.single('eth0', 3), a);
  assert.notEqual(sets.single('eth1', 3), a);
  assert.deepEqual(
    sets.list(all).map(({ via }) => via),
    [1, 2, 3],
  );
  assert.equal(sets.list(all), sets.list(all));
});

test('a link of ours is crossed to an address on it, and everything else stays', () => {
  const sets = new NextHopSets();
  const link = sets.attached('eth0');
  const mixed = sets.union(link, sets.single('eth1', 9));
  assert.deepEqual(sets.list(sets.across(mixed, 7)), [
    { interface: 'eth0', via: 7 },
    { interface: 'eth1', via: 9 },
  ]);
  assert.equal(sets.across(sets.single('eth1', 9), 7), sets.single('eth1', 9));
  assert.equal(sets.across(sets.own, 7), NO_NEXT_HOPS, 'what is our own leads nowhere');
  assert.equal(sets.across(sets.union(sets.own, link), 7), sets.single('eth0', 7));
});

test('what is on a link of ours, or our own, is here; a single next hop is one that leads away', () => {
  const sets = new NextHopSets();
  const away = sets.single('eth1', 9);
  assert.deepEqual(
    [sets.own, sets.attached('eth0'), sets.union(sets.own, away), away, NO_NEXT_HOPS].map((set) => sets.isHere(set)),
    [true, true, true, false, false],
  );
  assert.deepEqual(sets.only(away), { interface: 'eth1', via: 9 });
  assert.equal(sets.only(sets.attached('eth0')), undefined);
  assert.equal(sets.only(sets.union(away, sets.single('eth1', 8))), undefined);
  assert.deepEqual(sets.list(sets.own), []);
});

test('of many next hops the first sixteen are listed', () => {
  const sets = new NextHopSets();
  let all = NO_NEXT_HOPS;
  for (let via = 40; via > 0; via--) all = sets.union(all, sets.single('eth0', via));
  assert.deepEqual(
    sets.list(all).map(({ via }) => via),
    Array.from({ length: 16 }, (_, index) => index + 1),
  );
});
