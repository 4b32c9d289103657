import type { Ipv4 } from '../base/ipv4.js';

/**
 * Who serves an exclusive VIP, settled in a store that all servers share and that never tells two of them different things
 * (etcd). Each server keeps a key of its own alive by changing it again and again; who has not been seen to change his for
 * `validMs` has lost what he owned, and whoever takes it changes his key too, so that he learns of it when he comes back.
 *
 * ```
 *   server/ID   life, beat, for how long a beat holds        VIP: server that owns it
 * ```
 *
 * The owner counts from when it sent its last beat that arrived, the others from when they learnt of it, which is later.
 * So there are never two as long as no clock runs faster than another by more than `DRIFT`. The revision of a VIP's key is
 * its epoch: each owner has a higher one than the owner before, as long as the store loses no data. If it does, epochs begin
 * anew, and nobody takes anything for as long as a beat holds, so that there are not two even then. A store that is restored
 * from a backup may have two: who was cut off since the backup was made finds there what it last knew, as if nobody had taken
 * it. Stop the servers, or leave them without a store for `validMs`, before it is restored.
 *
 * Pure: results of requests and the time are given. (C. Gray, D. Cheriton, Leases, 1989; M. Burrows, Chubby, 2006.)
 */
export interface OwnershipPolicy {
  /** This server, by a text of its own among all of them. */
  readonly server: string;
  /** Another text each time that the server starts. */
  readonly life: string;
  /** A beat holds for so long. */
  readonly validMs: number;
  /** From beat to beat. */
  readonly beatMs: number;
}

/** An exclusive VIP that this server would serve. */
export interface Candidacy {
  readonly address: Ipv4;
  /** 1 to 255: who has more of it is earlier to take what nobody has. */
  readonly rank: number;
  /** What is to be when the store cannot be reached: give it up in time, or keep it until somebody else has it. */
  readonly leaseLoss: 'drop' | 'hold';
  /** False while the service is not fit: it is given up, and not taken. */
  readonly fit: boolean;
  /** It is delivered here. It is not given up to nobody before that has ended: the next owner may be quick. */
  readonly delivered: boolean;
  /** The server that it is to be given to, if it is owned; undefined: none. */
  readonly heir: string | undefined;
}

/** One transaction: if every key has the revision that is given (0: there is no such key), all are written. */
export interface StoreRequest {
  readonly compare: readonly KeyRevision[];
  readonly put: readonly { readonly key: string; readonly value: string }[];
}

export interface KeyRevision {
  readonly key: string;
  readonly revision: number;
}

/** All keys, as they are after it. Undefined in place of it: nobody knows whether the request arrived. */
export interface StoreReply {
  readonly succeeded: boolean;
  readonly entries: readonly StoreEntry[];
}

export interface StoreEntry {
  readonly key: string;
  readonly value: string;
  /** Of its last change: it grows with each change of any key. */
  readonly revision: number;
}

interface Seen {
  readonly revision: number;
  /** When this revision was learnt of first. */
  readonly atMs: number;
}

/** Clocks of two servers differ by at most this part of what they measure. */
const DRIFT = 0.05;
/** What one of rank 1 waits longer than one of rank 255 before it takes something. */
const RANK_STEP_MS = 0.25;
const MOST_RANK = 255;
/**
 * Keys that are written by one transaction, but for the last claim and the beat: stores bound what one may have (etcd: 128
 * comparisons and as many operations, by default).
 */
const CLAIMS_AT_ONCE = 120;
/** In place of the beat of a server of which something was taken; his name who took it follows. */
const LOST_TO = 'lost to ';

export class Ownership {
  private candidates: ReadonlyMap<string, Candidacy> = new Map();
  private entries: ReadonlyMap<string, StoreEntry> = new Map();
  private readonly seen = new Map<string, Seen>();
  /** Revision of the own key, as far as is known; undefined: the store has to be read first. */
  private ownRevision: number | undefined;
  /**
   * Since when what the store says follows from what it said before. One that has lost data knows
   * nothing of an owner who may serve until his last beat is over. Who had no key of his own in it cannot tell.
   */
  private steadyFromMs = Infinity;
  /** The longest that a beat of anybody has been good for, as far as was heard. */
  private longestValidMs = 0;
  private beats = 0;
  /** For how long the beat that was sent last is good, as it says. */
  private saidValidMs = 0;
  /** The first beat since the server started, or lost all: what it has in the store since before is not its own. */
  private ownFromRevision = Infinity;
  /** Revisions of VIPs that it gives up: others may have them before this server knows that the store does. */
  private readonly givenUp = new Map<string, number>();
  private validUntilMs = -Infinity;
  private nextBeatMs = -Infinity;
  private isAsking = false;
  /** The store names this server as the owner of something. */
  private isNamed = false;
  private changeCount = 0;

  constructor(private policy: OwnershipPolicy) {}

  /** Beats are of another length from the next one on. */
  setTimes(validMs: number, beatMs: number): void {
    this.policy = { ...this.policy, validMs, beatMs };
  }

