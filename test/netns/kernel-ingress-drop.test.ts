import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { native } from '../../src/kernel/binding.js';
import { attachDrop, attachNftablesDrop, attachTcxDrop } from '../../src/kernel/ingress-drop.js';
import { SLOT_BYTES } from '../../src/link/frame.js';
import { eventually, needsRealRoot, ScratchNamespace } from '../support/scratch-namespace.js';

const OWN = '10.1.1.2';

let host: ScratchNamespace;
let far: ScratchNamespace;
let ifindex: number;

before(() => {
  host = new ScratchNamespace();
  far = new ScratchNamespace();
  host.connect('nic', far, 'wire');
  host.ip('addr', 'add', `${OWN}/24`, 'dev', 'nic');
  far.ip('addr', 'add', '10.1.1.1/24', 'dev', 'wire');
  ifindex = host.inside(() => native.interfaceIndex('nic'));
});
after(() => {
  host.close();
  far.close();
});

/** Counts the frames that a packet socket on the host's NIC sees while the far end tries to reach the kernel. */
function framesSeen(attempt: () => void): number {
  const options = { vnetHeader: false, ignoreOutgoing: true, qdiscBypass: false };
  const buffers = { receiveBufferBytes: 1 << 20, sendBufferBytes: 1 << 20 };
  const fd = host.inside(() => native.openPacket({ ifindex, ...options, ...buffers }));
  attempt();
  const io = new native.PacketIo(new Uint8Array(8 * SLOT_BYTES), SLOT_BYTES, 8);
  const count = io.receivePacket(fd, false, new Int32Array(8), new Int32Array(8), 8);
  native.close(fd);
  return count;
}

for (const [attach, skip] of [[attachTcxDrop, needsRealRoot] as const, [attachNftablesDrop, false] as const]) {
  test(`${attach.name}: the kernel is kept away, packet sockets are not, and closing gives the link back`, {
    skip,
  }, () => {
    assert.ok(far.reaches(OWN));
    const drop = host.inside(() => attach(ifindex, 'nic'));
    assert.ok(framesSeen(() => assert.ok(!far.reaches(OWN))) > 0);
    drop.close();
    assert.ok(far.reaches(OWN));
  });
}

test('the first method that the kernel allows is taken', () => {
  const drop = host.inside(() => attachDrop(ifindex, 'nic'));
  assert.equal(drop.method, needsRealRoot ? 'nftables' : 'tcx');
  assert.ok(!far.reaches(OWN));
  drop.close();
});

test('an XDP drop hides frames from packet sockets too, until it is closed', { skip: needsRealRoot }, () => {
  const fd = host.inside(() => native.attachXdpDrop(ifindex));
  assert.equal(
    framesSeen(() => assert.ok(!far.reaches(OWN))),
    0,
  );
  native.close(fd);
  assert.ok(far.reaches(OWN));
});

for (const [method, module, expression] of [
  ['tcx', 'ingress-drop', `attachTcxDrop(${'IFINDEX'}, 'nic')`],
  ['nftables', 'ingress-drop', `attachNftablesDrop(${'IFINDEX'}, 'nic')`],
  ['xdp', 'binding', `native.attachXdpDrop(${'IFINDEX'})`],
] as const) {
  test(`${method}: a killed process leaves nothing behind`, {
    skip: method !== 'nftables' && needsRealRoot,
  }, async () => {
    const name = expression.slice(0, expression.search(/[.(]/));
    const url = new URL(`../../src/kernel/${module}.js`, import.meta.url).href;
    const code = `import { ${name} } from ${JSON.stringify(url)};
      ${expression.replace('IFINDEX', String(ifindex))};
      setInterval(() => {}, 1000);
      console.log('attached');`;
    const words = ['netns', 'exec', host.name, process.execPath, '--input-type=module', '-e', code];
    const child = spawn('ip', words, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    assert.ok(!far.reaches(OWN));
    child.kill('SIGKILL');
    await once(child, 'exit');
    await eventually('the kernel answers again', () => far.reaches(OWN));
    assert.equal(host.run('nft', 'list', 'ruleset'), '');
  });
}

test('a link that does not exist is ENODEV', { skip: needsRealRoot }, () => {
  const expected = {
    code: 'ENODEV',
    errno: -19,
    syscall: 'bpf',
    message: /^ENODEV: no such device, bpf BPF_TCX_INGRESS/,
  };
  assert.throws(() => host.inside(() => attachDrop(4242, 'absent')), expected);
});

test('without the right to do so the error names what the kernel refused, on one line', () => {
  const url = new URL('../../src/kernel/ingress-drop.js', import.meta.url).href;
  const code = `import { attachDrop } from ${JSON.stringify(url)};
    import { native } from ${JSON.stringify(new URL('../../src/kernel/binding.js', import.meta.url).href)};
    native.dropPrivileges(65534, 65534);
    try { attachDrop(${ifindex}, 'nic') } catch (error) { console.log(error.name, error.code, error.message) }`;
  const printed = host.run(process.execPath, '--input-type=module', '-e', code);
  assert.match(
    printed,
    /^LasthopError INGRESS_DROP_UNAVAILABLE link nic: .*EPERM.*BPF_PROG_LOAD.*EPERM.*nftables.*\n$/,
  );
});
