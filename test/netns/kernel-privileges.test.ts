import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { findUser, missingPrivilege, type Privileges, readPrivileges } from '../../src/kernel/privileges.js';
import { missingForUserChange } from '../../src/kernel/user-change.js';
import { needsRealRoot } from '../support/scratch-namespace.js';

const module = new URL('../../src/kernel/privileges.js', import.meta.url).href;

/** Keeps the thread pool busy and a worker running, drops privileges, and tells what every thread has left. */
const DROP = `import { readdirSync, readFileSync } from 'node:fs';
  import { pbkdf2 } from 'node:crypto';
  import { Worker } from 'node:worker_threads';
  import { dropPrivileges, readPrivileges } from ${JSON.stringify(module)};
  for (let i = 0; i < 8; i++) pbkdf2('a', 'b', 50000, 64, 'sha512', () => {});
  new Worker('setInterval(() => {}, 1000)', { eval: true });
  const [uid, gid] = process.argv.slice(-2).map(Number);
  const changed = dropPrivileges({ uid, gid });
  const fields = ['Uid', 'Gid', 'Groups', 'CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb', 'NoNewPrivs'];
  const threads = readdirSync('/proc/self/task').map((task) => {
    const status = readFileSync('/proc/self/task/' + task + '/status', 'utf8');
    return fields.map((name) => new RegExp('^' + name + ':[ \\\\t]*(.*?)[ \\\\t]*$', 'm').exec(status)[1]);
  });
  let setuid = 'worked';
  try { process.setuid(1) } catch (error) { setuid = error.code }
  console.log(JSON.stringify({ changed, threads, setuid, left: readPrivileges() }));
  process.exit(0);`;

interface Outcome {
  readonly changed: boolean;
  readonly threads: readonly (readonly string[])[];
  readonly setuid: string;
  readonly left: Privileges;
}

function drop(uid: number, gid: number, ...wrapper: readonly string[]): Outcome {
  const words = [...wrapper, process.execPath, '--input-type=module', '-e', DROP, String(uid), String(gid)];
  return JSON.parse(execFileSync(words[0], words.slice(1), { encoding: 'utf8', stdio: 'pipe' })) as Outcome;
}

const NONE = '0'.repeat(16);

test('after the drop no thread has an id, a group or a capability left', { skip: needsRealRoot }, () => {
  const { changed, threads, setuid, left } = drop(65534, 65534);
  assert.equal(changed, true);
  assert.ok(threads.length > 8, `${threads.length} threads`);
  const ids = ['65534\t65534\t65534\t65534', '65534\t65534\t65534\t65534', ''];
  for (const thread of threads) assert.deepEqual(thread, [...ids, NONE, NONE, NONE, NONE, NONE, '1']);
  assert.equal(setuid, 'EPERM');
  assert.deepEqual([left.netAdmin, left.netRaw], [false, false]);
});

test('a user namespace that does not know the user: the ids stay, the capabilities go', () => {
  const { changed, threads } = drop(65533, 65533, 'unshare', '--user', '--map-root-user');
  assert.equal(changed, false);
  for (const thread of threads) {
    assert.deepEqual(thread.slice(3), [NONE, NONE, NONE, NONE, NONE, '1']);
    assert.equal(thread[0], '0\t0\t0\t0');
  }
});

test('a process without CAP_SETUID cannot become another, and says so', { skip: needsRealRoot }, () => {
  // Still root, which may read the modules wherever they are.
  const confined = ['setpriv', '--bounding-set=-setuid', '--inh-caps=-setuid'];
  assert.throws(() => drop(65533, 65533, ...confined), /EPERM: operation not permitted, setresuid 65533:65533/);
});

test('what is missing is named, with what to do about it', () => {
  assert.deepEqual(readPrivileges(), { netAdmin: true, netRaw: true, tunDevice: 'usable' });
  assert.equal(missingPrivilege(readPrivileges()), undefined);
  const missing = missingPrivilege({ netAdmin: false, netRaw: false, tunDevice: 'usable' });
  assert.equal(missing?.code, 'CAPABILITY_MISSING');
  assert.equal(missing?.message, 'forwarding needs CAP_NET_ADMIN and CAP_NET_RAW, which this process does not have');
  assert.equal(missingPrivilege({ netAdmin: true, netRaw: true, tunDevice: 'absent' })?.code, 'TUN_UNAVAILABLE');
  assert.equal(missingPrivilege({ netAdmin: true, netRaw: true, tunDevice: 'refused' })?.code, 'TUN_REFUSED');
  const foreign = missingPrivilege({ netAdmin: true, netRaw: true, tunDevice: 'foreign' });
  assert.equal(foreign?.message, '/dev/net/tun is not the TUN driver');
});

test('what is missing to become another user is named, unless it is to stay who it is', () => {
  const status = (id: number, effective: string) =>
    `Uid:\t${id}\t${id}\t${id}\t${id}\nGid:\t${id}\t${id}\t${id}\t${id}\nCapEff:\t${effective}\n`;
  const all = '         0          0 4294967295\n';
  const nobody = { uid: 65534, gid: 65534 };
  const root = { status: status(0, '0000000000003000'), uid_map: all, gid_map: all };
  const missing = missingForUserChange(nobody, root);
  assert.equal(missing?.code, 'CAPABILITY_MISSING');
  assert.match(
    missing?.message ?? '',
    /^the controller is to run as 65534:65534, which needs CAP_SETUID and CAP_SETGID,/,
  );
  assert.match(
    missingForUserChange(nobody, { ...root, status: status(0, '0000000000000040') })?.message ?? '',
    /CAP_SETUID,/,
  );
  assert.equal(missingForUserChange(nobody, { ...root, status: status(0, '00000000000000c0') }), undefined);
  assert.equal(missingForUserChange(nobody, { ...root, status: status(65534, '0000000000003000') }), undefined);
  const one = '         0          0          1\n';
  assert.equal(missingForUserChange(nobody, { ...root, uid_map: one, gid_map: one }), undefined);
});

test('a user is found by name or by numbers', () => {
  const accounts = 'root:x:0:0:root:/root:/bin/bash\nlasthop:x:990:991::/:/usr/sbin/nologin\n';
  assert.deepEqual(findUser('lasthop', accounts), { uid: 990, gid: 991 });
  assert.deepEqual(findUser('1000:1001', accounts), { uid: 1000, gid: 1001 });
  assert.throws(() => findUser('stranger', accounts), {
    name: 'LasthopError',
    code: 'UNKNOWN_USER',
    message: 'user stranger: there is no such account on this host',
  });
});
