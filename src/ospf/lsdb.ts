import { formatIpv4 } from '../base/ipv4.js';
import { TimerTable } from '../base/timer-table.js';
import {
  LSA_OPAQUE_AREA,
  LSA_OPAQUE_AS,
  type Lsa,
  type LsaBody,
  type LsaHeader,
  writeLsaAge,
} from '../wire/ospf/lsa.js';
import { MAX_AGE_DIFFERENCE_SECONDS, MAX_AGE_SECONDS } from './constants.js';
import { type LsaName, TopologyJournal } from './topology-journal.js';

/** Names an LSA, whichever instance of it: type, link state ID and advertising router. */
export type LsaKey = string;

export function lsaKey(lsa: Pick<LsaHeader, 'type' | 'id' | 'advertisingRouter'>): LsaKey {
  return `${lsa.type} ${lsa.id} ${lsa.advertisingRouter}`;
}

/** For events and rejections. */
export function describeLsa(lsa: Pick<LsaHeader, 'type' | 'id' | 'advertisingRouter'>): string {
  return `LSA of type ${lsa.type}, ID ${formatIpv4(lsa.id)}, from ${formatIpv4(lsa.advertisingRouter)}`;
}

/**
 * Which of two instances is more recent (RFC 2328 section 13.1): positive if `a` is, negative if `b` is, 0 if they are
 * the same. Ages must be those of the same moment.
 */
export function compareInstances(a: LsaHeader, b: LsaHeader): number {
  if (a.sequence !== b.sequence) return a.sequence - b.sequence;
  if (a.checksum !== b.checksum) return a.checksum - b.checksum;
  const aIsMax = a.age >= MAX_AGE_SECONDS;
  const bIsMax = b.age >= MAX_AGE_SECONDS;
  if (aIsMax !== bIsMax) return aIsMax ? 1 : -1;
  if (Math.abs(a.age - b.age) > MAX_AGE_DIFFERENCE_SECONDS) return b.age - a.age;
  return 0;
}

/**
 * Where an instance came from. MinLSArrival holds for what was flooded only (section 13, step 5a): a neighbor often has
 * something newer at the moment when it has answered our request, as its own LSA does once it is Full with us.
 */
export type LsdbEntrySource = 'own' | 'flooded' | 'requested';

/** One instance of an LSA in the database. What it says never changes, only what became of it does. */
export class LsdbEntry {
  readonly key: LsaKey;
  readonly body: LsaBody;
  /** The whole LSA as it came, owned by the entry; the age in it counts for nothing. */
  readonly bytes: Uint8Array;
  readonly installedAtMs: number;
  readonly source: LsdbEntrySource;
  /** When it came in; it may have waited until it was installed. */
  arrivedAtMs: number;
  /** When it last left in a Link State Update. */
  lastSentMs: number | undefined;
  /** Retransmission lists that it is on. */
  private waiters = 0;
  /** The database that it is in, from `Lsdb.install` on. */
  private lsdb: Lsdb | undefined;

  private readonly header: LsaHeader;

  /** Keeps `bytes`; `lsa.header.age` is the age at `nowMs`, clamped to MaxAge. */
  constructor(lsa: Lsa, bytes: Uint8Array, nowMs: number, source: LsdbEntrySource) {
    this.key = lsaKey(lsa.header);
    this.header = { ...lsa.header, age: Math.min(lsa.header.age, MAX_AGE_SECONDS) };
    this.body = lsa.body;
    this.bytes = bytes;
    this.installedAtMs = nowMs;
    this.arrivedAtMs = nowMs;
    this.source = source;
    this.lastSentMs = undefined;
    this.lsdb = undefined;
  }

  get type(): number {
    return this.header.type;
  }

  get id(): number {
    return this.header.id;
  }

  get advertisingRouter(): number {
    return this.header.advertisingRouter;
  }

  get sequence(): number {
    return this.header.sequence;
  }

