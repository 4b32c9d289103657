import { ORIGINATION_LONGEST_GAP_MS } from '../ospf/constants.js';

/**
 * The life of one VIP on this router. Each step waits until the one before it is confirmed, so that the network never
 * sends packets for an address that cannot be served here, and the address is never taken away while packets come:
 *
 * ```
 *             permitted           address on TUN     healthy          route in FIB
 *   waiting ─────────────► adding-address ──► checking ──► programming ──► serving (advertised at its cost)
 *      ▲                                                        ▲             │ released
 *      │ address gone        route gone                         │             ▼
 *   released ◄── removing-address ◄── unprogramming ◄────────── withdrawn ◄── draining (advertised at 65535)
 * ```
 *
 * An exclusive VIP of which this router is not the owner any more goes down without the two steps that take time, since
 * another one may have it: unprogramming, removing-address, waiting. One that moves takes them, so that nothing is lost:
 *
 * ```
 *   old owner   serving ──────────────► draining ──► withdrawn ─────────────► unprogramming
 *                  │ given             ▲ told of by the new one │ connections have ended
 *   new owner      ▼  … programming ──► ready ──► serving ◄─────┘ carries what it does not know
 * ```
 *
 * One that is drained while others serve it as well is `leaving` before it is `draining`: they are told first.
 *
 * While it is in service but its checks fail, it is `failed` (not advertised, and still delivered for those who have not
 * heard of it yet) or `last-resort` (advertised at 65535), as configured.
 *
 * Pure: facts and time go in, what the VIP wants now comes out.
 */
export type VipState =
  | 'waiting'
  | 'adding-address'
  | 'checking'
  | 'programming'
  | 'serving'
  /** Delivered and not advertised: it is about to become this router's. */
  | 'ready'
  | 'failed'
  | 'last-resort'
  /** As `serving`, while others who serve it are told that connections of theirs to come may live here. */
  | 'leaving'
  | 'draining'
  | 'withdrawn'
  | 'unprogramming'
  | 'removing-address'
  | 'released';

/** The stub cost of a VIP that others should take over: reachable as a last resort (RFC 2328 LSInfinity for stubs). */
export const DRAIN_COST = 65535;

/**
 * How long a change of the advertisement may take to be everywhere: OSPF may hold a new router-LSA back, and flooding and
 * route calculation take their time.
 */
const SETTLE_MS = ORIGINATION_LONGEST_GAP_MS + 1000;

/**
 * Drained, until everybody who has another way takes it: so long after the neighbors have been told, since there are
 * routers that calculate once a second, and not longer than SETTLE_MS. To withdraw the VIP too soon does no harm to those
 * who have another way, as it is delivered still.
 */
export const DRAIN_MS = 2000;

/** Withdrawn, until nobody sends packets here any more. What comes after that is lost: nothing is to be gained by haste. */
export const WITHDRAW_MS = SETTLE_MS;

/**
 * Leaving, until the others who serve the VIP know whom to carry packets of connections to that they do not know: a router on
 * the way may send them those as soon as it hears of the change of the stub.
 */
export const LEAVE_MS = 500;

/** What the VIP depends on, as confirmed by the forwarder and OSPF. */
export interface VipFacts {
  /** Claiming is allowed: the LSDB is complete, or this VIP was served before the controller restarted. */
  readonly permitted: boolean;
  readonly tenure: VipTenure;
  /** Another router is known to serve it. */
  readonly succeeded: boolean;
  readonly addressPresent: boolean;
  /** Other routers serve it as well. */
  readonly shared: boolean;
  /** What its checks say of the service here, and what is to follow from it. */
  readonly health: VipHealth;
  readonly routeProgrammed: boolean;
  /** OSPF has told the neighbors of the present state. */
  readonly told: boolean;
  /** No connection to the VIP is open any more, nor was one opened for a while. */
  readonly idle: boolean;
}

/**
 * Whose an exclusive VIP is: this router's, as all others are; about to become its own; another's, but connections that began
 * here live on here; or another's.
 */
export type VipTenure = 'owner' | 'incoming' | 'outgoing' | 'none';

/** Healthy; or not, and then to be withdrawn or kept as a last resort. */
export type VipHealth = 'up' | 'failed' | 'last-resort';

export class VipLifecycle {
  state: VipState = 'waiting';
  /** When `state` was entered. */
  sinceMs: number;
  private released = false;
  /** While connections are open, a drained VIP stays where it is until then; -Infinity: it does not wait for them. */
  private patientUntilMs = -Infinity;
  /** When the neighbors were first known to have been told of `state`; Infinity if they were not. */
  private toldMs = Infinity;

  constructor(nowMs: number) {
    this.sinceMs = nowMs;
  }

  /** The address is to be on the virtual link. */
  get wantsAddress(): boolean {
    return this.state !== 'waiting' && this.state !== 'removing-address' && this.state !== 'released';
  }

  /** The delivery route is to be in the FIB. */
  get wantsRoute(): boolean {
    return this.wantsAddress && !WITHOUT_ROUTE.includes(this.state);
  }

  /** The stub to advertise: undefined for none. `cost` is that of a VIP in service. */
  advertisedCost(cost: number): number | undefined {
    if (this.state === 'serving' || this.state === 'leaving') return cost;
    return this.state === 'draining' || this.state === 'last-resort' ? DRAIN_COST : undefined;
  }

