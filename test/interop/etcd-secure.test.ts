import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EtcdSettings } from '../../src/config/config.js';
import { EtcdClient } from '../../src/etcd/etcd-client.js';
import { StoreRunner } from '../../src/etcd/store-runner.js';
import type { StoreReply } from '../../src/vip/ownership.js';
import { EtcdProcess, lacksEtcd } from '../support/etcd-process.js';

const lacksOpenssl = spawnSync('openssl', ['version']).error === undefined ? false : 'openssl not installed';
const STARTS_WITHIN_MS = 30_000;
const TOKEN_SECONDS = 1;

describe('an etcd with TLS, client certificates and passwords', { skip: lacksEtcd || lacksOpenssl }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'lasthop-tls-'));
  const path = (name: string) => join(directory, name);
  let etcd: EtcdProcess;

  before(async () => {
    for (const name of ['ours', 'strange']) certify(path(name));
    for (const password of ['right', 'wrong']) writeFileSync(path(password), `${password}\n`);
    const files = ['--cert-file', path('ours.pem'), '--key-file', path('ours.key')];
    const clients = ['--client-cert-auth', '--trusted-ca-file', path('ours.pem')];
    etcd = await EtcdProcess.start('https', [...files, ...clients, '--auth-token-ttl', String(TOKEN_SECONDS)]);
    await demandPasswords(etcd.url, path('ours'));
  });

  after(async () => {
    await etcd?.end();
    rmSync(directory, { recursive: true });
  });

  const secured: () => EtcdSettings = () => ({
    endpoints: [new URL(etcd.url)],
    ca: path('ours.pem'),
    cert: path('ours.pem'),
    key: path('ours.key'),
    user: 'root',
    passwordFile: path('right'),
    validityMs: 20_000,
  });

  async function replyWith(changes: Partial<EtcdSettings>, runner = runnerFor()): Promise<StoreReply | string> {
    await runner.store.run({ ...secured(), ...changes }, { compare: [], put: [] });
    return runner.replies.at(-1) ?? 'no reply';
  }

  it('is read with all of them', async () => {
    assert.deepEqual(await replyWith({}), { succeeded: true, entries: [] });
  });

  const refusals: readonly (readonly [string, () => Partial<EtcdSettings>, RegExp])[] = [
    ['a wrong password', () => ({ passwordFile: path('wrong') }), /etcd at https:.*authentication failed/],
    ['no user', () => ({ user: undefined }), /etcd at https:.*permission denied/],
    ['no certificate of ours', () => ({ cert: undefined, key: undefined }), /etcd at https:.*certificate/],
    [
      'a strange certificate of ours',
      () => ({ cert: path('strange.pem'), key: path('strange.key') }),
      /certificate|CA/,
    ],
    ['another authority', () => ({ ca: path('strange.pem') }), /etcd at https:.*certificate/],
    ['a file that is not there', () => ({ ca: path('missing.pem') }), /no such file.*missing\.pem/],
    [
      'no TLS',
      () => ({ endpoints: [new URL(etcd.url.replace('https', 'http'))] }),
      /etcd at http:.*(hang up|HTTP|status)/,
    ],
  ];
  for (const [what, changes, expected] of refusals) {
    it(`says what is wrong with ${what}`, async () => {
      const reply = await replyWith(changes());
      assert.ok(typeof reply === 'string', JSON.stringify(reply));
      assert.match(reply, expected);
    });
  }

  it('is asked for another token when the one that it gave has expired', async () => {
    const runner = runnerFor();
    const settings = secured();
    const ask = async () => {
      await runner.store.run(settings, { compare: [], put: [] });
      return typeof runner.replies.at(-1);
    };
    assert.equal(await ask(), 'object');
    await sleep(TOKEN_SECONDS * 1000 + 1500);
    // One beat may be lost by it.
    if ((await ask()) === 'string') assert.equal(await ask(), 'object');
  });
});

function runnerFor(): { store: StoreRunner; replies: (StoreReply | string)[] } {
  const replies: (StoreReply | string)[] = [];
  return {
    store: new StoreRunner(
      () => performance.now(),
      (reply) => replies.push(reply),
    ),
    replies,
  };
}

/** A certificate that signs itself, for a server and its clients. */
function certify(path: string): void {
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const name = ['-subj', '/O=lasthop', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const { status, stderr } = spawnSync('openssl', [
    'req',
    ...kind,
    ...name,
    '-keyout',
    `${path}.key`,
    '-out',
    `${path}.pem`,
  ]);
  assert.equal(status, 0, String(stderr));
}

/** From now on nobody may do anything without the password of root. */
async function demandPasswords(url: string, pair: string): Promise<void> {
  const [pem, key] = [readFileSync(`${pair}.pem`, 'utf8'), readFileSync(`${pair}.key`, 'utf8')];
  const client = new EtcdClient({ endpoints: [new URL(url)], ca: pem, cert: pem, key, user: undefined });
  const call = (method: string, body: object) => client.call(`auth/${method}`, { ...body }, AbortSignal.timeout(5000));
  for (const endMs = Date.now() + STARTS_WITHIN_MS; ; await sleep(50)) {
    try {
      await call('user/add', { name: 'root', password: 'right' });
      break;
    } catch (error) {
      if (Date.now() > endMs) throw error;
    }
  }
  await call('role/add', { name: 'root' });
  await call('user/grant', { user: 'root', role: 'root' });
  await call('enable', {});
  client.close();
}
