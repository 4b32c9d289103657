import type { Ipv4 } from '../base/ipv4.js';
import type { VipLsa } from '../wire/ospf/vip-lsa.js';

/** What another router says of a VIP, and who says it. */
export interface Notice extends VipLsa {
  readonly routerId: Ipv4;
}

/** What the ownership of one VIP depends on. */
export interface RankFacts {
  readonly routerId: Ipv4;
  /** 1 to 255. */
  readonly rank: number;
  /** The LSDB is complete, and the service is fit here. */
  readonly fit: boolean;
  /** What the routers say that can be reached. */
  readonly notices: readonly Notice[];
}

/**
 * A router that becomes fit for the first time listens for so long before it takes what nobody has given it: others may have
 * started with it, and what is lost on the way, or came too soon for MinLSArrival, others repeat after 5 s (RxmtInterval).
 */
export const LISTEN_MS = 6000;

/** What a VIP-LSA has room for. Who makes one up that is as high gets no further than to be equal, and then rank settles it. */
const MAX_EPOCH = Number.MAX_SAFE_INTEGER;

/** A router of a higher rank has so long to take what nobody has. */
export const COURTESY_MS = 3000;

/**
 * Who serves an exclusive VIP where there is no store: routers that hear each other's VIP-LSAs settle it among themselves. What
 * nobody has is taken by the one of the highest rank. Where two have it, the later epoch has it, then the higher rank, then the
 * higher router ID; the other one gives it up as soon as it hears of that.
 *
 * Routers that do not hear each other each take it: this is no more than the network knows. Where two owners may never be, a
 * store is needed (`ownership.ts`).
 *
 * Pure: what is heard and the time are given.
 */
export class RankOwnership {
  /** Undefined: it is not owned here. */
  private owned: number | undefined;
  private highest = 0;
  private settledMs = -Infinity;
  /** Since when nobody is known to have it, what was before it was listened to apart. */
  private vacantFromMs = Infinity;
  /** Until it was fit for the first time it is not known. */
  private listensUntilMs: number | undefined;
  private heir: Ipv4 | undefined;
  /** Who has taken it from this router last; undefined: nobody has. */
  private lostTo: Notice | undefined;

  get epoch(): number | undefined {
    return this.owned;
  }

  /** Leaves it to the router of this ID. */
  give(heir: Ipv4): void {
    this.owned = undefined;
    this.heir = heir;
  }

  settle(facts: RankFacts, nowMs: number): void {
    const { notices, fit } = facts;
    this.settledMs = nowMs;
    if (fit) this.listensUntilMs ??= nowMs + LISTEN_MS;
    for (const { epoch } of notices) this.highest = Math.max(this.highest, Math.min(epoch, MAX_EPOCH - 1));
    const rival = notices.filter(isOwner).reduce<Notice | undefined>(better, undefined);
    if (this.owned !== undefined) this.defend(facts, rival);
    else if (!fit || rival !== undefined || this.isPromised(facts)) this.vacantFromMs = Infinity;
    else this.consider(facts, nowMs);
    if (rival !== undefined) this.heir = undefined;
  }

  /** When `settle` may do something although nothing is heard. */
  get dueMs(): number {
    if (this.owned !== undefined || this.vacantFromMs === Infinity) return Infinity;
    const listensUntilMs = this.listensUntilMs ?? -Infinity;
    return this.settledMs < listensUntilMs ? listensUntilMs : this.vacantFromMs + COURTESY_MS;
  }

  /** Once: the router that it was lost to. */
  takeLoss(): Notice | undefined {
    const { lostTo } = this;
    this.lostTo = undefined;
    return lostTo;
  }

  private defend({ routerId, rank, fit }: RankFacts, rival: Notice | undefined): void {
    if (this.owned === undefined) return;
    if (rival !== undefined && beats(rival, { epoch: this.owned, rank, routerId })) {
      this.lostTo = rival;
      this.owned = undefined;
    } else if (!fit) this.owned = undefined;
  }

  private consider({ routerId, rank, notices }: RankFacts, nowMs: number): void {
    const listensUntilMs = this.listensUntilMs ?? Infinity;
    this.vacantFromMs = Math.min(this.vacantFromMs, Math.max(nowMs, listensUntilMs));
    const isGiven = notices.some(({ state, peer }) => state === 'moving' && peer === routerId);
    if (!isGiven && nowMs < listensUntilMs) return;
    const isOutranked = notices.some((notice) => isCandidate(notice) && beats(notice, { epoch: 0, rank, routerId }));
    if (!isGiven && isOutranked && nowMs < this.vacantFromMs + COURTESY_MS) return;
    this.highest = Math.min(this.highest + 1, MAX_EPOCH);
    this.owned = this.highest;
    this.vacantFromMs = Infinity;
  }

  /** Somebody is about to take it, to whom it was left. */
  private isPromised({ routerId, notices }: RankFacts): boolean {
    const heirs = notices.filter(({ state }) => state === 'moving').map(({ peer }) => peer);
    if (this.heir !== undefined) heirs.push(this.heir);
    return heirs.some(
      (heir) => heir !== routerId && notices.some((notice) => notice.routerId === heir && isCandidate(notice)),
    );
  }
}

interface Claim {
  readonly epoch: number;
  readonly rank: number;
  readonly routerId: Ipv4;
}

function isOwner({ state, epoch }: Notice): boolean {
  return epoch > 0 && (state === 'serving' || state === 'offering' || state === 'ready');
}

function isCandidate({ state, epoch }: Notice): boolean {
  return epoch === 0 && (state === 'standby' || state === 'ready');
}

/** Candidates are compared by rank: they have no epoch of their own. */
function beats(notice: Notice, claim: Claim): boolean {
  const epoch = isOwner(notice) ? notice.epoch : 0;
  if (epoch !== claim.epoch) return epoch > claim.epoch;
  return notice.rank === claim.rank ? notice.routerId > claim.routerId : notice.rank > claim.rank;
}

function better(best: Notice | undefined, notice: Notice): Notice {
  return best === undefined || beats(notice, best) ? notice : best;
}
