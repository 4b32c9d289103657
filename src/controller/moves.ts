import type { Ipv4 } from '../base/ipv4.js';
import type { Notice } from '../vip/rank-ownership.js';

/** How a move stands: the last one, if it is over. */
export interface MoveView {
  /** Name of the other router. */
  readonly to: string;
  readonly phase: MovePhase;
  /** Why it failed. */
  readonly reason: string | undefined;
}

/**
 * `offering`: the other router is to make ready. `giving`: it is, and the VIP is to become its own. `moving`: it is; connections
 * that began here live on here. `done`: they have ended, or had to.
 */
export type MovePhase = 'offering' | 'giving' | 'moving' | 'done' | 'failed';

/** What a move depends on. */
export interface MoveFacts {
  /** The VIP is this router's own. */
  readonly owned: boolean;
  /** What is heard of the other router, if it can be reached. */
  readonly notice: Notice | undefined;
  /** No packets of new connections come here any more, and none of the old ones is open. */
  readonly over: boolean;
}

interface Move {
  readonly to: Notice;
  phase: MovePhase;
  reason: string | undefined;
  /** When it failed. */
  failedMs: number;
  /** Until when the other router has to be ready, and the VIP its own. */
  readonly readyByMs: number;
  /** Until when connections may live on. */
  readonly limitMs: number;
}

/** The other router has to be ready, and to have the VIP, within so long: LSAs go to and fro, at their pace. */
export const MOVE_READY_MS = 15_000;

/** Moves of VIPs from this router to others. The other side of a move follows from what this one says in its VIP-LSA. */
export class Moves {
  private readonly moves = new Map<Ipv4, Move>();

  /** @param changed is told of every phase but the first */
  constructor(private readonly changed: (vip: Ipv4, view: MoveView, nowMs: number) => void) {}

  /** `to` is a router that is fit to have the VIP; `limitMs` is when connections have to end. */
  begin(vip: Ipv4, to: Notice, limitMs: number, nowMs: number): void {
    this.moves.set(vip, {
      to,
      phase: 'offering',
      reason: undefined,
      failedMs: -Infinity,
      readyByMs: nowMs + MOVE_READY_MS,
      limitMs,
    });
  }

  /** Moves each move on by as many phases as `facts` allow; returns whether there was any. */
  settle(facts: (vip: Ipv4, to: Ipv4) => MoveFacts, nowMs: number): boolean {
    let moved = false;
    for (const [vip, move] of this.moves) {
      const phase = next(move, facts(vip, move.to.routerId), nowMs);
      if (phase === move.phase) continue;
      move.phase = phase;
      if (phase === 'failed') move.failedMs = nowMs;
      moved = true;
      this.changed(vip, viewOf(move), nowMs);
    }
    return moved;
  }

  /** What a VIP of this router is offered or left to. */
  current(vip: Ipv4): { readonly phase: MovePhase; readonly to: Notice } | undefined {
    const move = this.moves.get(vip);
    return move === undefined || isOver(move) ? undefined : move;
  }

  /** The router that it was to be moved to when that failed last, and when that was. */
  failure(vip: Ipv4): { readonly routerId: Ipv4; readonly atMs: number } | undefined {
    const move = this.moves.get(vip);
    return move?.phase === 'failed' ? { routerId: move.to.routerId, atMs: move.failedMs } : undefined;
  }

  /** To whom a VIP of this router is to be given now. */
  heirOf(vip: Ipv4): Ipv4 | undefined {
    const move = this.moves.get(vip);
    return move?.phase === 'giving' ? move.to.routerId : undefined;
  }

  /** Addresses whose connections are waited for. */
  patient(): Ipv4[] {
    return [...this.moves].filter(([, { phase }]) => phase === 'moving').map(([vip]) => vip);
  }

  /** When `settle` is to be called although nothing else happens. */
  nextTimeoutMs(): number | undefined {
    let earliest = Infinity;
    for (const move of this.moves.values()) {
      if (!isOver(move)) earliest = Math.min(earliest, move.phase === 'moving' ? move.limitMs : move.readyByMs);
    }
    return earliest === Infinity ? undefined : earliest;
  }

  view(vip: Ipv4): MoveView | undefined {
    const move = this.moves.get(vip);
    return move === undefined ? undefined : viewOf(move);
  }
}

function next(move: Move, { owned, notice, over }: MoveFacts, nowMs: number): MovePhase {
  switch (move.phase) {
    case 'offering':
      if (!owned) return fail(move, 'it was lost to another router meanwhile');
      if (notice === undefined) return fail(move, `${move.to.name} cannot be reached any more`);
      if (notice.state === 'ready') return 'giving';
      if (notice.state === 'unfit') return fail(move, `${move.to.name} is not fit to serve it any more`);
      return nowMs < move.readyByMs ? move.phase : fail(move, `${move.to.name} did not make ready in time`);
    case 'giving':
      if (!owned) return 'moving';
      return nowMs < move.readyByMs ? move.phase : fail(move, 'the store did not take it in time');
    case 'moving':
      // It came back, as the other router was lost.
      if (owned) return fail(move, `${move.to.name} was lost`);
      return over || nowMs >= move.limitMs ? 'done' : move.phase;
    default:
      return move.phase;
  }
}

function fail(move: Move, reason: string): MovePhase {
  move.reason = reason;
  return 'failed';
}

function isOver({ phase }: Move): boolean {
  return phase === 'done' || phase === 'failed';
}

function viewOf({ to, phase, reason }: Move): MoveView {
  return { to: to.name, phase, reason };
}
