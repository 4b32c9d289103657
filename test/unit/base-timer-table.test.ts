import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { TimerTable } from '../../src/base/timer-table.js';

describe('TimerTable', () => {
  it('is empty at first', () => {
    const timers = new TimerTable<'hello'>();
    assert.equal(timers.nextAtMs(), undefined);
    assert.equal(timers.takeExpired(Number.MAX_VALUE), undefined);
    assert.equal(timers.isSet('hello'), false);
    assert.equal(timers.atMs('hello'), undefined);
    timers.stop('hello');
    assert.equal(timers.size, 0);
  });

  it('gives what has expired, earliest first, each once', () => {
    const timers = new TimerTable<'hello' | 'dead' | 'wait'>();
    timers.set('dead', 40_000);
    timers.set('hello', 10_000);
    timers.set('wait', 40_001);
    assert.equal(timers.nextAtMs(), 10_000);
    assert.equal(timers.takeExpired(9_999), undefined);
    assert.equal(timers.takeExpired(40_000), 'hello');
    assert.equal(timers.takeExpired(40_000), 'dead');
    assert.equal(timers.takeExpired(40_000), undefined);
    assert.equal(timers.nextAtMs(), 40_001);
    assert.equal(timers.atMs('wait'), 40_001);
  });

  it('gives equal times in order of insertion, and moving counts as inserting', () => {
    const timers = new TimerTable<'a' | 'b' | 'c'>();
    timers.set('a', 5);
    timers.set('b', 5);
    timers.set('c', 5);
    timers.set('a', 5);
    assert.deepEqual([timers.takeExpired(5), timers.takeExpired(5), timers.takeExpired(5)], ['b', 'c', 'a']);
  });

  it('moves and stops timers', () => {
    const timers = new TimerTable<'a' | 'b'>();
    timers.set('a', 5);
    timers.set('b', 6);
    timers.set('a', 7);
    assert.equal(timers.nextAtMs(), 6);
    timers.stop('b');
    assert.equal(timers.isSet('b'), false);
    assert.equal(timers.nextAtMs(), 7);
    assert.equal(timers.size, 1);
  });

  it('does what a plain list does', () => {
    const key = fc.constantFrom(...'abcdefghij');
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ set: key, atMs: fc.nat(50) }) },
      fc.record({ stop: key }),
      fc.record({ nowMs: fc.nat(50) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
        const timers = new TimerTable<string>();
        let twin: { key: string; atMs: number }[] = [];
        for (const action of steps) {
          if ('set' in action) {
            timers.set(action.set, action.atMs);
            twin = [...twin.filter((timer) => timer.key !== action.set), { key: action.set, atMs: action.atMs }];
          } else if ('stop' in action) {
            timers.stop(action.stop);
            twin = twin.filter((timer) => timer.key !== action.stop);
          } else {
            const [earliest] = twin.toSorted((a, b) => a.atMs - b.atMs);
            const expired = earliest !== undefined && earliest.atMs <= action.nowMs ? earliest : undefined;
            assert.equal(timers.takeExpired(action.nowMs), expired?.key);
            twin = twin.filter((timer) => timer !== expired);
          }
          assert.equal(timers.size, twin.length);
          assert.equal(timers.nextAtMs(), twin.length > 0 ? Math.min(...twin.map((timer) => timer.atMs)) : undefined);
        }
      }),
      { numRuns: 300 },
    );
  });
});
