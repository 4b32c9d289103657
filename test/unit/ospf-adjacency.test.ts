import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIpv4 } from '../../src/base/ipv4.js';
import { formatPrefix } from '../../src/base/prefix.js';
import { ALL_SPF_ROUTERS, encodeOspfPacket, OSPF_HELLO, OSPF_LINK_STATE_ACK } from '../../src/wire/ospf/header.js';
import { ospfConfig } from '../support/ospf-config.js';
import { hostStub, OspfNetwork } from '../support/ospf-network.js';
import {
  Bench,
  descriptionsIn,
  headerOf,
  hellosIn,
  interfaceConfig,
  OWN_ADDRESS,
  OWN_ID,
  Peer,
  requestsIn,
  routerLsa,
  updatesIn,
} from '../support/ospf-peer.js';

const LOW = 0x01010101;
const HIGH = 0x09090909;
const VIP = parseIpv4('192.0.2.10') ?? 0;

test('two routers become Full within milliseconds of the link coming up, and learn routes of each other', () => {
  const network = new OspfNetwork();
  const a = network.addRouter('a', { routerId: 1 });
  const b = network.addRouter('b', { routerId: 2, stubs: [hostStub(VIP)] });
  network.connect(a, b);
  network.run(20);
  assert.deepEqual(a.statesOf(2), ['Init', 'ExStart', 'Exchange', 'Full']);
  assert.ok(network.allFull());
  network.run(160);
  assert.ok(network.databasesAgree());
  assert.deepEqual(
    a.routes.map((route) => [formatPrefix(route.prefix), route.cost, route.nextHops]),
    [['192.0.2.10/32', 10, [{ interface: 'eth0', via: 0x0a000002 }]]],
  );
});

test('a Hello goes out at once when the interface comes up, and then every HelloInterval', () => {
  const bench = new Bench();
  const [first] = bench.sent();
  assert.equal(first.type, OSPF_HELLO);
  assert.equal(first.destination, ALL_SPF_ROUTERS);
  assert.deepEqual(hellosIn([first]), [
    {
      networkMask: 0xfffffffc,
      helloIntervalSeconds: 10,
      options: 0x02,
      priority: 1,
      deadIntervalSeconds: 40,
      designatedRouter: 0,
      backupDesignatedRouter: 0,
      neighbors: [],
    },
  ]);
  bench.pass(9999);
  assert.equal(bench.sent().length, 0);
  bench.pass(1);
  assert.equal(bench.sent().length, 1);
});

test('a new neighbor is answered at once, but not more than once a second', () => {
  const bench = new Bench();
  bench.sent();
  const peer = new Peer(bench, LOW);
  peer.hello([]);
  assert.deepEqual(
    hellosIn(bench.sent()).map((hello) => hello.neighbors),
    [[LOW]],
  );
  peer.hello([]);
  assert.equal(bench.sent().length, 0);
  bench.pass(1000);
  assert.equal(hellosIn(bench.sent()).length, 1);
});

test('a neighbor that sends an empty Hello is one-way at once', () => {
  const bench = new Bench();
  const peer = new Peer(bench, LOW);
  peer.becomeFull();
  assert.equal(bench.state(LOW), 'Full');
  peer.hello([]);
  assert.equal(bench.state(LOW), 'Init');
});

test('any valid packet of a neighbor keeps it alive, silence for RouterDeadInterval ends it', () => {
  const bench = new Bench();
  const peer = new Peer(bench, LOW);
  peer.becomeFull();
  bench.pass(39_000);
  peer.acknowledge();
  bench.pass(39_999);
  assert.equal(bench.state(LOW), 'Full');
  bench.take('neighbor');
  bench.pass(1);
  assert.deepEqual(bench.take('neighbor'), [
    {
      kind: 'neighbor',
      interface: 'eth0',
      routerId: LOW,
      address: peer.address,
      from: 'Full',
      to: 'Down',
      reason: 'InactivityTimer: nothing was heard for RouterDeadInterval',
    },
  ]);
});

