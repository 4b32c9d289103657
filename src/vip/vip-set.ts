import type { Ipv4 } from '../base/ipv4.js';
import { type VipFacts, VipLifecycle, type VipState } from './lifecycle.js';

/** A VIP that this router is to serve. It is known by its address; the name is for people. */
export interface VipRequest {
  readonly name: string;
  readonly address: Ipv4;
  /** OSPF cost of its stub while it is served: 0 to 65534. */
  readonly cost: number;
}

/** One step of a VIP's life. */
export interface VipTransition {
  readonly name: string;
  readonly address: Ipv4;
  readonly from: VipState;
  readonly to: VipState;
}

export interface VipView extends VipRequest {
  readonly state: VipState;
  readonly sinceMs: number;
  /** Somebody asked for it not to be served here. */
  readonly drained: boolean;
}

interface Vip {
  request: VipRequest;
  readonly lifecycle: VipLifecycle;
  drained: boolean;
  /** It is in the configuration no more. */
  removed: boolean;
}

/** What new connections may come from: their answers find the way back. */
const IN_SERVICE: readonly VipState[] = ['serving', 'leaving', 'last-resort'];

/** All VIPs of this router, those included that are being given up. */
export class VipSet {
  private readonly vips = new Map<Ipv4, Vip>();
  /** When a VIP moves on although nothing happens. It is asked for with every packet of OSPF, and seldom another. */
  private dueMs: number | undefined;

  /** Replaces the set of VIPs to serve. One that is missing from it is released step by step, and then forgotten. */
  configure(requests: readonly VipRequest[], nowMs: number): void {
    for (const [address, vip] of this.vips) {
      vip.removed = !requests.some((request) => request.address === address);
      if (!vip.removed) continue;
      vip.lifecycle.release();
      if (vip.lifecycle.state === 'released') this.vips.delete(address);
    }
    for (const request of requests) {
      const known = this.vips.get(request.address);
      if (known === undefined) {
        const lifecycle = new VipLifecycle(nowMs);
        this.vips.set(request.address, { request, lifecycle, drained: false, removed: false });
      } else {
        known.request = request;
        if (!known.drained) known.lifecycle.claim();
      }
    }
    this.dueMs = this.earliestDeadline();
  }

  /**
   * Has the VIP of this name served by others: it is a last resort until its connections have ended or `limitMs` is there,
   * and then withdrawn, until `undrain`. Returns false if there is none of that name.
   */
  drain(name: string, limitMs: number): boolean {
    return this.order(name, true, ({ lifecycle }) => lifecycle.drain(limitMs));
  }

  /** Has the VIP of this name served here again. Returns false if there is none. */
  undrain(name: string): boolean {
    return this.order(name, false, ({ lifecycle }) => lifecycle.claim());
  }

  /** Moves each VIP at most one step. Call it again as long as it returns something: `facts` may be others then. */
  advance(facts: (address: Ipv4) => VipFacts, nowMs: number): VipTransition[] {
    const transitions: VipTransition[] = [];
    for (const [address, { request, lifecycle, removed }] of this.vips) {
      const from = lifecycle.state;
      if (!lifecycle.advance(facts(address), nowMs)) continue;
      transitions.push({ name: request.name, address, from, to: lifecycle.state });
      if (removed && lifecycle.state === 'released') this.vips.delete(address);
    }
    this.dueMs = this.earliestDeadline();
    return transitions;
  }

  /** `advance` is to be called when OSPF has told something. */
  get isDraining(): boolean {
    return [...this.vips.values()].some(({ lifecycle }) => lifecycle.state === 'draining');
  }

  /** The VIP of this address is to be served here, or still is. */
  isSought(address: Ipv4): boolean {
    return this.vips.get(address)?.lifecycle.isSought === true;
  }

  /** The state of the VIP of an address; undefined: there is none. */
  stateOf(address: Ipv4): VipState | undefined {
    return this.vips.get(address)?.lifecycle.state;
  }

  nameOf(address: Ipv4): string | undefined {
    return this.vips.get(address)?.request.name;
  }

  /** When the VIP of an address came into its state; undefined: there is none. */
  sinceOf(address: Ipv4): number | undefined {
    return this.vips.get(address)?.lifecycle.sinceMs;
  }

  /** The address of the VIP of this name, if it is configured. */
  addressOf(name: string): Ipv4 | undefined {
    return [...this.vips.values()].find(({ request, removed }) => !removed && request.name === name)?.request.address;
  }

  /** Addresses whose connections are waited for. */
  patient(): Ipv4[] {
    return this.select(({ lifecycle }) => lifecycle.isPatient);
  }

  /** When `advance` has to be called although nothing else happens; undefined: never. */
  nextTimeoutMs(): number | undefined {
    return this.dueMs;
  }

  /** The address of the VIP of this name while others can reach it here, if not as a last resort only for now. */
  inService(name: string): Ipv4 | undefined {
    for (const [address, { request, lifecycle }] of this.vips) {
      if (request.name === name && IN_SERVICE.includes(lifecycle.state)) return address;
    }
    return undefined;
  }

  /** Addresses that are to be on the virtual link. */
  addresses(): Ipv4[] {
    return this.select(({ lifecycle }) => lifecycle.wantsAddress);
  }

  /** Addresses that are to be delivered to the virtual link. */
  delivered(): Ipv4[] {
    return this.select(({ lifecycle }) => lifecycle.wantsRoute);
  }

  /** What is to be advertised now, and at what cost. */
  advertised(): { readonly address: Ipv4; readonly cost: number }[] {
    const stubs: { address: Ipv4; cost: number }[] = [];
    for (const address of this.vips.keys()) {
      const cost = this.advertisedCost(address);
      if (cost !== undefined) stubs.push({ address, cost });
    }
    return stubs;
  }

  /** The cost at which a VIP is to be advertised now; undefined: it is not to be. */
  advertisedCost(address: Ipv4): number | undefined {
    const vip = this.vips.get(address);
    return vip?.lifecycle.advertisedCost(vip.request.cost);
  }

  views(): VipView[] {
    return [...this.vips.values()].map(({ request, lifecycle, drained }) => ({
      ...request,
      state: lifecycle.state,
      sinceMs: lifecycle.sinceMs,
      drained,
    }));
  }

  private order(name: string, drained: boolean, act: (vip: Vip) => void): boolean {
    const vip = [...this.vips.values()].find((each) => !each.removed && each.request.name === name);
    if (vip === undefined) return false;
    vip.drained = drained;
    act(vip);
    this.dueMs = this.earliestDeadline();
    return true;
  }

  private earliestDeadline(): number | undefined {
    let earliest: number | undefined;
    for (const { lifecycle } of this.vips.values()) {
      const deadline = lifecycle.deadlineMs;
      if (deadline !== undefined && (earliest === undefined || deadline < earliest)) earliest = deadline;
    }
    return earliest;
  }

  private select(wanted: (vip: Vip) => boolean): Ipv4[] {
    return [...this.vips.values()].filter(wanted).map(({ request }) => request.address);
  }
}
