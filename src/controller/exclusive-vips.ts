import type { Ipv4 } from '../base/ipv4.js';
import { formatIpv4 } from '../base/ipv4.js';
import type { Config, VipConfig } from '../config/config.js';
import { Ownership, type StoreReply, type StoreRequest } from '../vip/ownership.js';
import { type Notice, RankOwnership } from '../vip/rank-ownership.js';

/** Beats in the time for which one is good: a few may be lost. */
const BEATS = 4;

/** What is known of an exclusive VIP. */
export interface OwnershipView {
  /** Router ID of the owner by the last account of the store, or by what routers say; undefined: nobody. */
  readonly owner: string | undefined;
  /** Undefined: it is not owned here. */
  readonly epoch: number | undefined;
}

/** What the ownership of a VIP depends on, apart from the configuration. */
export interface OwnershipFacts {
  /** This router is to serve it, and can. */
  readonly fit: boolean;
  /** Its forwarder delivers it. */
  readonly delivered: boolean;
  /** The LSDB is complete. */
  readonly converged: boolean;
  /** Router ID of the router that it is to be given to; undefined: none. */
  readonly heir: Ipv4 | undefined;
  /** What the routers say of it that can be reached. */
  readonly notices: readonly Notice[];
}

/** The exclusive VIPs of a configuration, and this router's part in who owns them. */
export class ExclusiveVips {
  private ownership: Ownership | undefined;
  private server = '';
  private addresses: ReadonlySet<Ipv4> = new Set();
  private leased: ReadonlySet<Ipv4> = new Set();
  /** Without a store, how each is settled among the routers. */
  private ranks: ReadonlyMap<Ipv4, RankOwnership> = new Map();
  /** VIPs that another router serves in a later epoch, and which that is, as it said once while the store was away. */
  private challenged: ReadonlyMap<Ipv4, number> = new Map();
  private exclusive: readonly VipConfig[] = [];
  private removed: readonly VipConfig[] = [];
  private readonly owners = new Map<Ipv4, Ipv4>();
  private changesTaken = 0;
  private resigned = false;
  /** Why the store cannot be reached; undefined while it can. */
  private failure: string | undefined;

  /**
   * @param life another text for each controller
   * @param changed is told when the store is lost and when it is there again
   * @param lost is told of a VIP that another router has in a later epoch
   */
  constructor(
    private readonly life: string,
    private readonly changed: (failure: string | undefined, nowMs: number) => void,
    private readonly lost: (vip: Ipv4, winner: Notice, nowMs: number) => void = () => {},
  ) {}

  /** To be called whenever `factsOf` may say something else. */
  configure({ routerId, etcd, vips }: Config, factsOf: (address: Ipv4) => OwnershipFacts, nowMs: number): void {
    const configured = new Set(vips.map(({ address }) => address));
    this.removed = this.exclusive.filter(({ address }) => {
      const { fit, delivered } = factsOf(address);
      return !configured.has(address) && (fit || delivered);
    });
    const exclusive = [...vips.filter(({ mode }) => mode === 'exclusive'), ...this.removed];
    this.exclusive = exclusive;
    this.addresses = new Set(exclusive.map(({ address }) => address));
    const leased = exclusive.filter(({ leaseLoss }) => etcd !== undefined && leaseLoss === 'drop');
    this.leased = new Set(leased.map(({ address }) => address));
    this.settleRanks(routerId, etcd === undefined ? exclusive : [], factsOf, nowMs);
    if (etcd === undefined || (exclusive.length === 0 && this.ownership === undefined)) {
      this.ownership = undefined;
      return;
    }
    const { validityMs: validMs } = etcd;
    const server = formatIpv4(routerId);
    const times = { validMs, beatMs: validMs / BEATS };
    if (this.ownership === undefined || server !== this.server) {
      this.ownership = new Ownership({ server, life: this.life, ...times });
    }
    this.server = server;
    this.ownership.setTimes(times.validMs, times.beatMs);
    this.ownership.configure(
      exclusive.map(({ address, rank, leaseLoss }) => {
        const { heir, delivered, ...facts } = factsOf(address);
        const fit = facts.fit && !this.resigned;
        const heirText = heir === undefined ? undefined : formatIpv4(heir);
        return { address, rank, leaseLoss: leaseLoss === 'drop' ? 'drop' : 'hold', fit, delivered, heir: heirText };
      }),
    );
    this.noteChallengers(exclusive, factsOf, nowMs);
  }

  private settleRanks(
    routerId: Ipv4,
    vips: readonly VipConfig[],
    factsOf: (address: Ipv4) => OwnershipFacts,
    nowMs: number,
  ): void {
    const before = this.ranks;
    this.ranks = new Map(vips.map(({ address }) => [address, before.get(address) ?? new RankOwnership()]));
    for (const { address, rank } of vips) {
      const ownership = this.ranks.get(address);
      const { fit, converged, heir, notices } = factsOf(address);
      if (ownership === undefined) continue;
      if (heir !== undefined && ownership.epoch !== undefined) ownership.give(heir);
      ownership.settle({ routerId, rank, fit: fit && converged, notices }, nowMs);
      const winner = ownership.takeLoss();
      if (winner !== undefined) this.lost(address, winner, nowMs);
      this.owners.delete(address);
      const owner = ownership.epoch === undefined ? notices.find(isServer)?.routerId : routerId;
      if (owner !== undefined) this.owners.set(address, owner);
    }
  }

