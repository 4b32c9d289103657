import { TimerTable } from '../base/timer-table.js';
import { encodeLsaBody, type LsaHeader, type OriginatedBody } from '../wire/ospf/lsa.js';
import { WRAP_HOLD_MS, WRAP_MEMORY_MS } from './constants.js';
import { type LsaKey, type LsdbEntry, lsaKey } from './lsdb.js';
import { Pace } from './pace.js';

/** What an LSA of this router is to say. */
export class OwnLsa {
  readonly type: number;
  readonly id: number;
  readonly options: number;
  readonly body: OriginatedBody;
  /** `body` as it is sent. */
  readonly bytes: Uint8Array;

  constructor(header: Pick<LsaHeader, 'type' | 'id' | 'options'>, body: OriginatedBody) {
    this.type = header.type;
    this.id = header.id;
    this.options = header.options;
    this.body = body;
    this.bytes = encodeLsaBody(body);
  }

  says(options: number, bytes: Uint8Array): boolean {
    if (options !== this.options || bytes.length !== this.bytes.length) return false;
    return this.bytes.every((byte, at) => byte === bytes[at]);
  }
}

/** An LSA of ours and what is to be remembered of it besides the instance that the database has. */
export class OwnRecord {
  readonly key: LsaKey;
  readonly type: number;
  readonly id: number;
  readonly advertisingRouter: number;
  /** Undefined if it is to be flushed, or is gone already. */
  wanted: OwnLsa | undefined = undefined;
  /** A new instance is due even if it says the same. */
  mustRenew = false;
  /** When the instance in the database has to have a successor. */
  refreshAtMs = Number.POSITIVE_INFINITY;
  readonly pace = new Pace();
  /** Not before may sequence numbers begin again. */
  beginAgainAtMs = Number.NEGATIVE_INFINITY;
  private lastOfItsNumbers: LsdbEntry | undefined = undefined;
  private wrappedAtMs = Number.NEGATIVE_INFINITY;

  constructor(header: Pick<LsaHeader, 'type' | 'id' | 'advertisingRouter'>) {
    this.key = lsaKey(header);
    this.type = header.type;
    this.id = header.id;
    this.advertisingRouter = header.advertisingRouter;
  }

  /** `last` has the highest sequence number and has to go. Soon after another one, that has not gone everywhere. */
  noteWrap(last: LsdbEntry, nowMs: number): void {
    if (last === this.lastOfItsNumbers) return;
    if (nowMs - this.wrappedAtMs < WRAP_MEMORY_MS) this.beginAgainAtMs = nowMs + WRAP_HOLD_MS;
    this.lastOfItsNumbers = last;
    this.wrappedAtMs = nowMs;
  }
}

/**
 * The LSAs that this router is to have in one flooding scope, and which of them have to be looked at: because what they
 * are to say has changed, or because the time has come. Nothing is done here; `originate.ts` brings the database to it.
 */
export class OwnLsas {
  private readonly routerId: number;
  private readonly records = new Map<LsaKey, OwnRecord>();
  private pending = new Set<OwnRecord>();
  /** When a record has to be looked at again: its pace or its refresh. */
  private readonly timers = new TimerTable<LsaKey>();

  constructor(routerId: number) {
    this.routerId = routerId;
  }

  /** `lsas` are all that is wanted of these types from now on. Work grows with the number of LSAs, not with its square. */
  want(types: readonly number[], lsas: Iterable<OwnLsa>): void {
    const wanted = new Set<OwnRecord>();
    for (const lsa of lsas) {
      const record = this.recordOf(lsa);
      wanted.add(record);
      if (record.wanted?.says(lsa.options, lsa.bytes)) continue;
      record.wanted = lsa;
      this.pending.add(record);
    }
    for (const record of this.records.values()) {
      if (record.wanted === undefined || wanted.has(record) || !types.includes(record.type)) continue;
      record.wanted = undefined;
      this.pending.add(record);
    }
  }

  isWanted(key: LsaKey): boolean {
    return this.records.get(key)?.wanted !== undefined;
  }

  /** Another instance than ours is about: a new one of ours has to follow it. Returns false if the LSA is not wanted. */
  renew(key: LsaKey): boolean {
    const record = this.records.get(key);
    if (record?.wanted === undefined) return false;
    record.mustRenew = true;
    this.pending.add(record);
    return true;
  }

  /** The database does not have the LSA any more. */
  noteRemoved(key: LsaKey): void {
    const record = this.records.get(key);
    if (record !== undefined) this.pending.add(record);
  }

  /** Takes the records to look at now. */
  takeDue(nowMs: number): Iterable<OwnRecord> {
    for (let key = this.timers.takeExpired(nowMs); key !== undefined; key = this.timers.takeExpired(nowMs)) {
      const record = this.records.get(key);
      if (record !== undefined) this.pending.add(record);
    }
    const due = this.pending;
    if (due.size > 0) this.pending = new Set();
    return due;
  }

  lookAgainAt(record: OwnRecord, atMs: number): void {
    this.timers.set(record.key, atMs);
  }

  /** The record is of an LSA that is neither wanted nor there. */
  forget(record: OwnRecord): void {
    this.timers.stop(record.key);
    this.records.delete(record.key);
  }

  nextAtMs(): number | undefined {
    return this.timers.nextAtMs();
  }

  private recordOf(lsa: OwnLsa): OwnRecord {
    const header = { type: lsa.type, id: lsa.id, advertisingRouter: this.routerId };
    const known = this.records.get(lsaKey(header));
    if (known !== undefined) return known;
    const record = new OwnRecord(header);
    this.records.set(record.key, record);
    return record;
  }
}
