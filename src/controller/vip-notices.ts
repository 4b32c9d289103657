import type { Ipv4 } from '../base/ipv4.js';
import type { Config, VipConfig } from '../config/config.js';
import type { OspfOpaqueLsa } from '../ospf/messages.js';
import type { VipState } from '../vip/lifecycle.js';
import { isSameVipLsa, type NoticeState, type VipLsa } from '../wire/ospf/vip-lsa.js';
import type { Moves } from './moves.js';
import { opaqueLsasOf } from './notice-board.js';

/** So long others carry the connections of a VIP that is a last resort here. */
const CARRY_LIMIT_MS = 60_000;

/** What this router says of a VIP follows from these. */
export interface NoticeFacts {
  readonly state: VipState | undefined;
  /** When it came into that state. */
  readonly sinceMs: number;
  /** It is to be served here, and can be. */
  readonly fit: boolean;
  readonly epoch: number | undefined;
  /** This router is in maintenance. */
  readonly leaves: boolean;
  /** All neighbors have been told of its stub as it is now. */
  readonly told: boolean;
  /** Who offers it to this router; undefined: nobody. */
  readonly offeredBy: Ipv4 | undefined;
}

/** What this router tells the others of its VIPs. */
export class VipNotices {
  /** What they say. */
  private notices: readonly VipLsa[] = [];
  private waiting = false;
  private dueMs: number | undefined;
  private lsas: readonly OspfOpaqueLsa[] = [];

  constructor(private readonly moves: Moves) {}

  /** What they say depends on what OSPF has told. */
  get isWaiting(): boolean {
    return this.waiting;
  }

  /** When they say something else although nothing happens; undefined: never. */
  nextTimeoutMs(): number | undefined {
    return this.dueMs;
  }

  /** The opaque LSAs that it is to have: the same list as long as they say the same. */
  of(
    { name, virtualLink }: Config,
    vips: readonly VipConfig[],
    nowMs: number,
    factsOf: (vip: Ipv4) => NoticeFacts,
  ): readonly OspfOpaqueLsa[] {
    this.waiting = false;
    this.dueMs = undefined;
    const notices = vips.map((vip): VipLsa => {
      const { address, mode, rank } = vip;
      const facts = factsOf(address);
      const state = this.stateOf(vip, facts, nowMs);
      if (state === 'ready' && facts.state !== 'ready') this.waiting = true;
      const peer = state === 'ready' ? facts.offeredBy : this.moves.current(address)?.to.routerId;
      return {
        address,
        router: virtualLink.address,
        peer: peer ?? 0,
        epoch: facts.epoch ?? 0,
        state,
        mode,
        rank,
        name,
      };
    });
    const before = this.notices;
    const isSame = notices.length === before.length && notices.every((notice, at) => isSameVipLsa(notice, before[at]!));
    if (!isSame) this.lsas = opaqueLsasOf(notices);
    this.notices = notices;
    return this.lsas;
  }

  /** It may be a last resort for days, and others note each connection that begins while they carry. */
  private whileItsConnectionsLast(sinceMs: number, nowMs: number): NoticeState {
    const untilMs = sinceMs + CARRY_LIMIT_MS;
    if (nowMs >= untilMs) return 'standby';
    this.dueMs = Math.min(this.dueMs ?? Infinity, untilMs);
    return 'draining';
  }

  private stateOf({ address, mode }: VipConfig, facts: NoticeFacts, nowMs: number): NoticeState {
    const { state, fit, epoch, told, leaves } = facts;
    const phase = this.moves.current(address)?.phase;
    switch (state) {
      case 'serving':
      case 'last-resort':
      case 'failed':
        if (phase === 'moving') return 'moving';
        if (phase !== undefined) return 'offering';
        if (mode !== 'exclusive') {
          if (state === 'failed') return 'unfit';
          // Others are to carry its connections here, and are told before it leaves for maintenance.
          if (state === 'last-resort') return this.whileItsConnectionsLast(facts.sinceMs, nowMs);
          if (leaves) return 'draining';
        }
        // Whoever hears of it may withdraw it, so it is not said before all neighbors know the way here.
        return told ? 'serving' : 'ready';
      case 'ready':
        return 'ready';
      case 'leaving':
      case 'draining':
      case 'withdrawn':
        return phase === 'moving' ? 'moving' : 'draining';
      default:
        // Its own, and on its way into service: nobody else is to take it.
        if (epoch !== undefined) return 'ready';
        return fit ? 'standby' : 'unfit';
    }
  }
}