test('a process that stood still hears its neighbors before it gives them up', () => {
  const bench = new Bench();
  const peer = new Peer(bench, LOW);
  peer.becomeFull();
  bench.nowMs += 60_000;
  bench.handle({ kind: 'timeout' });
  peer.hello();
  bench.pass(10_000);
  assert.equal(bench.state(LOW), 'Full');
});

test('goodbye: a Hello without neighbors, then nothing more', () => {
  const bench = new Bench();
  new Peer(bench, LOW).becomeFull();
  bench.sent();
  bench.handle({ kind: 'stop' });
  const sent = bench.sent();
  assert.deepEqual(
    hellosIn(sent).map((hello) => hello.neighbors),
    [[]],
  );
  assert.equal(bench.instance.nextTimeoutMs(), undefined);
  bench.handle({ kind: 'timeout' });
  assert.equal(bench.sent().length, 0);
});

test('the router with the higher ID is master: as master we send on only what is answered', () => {
  const bench = new Bench();
  const peer = new Peer(bench, LOW);
  bench.sent();
  peer.hello();
  const [opening] = descriptionsIn(bench.sent());
  assert.deepEqual([opening.flags, opening.mtu, opening.options, opening.headers.length], [7, 1500, 0x42, 0]);
  peer.description(7, 99);
  assert.equal(bench.state(LOW), 'ExStart', 'an opening of the lower ID is no answer');
  assert.deepEqual(descriptionsIn(bench.sent()), [opening], 'it may have missed ours, and need not wait for it');
  peer.description(2, opening.sequence + 1);
  assert.equal(bench.state(LOW), 'ExStart', 'neither is another sequence number');
  peer.description(2, opening.sequence);
  assert.equal(bench.state(LOW), 'Exchange');
  const [second] = descriptionsIn(bench.sent());
  assert.deepEqual([second.flags, second.sequence, second.headers.length], [1, opening.sequence + 1, 0]);
  peer.description(2, opening.sequence);
  assert.deepEqual(bench.sent(), [], 'a duplicate is discarded by the master');
  bench.pass(5000);
  assert.deepEqual(descriptionsIn(bench.sent()), [second], 'it repeats what was not answered');
  peer.description(0, opening.sequence + 1);
  assert.equal(bench.state(LOW), 'Full');
});

test('as slave we take over the sequence number and repeat our answer when asked again', () => {
  const bench = new Bench();
  const peer = new Peer(bench, HIGH);
  bench.sent();
  peer.hello();
  bench.sent();
  peer.description(7, 700);
  const [answer] = descriptionsIn(bench.sent());
  assert.deepEqual([answer.flags, answer.sequence, answer.headers.length], [0, 700, 0]);
  peer.description(7, 700);
  assert.deepEqual(descriptionsIn(bench.sent()), [answer]);
  peer.description(1, 701);
  const [last] = descriptionsIn(bench.sent());
  assert.deepEqual([last.flags, last.sequence], [0, 701]);
  assert.equal(bench.state(HIGH), 'Full');
  peer.description(1, 701);
  assert.deepEqual(descriptionsIn(bench.sent()), [last], 'also when Full: it was lost');
  bench.pass(20_000);
  peer.hello();
  bench.pass(20_001);
  bench.sent();
  peer.description(1, 701);
  assert.equal(bench.state(HIGH), 'ExStart', 'but not after RouterDeadInterval');
});

for (const [name, description] of [
  ['a gap in the sequence', (peer: Peer, sequence: number) => peer.description(1, sequence + 2)],
  ['the initialize bit', (peer: Peer, sequence: number) => peer.description(7, sequence + 1)],
  ['a flip of the master bit', (peer: Peer, sequence: number) => peer.description(0, sequence + 1)],
  ['a change of options', (peer: Peer, sequence: number) => peer.description(1, sequence + 1, [], { options: 0x02 })],
  [
    'an LSA of unknown type',
    (peer: Peer, sequence: number) => peer.description(1, sequence + 1, [{ ...headerOf(routerLsa(HIGH, 1)), type: 6 }]),
  ],
] as const) {
  test(`${name} in the exchange is a SeqNumberMismatch`, () => {
    const bench = new Bench();
    const peer = new Peer(bench, HIGH);
    peer.hello();
    peer.description(7, 700);
    assert.equal(bench.state(HIGH), 'Exchange');
    description(peer, 700);
    assert.equal(bench.state(HIGH), 'ExStart');
  });
}

