import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { EtcdClient } from '../../src/etcd/etcd-client.js';
import { EtcdStore } from '../../src/etcd/etcd-store.js';
import { EtcdProcess, freePort, lacksEtcd } from '../support/etcd-process.js';

const STARTS_WITHIN_MS = 30_000;

describe('the store in etcd', { skip: lacksEtcd }, () => {
  let etcd: EtcdProcess;
  let client: EtcdClient;
  let store: EtcdStore;

  before(async () => {
    etcd = await EtcdProcess.start();
    client = clientOf(`http://127.0.0.1:${await freePort()}`, etcd.url);
    store = new EtcdStore(client);
    for (const endMs = Date.now() + STARTS_WITHIN_MS; ; await sleep(50)) {
      try {
        await read();
        return;
      } catch (error) {
        if (Date.now() > endMs) throw error;
      }
    }
  });

  after(async () => {
    client?.close();
    await etcd?.end();
  });

  const read = () => store.perform({ compare: [], put: [] }, AbortSignal.timeout(5000));

  it('writes all keys of a transaction with one revision, and none if another one was faster', async () => {
    const put = [
      { key: 'server/a', value: 'life 1' },
      { key: 'vip/1', value: 'a' },
    ];
    const compare = put.map(({ key }) => ({ key, revision: 0 }));
    const first = await store.perform({ compare, put }, AbortSignal.timeout(5000));
    assert.equal(first.succeeded, true);
    const [{ revision }] = first.entries;
    assert.deepEqual(
      first.entries,
      put.map((entry) => ({ ...entry, revision })),
    );
    const second = await store.perform({ compare, put }, AbortSignal.timeout(5000));
    assert.deepEqual(second, { succeeded: false, entries: first.entries });
  });

  it('gives a later owner a higher revision, and reads back the empty value of a VIP that was given up', async () => {
    const { entries } = await read();
    const former = entries.find(({ key }) => key === 'vip/1')?.revision ?? 0;
    const compare = [{ key: 'vip/1', revision: former }];
    const reply = await store.perform({ compare, put: [{ key: 'vip/1', value: '' }] }, AbortSignal.timeout(5000));
    const entry = reply.entries.find(({ key }) => key === 'vip/1');
    assert.equal(entry?.value, '');
    assert.ok((entry?.revision ?? 0) > former);
  });

  it('says that keys are gone, and reads all anew', async () => {
    const erase = { key: Buffer.from('/lasthop/vip/1').toString('base64') };
    await client.call('kv/deleterange', erase, AbortSignal.timeout(5000));
    await assert.rejects(read(), /keys are gone that it had before/);
    const { entries } = await read();
    assert.deepEqual(
      entries.map(({ key, value }) => [key, value]),
      [['server/a', 'life 1']],
    );
    assert.deepEqual(await read(), { succeeded: true, entries });
  });

  it('says who did not answer when it stands still', async () => {
    etcd.pause();
    try {
      await assert.rejects(
        store.perform({ compare: [], put: [] }, AbortSignal.timeout(200)),
        /etcd at .*: no answer in time/,
      );
    } finally {
      etcd.resume();
    }
  });
});

function clientOf(first: string, second: string): EtcdClient {
  const options = { ca: undefined, cert: undefined, key: undefined, user: undefined };
  return new EtcdClient({ endpoints: [new URL(first), new URL(second)], ...options });
}
