import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { parseIpv4 } from '../../src/base/ipv4.js';
import { readTcpConnections } from '../../src/kernel/tcp-connections.js';

const VIP = '127.0.0.7';

function count(address: string): number {
  const asked = parseIpv4(address)!;
  const alone = readTcpConnections([asked]).get(asked)!;
  const others = ['127.0.1.1', '127.0.1.2', '127.0.1.3'].map((other) => parseIpv4(other)!);
  assert.deepEqual(readTcpConnections([...others, asked]).get(asked), alone);
  return alone.length;
}

for (const host of ['0.0.0.0', '::']) {
  test(`connections of an address are counted while they are open, of a server that listens at ${host}`, async () => {
    const server = createServer((socket) => socket.on('error', () => {}));
    server.listen(0, host);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const open: Socket[] = [];
    for (const address of [VIP, VIP, '127.0.0.8']) {
      const accepted = once(server, 'connection');
      open.push(connect(port, address));
      await accepted;
    }
    assert.equal(count(VIP), 2);
    assert.equal(count('127.0.0.9'), 0);
    for (const socket of open) socket.destroy();
    server.close();
    await once(server, 'close');
    assert.equal(count(VIP), 0);
  });
}