const [SAME, NEWER, OLDER, OURS] = [0x20000001, 0x20000002, 0x20000003, 0x20000004];

/** A router that has four LSAs of sequence 5, after so many others as fill the first description of a slave. */
function benchWithDatabase(): Bench {
  const wire = interfaceConfig({ name: 'eth1', address: { address: 0x0a000005, prefixLength: 30 } });
  const bench = new Bench({ interfaces: [interfaceConfig(), wire] });
  const teller = new Peer(bench, 0x0b0b0b0b, 'eth1', 0x0a000006);
  teller.becomeFull();
  const filling = Array.from({ length: 80 }, (_, index) => routerLsa(0x10000001 + index, 1));
  teller.update(...filling.slice(0, 40));
  teller.update(...filling.slice(40));
  teller.update(...[SAME, NEWER, OLDER, OURS].map((id) => routerLsa(id, 5)));
  bench.pass(2000);
  bench.sent();
  return bench;
}

/** What a neighbor says that it has of them: nothing of the last. */
const DESCRIBED = [headerOf(routerLsa(SAME, 5)), headerOf(routerLsa(NEWER, 6)), headerOf(routerLsa(OLDER, 4))];

function idsDescribed(bench: Bench): number[] {
  return descriptionsIn(bench.sent())
    .flatMap(({ headers }) => headers)
    .map(({ id }) => id)
    .filter((id) => id >= SAME);
}

function toRequest(bench: Bench, routerId: number): number | undefined {
  return bench.instance.neighbors(bench.nowMs).find((neighbor) => neighbor.routerId === routerId)?.toRequest;
}

test('as slave we do not describe what the master has described in the same instance or a newer (RFC 5243)', () => {
  const bench = benchWithDatabase();
  const peer = new Peer(bench, HIGH);
  peer.hello();
  peer.description(7, 700);
  assert.deepEqual(idsDescribed(bench), [], 'the answer to the opening is full of others');
  peer.description(1, 701, DESCRIBED);
  assert.deepEqual(idsDescribed(bench), [OLDER, OURS]);
  assert.equal(bench.state(HIGH), 'Loading');
  assert.equal(toRequest(bench, HIGH), 1);
});

test('as master we do not describe what the slave has described in the same instance or a newer (RFC 5243)', () => {
  const bench = benchWithDatabase();
  const peer = new Peer(bench, LOW);
  peer.hello();
  const [{ sequence }] = descriptionsIn(bench.sent());
  peer.description(2, sequence, DESCRIBED);
  peer.description(2, sequence + 1);
  assert.deepEqual(idsDescribed(bench), [OLDER, OURS]);
  assert.equal(toRequest(bench, LOW), 1);
});

test('when all is described that there is, the last description is empty (RFC 5243)', () => {
  const bench = new Bench();
  const peer = new Peer(bench, LOW);
  peer.becomeFull();
  peer.update(routerLsa(LOW, 5));
  bench.pass(5000);
  peer.description(7, 1);
  bench.pass(1000);
  const opening = descriptionsIn(bench.sent()).findLast(({ flags }) => flags === 7);
  const own = bench.ownLsa();
  assert.ok(opening !== undefined && own !== undefined);
  peer.description(0, opening.sequence, [own, headerOf(routerLsa(LOW, 5))]);
  const [last] = descriptionsIn(bench.sent());
  assert.deepEqual([last.flags, last.sequence, last.headers], [1, opening.sequence + 1, []]);
  peer.description(0, opening.sequence + 1);
  assert.equal(bench.state(LOW), 'Full');
});

test('an exchange that always fails is begun once a second, not as fast as packets travel', () => {
  const bench = new Bench();
  const peer = new Peer(bench, HIGH);
  peer.hello();
  bench.sent();
  for (let round = 0; round < 5; round++) {
    peer.description(7, 700 + 10 * round);
    peer.description(1, 705 + 10 * round);
  }
  const openings = () => descriptionsIn(bench.sent()).filter((description) => description.flags === 7);
  assert.equal(openings().length, 0);
  bench.pass(1000);
  assert.equal(openings().length, 1);
});

