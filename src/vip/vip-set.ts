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
}

interface Vip {
  request: VipRequest;
  readonly lifecycle: VipLifecycle;
}

/** All VIPs of this router, those included that are being given up. */
export class VipSet {
  private readonly vips = new Map<Ipv4, Vip>();

  /** Replaces the set of VIPs to serve. One that is missing from it is released step by step, and then forgotten. */
  configure(requests: readonly VipRequest[], nowMs: number): void {
    for (const [address, vip] of this.vips) {
      if (!requests.some((request) => request.address === address)) vip.lifecycle.release();
    }
    for (const request of requests) {
      const known = this.vips.get(request.address);
      if (known === undefined) {
        this.vips.set(request.address, { request, lifecycle: new VipLifecycle(nowMs) });
      } else {
        known.request = request;
        known.lifecycle.claim();
      }
    }
  }

  /** Moves each VIP at most one step. Call it again as long as it returns something: `facts` may be others then. */
  advance(facts: (address: Ipv4) => VipFacts, nowMs: number): VipTransition[] {
    const transitions: VipTransition[] = [];
    for (const [address, { request, lifecycle }] of this.vips) {
      const from = lifecycle.state;
      if (!lifecycle.advance(facts(address), nowMs)) continue;
      transitions.push({ name: request.name, address, from, to: lifecycle.state });
      if (lifecycle.state === 'released') this.vips.delete(address);
    }
    return transitions;
  }

  /** `advance` is to be called when OSPF has told something. */
  get isDraining(): boolean {
    return [...this.vips.values()].some(({ lifecycle }) => lifecycle.state === 'draining');
  }

  /** When `advance` has to be called although nothing else happens; undefined: never. */
  nextTimeoutMs(): number | undefined {
    let earliest: number | undefined;
    for (const { lifecycle } of this.vips.values()) {
      const deadline = lifecycle.deadlineMs;
      if (deadline !== undefined && (earliest === undefined || deadline < earliest)) earliest = deadline;
    }
    return earliest;
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
    return [...this.vips.values()].map(({ request, lifecycle }) => ({
      ...request,
      state: lifecycle.state,
      sinceMs: lifecycle.sinceMs,
    }));
  }

  private select(wanted: (vip: Vip) => boolean): Ipv4[] {
    return [...this.vips.values()].filter(wanted).map(({ request }) => request.address);
  }
}