  /** Replaces what this server would serve. */
  configure(candidates: readonly Candidacy[]): void {
    this.candidates = new Map(candidates.map((candidate) => [vipKey(candidate.address), candidate]));
  }

  /** The epoch in which this server may serve the VIP now; undefined: it may not. */
  epoch(address: Ipv4, nowMs: number): number | undefined {
    const key = vipKey(address);
    const candidate = this.candidates.get(key);
    const entry = this.entries.get(key);
    if (candidate?.fit !== true || entry === undefined || !this.isOwn(entry)) return undefined;
    return candidate.leaseLoss === 'hold' || nowMs < this.validUntilMs ? entry.revision : undefined;
  }

  /** The store gave it to this life of this server, which has not begun to give it up. */
  private isOwn({ key, value, revision }: StoreEntry): boolean {
    const { server } = this.policy;
    return value === server && revision >= this.ownFromRevision && revision > (this.givenUp.get(key) ?? 0);
  }

  /** Until when an owned VIP with `leaseLoss: drop` may be served as it is now. */
  get deadlineMs(): number {
    return this.validUntilMs;
  }

  /** Grows when what `epoch` and `ownerOf` say may be something else, though the time alone can end it as well (`deadlineMs`). */
  get changes(): number {
    return this.changeCount;
  }

  /** The store says that VIPs are this server's, or may say so any moment. */
  get isHolding(): boolean {
    return this.isAsking || this.isNamed;
  }

  /** The owner of a VIP by the last account of the store. */
  ownerOf(address: Ipv4): string | undefined {
    return this.entries.get(vipKey(address))?.value || undefined;
  }

  /** When `next` may have something, or what `epoch` says may change, without anything else; Infinity: never. */
  nextTimeoutMs(): number {
    const untilMs = this.validUntilMs === -Infinity ? Infinity : this.validUntilMs;
    return Math.min(this.isAsking || !this.isNeeded ? Infinity : this.nextBeatMs, untilMs);
  }

  /** Notes that the time is over for which the last beat was good, if it is. */
  expire(nowMs: number): void {
    if (nowMs < this.validUntilMs || this.validUntilMs === -Infinity) return;
    this.validUntilMs = -Infinity;
    this.changeCount++;
  }

  /** The next request, if it is time for one: there is one at a time, until `take`. */
  next(nowMs: number): StoreRequest | undefined {
    if (this.isAsking || !this.isNeeded) return undefined;
    const request = this.claims(nowMs) ?? (nowMs >= this.nextBeatMs ? this.beat() : undefined);
    if (request !== undefined) this.isAsking = true;
    return request;
  }

  /** There is something to serve, or to give up. */
  private get isNeeded(): boolean {
    return this.candidates.size > 0 || this.isNamed;
  }

  /** Takes the reply to the request that was sent at `sentMs`; undefined if none came in time. */
  take(reply: StoreReply | undefined, sentMs: number, nowMs: number): void {
    this.isAsking = false;
    this.nextBeatMs = sentMs + this.policy.beatMs;
    if (reply === undefined) return;
    const wasBeat = this.ownRevision !== undefined;
    const wasValid = this.validUntilMs > -Infinity;
    this.read(reply.entries, nowMs);
    if (reply.succeeded && wasBeat) {
      this.validUntilMs = sentMs + this.saidValidMs * (1 - DRIFT);
      this.ownFromRevision = Math.min(this.ownFromRevision, this.ownRevision ?? Infinity);
      if (!wasValid) this.changeCount++;
      return;
    }
    this.nextBeatMs = nowMs;
    // A claim came too late, or a beat of which no reply came has arrived. Or else everything is lost, and begun anew.
    if (this.isOwnBeat(this.entries.get(serverKey(this.policy.server)))) return;
    this.validUntilMs = -Infinity;
    this.ownFromRevision = Infinity;
    this.changeCount++;
  }

  private isOwnBeat(entry: StoreEntry | undefined): boolean {
    return entry?.value.startsWith(`${this.policy.life} `) === true;
  }

  private read(entries: readonly StoreEntry[], nowMs: number): void {
    const former = this.entries;
    this.entries = new Map(entries.map((entry) => [entry.key, entry]));
    if (!former.has(serverKey(this.policy.server)) || this.hasGoneBack(former)) {
      this.steadyFromMs = nowMs;
      // The numbers begin anew: what was owned or given up by the old ones is no matter of the new ones.
      this.ownFromRevision = Infinity;
      this.validUntilMs = -Infinity;
      this.givenUp.clear();
      this.changeCount++;
    }
    this.isNamed = false;
    for (const { key, value, revision } of entries) {
      if (isVipKey(key) && value === this.policy.server) this.isNamed = true;
      if (this.seen.get(key)?.revision === revision) continue;
      this.seen.set(key, { revision, atMs: nowMs });
      if (isVipKey(key)) this.changeCount++;
      else this.longestValidMs = Math.max(this.longestValidMs, validMsOf(value));
    }
    for (const key of this.seen.keys()) {
      if (this.entries.has(key)) continue;
      this.seen.delete(key);
      this.changeCount++;
    }
    this.ownRevision = this.revisionOf(serverKey(this.policy.server));
  }

