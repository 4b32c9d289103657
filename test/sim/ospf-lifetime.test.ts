import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeOspfPacket, OSPF_LINK_STATE_UPDATE } from '../../src/wire/ospf/header.js';
import { encodeLsa, LSA_ROUTER } from '../../src/wire/ospf/lsa.js';
import { encodeLinkStateUpdate } from '../../src/wire/ospf/lsupd.js';
import { encodeRouterLsa } from '../../src/wire/ospf/router-lsa.js';
import { hostStub, OspfNetwork, type SimulatedRouter } from '../support/ospf-network.js';

/** What becomes of LSAs in the long run, seen in a ring of five routers. */

const MINUTE_MS = 60_000;
const RING = [0, 1, 2, 3, 4];

function ring(): { readonly network: OspfNetwork; readonly routers: SimulatedRouter[] } {
  const network = new OspfNetwork(4);
  const routers = RING.map((index) =>
    network.addRouter(`r${index}`, { routerId: index + 1, stubs: [hostStub(0xc0000200 + index)] }),
  );
  for (const index of RING) network.connect(routers[index], routers[(index + 1) % 5]);
  network.run(MINUTE_MS);
  return { network, routers };
}

function lsaOf(network: OspfNetwork, router: SimulatedRouter, routerId: number) {
  return router.instance.database(network.nowMs).find(({ advertisingRouter }) => advertisingRouter === routerId);
}

test('the LSA of a router that is gone ages out everywhere after an hour, and is back when it is', () => {
  const { network, routers } = ring();
  const [gone, ...others] = routers;
  const mine = network.wires.filter(({ ends }) => ends.some(({ router }) => router === gone));
  for (const wire of mine) network.setCarrier(wire, false);
  network.run(network.nowMs + 50 * MINUTE_MS);
  for (const router of others) assert.ok(lsaOf(network, router, 1) !== undefined);
  network.run(network.nowMs + 11 * MINUTE_MS);
  for (const router of others) {
    assert.equal(lsaOf(network, router, 1), undefined, router.name);
    assert.equal(router.instance.database(network.nowMs).length, 4);
  }
  for (const wire of mine) network.setCarrier(wire, true);
  network.run(network.nowMs + 10_000);
  assert.ok(network.databasesAgree());
  for (const router of others) assert.equal(router.routes.filter(({ prefix }) => prefix.length === 32).length, 4);
});

test('two halves that were apart for two hours agree again when they meet', () => {
  const { network, routers } = ring();
  const cut = [network.wires[0], network.wires[2]];
  for (const wire of cut) network.setCarrier(wire, false);
  for (let round = 0; round < 12; round++) {
    for (const [index, router] of routers.entries()) {
      network.configure(router, { stubs: [hostStub(0xc0000200 + index, round)] });
    }
    network.run(network.nowMs + 10 * MINUTE_MS);
  }
  const live = network.wires.filter((wire) => !cut.includes(wire));
  assert.ok(network.databasesAgree(live));
  assert.equal(lsaOf(network, routers[1], 1), undefined);
  for (const wire of cut) network.setCarrier(wire, true);
  network.run(network.nowMs + 10_000);
  assert.ok(network.databasesAgree());
  for (const router of routers) assert.equal(router.instance.database(network.nowMs).length, 5);
});

test('a sequence number that has run out begins again everywhere, and no route is lost for it for long', () => {
  const { network, routers } = ring();
  const [owner, neighbor] = routers;
  const lsa = encodeLsa(
    { age: 10, options: 2, type: LSA_ROUTER, id: 1, advertisingRouter: 1, sequence: 0x7ffffffe },
    encodeRouterLsa({ flags: 0, links: [] }),
  );
  const [{ ends }] = network.wires;
  const [at, from] = ends;
  assert.deepEqual([at.router, from.router], [owner, neighbor]);
  network.handle(owner, {
    kind: 'packet',
    interface: at.interface,
    source: from.address,
    destination: 0xe0000005,
    payload: encodeOspfPacket(OSPF_LINK_STATE_UPDATE, 2, 0, encodeLinkStateUpdate([lsa])),
  });
  network.run(network.nowMs + MINUTE_MS);
  for (const router of routers) assert.equal(lsaOf(network, router, 1)?.sequence, 0x7fffffff, router.name);
  network.configure(owner, { stubs: [hostStub(0xc0000200, 7)] });
  network.run(network.nowMs + 3000);
  for (const router of routers) assert.equal(lsaOf(network, router, 1)?.sequence, 0x80000001 | 0, router.name);
  assert.ok(network.databasesAgree());
  const route = routers[2].routes.find(({ prefix }) => prefix.address === 0xc0000200);
  assert.equal(route?.cost, 27);
});
