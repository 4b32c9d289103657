import { LasthopError } from '../base/errors.js';
import { formatIpv4, type Ipv4 } from '../base/ipv4.js';
import type { Config, VipConfig } from '../config/config.js';
import type { OspfOpaqueLsa } from '../ospf/messages.js';
import type { VipTenure } from '../vip/lifecycle.js';
import type { Notice } from '../vip/rank-ownership.js';
import type { VipSet } from '../vip/vip-set.js';
import type { ConnectionWatch } from './connection-watch.js';
import type { ExclusiveVips, OwnershipFacts } from './exclusive-vips.js';
import { Moves, type MoveView } from './moves.js';
import { NoticeBoard } from './notice-board.js';
import type { Carried } from './own-routes.js';
import { VipNotices } from './vip-notices.js';

/** What of a controller the VIPs that move depend on. */
export interface MoveParts {
  readonly vips: VipSet;
  readonly exclusive: ExclusiveVips;
  readonly connections: ConnectionWatch;
  /** There is a way to the router of this address. */
  readonly isReachable: (router: Ipv4) => boolean;
  /** VIPs are to be served by others, as far as there are any. */
  readonly isInMaintenance: () => boolean;
  /** The LSDB is complete. */
  readonly isConverged: () => boolean;
  /** The forwarder delivers the VIP. */
  readonly isDelivered: (vip: Ipv4) => boolean;
  /** The VIP is to be served here, and can be. */
  readonly isFit: (vip: Ipv4) => boolean;
  /** The neighbors have been told of the VIP as it is now. */
  readonly isTold: (vip: Ipv4) => boolean;
  /** Another router advertises the VIP, as the LSDB has it. */
  readonly isAdvertisedBy: (routerId: Ipv4, vip: Ipv4) => boolean;
  /** Is told of each phase of a move. */
  readonly changed: (vip: Ipv4, view: MoveView, nowMs: number) => void;
}

/** How long connections live on here after a VIP has left for maintenance. */
const LEAVE_LIMIT_MS = 60_000;

/** A router that could not take a VIP that leaves for maintenance is not asked again for so long. */
const LEAVE_RETRY_MS = 30_000;

/**
 * What the servers of a VIP tell each other in VIP-LSAs, and what follows from it here: whose an exclusive VIP is while it
 * moves, and which packets are carried from one to the other.
 *
 * ```
 *   old owner   offering ──────────► giving ─► moving ──────────────────────────────► (standby)
 *                  │       ▲ ready        │      carries what begins   ▲ serving
 *                  ▼       │              ▼                            │
 *   new owner   makes ready, carries what it does not know ─► its own ─┘ carries on, until "moving" is said no more
 * ```
 */
export class VipMoves {
  readonly board = new NoticeBoard();
  /** What `heard` has found out since `refresh`: routers are few, VIPs may be many. */
  private readonly reachable = new Map<Ipv4, boolean>();
  private readonly audible = new Map<Ipv4, readonly Notice[]>();
  /** When `leave` is to be called although nothing is heard. */
  private leaveAgainMs: number | undefined;
  private readonly moves: Moves;
  private readonly notices: VipNotices;

  constructor(private readonly parts: MoveParts) {
    this.moves = new Moves(parts.changed);
    this.notices = new VipNotices(this.moves);
  }

  /** The names of the exclusive VIPs that are served here. */
  movable(config: Config | undefined): string[] {
    const exclusive = config?.vips.filter(({ mode }) => mode === 'exclusive') ?? [];
    return exclusive.filter(({ address }) => this.parts.vips.stateOf(address) === 'serving').map(({ name }) => name);
  }

  /**
   * Begins to move VIPs to the router of a name or router ID; what is open when `limitMs` is there ends. Throws a LasthopError
   * that says why that cannot be; then all is as it was.
   */
  order(config: Config | undefined, names: readonly string[], node: string, limitMs: number, nowMs: number): void {
    this.refresh();
    const byName = new Map(config?.vips.map((vip) => [vip.name, vip]));
    const moves = names.map((name) => this.plan(config, byName.get(name), name, node, nowMs));
    for (const { vip, to } of moves) this.moves.begin(vip, to, limitMs, nowMs);
  }