  /** Keys are never taken away, and their revisions only grow: unless data were lost. */
  private hasGoneBack(former: ReadonlyMap<string, StoreEntry>): boolean {
    for (const { key, revision } of former.values()) if (this.revisionOf(key) < revision) return true;
    return false;
  }

  private beat(): StoreRequest {
    const key = serverKey(this.policy.server);
    // A beat of nobody, only to read.
    if (this.ownRevision === undefined) return { compare: [], put: [] };
    return { compare: [{ key, revision: this.ownRevision }], put: [{ key, value: this.nextBeat() }] };
  }

  private nextBeat(): string {
    const { life, validMs } = this.policy;
    this.beats++;
    this.saidValidMs = validMs;
    return `${life} ${this.beats} ${validMs}`;
  }

  /** Takes what nobody has, and gives up what is not fit; a beat as well. */
  private claims(nowMs: number): StoreRequest | undefined {
    const { server } = this.policy;
    if (this.ownRevision === undefined || nowMs >= this.validUntilMs) return undefined;
    const compare: KeyRevision[] = [];
    const put = new Map<string, string>();
    for (const [key, candidate] of this.candidates) {
      if (put.size >= CLAIMS_AT_ONCE) break;
      const entry = this.entries.get(key);
      if (entry?.value === server && !candidate.fit) {
        if (candidate.delivered) continue;
        this.giveUp(entry, '', put);
      } else if (entry !== undefined && candidate.heir !== undefined && this.isOwn(entry)) {
        this.giveUp(entry, candidate.heir, put);
      } else if (this.isToTake(entry, candidate, nowMs)) this.takeOver(key, entry, compare, put);
      else continue;
      compare.push({ key, revision: entry?.revision ?? 0 });
    }
    for (const entry of this.entries.values()) {
      if (put.size >= CLAIMS_AT_ONCE) break;
      // It is not asked for any more.
      if (entry.value !== server || !isVipKey(entry.key) || this.candidates.has(entry.key)) continue;
      this.giveUp(entry, '', put);
      compare.push({ key: entry.key, revision: entry.revision });
    }
    if (put.size === 0) return undefined;
    const own = serverKey(server);
    compare.push({ key: own, revision: this.ownRevision });
    put.set(own, this.nextBeat());
    return { compare, put: [...put].map(([key, value]) => ({ key, value })) };
  }

  private giveUp({ key, revision }: StoreEntry, heir: string, put: Map<string, string>): void {
    this.givenUp.set(key, revision);
    this.changeCount++;
    put.set(key, heir);
  }

  /** With what he had goes the key of who had it, so that his next beat fails. */
  private takeOver(key: string, entry: StoreEntry | undefined, compare: KeyRevision[], put: Map<string, string>): void {
    const { server } = this.policy;
    put.set(key, server);
    const former = entry?.value ?? '';
    if (former === '' || former === server) return;
    const theirs = serverKey(former);
    if (!put.has(theirs)) compare.push({ key: theirs, revision: this.revisionOf(theirs) });
    put.set(theirs, `${LOST_TO}${server}`);
  }

  private isToTake(entry: StoreEntry | undefined, { rank, fit }: Candidacy, nowMs: number): boolean {
    const ownPatienceMs = patienceOf(Math.max(this.policy.validMs, this.longestValidMs));
    if (!fit || nowMs < this.steadyFromMs + ownPatienceMs) return false;
    if (entry === undefined) return true;
    if (entry.value === this.policy.server) return !this.isOwn(entry);
    const waitMs = (MOST_RANK - rank) * RANK_STEP_MS;
    if (entry.value === '') return nowMs >= this.seenMs(entry.key) + waitMs;
    const alive = this.entries.get(serverKey(entry.value));
    if (alive === undefined) return nowMs >= this.seenMs(entry.key) + ownPatienceMs + waitMs;
    // Who wrote that has been patient: no beat of his is good any more.
    if (alive.value.startsWith(LOST_TO)) return nowMs >= this.seenMs(alive.key) + waitMs;
    const silentFromMs = Math.max(this.seenMs(entry.key), this.seenMs(alive.key));
    const patienceMs = patienceOf(Math.max(this.policy.validMs, validMsOf(alive.value)));
    return nowMs >= silentFromMs + patienceMs + waitMs;
  }

  private seenMs(key: string): number {
    return this.seen.get(key)?.atMs ?? Infinity;
  }

  private revisionOf(key: string): number {
    return this.entries.get(key)?.revision ?? 0;
  }
}

/** For so long one who has been silent may still serve, by the clock of another one. */
function patienceOf(validMs: number): number {
  return validMs * (1 + DRIFT);
}

/** For how long a beat is good, as it says; 0 if it says nothing. */
function validMsOf(beat: string): number {
  const [, , validMs = ''] = beat.split(' ');
  return /^\d{1,9}$/.test(validMs) ? Number(validMs) : 0;
}

function serverKey(server: string): string {
  return `server/${server}`;
}

function isVipKey(key: string): boolean {
  return key.startsWith('vip/');
}

function vipKey(address: Ipv4): string {
  return `vip/${address}`;
}