  /** A VIP that is held without the store is given up when somebody else has it, as he says. */
  private noteChallengers(vips: readonly VipConfig[], factsOf: (address: Ipv4) => OwnershipFacts, nowMs: number): void {
    const challenged = new Map<Ipv4, number>();
    for (const { address } of vips.filter(({ leaseLoss }) => leaseLoss === 'hold-while-unchallenged')) {
      const epoch = this.ownership?.epoch(address, nowMs);
      if (epoch === undefined) continue;
      const winner = factsOf(address).notices.find((notice) => isServer(notice) && notice.epoch > epoch);
      // Who has gone has not given it back: only the store knows whose it is.
      const before = this.failure === undefined ? 0 : (this.challenged.get(address) ?? 0);
      const challenge = Math.max(before, winner?.epoch ?? 0);
      if (challenge <= epoch) continue;
      challenged.set(address, challenge);
      if (winner !== undefined && !this.challenged.has(address)) this.lost(address, winner, nowMs);
    }
    this.challenged = challenged;
  }

  /** What is owned in a store is to be given up, for good: others need not wait until its time is over. */
  resign(): void {
    this.resigned = true;
  }

  /** The store still says that VIPs are this router's, as far as it can be asked. */
  get isHolding(): boolean {
    return this.failure === undefined && this.ownership?.isHolding === true;
  }

  /** Exclusive VIPs that the configuration has no more: they are this router's until they are down in good order. */
  get leaving(): readonly VipConfig[] {
    return this.removed;
  }

  /** True for a VIP that is not exclusive. */
  isOwned(address: Ipv4, nowMs: number): boolean {
    return !this.addresses.has(address) || this.epochOf(address, nowMs) !== undefined;
  }

  /** The epoch in which it is owned here; undefined: it is not. */
  epochOf(address: Ipv4, nowMs: number): number | undefined {
    if (this.challenged.has(address)) return undefined;
    return this.ranks.get(address)?.epoch ?? this.ownership?.epoch(address, nowMs);
  }

  /** It has become that router's, which knows of that or is about to. */
  isGivenTo(address: Ipv4, heir: Ipv4, nowMs: number): boolean {
    if (this.epochOf(address, nowMs) !== undefined) return false;
    return this.ranks.has(address) || this.ownership?.ownerOf(address) === formatIpv4(heir);
  }

  isExclusive(address: Ipv4): boolean {
    return this.addresses.has(address);
  }

  /** It is to be served no longer than `leaseUntilMs`, whatever happens to this process. */
  isLeased(address: Ipv4): boolean {
    return this.leased.has(address);
  }

  view(address: Ipv4, nowMs: number): OwnershipView {
    const owner = this.owners.get(address);
    return {
      owner: owner === undefined ? this.ownership?.ownerOf(address) : formatIpv4(owner),
      epoch: this.epochOf(address, nowMs),
    };
  }

  /** Until when what is owned with `lease-loss: drop` may be served; -Infinity: not at all. */
  get leaseUntilMs(): number {
    return this.ownership?.deadlineMs ?? -Infinity;
  }

  nextTimeoutMs(): number | undefined {
    let next = this.ownership?.nextTimeoutMs() ?? Infinity;
    for (const { dueMs } of this.ranks.values()) next = Math.min(next, dueMs);
    return next === Infinity ? undefined : next;
  }

  /** To be called at `nextTimeoutMs`. */
  expire(nowMs: number): void {
    this.ownership?.expire(nowMs);
  }

  /** Whether what is known of owners may be something else than when this was asked before. */
  takeChange(nowMs: number): boolean {
    const { changes = 0 } = this.ownership ?? {};
    const isNew = changes !== this.changesTaken;
    this.changesTaken = changes;
    if (isNew) return true;
    for (const { dueMs } of this.ranks.values()) if (dueMs <= nowMs) return true;
    return false;
  }

  /** What the store is to be asked now; one request at a time, until `take`. */
  next(nowMs: number): StoreRequest | undefined {
    return this.ownership?.next(nowMs);
  }

  /** Takes the reply to what was asked at `sentMs`, or why there is none. */
  take(reply: StoreReply | string, sentMs: number, nowMs: number): void {
    const failure = typeof reply === 'string' ? reply : undefined;
    this.ownership?.take(typeof reply === 'string' ? undefined : reply, sentMs, nowMs);
    if ((failure === undefined) !== (this.failure === undefined)) this.changed(failure, nowMs);
    this.failure = failure;
  }
}

function isServer({ state }: Notice): boolean {
  return state === 'serving' || state === 'offering';
}