  /** Begins to move every exclusive VIP that another router can serve to the one of the highest rank. */
  leave(config: Config, nowMs: number): void {
    this.leaveAgainMs = undefined;
    for (const { address, mode } of config.vips) {
      if (mode !== 'exclusive' || this.parts.vips.stateOf(address) !== 'serving') continue;
      if (this.moves.current(address) !== undefined) continue;
      const failed = this.moves.failure(address);
      const retryMs = (failed?.atMs ?? -Infinity) + LEAVE_RETRY_MS;
      if (nowMs < retryMs) this.leaveAgainMs = Math.min(this.leaveAgainMs ?? Infinity, retryMs);
      const [heir] = this.heard(address)
        .filter(({ state, mode: theirs }) => state === 'standby' && theirs === 'exclusive')
        .filter(({ routerId }) => routerId !== failed?.routerId || nowMs >= retryMs)
        .sort((a, b) => b.rank - a.rank);
      if (heir === undefined || this.heard(address).some(({ state }) => state === 'moving')) continue;
      this.moves.begin(address, heir, nowMs + LEAVE_LIMIT_MS, nowMs);
      this.parts.changed(address, { to: heir.name, phase: 'offering', reason: undefined }, nowMs);
    }
  }

  private plan(
    config: Config | undefined,
    vip: VipConfig | undefined,
    name: string,
    node: string,
    nowMs: number,
  ): { vip: Ipv4; to: Notice } {
    if (config === undefined || vip === undefined) throw noSuchVip(config, name);
    const { address } = vip;
    if (vip.mode !== 'exclusive') {
      throw refused(`VIP ${name} is ${vip.mode}, expected an exclusive one; others are drained`);
    }
    const move = this.moves.current(address);
    if (move !== undefined) throw refused(`VIP ${name} is being moved to ${move.to.name} already`);
    if (this.parts.vips.stateOf(address) !== 'serving') throw this.servedElsewhere(name, address, nowMs);
    const former = this.heard(address).find(({ state }) => state === 'moving');
    if (former !== undefined) {
      throw refused(
        `connections of VIP ${name} still live on ${former.name}, from where it was moved; wait until they end`,
      );
    }
    return { vip: address, to: this.destination(config, name, address, node) };
  }

  /** How many other routers serve the VIP. */
  announcersOf(vip: Ipv4): number {
    return this.heard(vip).filter(({ state }) => state === 'serving').length;
  }

  /** Moves on what can move on; returns whether anything did. */
  settle(nowMs: number): boolean {
    return this.moves.settle((vip, to) => {
      const { exclusive, vips, connections } = this.parts;
      const phase = this.moves.current(vip)?.phase;
      return {
        owned: phase === 'giving' ? !exclusive.isGivenTo(vip, to, nowMs) : exclusive.isOwned(vip, nowMs),
        notice: this.heard(vip).find(({ routerId }) => routerId === to),
        over: vips.stateOf(vip) === 'withdrawn' && connections.isIdle(vip, nowMs),
      };
    }, nowMs);
  }

  ownershipFacts(vip: Ipv4): OwnershipFacts {
    const { isConverged, isDelivered } = this.parts;
    const [fit, delivered] = [this.isFit(vip), isDelivered(vip)];
    return { fit, delivered, converged: isConverged(), heir: this.moves.heirOf(vip), notices: this.heard(vip) };
  }

  tenureOf(vip: Ipv4, routerId: Ipv4, nowMs: number): VipTenure {
    if (this.parts.exclusive.isOwned(vip, nowMs)) return 'owner';
    const phase = this.moves.current(vip)?.phase;
    if (phase === 'giving' || phase === 'moving') return 'outgoing';
    return this.isFit(vip) && this.offerOf(vip, routerId) !== undefined ? 'incoming' : 'none';
  }

  /** The VIP is known to be served by the router that it was moved to, or by another one. */
  isSucceeded(vip: Ipv4): boolean {
    const to = this.moves.current(vip)?.to.routerId;
    if (to !== undefined && this.parts.isAdvertisedBy(to, vip)) return true;
    // In another area nothing is seen of it but what it says.
    return this.announcersOf(vip) > 0;
  }

  /** What of the packets to a VIP is carried away. */
  carried(vip: Ipv4, routerId: Ipv4): Carried | undefined {
    const move = this.moves.current(vip);
    if (move?.phase === 'moving') return { flows: 'new', to: move.to.router };
    const before = this.heard(vip).find(
      ({ state, peer }) => state === 'moving' || state === 'draining' || (state === 'offering' && peer === routerId),
    );
    return before === undefined ? undefined : { flows: 'unknown', to: before.router };
  }

  /** The opaque LSAs of this router. */
  lsas(config: Config, nowMs: number): readonly OspfOpaqueLsa[] {
    const { vips, exclusive, isConverged, isInMaintenance, isTold } = this.parts;
    const all = [...config.vips, ...exclusive.leaving];
    return this.notices.of(config, all, nowMs, (vip) => ({
      state: vips.stateOf(vip),
      sinceMs: vips.sinceOf(vip) ?? nowMs,
      fit: isConverged() && this.isFit(vip),
      leaves: isInMaintenance(),
      epoch: exclusive.epochOf(vip, nowMs),
      told: isTold(vip),
      offeredBy: this.offerOf(vip, config.routerId)?.routerId,
    }));
  }

