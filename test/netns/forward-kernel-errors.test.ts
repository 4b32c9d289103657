import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { ForwarderBench, host, ip, link, route } from '../support/forwarder-bench.js';
import { eventually, type ScratchNamespace } from '../support/scratch-namespace.js';
import { stream } from '../support/tcp-stream.js';

/*
 * What programs behind the virtual link hear of errors that the router makes about their packets. The kernel looks hard at
 * where such an error comes from, and this one is as strict as it can be made.
 *
 *   this process: lasthop0, 10.0.0.1, VIP 3.3.3.3 ── router ── r2 10.2.0.1, MTU 1300 ──── b 10.2.0.2
 */
const VIP = '3.3.3.3';
let bench: ForwarderBench;
let b: ScratchNamespace;

before(async () => {
  b = host('r2', '10.2.0.2/24', '10.2.0.1');
  bench = new ForwarderBench();
  bench.hello();
  bench.virtualLink('10.0.0.1', '10.2.0.1', VIP);
  bench.tell({ type: 'links', links: [{ ...link('r2', '10.2.0.1/24'), mtu: 1300 }] });
  await bench.untilUp('r2');
  await bench.routes([
    route('10.0.0.1/32', [{ kind: 'local' }]),
    route('10.2.0.1/32', [{ kind: 'local' }]),
    route(`${VIP}/32`, [{ kind: 'deliver' }]),
    route('10.2.0.0/24', [{ kind: 'connected', link: 'r2' }]),
    route('10.9.0.0/16', [{ kind: 'prohibit' }]),
  ]);
  for (const scope of ['all', 'default', 'lasthop0']) {
    writeFileSync(`/proc/sys/net/ipv4/conf/${scope}/rp_filter`, '1');
    writeFileSync(`/proc/sys/net/ipv4/conf/${scope}/log_martians`, '1');
  }
});

after(async () => {
  await bench.close();
  b.close();
});

/** How the attempt to connect by TCP ends. */
async function connectTo(address: string, localAddress: string): Promise<string> {
  const socket = connect({ host: address, port: 9, localAddress });
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  return error.code ?? '';
}

for (const source of [VIP, '10.0.0.1', '10.2.0.1']) {
  test(`TCP from ${source} hears at once why it gets no connection`, async () => {
    assert.equal(await connectTo('10.2.0.2', source), 'ECONNREFUSED');
    assert.equal(await connectTo('99.0.0.1', source), 'ENETUNREACH');
    assert.equal(await connectTo('10.9.0.1', source), 'EHOSTUNREACH');
    assert.equal(await connectTo('10.2.0.77', source), 'EHOSTUNREACH');
  });
}

test('UDP hears of a closed port and of a prohibited destination', async () => {
  for (const address of ['10.2.0.2', '10.9.0.2']) {
    const socket = createSocket('udp4');
    socket.bind(0, VIP);
    await once(socket, 'listening');
    socket.connect(9, address);
    await once(socket, 'connect');
    const failed = once(socket, 'error') as Promise<[NodeJS.ErrnoException]>;
    socket.send('anybody there?');
    const [error] = await failed;
    socket.close();
    assert.equal(error.code, address === '10.2.0.2' ? 'ECONNREFUSED' : 'EHOSTUNREACH');
  }
});

test('the kernel learns the MTU of a link smaller than the virtual link, and keeps to it', async () => {
  const socket = createSocket('udp4');
  socket.bind(0, VIP);
  await once(socket, 'listening');
  socket.send(new Uint8Array(1400), 9, '10.2.0.2');
  await eventually('path MTU', () => ip('route', 'get', '10.2.0.2', 'from', VIP).includes('mtu 1300'));
  socket.close();
  const { sent, received } = await stream(undefined, b, '10.2.0.2', 8 << 20);
  assert.deepEqual(received, sent);
});