  get options(): number {
    return this.header.options;
  }

  /** Outlives the entry without keeping its contents. */
  get name(): LsaName {
    return this.header;
  }

  /** It has come on a retransmission list. */
  awaitAcknowledgment(): void {
    this.waiters++;
  }

  /** It has left a retransmission list. */
  endWait(): void {
    this.waiters--;
    if (this.waiters === 0) this.lsdb?.noteReleased(this);
  }

  get isAwaitingAcknowledgment(): boolean {
    return this.waiters > 0;
  }

  belongTo(lsdb: Lsdb): void {
    this.lsdb = lsdb;
  }

  /** Seconds, 0 to 3600. */
  ageAt(nowMs: number): number {
    return Math.min(MAX_AGE_SECONDS, this.header.age + Math.floor((nowMs - this.installedAtMs) / 1000));
  }

  isMaxAge(nowMs: number): boolean {
    return this.ageAt(nowMs) >= MAX_AGE_SECONDS;
  }

  /** When the age reaches MaxAge if nothing newer comes. */
  get expiresAtMs(): number {
    return this.installedAtMs + (MAX_AGE_SECONDS - this.header.age) * 1000;
  }

  headerAt(nowMs: number): LsaHeader {
    return { ...this.header, age: this.ageAt(nowMs) };
  }

  /** A copy of the LSA with `ageSeconds` in it. */
  copyWithAge(ageSeconds: number): Uint8Array {
    const copy = this.bytes.slice();
    writeLsaAge(copy, 0, ageSeconds);
    return copy;
  }

  /** The same instance, body and all, aged prematurely (section 14.1): a bare header would be malformed to some. */
  agedPrematurely(nowMs: number): LsdbEntry {
    const header = { ...this.header, age: MAX_AGE_SECONDS };
    return new LsdbEntry({ header, body: this.body }, this.bytes, nowMs, 'own');
  }
}

const TYPES = 12;

/** The link state database of one flooding scope: one instance of each LSA at most. */
export class Lsdb {
  private readonly byType: ReadonlyArray<Map<LsaKey, LsdbEntry>> = Array.from({ length: TYPES }, () => new Map());
  /** When each LSA that is not yet at MaxAge gets there. */
  private readonly expiries = new TimerTable<LsaKey>();
  private readonly maxAged = new Set<LsdbEntry>();
  /** Those of `maxAged` that may have nobody left to wait for. */
  private released = new Set<LsdbEntry>();
  private opaqueNews = new Map<LsaKey, LsdbEntry>();
  private readonly counts = new Map<number, number>();
  private count = 0;
  private byteCount = 0;
  /** What the graph of the area has to read again. */
  readonly topologyJournal = new TopologyJournal();

  get size(): number {
    return this.count;
  }

  /** Of all LSAs together, as they are sent. */
  get bytes(): number {
    return this.byteCount;
  }

  /** How many there are of this advertising router. */
  countOf(advertisingRouter: number): number {
    return this.counts.get(advertisingRouter) ?? 0;
  }

  get(lsa: Pick<LsaHeader, 'type' | 'id' | 'advertisingRouter'>): LsdbEntry | undefined {
    return this.byType[lsa.type]?.get(lsaKey(lsa));
  }

  /** What there is now of an LSA that was here once, found without a new text for its name. */
  instanceLike({ type, key }: LsdbEntry): LsdbEntry | undefined {
    return this.byType[type]?.get(key);
  }

  /** Visits the entries of one LS type, in order of first installation, without an object for each. */
  visitType(type: number, visit: (entry: LsdbEntry) => void): void {
    this.byType[type]?.forEach(visit);
  }

  *[Symbol.iterator](): IterableIterator<LsdbEntry> {
    for (const entries of this.byType) yield* entries.values();
  }

