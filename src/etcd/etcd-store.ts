import { LasthopError } from '../base/errors.js';
import type { StoreEntry, StoreReply, StoreRequest } from '../vip/ownership.js';
import type { EtcdClient } from './etcd-client.js';

/** All keys are below it. */
const PREFIX = '/lasthop/';

/** The store of ownership in etcd: each request is one transaction. */
export class EtcdStore {
  constructor(private readonly client: EtcdClient) {}

  /** Throws a LasthopError (`ETCD`) if there was no reply, or none that makes sense: the request may have arrived. */
  async perform({ compare, put }: StoreRequest, signal: AbortSignal): Promise<StoreReply> {
    const range = { requestRange: { key: encode(PREFIX), range_end: encode(endOf(PREFIX)) } };
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
    if (found === undefined) throw new LasthopError('ETCD', 'etcd: its reply to a transaction has no range');
    return { succeeded: reply.succeeded === true, entries: (found.kvs ?? []).map(entryOf) };
  }
}

interface Response {
  readonly response_range?: { readonly kvs?: readonly KeyValue[] };
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
