import type { Random } from '../base/random.js';
import type { SharedRing } from '../base/ring.js';
import { BFD_STATE_NAMES, bfdDiagnosticName } from '../wire/bfd.js';
import { type BfdChange, takeBfdChange } from './bfd-change.js';
import { type BfdTable, MAX_BFD_SESSIONS } from './bfd-table.js';
import type { Commands } from './commands.js';
import type { BfdSessionRequest, BfdState, BfdStateName } from './messages.js';

/** A session of a worker. */
interface Slot {
  readonly request: BfdSessionRequest;
  /** Index of the link. */
  readonly link: number;
  readonly discriminator: number;
  /** The worker has been told to end it. */
  isEnding: boolean;
}

export interface BfdOwnerOptions {
  readonly commands: Commands;
  readonly table: BfdTable;
  readonly changes: SharedRing;
  readonly random: Random;
  /** The index of the link of a name; undefined if there is no such link. */
  readonly linkIndex: (name: string) => number | undefined;
  /** There is a session now. */
  readonly onDefined: () => void;
  readonly onState: (state: BfdState) => void;
  readonly onRefused: (request: BfdSessionRequest, reason: string) => void;
}

/**
 * The main thread's side of the BFD sessions: makes of what the controller wants the sessions of the worker, and tells what
 * becomes of them. Sessions outlive the controller that asked for them: what a new one asks for in the same words goes on.
 */
export class BfdOwner {
  private readonly options: BfdOwnerOptions;
  private readonly slots: (Slot | undefined)[] = new Array(MAX_BFD_SESSIONS).fill(undefined);
  private wanted: readonly BfdSessionRequest[] = [];
  /** Of an earlier controller; they stay until the present one has had time to ask for them. */
  private former: readonly BfdSessionRequest[] = [];
  private whenIdle: () => void = () => {};

  constructor(options: BfdOwnerOptions) {
    this.options = options;
  }

  /** The complete set of wanted sessions. */
  want(requests: readonly BfdSessionRequest[]): void {
    this.wanted = requests;
    this.refresh();
  }

  /** Another controller takes over: what it does not ask for stays until `dropFormer`. */
  keepFormer(): void {
    const names = new Set(this.wanted.map(nameOf));
    this.former = [...this.wanted, ...this.former.filter((request) => !names.has(nameOf(request)))];
    this.wanted = [];
  }

  dropFormer(): void {
    this.former = [];
    this.refresh();
  }

  /** Brings the worker's sessions to what is wanted; also to be called when links have come or gone. */
  refresh(): void {
    const { commands, linkIndex } = this.options;
    const wanted = new Map([...this.former, ...this.wanted].map((request) => [nameOf(request), request]));
    for (const [index, slot] of this.slots.entries()) {
      if (slot === undefined || slot.isEnding) continue;
      const request = wanted.get(nameOf(slot.request));
      if (request !== undefined && isSamePair(request, slot.request) && linkIndex(request.link) === slot.link) {
        wanted.delete(nameOf(request));
        if (!hasSameTimers(request, slot.request)) this.define(index, { ...slot, request });
      } else {
        slot.isEnding = true;
        commands.bfdRemoved(index);
      }
    }
    for (const request of wanted.values()) this.begin(request);
  }

  /** Ends all sessions; the promise is kept when the peers have been told. */
  end(): Promise<void> {
    this.former = [];
    this.want([]);
    return new Promise((resolve) => {
      this.whenIdle = resolve;
      this.settle();
    });
  }

  /** Takes in what the worker has to tell. */
  takeChanges(): void {
    const { changes } = this.options;
    for (let change = takeBfdChange(changes); change !== undefined; change = takeBfdChange(changes)) {
      const slot = this.slots[change.slot];
      if (change.isEnd) this.slots[change.slot] = undefined;
      else if (slot !== undefined && !slot.isEnding) this.options.onState(stateOf(slot.request, change));
    }
    this.settle();
  }

  /** The present state of every session, for a new controller; `from` is the state itself. */
  states(nowUs: number): BfdState[] {
    return this.live().map(([index, { request }]) => {
      const { table } = this.options;
      const state = table.state[index];
      return stateOf(request, {
        slot: index,
        isEnd: false,
        atUs: nowUs,
        from: state,
        to: state,
        diagnostic: table.diagnostic[index],
        remoteState: table.remoteState[index],
        remoteDiagnostic: table.remoteDiagnostic[index],
        lost: table.lost[index] === 1,
      });
    });
  }

  /** Sessions that are not about to end, by their slots. */
  live(): [number, { readonly request: BfdSessionRequest; readonly discriminator: number }][] {
    return [...this.slots.entries()].flatMap(([index, slot]) =>
      slot === undefined || slot.isEnding ? [] : [[index, slot]],
    );
  }

  private begin(request: BfdSessionRequest): void {
    const { linkIndex, onRefused } = this.options;
    const link = linkIndex(request.link);
    if (link === undefined) return;
    const index = this.slots.indexOf(undefined);
    if (index < 0) onRefused(request, `more than ${MAX_BFD_SESSIONS} BFD sessions`);
    else this.define(index, { request, link, discriminator: this.newDiscriminator(), isEnding: false });
  }

  private define(index: number, slot: Slot): void {
    this.options.onDefined();
    this.slots[index] = slot;
    const { local, peer, minTxMs, minRxMs, multiplier } = slot.request;
    const { link, discriminator } = slot;
    const timers = { minTxUs: minTxMs * 1000, minRxUs: minRxMs * 1000, multiplier };
    this.options.commands.bfdDefined(index, { link, local, peer, discriminator, ...timers });
  }

  private newDiscriminator(): number {
    for (;;) {
      const discriminator = this.options.random.nextU32();
      const isTaken = this.slots.some((slot) => slot?.discriminator === discriminator);
      if (discriminator !== 0 && !isTaken) return discriminator;
    }
  }

  private settle(): void {
    if (this.slots.every((slot) => slot === undefined)) this.whenIdle();
  }
}

function nameOf({ link, peer }: BfdSessionRequest): string {
  return `${link}/${peer}`;
}

function isSamePair(a: BfdSessionRequest, b: BfdSessionRequest): boolean {
  return a.local === b.local && a.peer === b.peer && a.link === b.link;
}

function hasSameTimers(a: BfdSessionRequest, b: BfdSessionRequest): boolean {
  return a.minTxMs === b.minTxMs && a.minRxMs === b.minRxMs && a.multiplier === b.multiplier;
}

function stateOf({ link, peer }: BfdSessionRequest, change: BfdChange): BfdState {
  return {
    type: 'bfd',
    link,
    peer,
    atMs: change.atUs / 1000,
    from: stateName(change.from),
    to: stateName(change.to),
    diagnostic: bfdDiagnosticName(change.diagnostic),
    remoteState: stateName(change.remoteState),
    remoteDiagnostic: bfdDiagnosticName(change.remoteDiagnostic),
    lost: change.lost,
  };
}

function stateName(state: number): BfdStateName {
  return BFD_STATE_NAMES[state] as BfdStateName;
}
