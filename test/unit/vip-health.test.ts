import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SeededRandom } from '../../src/base/random.js';
import { CheckHealth, type CheckPolicy } from '../../src/vip/health.js';

const POLICY: CheckPolicy = { intervalMs: 1000, rise: 2, fall: 3, initial: 'down' };

class Bench {
  readonly health: CheckHealth;
  nowMs = 0;

  constructor(policy: Partial<CheckPolicy> = {}) {
    this.health = new CheckHealth({ ...POLICY, ...policy }, new SeededRandom(1), 0);
  }

  /** Runs of `tookMs`, one for each letter: `+` passes, `-` fails. Returns what is believed after each. */
  run(results: string, tookMs = 1): string {
    return [...results]
      .map((result) => {
        const beganMs = this.health.dueMs;
        this.health.begin();
        assert.equal(this.health.dueMs, Infinity);
        this.nowMs = beganMs + tookMs;
        const before = this.health.healthy;
        const changed = this.health.take(result === '+' ? undefined : 'refused', beganMs, this.nowMs);
        assert.equal(changed, before !== this.health.healthy);
        return this.health.healthy ? '+' : '-';
      })
      .join('');
  }
}

describe('the health of a check', () => {
  it('rises after so many passes in a row, and falls after so many failures', () => {
    assert.equal(new Bench().run('+-++-+--+---'), '---+++++++' + '+-');
  });

  it('is what it is said to be at first', () => {
    assert.equal(new Bench({ initial: 'up' }).run('--+---'), '+++++-');
  });

  it('takes longer to rise again each time that it falls soon after, up to eight times as long', () => {
    const bench = new Bench({ rise: 1, fall: 1 });
    const passesToRise = Array.from({ length: 6 }, () => {
      let passes = 1;
      while (bench.run('+') === '-') passes++;
      bench.run('-');
      return passes;
    });
    assert.deepEqual(passesToRise, [1, 2, 4, 8, 8, 8]);
  });

  it('forgets that once it has been healthy for a minute', () => {
    const bench = new Bench({ rise: 1, fall: 1 });
    bench.run('+-++');
    assert.equal(bench.run('+'.repeat(70)), '+'.repeat(70));
    assert.equal(bench.run('-+'), '-+');
  });

  it('is looked at once an interval, a tenth more or less, and at once after a run that took longer', () => {
    const bench = new Bench();
    const gaps = Array.from({ length: 200 }, () => {
      const beganMs = bench.health.dueMs;
      bench.run('+');
      return bench.health.dueMs - beganMs;
    });
    assert.ok(Math.min(...gaps) >= 900 && Math.max(...gaps) <= 1100, String(gaps));
    assert.ok(new Set(gaps).size > 100);
    bench.run('+', 5000);
    assert.equal(bench.health.dueMs, bench.nowMs);
  });

  it('knows why the last run that failed did', () => {
    const bench = new Bench();
    assert.equal(bench.health.reason, 'not run yet');
    bench.run('-+');
    assert.equal(bench.health.reason, 'refused');
  });
});
