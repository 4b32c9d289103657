import assert from 'node:assert/strict';
import { randomBelow, SeededRandom } from '../../src/base/random.js';
import { type Candidacy, Ownership, type OwnershipPolicy, type StoreReply } from '../../src/vip/ownership.js';
import { SimulatedStore } from './simulated-store.js';

const VIP = 0x03030303;
const SERVERS = 3;
const VALID_MS = 600;
const BEAT_MS = 150;
/** A request that is not answered by then has failed; it may arrive later all the same. */
const DEADLINE_MS = 400;
const MOST_LATENCY_MS = 20;
/** A fault each so often. */
const FAULT_EVERY_MS = 400;

/** A server with a clock of its own, which may be stopped for a while, and cut off from the store. */
class Server {
  ownership: Ownership;
  pausedUntilMs = 0;
  cutOff = false;
  private life = 0;
  private readonly candidacy: Candidacy;

  constructor(
    private readonly name: string,
    private readonly clockRate: number,
    private readonly clockOffsetMs: number,
    leaseLoss: Candidacy['leaseLoss'],
    rank: number,
  ) {
    this.candidacy = { address: VIP, rank, leaseLoss, fit: true, delivered: false, heir: undefined };
    this.ownership = this.begin();
  }

  /** What its clock shows. */
  localMs(nowMs: number): number {
    return this.clockOffsetMs + nowMs * this.clockRate;
  }

  restart(): void {
    this.ownership = this.begin();
  }

  setFit(fit: boolean): void {
    this.ownership.configure([{ ...this.candidacy, fit }]);
  }

  /** It is to be given to another one, if it is this one's. */
  setHeir(heir: string): void {
    this.ownership.configure([{ ...this.candidacy, heir }]);
  }

  private begin(): Ownership {
    this.life++;
    const policy: OwnershipPolicy = {
      server: this.name,
      life: `life${this.life}`,
      validMs: VALID_MS,
      beatMs: BEAT_MS,
    };
    const ownership = new Ownership(policy);
    ownership.configure([this.candidacy]);
    return ownership;
  }
}

/**
 * Servers that would all serve one VIP, and a store between which and them requests and replies are late, lost, and late
 * after they were given up. Checks at every millisecond that at most one of those that run may serve it.
 */
export class OwnershipNetwork {
  /** Validity and drift of both clocks, the difference of ranks, a beat of the next one, and a lost request with its follower. */
  static readonly MOST_WITHOUT_OWNER_MS = VALID_MS * 1.1 + 255 + BEAT_MS + 2 * DEADLINE_MS + 8 * MOST_LATENCY_MS;

  /** Of each owner in turn. */
  readonly epochs: number[] = [];
  private readonly random: SeededRandom;
  private readonly store = new SimulatedStore();
  private readonly servers: readonly Server[];
  private readonly due = new Map<number, (() => void)[]>();
  private nowMs = 0;
  private faulty = true;

  /** `losesData`: the store is one that may lose data, after which epochs begin anew. */
  constructor(
    seed: number,
    private readonly losesData = false,
  ) {
    this.random = new SeededRandom(seed);
    // Up to 2 % fast or slow: two clocks differ by less than 5 %.
    this.servers = Array.from({ length: SERVERS }, (_, index) => {
      const rate = 1 + (this.below(41) - 20) / 1000;
      return new Server(`s${index}`, rate, this.below(1_000_000), 'drop', 1 + this.below(255));
    });
  }

  play(durationMs: number): void {
    for (const endMs = this.nowMs + durationMs; this.nowMs < endMs; ) this.step();
  }

  /** No more faults. */
  mend(): void {
    this.faulty = false;
    for (const server of this.servers) {
      server.pausedUntilMs = 0;
      server.cutOff = false;
      server.setFit(true);
    }
  }

  /** Plays on until somebody may serve the VIP; returns how long that took. */
  playUntilOwned(limitMs: number): number {
    const beganMs = this.nowMs;
    while (this.owners().length === 0 && this.nowMs < beganMs + limitMs) this.step();
    return this.nowMs - beganMs;
  }

  private step(): void {
    this.nowMs++;
    if (this.faulty && this.nowMs % FAULT_EVERY_MS === 0) this.fail();
    for (const run of this.due.get(this.nowMs) ?? []) run();
    this.due.delete(this.nowMs);
    for (const server of this.servers) if (this.nowMs >= server.pausedUntilMs) this.let(server);
    const owners = this.owners();
    assert.ok(owners.length < 2, `two owners at ${this.nowMs} ms, in epochs ${owners.join(' and ')}`);
    const [epoch] = owners;
    if (epoch !== undefined && epoch !== this.epochs.at(-1)) this.epochs.push(epoch);
  }

  /** Epochs of those that run and may serve the VIP by their own clocks. */
  private owners(): number[] {
    return this.servers
      .filter(({ pausedUntilMs }) => this.nowMs >= pausedUntilMs)
      .flatMap((server) => server.ownership.epoch(VIP, server.localMs(this.nowMs)) ?? []);
  }

  private let(server: Server): void {
    const { ownership } = server;
    const sentMs = server.localMs(this.nowMs);
    const request = ownership.next(sentMs);
    if (request === undefined) return;
    let waits = true;
    const take = (reply: StoreReply | undefined) => {
      if (waits) ownership.take(reply, sentMs, server.localMs(this.nowMs));
      waits = false;
    };
    this.whenAwake(server, DEADLINE_MS, () => take(undefined));
    if (server.cutOff || this.isLost()) return;
    this.after(this.latencyMs(), () => {
      const reply = this.store.apply(request);
      if (!this.isLost()) this.whenAwake(server, this.latencyMs(), () => take(reply));
    });
  }

  private fail(): void {
    if (this.losesData && this.below(5) === 0) {
      this.store.loseData();
      return;
    }
    const server = this.servers[this.below(SERVERS)];
    switch (this.below(7)) {
      case 0:
        server.pausedUntilMs = this.nowMs + this.below(2500);
        break;
      case 1:
        server.cutOff = true;
        break;
      case 2:
        server.restart();
        break;
      case 3:
        server.setFit(false);
        break;
      case 4:
        server.setHeir(`s${this.below(SERVERS)}`);
        break;
      default:
        server.cutOff = false;
        server.setFit(true);
    }
  }

  private whenAwake(server: Server, delayMs: number, run: () => void): void {
    this.after(delayMs, () => {
      if (this.nowMs >= server.pausedUntilMs) run();
      else this.whenAwake(server, server.pausedUntilMs - this.nowMs, run);
    });
  }

  private after(delayMs: number, run: () => void): void {
    const atMs = this.nowMs + Math.max(1, delayMs);
    this.due.set(atMs, [...(this.due.get(atMs) ?? []), run]);
  }

  /** Some requests are very late. */
  private latencyMs(): number {
    return 1 + (this.faulty && this.below(20) === 0 ? this.below(2000) : this.below(MOST_LATENCY_MS));
  }

  private isLost(): boolean {
    return this.faulty && this.below(10) === 0;
  }

  private below(bound: number): number {
    return randomBelow(this.random, bound);
  }
}