  /** When `advance` has to be called next although no fact changes. */
  get deadlineMs(): number | undefined {
    if (this.state === 'draining') {
      return Math.max(this.patientUntilMs, Math.min(this.sinceMs + SETTLE_MS, this.toldMs + DRAIN_MS));
    }
    if (this.state === 'leaving') return this.sinceMs + LEAVE_MS;
    // One that moves stays withdrawn until its connections have ended.
    return this.state === 'withdrawn' && this.released ? this.sinceMs + WITHDRAW_MS : undefined;
  }

  /** Asks for the VIP to be given up; it ends in `released`. */
  release(): void {
    this.released = true;
    this.patientUntilMs = -Infinity;
  }

  /** As `release`, but while connections are open the VIP is served as a last resort, until `limitMs` at most. */
  drain(limitMs: number): void {
    this.released = true;
    this.patientUntilMs = limitMs;
  }

  /** It is served here or is to be, or it is on its way down in good order. */
  get isSought(): boolean {
    return !this.released || (this.state !== 'released' && this.state !== 'waiting');
  }

  /** It waits for connections to end. */
  get isPatient(): boolean {
    return this.state === 'draining' && this.patientUntilMs > -Infinity;
  }

  /** Takes a release back. */
  claim(): void {
    this.released = false;
  }

  /**
   * Moves at most one step; returns true if it moved, and is then to be called again with the facts as they are then.
   * While it is draining it is also to be called whenever OSPF may have told of it.
   */
  advance(facts: VipFacts, nowMs: number): boolean {
    if (facts.told) this.toldMs = Math.min(this.toldMs, nowMs);
    // From here on it drains as any other.
    if (this.isPatient && facts.idle) this.patientUntilMs = -Infinity;
    const next = this.next(facts, nowMs);
    if (next === this.state) return false;
    this.state = next;
    this.sinceMs = nowMs;
    this.toldMs = Infinity;
    return true;
  }

  private next(facts: VipFacts, nowMs: number): VipState {
    if (facts.tenure === 'none') return this.nextLost(facts);
    if (facts.tenure === 'outgoing') return this.nextOut(facts, nowMs);
    return this.released ? this.nextDown(facts, nowMs) : this.nextUp(facts);
  }

  /** Down in good order as far as the last step, which is not taken before connections have ended. */
  private nextOut(facts: VipFacts, nowMs: number): VipState {
    switch (this.state) {
      case 'serving':
      case 'last-resort':
      case 'failed':
        return facts.succeeded ? 'draining' : this.state;
      case 'leaving':
        return 'draining';
      case 'draining':
        return this.isOver(nowMs) ? 'withdrawn' : this.state;
      case 'withdrawn':
        return this.state;
      default:
        return this.nextLost(facts);
    }
  }

  /** Down at once: nothing is left to be told. */
  private nextLost(facts: VipFacts): VipState {
    switch (this.state) {
      case 'waiting':
      case 'released':
        return this.released ? 'released' : 'waiting';
      case 'adding-address':
      case 'checking':
        return 'removing-address';
      case 'unprogramming':
        return facts.routeProgrammed ? this.state : 'removing-address';
      case 'removing-address':
        if (facts.addressPresent) return this.state;
        return this.released ? 'released' : 'waiting';
      default:
        return 'unprogramming';
    }
  }

  private isOver(nowMs: number): boolean {
    return nowMs >= (this.deadlineMs ?? Infinity);
  }

  private nextUp(facts: VipFacts): VipState {
    switch (this.state) {
      case 'waiting':
      case 'released':
        return facts.permitted ? 'adding-address' : 'waiting';
      case 'adding-address':
        return facts.addressPresent ? afterAddress(facts) : this.state;
      case 'checking':
        return afterAddress(facts);
      case 'programming':
        return facts.routeProgrammed ? inService(facts) : this.state;
      case 'leaving':
      case 'draining':
      case 'withdrawn':
      case 'serving':
      case 'ready':
      case 'failed':
      case 'last-resort':
        return inService(facts);
      case 'unprogramming':
        return 'programming';
      case 'removing-address':
        return 'adding-address';
    }
  }

  private nextDown(facts: VipFacts, nowMs: number): VipState {
    switch (this.state) {
      case 'waiting':
        return 'released';
      case 'adding-address':
      case 'checking':
        return 'removing-address';
      case 'programming':
      case 'ready':
        return 'unprogramming';
      case 'serving':
        return facts.shared && this.patientUntilMs > -Infinity ? 'leaving' : 'draining';
      case 'last-resort':
        return 'draining';
      case 'leaving':
        return this.isOver(nowMs) ? 'draining' : this.state;
      case 'failed':
        return 'withdrawn';
      case 'draining':
        return this.isOver(nowMs) ? 'withdrawn' : this.state;
      case 'withdrawn':
        return this.isOver(nowMs) ? 'unprogramming' : this.state;
      case 'unprogramming':
        return facts.routeProgrammed ? this.state : 'removing-address';
      case 'removing-address':
        return facts.addressPresent ? this.state : 'released';
      case 'released':
        return this.state;
    }
  }
}

/** States with the address and without the route. */
const WITHOUT_ROUTE: readonly VipState[] = ['adding-address', 'checking', 'unprogramming'];

/** The state of a VIP whose address is there, and which was not in service yet. */
function afterAddress({ health }: VipFacts): VipState {
  return health === 'failed' ? 'checking' : 'programming';
}

/** The state of a VIP that is delivered here. */
function inService({ health, tenure }: VipFacts): VipState {
  if (tenure === 'incoming') return 'ready';
  return health === 'up' ? 'serving' : health;
}
