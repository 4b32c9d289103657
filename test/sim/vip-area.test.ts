import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ControllerNetwork } from '../support/controller-network.js';

const SERVERS = 10;
const VIPS = 1000;
const OSPF = 'type: point-to-point, hello-interval: 1, dead-interval: 4';

const range = (count: number) => Array.from({ length: count }, (_, at) => at);
const vipOf = (server: number, at: number) => `3.${server}.${Math.floor(at / 200)}.${1 + (at % 200)}`;

function serverConfig(server: number): string {
  return `router-id: 10.0.0.${server + 1}
links: [{ name: eth0, address: 1.1.${server}.2/30 }]
ospf: { interfaces: [{ link: eth0, ${OSPF} }] }
vips:
${range(VIPS)
  .map((at) => `  - { name: v${at}, address: ${vipOf(server, at)} }`)
  .join('\n')}
`;
}

function routerConfig(): string {
  return `router-id: 10.0.0.100
links:
${range(SERVERS)
  .map((server) => `  - { name: eth${server}, address: 1.1.${server}.1/30 }`)
  .join('\n')}
ospf:
  mode: router
  interfaces:
${range(SERVERS)
  .map((server) => `    - { link: eth${server}, ${OSPF} }`)
  .join('\n')}
`;
}

test('ten servers of a thousand VIPs each share an area', () => {
  const network = new ControllerNetwork();
  const router = network.add('router', routerConfig());
  router.start();
  const servers = range(SERVERS).map((server) => {
    const added = network.add(`server${server}`, serverConfig(server));
    network.wire(`router:eth${server}`, `server${server}:eth0`);
    added.start();
    return added;
  });
  network.run(60_000);
  const reached = (at = router) => [...at.fib.keys()].filter((prefix) => prefix.startsWith('3.')).length;
  assert.equal(reached(), SERVERS * VIPS);

  servers[0]!.controller.drain('v7', 0, network.nowMs);
  network.runUntil(() => !router.fib.has(`${vipOf(0, 7)}/32`), 10_000);
  assert.equal(reached(), SERVERS * VIPS - 1);

  servers[1]!.tell({ type: 'stop' });
  network.runUntil(() => reached() === (SERVERS - 1) * VIPS - 1, 10_000);
  network.run(1000);
  assert.equal(reached(servers[9]), (SERVERS - 1) * VIPS - 1);
});