test('a description for a larger MTU is rejected and the reason kept; mtuIgnore takes it', () => {
  const bench = new Bench();
  const peer = new Peer(bench, HIGH);
  peer.hello();
  peer.description(7, 700, [], { mtu: 9000 });
  assert.equal(bench.state(HIGH), 'ExStart');
  const { check, expected, got } = bench.instance.rejections()[0];
  assert.deepEqual([check, expected, got], ['mtu', '1500 or less', '9000']);
  assert.equal(bench.instance.rejectionCounters().mtu, 1);
  bench.configure({ interfaces: [interfaceConfig({ mtuIgnore: true })] });
  peer.description(7, 700, [], { mtu: 9000 });
  assert.equal(bench.state(HIGH), 'Exchange');
});

test('what was described and is missing is requested, and asked for again until it comes', () => {
  const bench = new Bench();
  const peer = new Peer(bench, HIGH);
  const lsa = routerLsa(HIGH, 3);
  peer.becomeFull([headerOf(lsa)]);
  assert.equal(bench.state(HIGH), 'Loading');
  const wanted = [{ type: 1, id: HIGH, advertisingRouter: HIGH }];
  assert.deepEqual(requestsIn(bench.sent()), wanted);
  bench.pass(5000);
  assert.deepEqual(requestsIn(bench.sent()), wanted);
  peer.update(lsa);
  assert.equal(bench.state(HIGH), 'Full');
});

test('a request is answered with the LSA, named ten times or once; one for what we lack ends the exchange', () => {
  const bench = new Bench();
  const peer = new Peer(bench, HIGH);
  peer.becomeFull();
  bench.pass(100);
  bench.sent();
  const own = { type: 1, id: OWN_ID, advertisingRouter: OWN_ID };
  peer.request(Array.from({ length: 10 }, () => own));
  assert.equal(updatesIn(bench.sent()).length, 1);
  peer.request([{ type: 0xffffffff, id: 1, advertisingRouter: 1 }]);
  assert.equal(bench.state(HIGH), 'ExStart');
});

for (const [check, send] of [
  ['hello-interval', (peer: Peer) => peer.hello([], { helloIntervalSeconds: 9 })],
  ['dead-interval', (peer: Peer) => peer.hello([], { deadIntervalSeconds: 12 })],
  ['external-option', (peer: Peer) => peer.hello([], { options: 0 })],
  ['malformed', (peer: Peer) => peer.send(OSPF_HELLO, new Uint8Array(16))],
  ['area', (peer: Peer) => peer.sendRaw(encodeOspfPacket(OSPF_HELLO, LOW, 1, new Uint8Array(20)))],
  ['router-id', (peer: Peer) => peer.sendRaw(encodeOspfPacket(OSPF_HELLO, OWN_ID, 0, new Uint8Array(20)))],
  ['router-id', (peer: Peer) => peer.sendRaw(encodeOspfPacket(OSPF_HELLO, 0, 0, new Uint8Array(20)))],
  ['destination', (peer: Peer) => peer.send(OSPF_HELLO, new Uint8Array(20), 0xe0000006)],
  ['source', (peer: Peer) => new Peer(peer.bench, LOW, 'eth0', OWN_ADDRESS).hello([])],
  ['neighbor', (peer: Peer) => peer.send(OSPF_LINK_STATE_ACK, new Uint8Array(0))],
  ['interface', (peer: Peer) => new Peer(peer.bench, LOW, 'eth9').hello([])],
] as const) {
  test(`a packet that fails the check of ${check} is rejected and counted`, () => {
    const bench = new Bench();
    send(new Peer(bench, LOW));
    assert.equal(bench.state(LOW), 'Down');
    assert.deepEqual(bench.instance.rejectionCounters(), { [check]: 1 });
  });
}

