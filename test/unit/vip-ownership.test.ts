import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Candidacy, Ownership, type OwnershipPolicy } from '../../src/vip/ownership.js';
import { SimulatedStore } from '../support/simulated-store.js';

const LATENCY_MS = 4;

/** Servers that reach the store in LATENCY_MS there and back. */
class Bench {
  nowMs = 0;
  private readonly store = new SimulatedStore();
  private readonly servers: { readonly ownership: Ownership; alive: boolean }[] = [];

  add(policy: Partial<OwnershipPolicy>, vips: readonly Candidacy[]): Ownership {
    const ownership = new Ownership({ server: '', life: 'one', validMs: 400, beatMs: 100, ...policy });
    ownership.configure(vips);
    this.servers.push({ ownership, alive: true });
    return ownership;
  }

  /** It is heard of no more. */
  lose(ownership: Ownership): void {
    for (const server of this.servers) if (server.ownership === ownership) server.alive = false;
  }

  run(forMs: number): void {
    for (const endMs = this.nowMs + forMs; this.nowMs < endMs; this.nowMs += LATENCY_MS) {
      for (const { ownership, alive } of this.servers) {
        ownership.expire(this.nowMs);
        const request = alive ? ownership.next(this.nowMs) : undefined;
        if (request !== undefined) ownership.take(this.store.apply(request), this.nowMs, this.nowMs);
      }
    }
  }
}

function candidate(address: number, more: Partial<Candidacy> = {}): Candidacy {
  return { address, rank: 255, leaseLoss: 'drop', fit: true, delivered: false, heir: undefined, ...more };
}

describe('ownership in a store', () => {
  const owned = (ownership: Ownership, vips: readonly Candidacy[], nowMs: number) =>
    vips.filter(({ address }) => ownership.epoch(address, nowMs) !== undefined).length;

  it('of a thousand VIPs is another server’s soon after their owner was lost, not a few at a time', () => {
    const bench = new Bench();
    const vips = Array.from({ length: 1000 }, (_, address) => candidate(address));
    const first = bench.add({ server: 'first' }, vips);
    bench.run(2000);
    const second = bench.add({ server: 'second' }, vips);
    bench.run(1000);
    assert.deepEqual([owned(first, vips, bench.nowMs), owned(second, vips, bench.nowMs)], [1000, 0]);
    bench.lose(first);
    bench.run(900);
    assert.equal(owned(second, vips, bench.nowMs), 1000);
  });

  it('waits for as long as the beats of the other one hold, not its own', () => {
    const bench = new Bench();
    const vips = [candidate(1)];
    const first = bench.add({ server: 'first', validMs: 2000, beatMs: 500 }, vips);
    bench.run(4000);
    const second = bench.add({ server: 'second' }, vips);
    bench.run(1000);
    bench.lose(first);
    for (let passed = 0; passed < 4000; passed += 20) {
      bench.run(20);
      assert.ok(owned(first, vips, bench.nowMs) + owned(second, vips, bench.nowMs) <= 1, `at ${bench.nowMs}`);
    }
    assert.equal(owned(second, vips, bench.nowMs), 1);
  });

  it('goes on when beats are to hold for another time', () => {
    const bench = new Bench();
    const vips = [candidate(1)];
    const first = bench.add({ server: 'first' }, vips);
    bench.run(2000);
    for (const validMs of [1000, 300]) {
      first.setTimes(validMs, validMs / 4);
      for (let passed = 0; passed < 3000; passed += 20) {
        bench.run(20);
        assert.equal(owned(first, vips, bench.nowMs), 1);
      }
    }
  });

  it('is not given up while it is delivered, nor kept when it is not asked for any more', () => {
    const bench = new Bench();
    const first = bench.add({ server: 'first' }, [candidate(1), candidate(2)]);
    bench.run(2000);
    first.configure([candidate(1, { fit: false, delivered: true })]);
    bench.run(1000);
    assert.deepEqual([first.ownerOf(1), first.ownerOf(2)], ['first', undefined]);
    first.configure([candidate(1, { fit: false })]);
    bench.run(1000);
    assert.equal(first.ownerOf(1), undefined);
    first.configure([]);
    assert.equal(first.next(bench.nowMs), undefined);
    assert.ok(first.nextTimeoutMs() > bench.nowMs);
  });
});