  /** Puts an entry in the place of an older instance, which is returned. */
  install(entry: LsdbEntry, nowMs: number): LsdbEntry | undefined {
    const entries = this.entriesLike(entry);
    const old = entries.get(entry.key);
    if (old === undefined) this.adjustCount(entry, 1);
    else this.forgetMaxAged(old);
    this.byteCount += entry.bytes.length - (old?.bytes.length ?? 0);
    entries.set(entry.key, entry);
    this.topologyJournal.note(entry.name);
    entry.belongTo(this);
    this.noteOpaque(entry);
    if (entry.isMaxAge(nowMs)) {
      this.expiries.stop(entry.key);
      this.addMaxAged(entry);
    } else {
      this.expiries.set(entry.key, entry.expiresAtMs);
    }
    return old;
  }

  remove(entry: LsdbEntry): void {
    const entries = this.entriesLike(entry);
    if (entries.get(entry.key) !== entry) return;
    entries.delete(entry.key);
    this.topologyJournal.note(entry.name);
    this.noteOpaque(entry);
    this.expiries.stop(entry.key);
    this.forgetMaxAged(entry);
    this.adjustCount(entry, -1);
    this.byteCount -= entry.bytes.length;
  }

  nextExpiryMs(): number | undefined {
    return this.expiries.nextAtMs();
  }

  /** The entries that have grown to MaxAge by `nowMs`, each told once. */
  takeExpired(nowMs: number): LsdbEntry[] {
    const expired: LsdbEntry[] = [];
    for (let key = this.expiries.takeExpired(nowMs); key !== undefined; key = this.expiries.takeExpired(nowMs)) {
      const entry = this.byKey(key);
      if (entry === undefined) continue;
      this.topologyJournal.note(entry.name);
      this.addMaxAged(entry);
      expired.push(entry);
    }
    return expired;
  }

  /** There may be something for `takeReleased`. */
  get hasReleased(): boolean {
    return this.released.size > 0;
  }

  /** Takes the entries at MaxAge that are on no retransmission list, each once: they may be removed (section 14). */
  takeReleased(): LsdbEntry[] {
    const { released } = this;
    this.released = new Set();
    return [...released].filter((entry) => !entry.isAwaitingAcknowledgment);
  }

  /** Called by the entry: it has left the last retransmission list. */
  noteReleased(entry: LsdbEntry): void {
    if (this.maxAged.has(entry)) this.released.add(entry);
  }

  /** What an opaque LSA says has changed, or it is gone. */
  noteOpaque(entry: LsdbEntry): void {
    if (entry.type === LSA_OPAQUE_AREA || entry.type === LSA_OPAQUE_AS) this.opaqueNews.set(entry.key, entry);
  }

  /** The opaque LSAs of area or AS scope that have changed since the last call. */
  takeOpaqueNews(): Iterable<LsdbEntry> {
    const { opaqueNews } = this;
    if (opaqueNews.size > 0) this.opaqueNews = new Map();
    return opaqueNews.values();
  }

  private addMaxAged(entry: LsdbEntry): void {
    this.maxAged.add(entry);
    this.released.add(entry);
  }

  private forgetMaxAged(entry: LsdbEntry): void {
    this.maxAged.delete(entry);
    this.released.delete(entry);
  }

  private adjustCount({ advertisingRouter }: LsdbEntry, change: 1 | -1): void {
    this.count += change;
    const count = this.countOf(advertisingRouter) + change;
    if (count === 0) this.counts.delete(advertisingRouter);
    else this.counts.set(advertisingRouter, count);
  }

  private byKey(key: LsaKey): LsdbEntry | undefined {
    return this.byType[Number.parseInt(key, 10)]?.get(key);
  }

  private entriesLike(entry: LsdbEntry): Map<LsaKey, LsdbEntry> {
    const entries = this.byType[entry.type];
    if (entries === undefined) throw new RangeError(`LS type ${entry.type}, expected 1 to ${TYPES - 1}`);
    return entries;
  }
}
