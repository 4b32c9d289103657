import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatPrefix } from '../../src/base/prefix.js';
import type { OspfRoute } from '../../src/ospf/messages.js';
import { encodeLsa, LSA_NETWORK } from '../../src/wire/ospf/lsa.js';
import { encodeNetworkLsa } from '../../src/wire/ospf/network-lsa.js';
import type { RouterLink } from '../../src/wire/ospf/router-lsa.js';
import { hostStub, OspfNetwork, type SimulatedRouter } from '../support/ospf-network.js';
import { Bench, headerOf, OWN_ADDRESS, OWN_ID, PEER_ADDRESS, Peer, routerLsa } from '../support/ospf-peer.js';

const VIP = 0xc000020a;
const PEER = 0x09090909;

/** `PREFIX COST [NEXT HOPS] repair` for one prefix, or undefined. */
function describe(routes: readonly OspfRoute[], prefix: string): string | undefined {
  const route = routes.find((entry) => formatPrefix(entry.prefix) === prefix);
  if (route === undefined) return undefined;
  const hops = route.nextHops.map((hop) => hop.interface).join(' ');
  return `${route.cost} via ${hops}${route.repair === undefined ? '' : `, repair ${route.repair.interface}`}`;
}

/** A square: a client, two routers, a server that has the VIP. */
function square(costs: { left: number; right: number }, hostMode: boolean) {
  const network = new OspfNetwork();
  const client = network.addRouter('client', { routerId: 1, hostMode });
  const router1 = network.addRouter('router1', { routerId: 2 });
  const router2 = network.addRouter('router2', { routerId: 3 });
  const server = network.addRouter('server', { routerId: 4, hostMode, stubs: [hostStub(VIP)] });
  const options = { helloSeconds: 1, deadSeconds: 4 };
  const wires = [
    network.connect(client, router1, { costs: [costs.left, 10], ...options }),
    network.connect(client, router2, { costs: [costs.right, 10], ...options }),
    network.connect(router1, server, options),
    network.connect(router2, server, options),
  ];
  network.run(10_000);
  return { network, client, router1, router2, server, wires };
}

const vipAt = (router: SimulatedRouter) => describe(router.routes, '192.0.2.10/32');

test('equal paths are all used, and need no repair', () => {
  const { client } = square({ left: 10, right: 10 }, true);
  assert.equal(vipAt(client), '20 via eth0 eth1');
});

test('a host prefers by the cost of its own links, and repairs with the other', () => {
  const { client } = square({ left: 20, right: 5 }, true);
  assert.equal(vipAt(client), '15 via eth1, repair eth0');
});

test('a host is no path for others, not even as a repair, but is given what is its own', () => {
  const { router1, network, wires } = square({ left: 10, right: 10 }, true);
  assert.equal(vipAt(router1), '10 via eth2');
  network.setCarrier(wires[2], false);
  network.run(network.nowMs + 5000);
  // Beyond the server's link the only way left is through the client: as a last resort, as RFC 6987 has it.
  assert.equal(vipAt(router1), `${10 + 0xffff + 10} via eth0`);
});

test('routers that are no hosts repair each other', () => {
  const { client, router1 } = square({ left: 20, right: 5 }, false);
  assert.equal(vipAt(client), '15 via eth1, repair eth0');
  assert.equal(vipAt(router1), '10 via eth2, repair eth0');
});

test('carrier loss: routes follow within 30 ms; silent loss: within the dead interval', () => {
  const { network, client, wires } = square({ left: 10, right: 15 }, true);
  const failedMs = network.nowMs;
  network.setCarrier(wires[2], false);
  assert.ok(network.runUntil(() => vipAt(client) === '25 via eth1', failedMs + 30));
  network.setCarrier(wires[2], true);
  assert.ok(network.runUntil(() => vipAt(client) === '20 via eth0, repair eth1', network.nowMs + 3000));
  network.run(network.nowMs + 20_000);
  wires[2].silent = true;
  assert.ok(network.runUntil(() => vipAt(client) === '25 via eth1', network.nowMs + 4100));
});

test('a partitioned network: what cannot be reached has no route, and comes back with the link', () => {
  const network = new OspfNetwork();
  const [a, b, c, d] = [1, 2, 3, 4].map((routerId) =>
    network.addRouter(`r${routerId}`, { routerId, stubs: [hostStub(routerId)] }),
  );
  network.connect(a, b);
  const bridge = network.connect(b, c);
  network.connect(c, d);
  network.run(5000);
  assert.equal(describe(a.routes, '0.0.0.4/32'), '30 via eth0');
  network.setCarrier(bridge, false);
  network.run(network.nowMs + 3000);
  assert.deepEqual(
    a.routes.map((route) => formatPrefix(route.prefix)),
    ['0.0.0.2/32'],
  );
  assert.equal(a.instance.database(network.nowMs).length, 4, 'the LSAs are still there');
  network.setCarrier(bridge, true);
  network.run(network.nowMs + 10_000);
  assert.equal(describe(a.routes, '0.0.0.4/32'), '30 via eth0');
});

test('a change of stubs alone takes no Dijkstra, anywhere', () => {
  const { network, client, router1, router2, server } = square({ left: 10, right: 15 }, true);
  network.run(network.nowMs + 60_000);
  const routers = [client, router1, router2, server];
  const runs = () => routers.map((router) => router.instance.statistics().dijkstraRuns);
  const before = runs();
  const stubRuns = client.instance.statistics().stubRuns;
  network.configure(server, { stubs: [hostStub(VIP, 3), hostStub(VIP + 1)] });
  network.run(network.nowMs + 5000);
  assert.equal(vipAt(client), '23 via eth0, repair eth1');
  assert.equal(describe(client.routes, '192.0.2.11/32'), '20 via eth0, repair eth1');
  network.configure(server, { stubs: [] });
  network.run(network.nowMs + 5000);
  assert.equal(vipAt(client), undefined);
  assert.deepEqual(runs(), before);
  assert.equal(client.instance.statistics().stubRuns, stubRuns + 2);
});

