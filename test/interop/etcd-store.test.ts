import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { EtcdClient } from '../../src/etcd/etcd-client.js';
import { EtcdStore } from '../../src/etcd/etcd-store.js';

const skip = spawnSync('etcd', ['--version']).error === undefined ? false : 'etcd-server not installed';
const STARTS_WITHIN_MS = 30_000;

describe('the store in etcd', { skip }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'lasthop-etcd-'));
  let etcd: ChildProcess;
  let client: EtcdClient;
  let store: EtcdStore;

  before(async () => {
    const [port, peerPort] = [await freePort(), await freePort()];
    const [url, peerUrl] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`];
    const urls = ['--listen-client-urls', url, '--advertise-client-urls', url, '--listen-peer-urls', peerUrl];
    const cluster = ['--initial-advertise-peer-urls', peerUrl, '--initial-cluster', `default=${peerUrl}`];
    etcd = spawn('etcd', ['--data-dir', directory, ...urls, ...cluster], { stdio: 'ignore' });
    client = clientOf(`http://127.0.0.1:${await freePort()}`, url);
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
    if (etcd?.exitCode === null && etcd.kill('SIGKILL')) await once(etcd, 'exit');
    rmSync(directory, { recursive: true });
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

  it('says who did not answer when it stands still', async () => {
    etcd.kill('SIGSTOP');
    try {
      await assert.rejects(
        store.perform({ compare: [], put: [] }, AbortSignal.timeout(200)),
        /etcd at .*: no answer in time/,
      );
    } finally {
      etcd.kill('SIGCONT');
    }
  });
});

function clientOf(first: string, second: string): EtcdClient {
  const options = { ca: undefined, cert: undefined, key: undefined, user: undefined };
  return new EtcdClient({ endpoints: [new URL(first), new URL(second)], ...options });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
