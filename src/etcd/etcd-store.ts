import { LasthopError } from '../base/errors.js';
import type { StoreEntry, StoreReply, StoreRequest } from '../vip/ownership.js';
import type { EtcdClient } from './etcd-client.js';

/** All keys are below it. */
const PREFIX = '/lasthop/';

/**
 * The store of ownership in etcd: each request is one transaction. Of the keys only those are read that have changed since the
 * last reply, as they are read several times a second, and may be thousands.
 */
export class EtcdStore {
  /** All keys as of `revision`, of the cluster of this ID; '': nothing is known. */
  private entries: ReadonlyMap<string, StoreEntry> = new Map();
  private revision = 0;
  private cluster = '';

  constructor(private readonly client: EtcdClient) {}

  /** One at a time. Throws a LasthopError (`ETCD`) if there was no reply, or none that makes sense: the request may have arrived. */
  async perform({ compare, put }: StoreRequest, signal: AbortSignal): Promise<StoreReply> {
    const changed = { min_mod_revision: String(this.revision + 1) };
    const range = { requestRange: { key: encode(PREFIX), range_end: encode(endOf(PREFIX)), ...changed } };
    const reply = await this.client.call(
      'kv/txn',
      {
        compare: compare.map(({ key, revision }) => ({
          key: encode(PREFIX + key),
          target: 'MOD',
          result: 'EQUAL',
          mod_revision: String(revision),
        })),
        success: [
          ...put.map(({ key, value }) => ({ requestPut: { key: encode(PREFIX + key), value: encode(value) } })),
          range,
        ],
        failure: [range],
      },
      signal,
    );
    const last = Array.isArray(reply.responses) ? (reply.responses as readonly Response[]).at(-1) : undefined;
    const found = last?.response_range;
    const header = reply.header as Header | undefined;
    if (found === undefined || header === undefined) {
      throw new LasthopError('ETCD', 'etcd: its reply to a transaction has no header or no range');
    }
    this.merge(header, found);
    return { succeeded: reply.succeeded === true, entries: [...this.entries.values()] };
  }

  /** What has changed, if it follows from what is known; else all is to be read anew. */
  private merge({ cluster_id: cluster, revision }: Header, { kvs = [], count = '0' }: Found): void {
    const entries = new Map(this.entries);
    for (const entry of kvs.map(entryOf)) entries.set(entry.key, entry);
    const follows = this.cluster === '' || (cluster === this.cluster && Number(revision) >= this.revision);
    if (!follows || Number(count) !== entries.size) {
      this.entries = new Map();
      this.revision = 0;
      this.cluster = '';
      throw new LasthopError('ETCD', 'etcd: keys are gone that it had before');
    }
    this.entries = entries;
    this.revision = Number(revision);
    this.cluster = cluster;
  }
}

interface Header {
  readonly cluster_id: string;
  readonly revision: string;
}

interface Response {
  readonly response_range?: Found;
}

interface Found {
  readonly kvs?: readonly KeyValue[];
  /** Of all keys in the range, not only of those that are new enough. */
  readonly count?: string;
}

/** 64-bit numbers are texts; empty ones are left out. */
interface KeyValue {
  readonly key: string;
  readonly value?: string;
  readonly mod_revision: string;
}

function entryOf({ key, value = '', mod_revision: revision }: KeyValue): StoreEntry {
  return { key: decode(key).slice(PREFIX.length), value: decode(value), revision: Number(revision) };
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}

function decode(text: string): string {
  return Buffer.from(text, 'base64').toString();
}

/** The first key that does not begin with `prefix`. */
function endOf(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}
