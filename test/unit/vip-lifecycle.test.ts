import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DRAIN_COST, LEAVE_MS, type VipFacts, VipLifecycle } from '../../src/vip/lifecycle.js';
import { VipSet } from '../../src/vip/vip-set.js';

const NOTHING: VipFacts = {
  permitted: false,
  addressPresent: false,
  routeProgrammed: false,
  told: false,
  shared: false,
  idle: false,
  health: 'up',
  tenure: 'owner',
  succeeded: false,
};
const PERMITTED = { ...NOTHING, permitted: true };
const ADDRESS = { ...PERMITTED, addressPresent: true };
const PROGRAMMED = { ...ADDRESS, routeProgrammed: true };

/** What the VIP asks for: address, route, and the cost that it is advertised at. */
function wants(vip: VipLifecycle): [boolean, boolean, number | undefined] {
  return [vip.wantsAddress, vip.wantsRoute, vip.advertisedCost(7)];
}

function served(): VipLifecycle {
  const vip = new VipLifecycle(0);
  for (const facts of [PERMITTED, ADDRESS, PROGRAMMED]) vip.advance(facts, 0);
  assert.equal(vip.state, 'serving');
  return vip;
}

describe('acquiring', () => {
  it('goes on only when the step before is confirmed', () => {
    const vip = new VipLifecycle(0);
    assert.equal(vip.advance(NOTHING, 1), false);
    assert.deepEqual([vip.state, ...wants(vip)], ['waiting', false, false, undefined]);
    vip.advance(PERMITTED, 2);
    assert.deepEqual([vip.state, ...wants(vip)], ['adding-address', true, false, undefined]);
    assert.equal(vip.advance(PERMITTED, 3), false);
    vip.advance(ADDRESS, 4);
    assert.deepEqual([vip.state, ...wants(vip)], ['programming', true, true, undefined]);
    assert.equal(vip.advance(ADDRESS, 5), false);
    vip.advance(PROGRAMMED, 6);
    assert.deepEqual([vip.state, ...wants(vip)], ['serving', true, true, 7]);
    assert.equal(vip.sinceMs, 6);
    assert.equal(vip.advance(PROGRAMMED, 7), false);
  });
});

describe('releasing', () => {
  it('drains, withdraws, stops delivery and removes the address, in this order', () => {
    const vip = served();
    vip.release();
    vip.advance(PROGRAMMED, 1000);
    assert.deepEqual([vip.state, ...wants(vip), vip.deadlineMs], ['draining', true, true, DRAIN_COST, 7000]);
    assert.equal(vip.advance(PROGRAMMED, 6999), false);
    vip.advance(PROGRAMMED, 7000);
    assert.deepEqual([vip.state, ...wants(vip), vip.deadlineMs], ['withdrawn', true, true, undefined, 13000]);
    assert.equal(vip.advance(PROGRAMMED, 12999), false);
    vip.advance(PROGRAMMED, 13000);
    assert.deepEqual([vip.state, ...wants(vip), vip.deadlineMs], ['unprogramming', true, false, undefined, undefined]);
    assert.equal(vip.advance(PROGRAMMED, 13100), false);
    vip.advance(ADDRESS, 13200);
    assert.deepEqual([vip.state, ...wants(vip)], ['removing-address', false, false, undefined]);
    assert.equal(vip.advance(ADDRESS, 13300), false);
    vip.advance(PERMITTED, 13400);
    assert.equal(vip.state, 'released');
  });

  it('of a VIP that was never served needs no draining', () => {
    const waiting = new VipLifecycle(0);
    waiting.release();
    waiting.advance(NOTHING, 1);
    assert.equal(waiting.state, 'released');
    const programming = new VipLifecycle(0);
    for (const facts of [PERMITTED, ADDRESS]) programming.advance(facts, 0);
    programming.release();
    programming.advance(ADDRESS, 1);
    programming.advance(ADDRESS, 1);
    assert.equal(programming.state, 'removing-address');
  });

  it('can be taken back at every step', () => {
    const draining = served();
    draining.release();
    draining.advance(PROGRAMMED, 1);
    draining.claim();
    draining.advance(PROGRAMMED, 2);
    assert.equal(draining.state, 'serving');
    const removing = served();
    removing.release();
    for (const now of [1, 6001, 12001]) removing.advance(PROGRAMMED, now);
    removing.advance(ADDRESS, 12002);
    assert.equal(removing.state, 'removing-address');
    removing.claim();
    removing.advance(ADDRESS, 12003);
    assert.equal(removing.state, 'adding-address');
  });
});

describe('draining', () => {
  it('lasts two seconds from when the neighbors have been told, and six in all', () => {
    for (const [toldMs, overMs] of [
      [1000, 3000],
      [2500, 4500],
      [6500, 7000],
    ]) {
      const vip = served();
      vip.release();
      vip.advance({ ...PROGRAMMED, told: true }, 1000);
      assert.deepEqual([vip.state, vip.deadlineMs], ['draining', 7000], 'told of was the state before');
      for (const nowMs of [1000, toldMs - 1]) vip.advance({ ...PROGRAMMED, told: nowMs >= toldMs }, nowMs);
      for (const nowMs of [toldMs, toldMs + 1, overMs - 1]) vip.advance({ ...PROGRAMMED, told: true }, nowMs);
      assert.deepEqual([vip.state, vip.deadlineMs], ['draining', overMs]);
      vip.advance({ ...PROGRAMMED, told: true }, overMs);
      assert.deepEqual([vip.state, vip.deadlineMs], ['withdrawn', overMs + 6000]);
    }
  });
});