  /** What this router says depends on what OSPF tells. */
  get isWaiting(): boolean {
    return this.notices.isWaiting;
  }

  /** A VIP was given away, and its new owner does not advertise it yet. */
  get awaitsSuccessor(): boolean {
    return this.moves.patient().some((vip) => this.parts.vips.stateOf(vip) === 'serving');
  }

  patient(): Ipv4[] {
    return this.moves.patient();
  }

  nextTimeoutMs(): number | undefined {
    const leaveAgainMs = this.parts.isInMaintenance() ? this.leaveAgainMs : undefined;
    const due = [this.moves.nextTimeoutMs(), leaveAgainMs, this.notices.nextTimeoutMs()];
    const earliest = Math.min(...due.map((atMs) => atMs ?? Infinity));
    return earliest === Infinity ? undefined : earliest;
  }

  view(vip: Ipv4): MoveView | undefined {
    return this.moves.view(vip);
  }

  /** What those say of a VIP that can be reached: an LSA outlives the router that it came from. */
  heard(vip: Ipv4): readonly Notice[] {
    const known = this.audible.get(vip);
    if (known !== undefined) return known;
    const heard = this.board.of(vip).filter(({ router }) => this.isReachable(router));
    this.audible.set(vip, heard);
    return heard;
  }

  /** To be called when routes or what is heard may have changed. */
  refresh(): void {
    this.reachable.clear();
    this.audible.clear();
  }

  private isReachable(router: Ipv4): boolean {
    const known = this.reachable.get(router);
    if (known !== undefined) return known;
    const reachable = this.parts.isReachable(router);
    this.reachable.set(router, reachable);
    return reachable;
  }

  /** A router in maintenance serves what it has and takes what nobody else could. */
  private isFit(vip: Ipv4): boolean {
    const { isFit, isInMaintenance, vips } = this.parts;
    if (!isFit(vip) || !isInMaintenance() || vips.stateOf(vip) === 'serving') return isFit(vip);
    return !this.heard(vip).some(({ state }) => state !== 'unfit');
  }

  private offerOf(vip: Ipv4, routerId: Ipv4): Notice | undefined {
    return this.heard(vip).find(({ state, peer }) => peer === routerId && (state === 'offering' || state === 'moving'));
  }

  private destination(config: Config, name: string, vip: Ipv4, node: string): Notice {
    if (node === config.name || node === formatIpv4(config.routerId)) {
      throw refused(`${node} is this router, expected another one`);
    }
    const others = this.board.of(vip);
    const found = others.filter((each) => each.name === node || formatIpv4(each.routerId) === node);
    if (found.length > 1) throw refused(`${found.length} routers are called ${node}, expected a router ID`);
    const [to] = found;
    if (to === undefined) {
      const known = others.map((each) => each.name).join(', ') || 'none is heard of';
      throw refused(
        `no router ${node} is heard of that has VIP ${name} in its configuration, expected one of: ${known}`,
      );
    }
    if (!this.isReachable(to.router)) throw refused(`there is no way to ${node} (${formatIpv4(to.router)}) now`);
    if (to.mode !== 'exclusive')
      throw refused(`VIP ${name} is ${to.mode} on ${node}, expected exclusive there as well`);
    if (to.state === 'unfit') {
      throw refused(`${node} cannot serve VIP ${name} now: its checks fail, it is drained, or it has just started`);
    }
    return to;
  }

  private servedElsewhere(name: string, vip: Ipv4, nowMs: number): LasthopError {
    const { owner } = this.parts.exclusive.view(vip, nowMs);
    const other = this.board.of(vip).find(({ routerId }) => formatIpv4(routerId) === owner);
    const state = this.parts.vips.stateOf(vip) ?? 'gone';
    if (other === undefined) return refused(`VIP ${name} is not in service here (${state})`);
    return refused(`VIP ${name} is not in service here (${state}); ${other.name} has it, and moves it`);
  }
}

export function noSuchVip(config: Config | undefined, name: string): LasthopError {
  const names = config?.vips.map((vip) => vip.name).join(', ') || 'none';
  return new LasthopError('NO_SUCH_VIP', `there is no VIP "${name}" here, expected one of: ${names}`);
}

function refused(message: string): LasthopError {
  return new LasthopError('MOVE_REFUSED', message);
}