test('authentication that is not configured is rejected by name', () => {
  const bench = new Bench();
  const payload = encodeOspfPacket(OSPF_HELLO, LOW, 0, new Uint8Array(20));
  payload[15] = 2;
  new Peer(bench, LOW).sendRaw(payload);
  const { check, got } = bench.instance.rejections()[0];
  assert.deepEqual([check, got], ['authentication-type', 'a key']);
});

test('what trails a packet, as an LLS block does, is not looked at', () => {
  const bench = new Bench();
  const peer = new Peer(bench, LOW);
  const hello = encodeOspfPacket(
    OSPF_HELLO,
    LOW,
    0,
    Uint8Array.of(255, 255, 255, 252, 0, 10, 18, 1, 0, 0, 0, 40, 0, 0, 0, 0, 0, 0, 0, 0),
  );
  peer.sendRaw(Uint8Array.of(...hello, 0xff, 0xf6, 0, 3, 0, 1, 0, 4, 0, 0, 0, 1));
  assert.equal(bench.state(LOW), 'Init');
});

test('a neighbor is known by its router ID: a new address is taken over, a new ID at its address ends the old one', () => {
  const bench = new Bench();
  new Peer(bench, LOW).hello([]);
  new Peer(bench, LOW, 'eth0', 0x0a000003).hello([]);
  const views = () => bench.instance.neighbors(bench.nowMs).map((view) => [view.routerId, view.address]);
  assert.deepEqual(views(), [[LOW, 0x0a000003]]);
  new Peer(bench, HIGH, 'eth0', 0x0a000003).hello([]);
  assert.deepEqual(views(), [[HIGH, 0x0a000003]]);
});

test('no more than 350 neighbors are kept on an interface', () => {
  const bench = new Bench();
  for (let index = 1; index <= 354; index++) new Peer(bench, index, 'eth0', 0x0a000100 + index).hello([]);
  assert.equal(bench.instance.neighbors(0).length, 350);
  assert.deepEqual(bench.instance.rejectionCounters(), { 'neighbor-limit': 4 });
});

test('a passive interface is advertised and says nothing', () => {
  const passive = interfaceConfig({ name: 'eth1', address: { address: 0x0a000005, prefixLength: 30 }, passive: true });
  const bench = new Bench({ interfaces: [interfaceConfig(), passive] });
  new Peer(bench, LOW).becomeFull();
  new Peer(bench, HIGH, 'eth1', 0x0a000006).hello([]);
  bench.pass(60_000);
  assert.ok(bench.sent().every((packet) => packet.interface === 'eth0'));
  assert.equal(bench.state(HIGH), 'Down');
  const body = bench.ownLsa()?.body;
  assert.ok(body?.kind === 'router');
  assert.deepEqual(body.links, [
    { type: 3, id: 0x0a000000, data: 0xfffffffc, metric: 10 },
    { type: 3, id: 0x0a000004, data: 0xfffffffc, metric: 10 },
  ]);
});

test('a reload leaves the adjacencies alone that it does not concern', () => {
  const bench = new Bench();
  new Peer(bench, LOW).becomeFull();
  bench.configure({ interfaces: [interfaceConfig({ cost: 20 })], stubs: [hostStub(VIP)] });
  assert.equal(bench.state(LOW), 'Full');
  bench.sent();
  bench.configure({ interfaces: [interfaceConfig({ cost: 20, helloIntervalSeconds: 1 })] });
  assert.equal(bench.state(LOW), 'Down');
  assert.deepEqual(
    hellosIn(bench.sent()).map((hello) => [hello.helloIntervalSeconds, hello.neighbors]),
    [
      [10, []],
      [1, []],
    ],
  );
});

test('a neighbor that begins the exchange anew is told and used as before, for a second', () => {
  const bench = new Bench();
  const peer = new Peer(bench, HIGH);
  const lsa = routerLsa(HIGH, 3, [
    { type: 1, id: OWN_ID, data: peer.address, metric: 10 },
    { type: 3, id: VIP, data: 0xffffffff, metric: 0 },
  ]);
  peer.becomeFull([headerOf(lsa)]);
  peer.update(lsa);
  bench.pass(5000);
  bench.sent();
  peer.description(7, 9000);
  assert.equal(bench.state(HIGH), 'ExStart');
  bench.pass(999);
  assert.deepEqual(updatesIn(bench.sent()), []);
  assert.equal(bench.instance.routes().length, 1);
  bench.pass(1);
  assert.equal(bench.instance.routes().length, 0);
  const body = bench.ownLsa()?.body;
  assert.ok(body?.kind === 'router' && body.links.every((link) => link.type === 3));
});

