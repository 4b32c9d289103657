import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIpv4 } from '../../src/base/ipv4.js';
import { formatPrefix } from '../../src/base/prefix.js';
import { hostStub, OspfNetwork } from '../support/ospf-network.js';

const A = 0x01010101;
const B = 0x02020202;
const VIP = parseIpv4('192.0.2.10') ?? 0;

test('two routers become Full within milliseconds of the link coming up, and learn each other routes', () => {
  const network = new OspfNetwork();
  const a = network.addRouter('a', { routerId: A });
  const b = network.addRouter('b', { routerId: B, stubs: [hostStub(VIP)] });
  network.connect(a, b);
  network.run(100);
  assert.deepEqual(a.statesOf(B), ['Init', 'ExStart', 'Exchange', 'Loading', 'Full']);
  assert.deepEqual(network.allFull(), true);
  network.run(3000);
  assert.ok(network.databasesAgree());
  assert.deepEqual(
    a.routes.map((route) => [formatPrefix(route.prefix), route.cost, route.nextHops]),
    [['192.0.2.10/32', 10, [{ interface: 'eth0', via: 0x0a000002 }]]],
  );
});
