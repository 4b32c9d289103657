import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { randomBelow, SeededRandom } from '../../src/base/random.js';
import { COURTESY_MS, LISTEN_MS, type Notice, RankOwnership } from '../../src/vip/rank-ownership.js';

const SEEDS = Number(process.env.LASTHOP_SEEDS ?? 300);
const ROUTERS = 4;
/** A notice is everywhere, and a lost router known to be, within so long. */
const LATENCY_MS = 60;
const STEP_MS = 20;

interface Router {
  readonly id: number;
  readonly rank: number;
  ownership: RankOwnership;
  fit: boolean;
  alive: boolean;
  part: number;
  /** What each other one has said last, and when it was heard; what it is about to hear. */
  readonly heard: Map<number, Notice>;
}

/** Routers that hear each other while they are in the same part of the network. */
class Network {
  nowMs = 0;
  readonly epochs: number[] = [];
  private readonly random: SeededRandom;
  private readonly routers: readonly Router[];
  private readonly onTheWay: { readonly atMs: number; readonly to: Router; readonly notice: Notice }[] = [];
  /** Since when two in one part have been owners. */
  private doubleSinceMs = Infinity;
  longestDoubleMs = 0;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    this.routers = Array.from({ length: ROUTERS }, (_, index) => ({
      id: index + 1,
      rank: 1 + this.below(3),
      ownership: new RankOwnership(),
      fit: true,
      alive: true,
      part: 0,
      heard: new Map<number, Notice>(),
    }));
  }

  play(forMs: number, faulty: boolean): void {
    for (const endMs = this.nowMs + forMs; this.nowMs < endMs; this.nowMs += STEP_MS) {
      if (faulty && this.below(100) === 0) this.fail();
      this.deliver();
      for (const router of this.routers) if (router.alive) this.settle(router);
      this.judge();
    }
  }

  mend(): void {
    for (const router of this.routers) {
      router.part = 0;
      router.fit = true;
      router.alive = true;
    }
  }

  owners(): Router[] {
    return this.routers.filter(({ ownership, alive }) => alive && ownership.epoch !== undefined);
  }

  private fail(): void {
    const router = this.routers[this.below(ROUTERS)];
    switch (this.below(5)) {
      case 0:
        router.part = this.below(2);
        break;
      case 1:
        router.fit = !router.fit;
        break;
      case 2:
        router.alive = false;
        break;
      case 3:
        this.give(router);
        break;
      default:
        if (!router.alive) {
          router.ownership = new RankOwnership();
          router.heard.clear();
        }
        router.alive = true;
    }
  }

  private give(router: Router): void {
    const heir = this.routers[this.below(ROUTERS)];
    if (heir !== router && router.alive && router.ownership.epoch !== undefined) router.ownership.give(heir.id);
  }

  private deliver(): void {
    for (const sender of this.routers.filter(({ alive }) => alive)) {
      for (const to of this.routers) {
        if (to === sender || to.part !== sender.part) continue;
        this.onTheWay.push({ atMs: this.nowMs + this.below(LATENCY_MS), to, notice: noticeOf(sender) });
      }
    }
    for (const { to, notice } of this.onTheWay.filter(({ atMs }) => atMs <= this.nowMs))
      to.heard.set(notice.routerId, notice);
    this.onTheWay.splice(0, this.onTheWay.length, ...this.onTheWay.filter(({ atMs }) => atMs > this.nowMs));
  }

  private settle(router: Router): void {
    const before = router.ownership.epoch;
    const notices = [...router.heard.values()].filter(({ routerId }) => {
      const other = this.routers[routerId - 1];
      return other.alive && other.part === router.part;
    });
    router.ownership.settle({ routerId: router.id, rank: router.rank, fit: router.fit, notices }, this.nowMs);
    router.ownership.takeLoss();
    const { epoch } = router.ownership;
    if (epoch !== undefined && epoch !== before) this.epochs.push(epoch);
  }

  private judge(): void {
    const parts = this.owners().map(({ part }) => part);
    const isDouble = new Set(parts).size < parts.length;
    this.doubleSinceMs = isDouble ? Math.min(this.doubleSinceMs, this.nowMs) : Infinity;
    if (isDouble) this.longestDoubleMs = Math.max(this.longestDoubleMs, this.nowMs - this.doubleSinceMs);
  }

  private below(bound: number): number {
    return randomBelow(this.random, bound);
  }
}

function noticeOf({ id, rank, ownership, fit }: Router): Notice {
  const { epoch = 0 } = ownership;
  const state = epoch > 0 ? 'serving' : fit ? 'standby' : 'unfit';
  return { routerId: id, address: 1, router: id, peer: 0, epoch, state, mode: 'exclusive', rank, name: `r${id}` };
}

describe('exclusive ownership without a store', () => {
  it(`has one owner in a network that is whole, soon after its last fault (${SEEDS} runs)`, () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const network = new Network(seed);
      network.play(20_000, true);
      network.mend();
      network.play(LISTEN_MS + COURTESY_MS + 1000, false);
      assert.equal(network.owners().length, 1, `seed ${seed}`);
    }
  });

  it('has two in one part of the network no longer than it takes to hear of it', () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const network = new Network(seed);
      network.play(30_000, true);
      assert.ok(network.longestDoubleMs <= 4 * LATENCY_MS, `seed ${seed}: ${network.longestDoubleMs} ms`);
    }
  });
});
