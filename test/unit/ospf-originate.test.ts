import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OspfStub } from '../../src/ospf/messages.js';
import { encodeLsa, LSA_NETWORK } from '../../src/wire/ospf/lsa.js';
import { encodeNetworkLsa } from '../../src/wire/ospf/network-lsa.js';
import { hostStub, OspfNetwork } from '../support/ospf-network.js';
import { Bench, interfaceConfig, OWN_ADDRESS, OWN_ID, Peer, routerLsa, updatesIn } from '../support/ospf-peer.js';

const PEER = 0x09090909;

function links(bench: Bench) {
  const body = bench.ownLsa()?.body;
  return body?.kind === 'router' ? body.links : undefined;
}

test('the router-LSA lists neighbors that are Full, subnets and stubs, sorted and each once', () => {
  const bench = new Bench({ stubs: [hostStub(9, 3), hostStub(7), hostStub(9, 2)] });
  const subnet = { type: 3, id: 0x0a000000, data: 0xfffffffc, metric: 10 };
  const stubs = [
    { type: 3, id: 7, data: 0xffffffff, metric: 0 },
    { type: 3, id: 9, data: 0xffffffff, metric: 2 },
  ];
  assert.equal(links(bench), undefined, 'there is nobody to tell');
  const peer = new Peer(bench, PEER);
  peer.becomeFull();
  bench.pass(99);
  assert.equal(links(bench), undefined, 'what else is to be told may come in a moment');
  bench.pass(1);
  assert.deepEqual(links(bench), [{ type: 1, id: PEER, data: OWN_ADDRESS, metric: 10 }, ...stubs, subnet]);
  bench.pass(2000);
  peer.hello([]);
  assert.deepEqual(links(bench), [...stubs, subnet]);
  bench.pass(2000);
  bench.carrier('eth0', false);
  assert.deepEqual(links(bench), stubs);
});

test('a link that comes up is told of with its neighbor, or after 200 ms without one', () => {
  const second = interfaceConfig({ name: 'eth1', address: { address: 0x0a000005, prefixLength: 30 } });
  const bench = new Bench({ interfaces: [interfaceConfig(), second] });
  const peer = new Peer(bench, PEER);
  peer.becomeFull();
  const acknowledge = () => {
    const updates = updatesIn(bench.sent());
    for (const update of updates) peer.acknowledge(update);
    return updates.length;
  };
  bench.pass(100);
  assert.equal(acknowledge(), 1);
  bench.pass(5000);
  bench.carrier('eth1', false);
  assert.equal(acknowledge(), 1);
  bench.pass(5000);
  bench.carrier('eth1', true);
  bench.pass(199);
  assert.equal(acknowledge(), 0);
  bench.pass(1);
  assert.equal(acknowledge(), 1);
  bench.pass(5000);
  bench.carrier('eth1', false);
  acknowledge();
  bench.pass(5000);
  peer.hello();
  bench.carrier('eth1', true);
  bench.pass(10);
  new Peer(bench, 0x01010101, 'eth1', 0x0a000006).becomeFull();
  assert.equal(links(bench)?.filter((link) => link.type === 1).length, 2);
});

test('in host mode links to neighbors cost 0xffff for others, stubs what they cost', () => {
  const bench = new Bench({ hostMode: true, stubs: [hostStub(7, 1)] });
  new Peer(bench, PEER).becomeFull();
  bench.pass(2000);
  assert.deepEqual(
    links(bench)?.map((link) => [link.type, link.metric]),
    [
      [1, 0xffff],
      [3, 1],
      [3, 10],
    ],
  );
});

test('changes are told at once, 1.05 s apart in a burst of four, then 5 s apart on average', () => {
  const bench = new Bench();
  const peer = new Peer(bench, PEER);
  peer.becomeFull();
  bench.pass(2000);
  for (const update of updatesIn(bench.sent())) peer.acknowledge(update);
  bench.pass(18_000);
  bench.sent();
  const startMs = bench.nowMs;
  const toldMs: number[] = [];
  let cost = 0;
  const change = (): readonly OspfStub[] => [hostStub(7, ++cost)];
  bench.configure({ stubs: change() });
  while (toldMs.length < 7) {
    for (const update of updatesIn(bench.sent())) {
      toldMs.push(bench.nowMs - startMs);
      peer.acknowledge(update);
      bench.configure({ stubs: change() });
    }
    bench.pass(10);
    peer.hello();
  }
  assert.deepEqual(toldMs, [0, 1050, 2100, 3150, 5000, 10_000, 15_000]);
  bench.pass(12_000);
  peer.hello();
  for (const update of updatesIn(bench.sent())) peer.acknowledge(update);
  bench.configure({ stubs: change() });
  assert.equal(updatesIn(bench.sent()).length, 1, 'after a quiet time the next is told at once again');
});