test('what is here itself at no higher cost has no route; anycast goes to the nearest', () => {
  const { network, client, router1, router2 } = square({ left: 10, right: 15 }, false);
  network.configure(router1, { stubs: [hostStub(VIP)] });
  network.run(network.nowMs + 3000);
  assert.equal(vipAt(router1), undefined);
  assert.equal(vipAt(client), '10 via eth0, repair eth1');
  network.configure(router2, { stubs: [hostStub(VIP, 50)] });
  network.run(network.nowMs + 3000);
  assert.equal(vipAt(router2), '10 via eth3, repair eth1', 'dear here and cheap there: there');
});

test('twenty equal neighbors: sixteen next hops', () => {
  const network = new OspfNetwork();
  const a = network.addRouter('a', { routerId: 1 });
  const far = network.addRouter('far', { routerId: 99, stubs: [hostStub(VIP)] });
  for (let index = 0; index < 20; index++) {
    const middle = network.addRouter(`m${index}`, { routerId: 10 + index });
    network.connect(a, middle);
    network.connect(middle, far);
  }
  network.run(10_000);
  const route = a.routes.find((entry) => entry.prefix.address === VIP);
  assert.deepEqual(route?.nextHops.length, 16);
  assert.equal(new Set(route?.nextHops.map((hop) => hop.via)).size, 16);
});

/** One adjacency to PEER, whose database is `lsas`. */
function withDatabase(lsas: readonly Uint8Array[]): Bench {
  const bench = new Bench();
  const peer = new Peer(bench, PEER);
  peer.becomeFull(lsas.map(headerOf));
  peer.update(...lsas);
  bench.pass(3000);
  return bench;
}

const toUs: RouterLink = { type: 1, id: OWN_ID, data: PEER_ADDRESS, metric: 10 };
const stub = (id: number, metric = 0): RouterLink => ({ type: 3, id, data: 0xffffffff, metric });

test('transit networks are crossed, and are destinations themselves', () => {
  const lan = 0x0a0b0001;
  const attachment = (data: number): RouterLink => ({ type: 2, id: lan, data, metric: 7 });
  const bench = withDatabase([
    routerLsa(PEER, 1, [toUs, attachment(lan)]),
    routerLsa(0x08080808, 1, [attachment(lan + 1), stub(VIP)]),
    encodeLsa(
      { age: 1, options: 2, type: LSA_NETWORK, id: lan, advertisingRouter: PEER, sequence: -9 },
      encodeNetworkLsa({ networkMask: 0xffffff00, attachedRouters: [PEER, 0x08080808, 0x0c0c0c0c] }),
    ),
  ]);
  assert.equal(describe(bench.instance.routes(), '10.11.0.0/24'), '17 via eth0');
  assert.equal(describe(bench.instance.routes(), '192.0.2.10/32'), '17 via eth0');
});

test('a link that only one end describes is none', () => {
  const bench = withDatabase([
    routerLsa(PEER, 1, [toUs, { type: 1, id: 0x08080808, data: 1, metric: 1 }, stub(1)]),
    routerLsa(0x08080808, 1, [stub(VIP)]),
  ]);
  assert.equal(describe(bench.instance.routes(), '0.0.0.1/32'), '10 via eth0');
  assert.equal(describe(bench.instance.routes(), '192.0.2.10/32'), undefined);
  const silent = withDatabase([routerLsa(PEER, 1, [stub(VIP)])]);
  assert.deepEqual(silent.instance.routes(), [], 'the neighbor itself does not list us');
});

test('metrics of 0xffff are long, not infinite, and distances go beyond 16 bits', () => {
  const chain = [0x11, 0x12, 0x13];
  const link = (id: number): RouterLink => ({ type: 1, id, data: 1, metric: 0xffff });
  const bench = withDatabase([
    routerLsa(PEER, 1, [toUs, link(chain[0])]),
    routerLsa(chain[0], 1, [link(PEER), link(chain[1])]),
    routerLsa(chain[1], 1, [link(chain[0]), link(chain[2])]),
    routerLsa(chain[2], 1, [link(chain[1]), stub(VIP, 0xffff)]),
  ]);
  assert.equal(describe(bench.instance.routes(), '192.0.2.10/32'), `${10 + 4 * 0xffff} via eth0`);
});

test('an LSA at MaxAge carries no routes', () => {
  const bench = withDatabase([routerLsa(PEER, 1, [toUs, stub(VIP)])]);
  assert.equal(describe(bench.instance.routes(), '192.0.2.10/32'), '10 via eth0');
  new Peer(bench, PEER).update(routerLsa(PEER, 1, [toUs, stub(VIP)], 3600));
  bench.pass(100);
  assert.deepEqual(bench.instance.routes(), []);
});

test('the next hop follows the address of the neighbor', () => {
  const bench = withDatabase([routerLsa(PEER, 1, [toUs, stub(VIP)])]);
  assert.equal(bench.instance.routes()[0].nextHops[0].via, PEER_ADDRESS);
  new Peer(bench, PEER, 'eth0', OWN_ADDRESS + 9).hello();
  bench.pass(100);
  assert.equal(bench.instance.routes()[0].nextHops[0].via, OWN_ADDRESS + 9);
});
