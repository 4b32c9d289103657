import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Linger } from '../../src/forward/linger.js';

describe('linger', () => {
  it('is on for 40 µs after packets', () => {
    const linger = new Linger();
    assert.equal(linger.isOn(1000), false);
    linger.busy(1000);
    assert.equal(linger.isOn(1039), true);
    assert.equal(linger.isOn(1040), false);
  });

  it('has the worker look around when it has been awake for 500 µs', () => {
    const linger = new Linger();
    linger.slept(1000);
    assert.equal(linger.isLookDue(1499), false);
    assert.equal(linger.isLookDue(1500), true);
    linger.look(1500, 0);
    assert.equal(linger.isLookDue(1999), false);
    assert.equal(linger.isLookDue(2000), true);
  });

  it('is off for a second on a processor that the worker had to wait for, and a rest is due', () => {
    const linger = new Linger();
    assert.equal(linger.look(1500, 7000), false);
    assert.equal(linger.look(2000, 7200), true);
    linger.busy(2000);
    assert.equal(linger.isOn(2001), false);
    assert.equal(linger.look(2500, 7200), true);
    linger.busy(1_001_999);
    assert.equal(linger.isOn(1_001_999), false);
    assert.equal(linger.isOn(1_002_000), true);
    assert.equal(linger.look(1_002_000, 7200), false);
  });

  it('stays on for one who waited little, or before it slept', () => {
    const linger = new Linger();
    linger.look(1500, 7000);
    assert.equal(linger.look(2000, 7199), false);
    linger.slept(2100);
    assert.equal(linger.look(2600, 9000), false);
    linger.busy(2600);
    assert.equal(linger.isOn(2601), true);
  });
});