test('the opening of an exchange that has gone on was overtaken on its way, and means nothing', () => {
  const bench = new Bench();
  const peer = new Peer(bench, HIGH);
  peer.hello();
  peer.description(7, 700);
  peer.description(3, 701, [headerOf(routerLsa(HIGH, 1))]);
  bench.sent();
  peer.description(7, 700);
  assert.equal(bench.state(HIGH), 'Exchange');
  peer.description(1, 702);
  peer.update(routerLsa(HIGH, 1));
  assert.equal(bench.state(HIGH), 'Full');
  peer.description(7, 700);
  assert.equal(bench.state(HIGH), 'Full');
  peer.description(7, 900);
  assert.equal(bench.state(HIGH), 'ExStart');
});

test('a slave whose master does not go on begins anew after RouterDeadInterval', () => {
  const bench = new Bench();
  const peer = new Peer(bench, HIGH);
  peer.hello();
  peer.description(7, 700);
  bench.pass(20_000);
  peer.hello();
  bench.pass(19_999);
  assert.equal(bench.state(HIGH), 'Exchange');
  peer.hello();
  bench.sent();
  bench.pass(1);
  assert.equal(bench.state(HIGH), 'ExStart');
  assert.deepEqual(
    descriptionsIn(bench.sent()).map(({ flags }) => flags),
    [7],
  );
});

test('a router that resumes is heard first: its first Hello lists its neighbors, which do not notice', () => {
  const bench = new Bench({ interfaces: [] });
  bench.handle({ kind: 'stop' });
  bench.config = { ...bench.config, interfaces: [interfaceConfig()] };
  bench.handle({ kind: 'configure', config: ospfConfig(bench.config), resumes: true });
  bench.carrier('eth0', true);
  bench.pass(9000);
  assert.deepEqual(bench.sent(), []);
  new Peer(bench, LOW).hello();
  const sent = bench.sent();
  assert.deepEqual(
    hellosIn(sent).map((hello) => hello.neighbors),
    [[LOW]],
  );
  assert.equal(descriptionsIn(sent)[0].flags, 7);

  const alone = new Bench({ interfaces: [] });
  alone.handle({ kind: 'stop' });
  alone.handle({ kind: 'configure', config: ospfConfig(bench.config), resumes: true });
  alone.carrier('eth0', true);
  alone.pass(10_000);
  assert.equal(hellosIn(alone.sent()).length, 1, 'all may have been away: after a HelloInterval somebody must begin');
});

test('converged is said once: when the neighbors are Full and list us, or when nobody was heard in time', () => {
  const network = new OspfNetwork();
  const a = network.addRouter('a', { routerId: 1, stubs: [hostStub(VIP)] });
  assert.equal(a.convergedAtMs, 0, 'nothing to wait for');
  const b = network.addRouter('b', { routerId: 2 });
  network.connect(a, b, { helloSeconds: 1, deadSeconds: 4 });
  network.run(1500);
  network.restart(b);
  network.run(10_000);
  assert.ok(b.convergedAtMs !== undefined && b.convergedAtMs < 4000, `${b.convergedAtMs}`);
  const order = b.outputs.filter(
    ({ atMs, output }) => atMs > 1500 && (output.kind === 'routes' || output.kind === 'converged'),
  );
  assert.deepEqual(
    order.map(({ output }) => output.kind),
    ['routes', 'converged'],
  );

  const alone = new Bench();
  alone.pass(19_999);
  assert.equal(alone.take('converged').length, 0);
  alone.pass(1);
  assert.equal(alone.take('converged').length, 1);
  alone.pass(100_000);
  assert.equal(alone.take('converged').length, 0);
});