describe('draining for connections', () => {
  function draining(limitMs: number): VipLifecycle {
    const vip = served();
    vip.drain(limitMs);
    vip.advance(PROGRAMMED, 1000);
    assert.deepEqual([vip.state, vip.isPatient], ['draining', true]);
    return vip;
  }

  it('lasts while they are open', () => {
    const vip = draining(60_000);
    vip.advance({ ...PROGRAMMED, told: true }, 1000);
    assert.deepEqual([vip.state, vip.deadlineMs], ['draining', 60_000]);
    vip.advance({ ...PROGRAMMED, told: true }, 40_000);
    assert.deepEqual([vip.state, ...wants(vip)], ['draining', true, true, DRAIN_COST]);
    vip.advance({ ...PROGRAMMED, told: true, idle: true }, 41_000);
    assert.equal(vip.state, 'withdrawn');
  });

  it('begins with others being told, where they serve it as well', () => {
    const vip = served();
    vip.drain(60_000);
    vip.advance({ ...PROGRAMMED, shared: true }, 1000);
    assert.deepEqual([vip.state, ...wants(vip)], ['leaving', true, true, 7]);
    assert.equal(vip.deadlineMs, 1000 + LEAVE_MS);
    vip.advance({ ...PROGRAMMED, shared: true }, 1000 + LEAVE_MS);
    assert.deepEqual([vip.state, ...wants(vip)], ['draining', true, true, DRAIN_COST]);
  });

  it('is no shorter than any other when there are none', () => {
    const vip = draining(60_000);
    vip.advance({ ...PROGRAMMED, idle: true }, 1100);
    assert.deepEqual([vip.state, vip.isPatient, vip.deadlineMs], ['draining', false, 7000]);
  });

  it('ends at its limit', () => {
    const vip = draining(60_000);
    vip.advance({ ...PROGRAMMED, told: true }, 59_999);
    assert.equal(vip.state, 'draining');
    vip.advance({ ...PROGRAMMED, told: true }, 60_000);
    assert.equal(vip.state, 'withdrawn');
  });

  it('of a VIP that leaves the configuration waits for them no more', () => {
    const vip = draining(60_000);
    vip.release();
    assert.deepEqual([vip.isPatient, vip.deadlineMs], [false, 7000]);
  });
});

describe('a set of VIPs', () => {
  it('keeps one that is drained, released as it is, until it is to be served again', () => {
    const vips = new VipSet();
    const web = { name: 'web', address: 3, cost: 0 };
    vips.configure([web], 0);
    for (const facts of [PERMITTED, ADDRESS, PROGRAMMED]) vips.advance(() => facts, 0);
    assert.equal(vips.drain('mail', 0), false);
    assert.equal(vips.drain('web', 0), true);
    vips.configure([web], 5);
    for (const now of [10, 6010, 12010]) vips.advance(() => PROGRAMMED, now);
    for (const facts of [ADDRESS, PERMITTED, PERMITTED]) vips.advance(() => facts, 12011);
    assert.deepEqual(vips.views(), [{ ...web, state: 'released', sinceMs: 12011, drained: true }]);
    assert.equal(vips.undrain('web'), true);
    for (const facts of [PERMITTED, ADDRESS, PROGRAMMED]) vips.advance(() => facts, 12012);
    assert.deepEqual(vips.views(), [{ ...web, state: 'serving', sinceMs: 12012, drained: false }]);
    vips.drain('web', 0);
    vips.configure([], 12013);
    for (const now of [13_000, 20_000, 30_000]) vips.advance(() => PROGRAMMED, now);
    for (const facts of [ADDRESS, PERMITTED]) vips.advance(() => facts, 30_001);
    assert.deepEqual(vips.views(), []);
  });

  it('keeps those that are being given up until they are released', () => {
    const vips = new VipSet();
    const web = { name: 'web', address: 3, cost: 0 };
    const mail = { name: 'mail', address: 4, cost: 9 };
    vips.configure([web, mail], 0);
    for (const facts of [PERMITTED, ADDRESS, PROGRAMMED]) assert.equal(vips.advance(() => facts, 0).length, 2);
    assert.deepEqual(vips.advertised(), [
      { address: 3, cost: 0 },
      { address: 4, cost: 9 },
    ]);
    vips.configure([{ ...mail, name: 'post', cost: 8 }], 10);
    assert.deepEqual(
      vips.advance(() => PROGRAMMED, 10),
      [{ name: 'web', address: 3, from: 'serving', to: 'draining' }],
    );
    assert.deepEqual(vips.advertised(), [
      { address: 3, cost: 65535 },
      { address: 4, cost: 8 },
    ]);
    assert.equal(vips.nextTimeoutMs(), 6010);
    for (const now of [6010, 12010]) vips.advance(() => PROGRAMMED, now);
    vips.advance((address) => (address === 3 ? ADDRESS : PROGRAMMED), 12011);
    vips.advance((address) => (address === 3 ? PERMITTED : PROGRAMMED), 12012);
    assert.deepEqual(vips.views(), [
      { name: 'post', address: 4, cost: 8, state: 'serving', sinceMs: 0, drained: false },
    ]);
    assert.equal(vips.nextTimeoutMs(), undefined);
  });
});
