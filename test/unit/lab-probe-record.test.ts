import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ProbeRecord } from '../../src/lab/probe-record.js';

/** Sends probes at these times and answers those that `answered` says, after `delayMs`. */
function record(times: readonly number[], answered: (number: number) => boolean, delayMs = 1): ProbeRecord {
  const result = new ProbeRecord();
  for (const time of times) {
    const number = result.send(time);
    if (answered(number)) result.answer(number, time + delayMs);
  }
  return result;
}

const tenMs = Array.from({ length: 10 }, (_, index) => index);

describe('a probe record', () => {
  it('begins with nothing', () => {
    assert.deepEqual(new ProbeRecord().figures(), { sent: 0, answered: 0, lost: 0, outageMs: 0, unanswered: 0 });
  });

  it('sees no outage but the time of an answer when all is answered', () => {
    assert.deepEqual(record(tenMs, () => true).figures(), {
      sent: 10,
      answered: 10,
      lost: 0,
      outageMs: 1,
      unanswered: 0,
    });
  });

  it('measures the longest time between two answers', () => {
    const figures = record(tenMs, (number) => number < 3 || number > 6).figures();
    assert.deepEqual(figures, { sent: 10, answered: 6, lost: 4, outageMs: 5, unanswered: 0 });
  });

  it('counts the time up to the last probe when no answer comes any more', () => {
    const figures = record(tenMs, (number) => number < 2).figures();
    assert.deepEqual(figures, { sent: 10, answered: 2, lost: 8, outageMs: 7, unanswered: 8 });
  });

  it('counts from the first probe when none is ever answered', () => {
    const figures = record(tenMs, () => false).figures();
    assert.deepEqual(figures, { sent: 10, answered: 0, lost: 10, outageMs: 9, unanswered: 10 });
  });

  it('takes late answers, each once, and none to probes that were not sent', () => {
    const late = record(tenMs, () => false);
    for (const number of [9, 0, 0, 10, 4_000_000_000]) late.answer(number, 20);
    assert.deepEqual(late.figures(), { sent: 10, answered: 2, lost: 8, outageMs: 20, unanswered: 0 });
  });

  it('counts every probe once, answered or lost, whatever the order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(200_000), { maxLength: 50 }),
        fc.integer({ min: 1, max: 100_000 }),
        (answers, sent) => {
          const result = new ProbeRecord();
          for (let time = 0; time < sent; time++) result.send(time);
          for (const number of answers) result.answer(number, sent);
          const expected = new Set(answers.filter((number) => number < sent));
          const figures = result.figures();
          assert.equal(figures.answered, expected.size);
          assert.equal(figures.lost, sent - expected.size);
          assert.equal(figures.unanswered, sent - 1 - Math.max(-1, ...expected));
        },
      ),
      { numRuns: 50 },
    );
  });
});
