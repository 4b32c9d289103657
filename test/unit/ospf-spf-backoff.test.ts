import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type BackoffState, SpfBackoff } from '../../src/ospf/spf-backoff.js';

const DELAYS = { initialMs: 1, shortMs: 20, longMs: 300, timeToLearnMs: 500, holddownMs: 1000 };
const START_MS = 5000;

/** One in each state, at `nowMs`; the last event was at `START_MS`. */
const STATES: { readonly [state in BackoffState]: () => { backoff: SpfBackoff; nowMs: number } } = {
  quiet: () => ({ backoff: new SpfBackoff(), nowMs: START_MS }),
  'short-wait': () => {
    const backoff = new SpfBackoff();
    backoff.event(START_MS, DELAYS);
    return { backoff, nowMs: START_MS };
  },
  'long-wait': () => {
    const backoff = new SpfBackoff();
    backoff.event(START_MS - 500, DELAYS);
    backoff.event(START_MS, DELAYS);
    return { backoff, nowMs: START_MS };
  },
};

// RFC 8405 section 5.1: an event in each state, with the delay of a calculation; and each timer in each state.
const EVENTS: readonly [BackoffState, delayMs: number, BackoffState][] = [
  ['quiet', 1, 'short-wait'],
  ['short-wait', 20, 'short-wait'],
  ['long-wait', 300, 'long-wait'],
];
const TIMERS: readonly [BackoffState, afterMs: number, what: string, BackoffState][] = [
  ['quiet', 1_000_000, 'nothing', 'quiet'],
  ['short-wait', 499, 'nothing yet', 'short-wait'],
  ['short-wait', 500, 'LEARN_TIMER', 'long-wait'],
  ['short-wait', 1000, 'HOLDDOWN_TIMER', 'quiet'],
  ['long-wait', 999, 'nothing yet', 'long-wait'],
  ['long-wait', 1000, 'HOLDDOWN_TIMER', 'quiet'],
];

describe('RFC 8405', () => {
  for (const [from, delayMs, to] of EVENTS) {
    test(`${from}: an event is calculated after ${delayMs} ms and leads to ${to}`, () => {
      const { backoff, nowMs } = STATES[from]();
      assert.equal(backoff.stateAt(nowMs), from);
      assert.equal(backoff.event(nowMs, DELAYS), delayMs);
      assert.equal(backoff.stateAt(nowMs), to);
    });
  }

  for (const [from, afterMs, what, to] of TIMERS) {
    test(`${from}: ${what} after ${afterMs} ms leads to ${to}`, () => {
      const { backoff, nowMs } = STATES[from]();
      assert.equal(backoff.stateAt(nowMs + afterMs), to);
    });
  }

  test('the holddown begins anew with each event', () => {
    const { backoff, nowMs } = STATES['long-wait']();
    backoff.event(nowMs + 900, DELAYS);
    assert.equal(backoff.stateAt(nowMs + 1899), 'long-wait');
    assert.equal(backoff.stateAt(nowMs + 1900), 'quiet');
  });

  test('learning does not: a network that goes on changing is waited for', () => {
    const backoff = new SpfBackoff();
    const delays = [0, 100, 200, 300, 400, 500, 600].map((atMs) => backoff.event(atMs, DELAYS));
    assert.deepEqual(delays, [1, 20, 20, 20, 20, 300, 300]);
  });

  test('learning begins anew after a quiet time', () => {
    const { backoff, nowMs } = STATES['long-wait']();
    assert.equal(backoff.event(nowMs + 1000, DELAYS), 1);
    assert.equal(backoff.event(nowMs + 1499, DELAYS), 20);
    assert.equal(backoff.event(nowMs + 1500, DELAYS), 300);
  });
});
