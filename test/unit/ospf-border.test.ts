import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OspfExternal } from '../../src/ospf/messages.js';
import { hostStub, OspfNetwork, type SimulatedRouter } from '../support/ospf-network.js';

/** RFC 3509: border routers with and without a neighbor in the backbone. */

const HOST = 0xc0000000;

function route(router: SimulatedRouter, address: number): string | undefined {
  const found = router.routes.find(({ prefix }) => prefix.address === address);
  return found && `${found.pathType} ${found.cost}`;
}

/** Link state IDs of the summaries of a type that `router` has in an area. */
function summaries(network: OspfNetwork, router: SimulatedRouter, area: number, type: number): number[] {
  const lsas = router.instance.database(network.nowMs);
  return lsas.filter((lsa) => lsa.area === area && lsa.type === type && lsa.age < 3600).map(({ id }) => id);
}

function isBorder(network: OspfNetwork, router: SimulatedRouter): boolean {
  const { routerId } = router.config;
  const own = router.instance.database(network.nowMs).filter((lsa) => lsa.type === 1 && lsa.id === routerId);
  return own.every(({ body }) => body.kind === 'router' && (body.flags & 1) !== 0);
}

test('a border router whose neighbors in the backbone are lost goes by way of another', () => {
  const network = new OspfNetwork();
  const external: OspfExternal = { prefix: { address: 0x0b000000, length: 8 }, metric: 20, metricType: 2, tag: 0 };
  const [outside, border, other, third] = [1, 2, 3, 4].map((routerId) =>
    network.addRouter(`r${routerId}`, {
      routerId,
      area: routerId === 4 ? 2 : 0,
      stubs: [hostStub(HOST + routerId)],
    }),
  );
  network.configure(outside, { externals: [external] });
  const inBackbone = network.connect(outside, border);
  network.connect(outside, other, { costs: [50, 50] });
  network.connect(border, other, { area: 1 });
  network.connect(border, third, { area: 2 });
  network.run(10_000);
  assert.equal(route(border, HOST + 1), 'intra-area 10');
  assert.equal(route(third, HOST + 1), 'inter-area 20');
  inBackbone.silent = true;
  network.run(network.nowMs + 60_000);
  assert.equal(isBorder(network, border), true, 'its link in the backbone is up');
  assert.equal(route(border, HOST + 1), 'inter-area 60');
  assert.equal(route(border, 0x0b000000), 'external-2 60');
  assert.equal(route(third, HOST + 1), undefined, 'what it has from a border router in area 1 it does not tell');
  assert.deepEqual(summaries(network, third, 2, 4), []);
  assert.equal(summaries(network, other, 1, 3).filter((id) => id === HOST + 1).length, 1, 'from the other alone');
  inBackbone.silent = false;
  network.run(network.nowMs + 15_000);
  assert.equal(route(border, HOST + 1), 'intra-area 10');
  assert.equal(route(third, HOST + 1), 'inter-area 20');
  assert.equal(route(third, 0x0b000000), 'external-2 20');
});