test('after a restart the old LSA that neighbors still hold is taken over with the next number', () => {
  const network = new OspfNetwork();
  const [a, b, c] = [1, 2, 3].map((routerId) =>
    network.addRouter(`r${routerId}`, { routerId, stubs: [hostStub(routerId)] }),
  );
  network.connect(a, b);
  network.connect(b, c);
  network.run(5000);
  for (let cost = 1; cost < 9; cost++) {
    network.configure(b, { stubs: [hostStub(2, cost)] });
    network.run(network.nowMs + 6000);
  }
  const sequenceAt = (router: typeof a) =>
    router.instance.database(network.nowMs).find((lsa) => lsa.id === 2)?.sequence ?? 0;
  const before = sequenceAt(c);
  network.restart(b);
  network.run(network.nowMs + 130);
  assert.equal(sequenceAt(c), before + 1);
  network.run(network.nowMs + 3000);
  assert.ok(network.databasesAgree());
  assert.deepEqual(
    a.routes.map((route) => route.prefix.address),
    [2, 3, 0x0a000004],
  );
});

test('a fight for our LSA is not fought faster than changes are told, and reported', () => {
  const bench = new Bench();
  const peer = new Peer(bench, PEER);
  peer.becomeFull();
  bench.pass(10_000);
  peer.hello();
  bench.sent();
  let told = 0;
  for (let second = 0; second < 30; second++) {
    const sequence = bench.ownLsa()?.sequence ?? 0;
    peer.update(routerLsa(OWN_ID, ((sequence - 0x80000000) | 0) + 1));
    told += updatesIn(bench.sent()).length;
    bench.pass(1000);
    peer.hello();
  }
  assert.ok(told <= 10, `${told} in 30 s`);
  const events = bench.take('event').filter((event) => event.name === 'self-originated-lsa-received');
  assert.ok(events.length >= 1 && events.length <= 4, `${events.length} events`);
});

test('the first instance waits for neighbors that are about to be Full, and for what is configured in a moment', () => {
  const second = interfaceConfig({ name: 'eth1', address: { address: 0x0a000005, prefixLength: 30 } });
  const bench = new Bench({ interfaces: [interfaceConfig(), second] });
  new Peer(bench, PEER).becomeFull();
  bench.pass(30);
  bench.sent();
  new Peer(bench, 0x01010101, 'eth1', 0x0a000006).becomeFull();
  bench.pass(40);
  assert.equal(bench.take('converged').length, 1, 'both are Full, and routes are calculated');
  bench.sent();
  bench.configure({ stubs: [hostStub(7)] });
  assert.deepEqual(
    updatesIn(bench.sent()).map(({ sequence }) => sequence),
    [0x80000001 | 0, 0x80000001 | 0],
    'one instance, on either interface',
  );
  assert.deepEqual(
    links(bench)?.map(({ type, id }) => [type, id]),
    [
      [1, 0x01010101],
      [1, PEER],
      [3, 7],
      [3, 0x0a000000],
      [3, 0x0a000004],
    ],
  );
});

test('the largest router-LSA fits one IP packet', () => {
  const stubs = Array.from({ length: 6000 }, (_, index) => hostStub(0xc0000000 + index));
  const bench = new Bench({ stubs });
  new Peer(bench, PEER).becomeFull();
  bench.pass(100);
  assert.equal(links(bench)?.length, 5455);
  const largest = Math.max(...bench.take('send').map(({ payload }) => payload.length));
  assert.ok(20 + largest <= 65_535 && 20 + largest + 12 > 65_535, `${largest}`);
  assert.equal(bench.take('event').filter(({ name }) => name === 'router-lsa-full').length, 1);
});

test('of LSAs that others make up in our name only so many are told to the operator', () => {
  const bench = new Bench();
  const peer = new Peer(bench, PEER);
  peer.becomeFull();
  const forged = (id: number) =>
    encodeLsa(
      { age: 1, options: 2, type: LSA_NETWORK, id, advertisingRouter: OWN_ID, sequence: -10 },
      encodeNetworkLsa({ networkMask: 0xffffff00, attachedRouters: [OWN_ID] }),
    );
  for (let id = 1; id <= 400; id++) peer.update(forged(id));
  const events = () => bench.take('event').filter(({ name }) => name === 'self-originated-lsa-received');
  const [first, ...others] = events();
  assert.deepEqual(first.detail, {
    interface: 'eth0',
    type: 2,
    id: '0.0.0.1',
    advertisingRouter: '5.5.5.5',
    sequence: '0xfffffff6',
  });
  assert.ok(others.length < 256);
  bench.pass(10_000);
  peer.hello();
  peer.update(forged(1000));
  assert.equal(events().length, 1);
});
