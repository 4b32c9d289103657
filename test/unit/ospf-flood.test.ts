import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TABLE_19 } from '../../src/ospf/acknowledge.js';
import { ALL_SPF_ROUTERS, OSPF_LINK_STATE_UPDATE } from '../../src/wire/ospf/header.js';
import { encodeLsa, LSA_OPAQUE_AREA, LSA_OPAQUE_LINK } from '../../src/wire/ospf/lsa.js';
import {
  acknowledgmentsIn,
  Bench,
  headerOf,
  interfaceConfig,
  OWN_ID,
  Peer,
  routerLsa,
  updatesIn,
} from '../support/ospf-peer.js';

/** RFC 2328 section 13, seen from outside: one router between two neighbors. */

const LEFT = 0x01010101;
const RIGHT = 0x09090909;
const FAR = 0x07070707;

interface Between {
  readonly bench: Bench;
  readonly left: Peer;
  readonly right: Peer;
}

/** Both Full, everything acknowledged, nothing sent that was not taken. */
function between(): Between {
  const bench = new Bench({
    interfaces: [
      interfaceConfig(),
      interfaceConfig({ name: 'eth1', address: { address: 0x0a000005, prefixLength: 30 } }),
    ],
  });
  const left = new Peer(bench, LEFT);
  const right = new Peer(bench, RIGHT, 'eth1', 0x0a000006);
  left.becomeFull();
  right.becomeFull();
  bench.pass(7000);
  acknowledgeAll(left, right);
  bench.pass(1000);
  left.hello();
  right.hello();
  bench.sent();
  return { bench, left, right };
}

function acknowledgeAll(...peers: readonly Peer[]): void {
  for (const peer of peers) peer.acknowledge(...updatesIn(peer.bench.sent()));
  for (const peer of peers) {
    const own = peer.bench.ownLsa();
    if (own !== undefined) peer.acknowledge(own);
  }
}

function on(name: string, bench: Bench) {
  return bench.sent().filter((packet) => packet.interface === name);
}

test('a new LSA is flooded to the others at once and acknowledged to its sender after half a second', () => {
  const { bench, left } = between();
  const lsa = routerLsa(FAR, 1, [], 10);
  left.update(lsa);
  const sent = bench.sent();
  assert.deepEqual(
    sent.map((packet) => [packet.interface, packet.type, packet.destination]),
    [['eth1', OSPF_LINK_STATE_UPDATE, ALL_SPF_ROUTERS]],
  );
  assert.deepEqual(updatesIn(sent), [{ ...headerOf(lsa), age: 11 }], 'InfTransDelay is added');
  bench.pass(499);
  assert.deepEqual(bench.sent(), []);
  bench.pass(1);
  const acks = bench.sent();
  assert.deepEqual(
    acks.map((packet) => [packet.interface, packet.destination]),
    [['eth0', ALL_SPF_ROUTERS]],
  );
  assert.deepEqual(acknowledgmentsIn(acks), [headerOf(lsa)]);
});

test('what is not acknowledged is sent again every RxmtInterval, to AllSPFRouters as all else here, until it is', () => {
  const { bench, left, right } = between();
  const lsa = routerLsa(FAR, 1);
  left.update(lsa);
  bench.pass(4999);
  bench.sent();
  bench.pass(1);
  const again = bench.sent();
  assert.deepEqual(
    again.map((packet) => [packet.interface, packet.type, packet.destination]),
    [['eth1', OSPF_LINK_STATE_UPDATE, ALL_SPF_ROUTERS]],
  );
  bench.pass(5000);
  assert.equal(updatesIn(on('eth1', bench)).length, 1);
  right.acknowledge({ ...headerOf(lsa), age: 12 });
  bench.pass(5000);
  assert.equal(updatesIn(bench.sent()).length, 0);
});

test('an acknowledgment of another instance does not count', () => {
  const { bench, left, right } = between();
  left.update(routerLsa(FAR, 2));
  right.acknowledge(headerOf(routerLsa(FAR, 1)));
  bench.pass(4999);
  bench.sent();
  bench.pass(1);
  assert.equal(updatesIn(bench.sent()).length, 1);
});

test('a newer instance takes the place of the older on the retransmission lists', () => {
  const { bench, left } = between();
  left.update(routerLsa(FAR, 1));
  bench.pass(1000);
  left.update(routerLsa(FAR, 2));
  bench.sent();
  bench.pass(5000);
  assert.deepEqual(
    updatesIn(bench.sent()).map((header) => header.sequence),
    [0x80000002 | 0],
  );
});

test('an instance less than a second after the last is dropped without acknowledgment, a first one is not', () => {
  const { bench, left } = between();
  left.update(routerLsa(FAR, 5));
  bench.pass(999);
  bench.sent();
  left.update(routerLsa(FAR, 6));
  bench.pass(600);
  assert.deepEqual(bench.sent(), []);
  assert.equal(bench.lsa(1, FAR, FAR)?.sequence, 0x80000005 | 0);
  assert.equal(bench.instance.rejectionCounters()['min-ls-arrival'], 1);
  left.update(routerLsa(FAR, 6));
  assert.equal(bench.lsa(1, FAR, FAR)?.sequence, 0x80000006 | 0);
});

test('a duplicate is acknowledged directly; one that is an acknowledgment itself is not', () => {
  const { bench, left, right } = between();
  const lsa = routerLsa(FAR, 1);
  left.update(lsa);
  bench.pass(500);
  bench.sent();
  left.update(lsa);
  assert.deepEqual(acknowledgmentsIn(on('eth0', bench)), [headerOf(lsa)]);
  right.update(lsa);
  bench.pass(6000);
  assert.deepEqual(updatesIn(bench.sent()), [], 'the implied acknowledgment has stopped the retransmission');
});

test('an older instance is answered with the newer, at most once a second, and not acknowledged', () => {
  const { bench, left, right } = between();
  left.update(routerLsa(FAR, 4));
  right.acknowledge(headerOf(routerLsa(FAR, 4)));
  bench.pass(1000);
  bench.sent();
  left.update(routerLsa(FAR, 3));
  left.update(routerLsa(FAR, 3));
  const sent = bench.sent();
  assert.deepEqual(
    sent.map((packet) => [packet.interface, packet.type]),
    [['eth0', OSPF_LINK_STATE_UPDATE]],
  );
  assert.equal(updatesIn(sent)[0].sequence, 0x80000004 | 0);
});

test('a flush of what nobody has is acknowledged and forgotten', () => {
  const { bench, left } = between();
  const gone = routerLsa(FAR, 9, [], 3600);
  left.update(gone);
  const sent = bench.sent();
  assert.deepEqual(acknowledgmentsIn(sent), [headerOf(gone)]);
  assert.equal(sent.length, 1);
  assert.equal(bench.lsa(1, FAR, FAR), undefined);
});

test('a flush goes on to the others and the LSA is removed when they have acknowledged it', () => {
  const { bench, left, right } = between();
  left.update(routerLsa(FAR, 1));
  right.acknowledge(headerOf(routerLsa(FAR, 1)));
  bench.pass(1000);
  bench.sent();
  const flushed = routerLsa(FAR, 1, [], 3600);
  left.update(flushed);
  assert.deepEqual(updatesIn(on('eth1', bench)), [headerOf(flushed)], 'with its body and not older than MaxAge');
  assert.equal(bench.lsa(1, FAR, FAR)?.age, 3600);
  right.acknowledge(headerOf(flushed));
  assert.equal(bench.lsa(1, FAR, FAR), undefined);
});

test('a MaxAge LSA stays while a neighbor is reading the database', () => {
  const { bench, left, right } = between();
  left.update(routerLsa(FAR, 1));
  right.acknowledge(headerOf(routerLsa(FAR, 1)));
  right.description(7, 1);
  bench.pass(1000);
  right.description(7, 4000);
  assert.equal(bench.state(RIGHT), 'Exchange');
  const flushed = routerLsa(FAR, 1, [], 3600);
  left.update(flushed);
  right.acknowledge(headerOf(flushed));
  assert.equal(bench.lsa(1, FAR, FAR)?.age, 3600);
  right.description(1, 4001);
  assert.equal(bench.state(RIGHT), 'Full');
  assert.equal(bench.lsa(1, FAR, FAR), undefined);
});

test('one bad LSA does not spoil the others of its packet', () => {
  const { bench, left } = between();
  const bad = routerLsa(FAR, 1);
  bad[17] ^= 1;
  const unknownType = encodeLsa(
    { age: 1, options: 2, type: 8, id: 1, advertisingRouter: FAR, sequence: 1 },
    new Uint8Array(4),
  );
  const notItsOwn = encodeLsa(
    { age: 1, options: 2, type: 1, id: 77, advertisingRouter: FAR, sequence: 1 },
    Uint8Array.of(0, 0, 0, 0),
  );
  left.update(bad, unknownType, notItsOwn, routerLsa(0x06060606, 1));
  assert.deepEqual(
    updatesIn(bench.sent()).map((header) => header.id),
    [0x06060606],
  );
  bench.pass(500);
  assert.equal(acknowledgmentsIn(bench.sent()).length, 1);
  assert.deepEqual(
    bench.instance.rejections().map((rejection) => rejection.expected),
    ['LSA checksum is wrong', 'LSA type is unknown', 'router-LSA ID is not its advertising router'],
  );
});

test('an LSA on the request list that comes older than described is a BadLSReq', () => {
  const bench = new Bench();
  const peer = new Peer(bench, RIGHT);
  const described = routerLsa(FAR, 5);
  peer.becomeFull([headerOf(described)]);
  assert.equal(bench.state(RIGHT), 'Loading');
  const other = new Peer(bench, RIGHT);
  other.update(routerLsa(FAR, 4));
  other.update(routerLsa(FAR, 4));
  assert.equal(bench.state(RIGHT), 'ExStart');
});

test('while it is loading, a neighbor is not sent what it has described itself', () => {
  const { bench, left, right } = between();
  const lsa = routerLsa(FAR, 5);
  right.description(7, 1);
  bench.pass(1000);
  right.description(7, 4000);
  right.description(1, 4001, [headerOf(lsa)]);
  assert.equal(bench.state(RIGHT), 'Loading');
  bench.sent();
  left.update(lsa);
  assert.equal(updatesIn(on('eth1', bench)).length, 0);
  assert.equal(bench.state(RIGHT), 'Full', 'the same instance came from elsewhere: the request is met');
});

test('ages above MaxAge, DoNotAge among them, count as MaxAge', () => {
  const { bench, left } = between();
  left.update(routerLsa(FAR, 1));
  bench.pass(1000);
  left.update(routerLsa(FAR, 1, [], 0x8001));
  assert.equal(bench.lsa(1, FAR, FAR)?.age, 3600);
});

test('opaque LSAs of area scope are flooded to those that take them, of link scope to nobody else', () => {
  const { bench, left, right } = between();
  const opaque = (type: number) =>
    encodeLsa({ age: 1, options: 0x42, type, id: 0x04000000, advertisingRouter: FAR, sequence: 1 }, new Uint8Array(8));
  left.update(opaque(LSA_OPAQUE_AREA), opaque(LSA_OPAQUE_LINK));
  assert.deepEqual(
    updatesIn(on('eth1', bench)).map((header) => header.type),
    [LSA_OPAQUE_AREA],
  );
  assert.equal(bench.instance.database(bench.nowMs).find((lsa) => lsa.type === LSA_OPAQUE_LINK)?.interface, 'eth0');
  right.description(7, 1);
  bench.pass(1000);
  right.description(7, 4000, [], { options: 0x02 });
  right.description(1, 4001, [], { options: 0x02 });
  bench.pass(2000);
  bench.sent();
  const another = { age: 1, options: 2, type: LSA_OPAQUE_AREA, id: 1, advertisingRouter: FAR, sequence: 1 };
  left.update(encodeLsa(another, new Uint8Array(4)));
  assert.equal(updatesIn(on('eth1', bench)).length, 0);
});

test('an LSA that is larger than the MTU goes out as one packet', () => {
  const { bench, left } = between();
  const links = Array.from({ length: 300 }, (_, index) => ({ type: 3, id: 256 * index, data: 0xffffff00, metric: 1 }));
  left.update(routerLsa(FAR, 1, links), routerLsa(0x06060606, 1));
  const sent = on('eth1', bench);
  assert.deepEqual(
    sent.map((packet) => updatesIn([packet]).map((header) => header.id)),
    [[FAR], [0x06060606]],
  );
  assert.equal(sent[0].body.length, 4 + 20 + 4 + 300 * 12);
});

test('acknowledgments follow table 19 of RFC 2328', () => {
  assert.deepEqual(
    Object.values(TABLE_19).map((row) => [row.backupFromDr, row.backupFromOthers, row.otherStates]),
    [
      ['none', 'none', 'none'],
      ['delayed', 'none', 'delayed'],
      ['delayed', 'none', 'none'],
      ['direct', 'direct', 'direct'],
      ['direct', 'direct', 'direct'],
    ],
  );
});

test('what follows the answer to a request is not too soon: a neighbor that becomes Full tells of it at once', () => {
  const bench = new Bench();
  const peer = new Peer(bench, RIGHT);
  const before = routerLsa(RIGHT, 3);
  peer.becomeFull([headerOf(before)]);
  peer.update(before);
  assert.equal(bench.state(RIGHT), 'Full');
  peer.update(routerLsa(RIGHT, 4));
  assert.equal(bench.lsa(1, RIGHT, RIGHT)?.sequence, 0x80000004 | 0);
  peer.update(routerLsa(RIGHT, 5));
  assert.equal(bench.lsa(1, RIGHT, RIGHT)?.sequence, 0x80000004 | 0, 'the one after it was flooded both times');
  assert.deepEqual(bench.instance.rejectionCounters(), { 'min-ls-arrival': 1 });
});

test('what others have to drop for MinLSArrival, they are sent again as soon as they take it', () => {
  const { bench, left } = between();
  const lsas = [routerLsa(LEFT, 3), routerLsa(LEFT, 4)];
  left.hello([]);
  left.becomeFull([headerOf(lsas[0])]);
  bench.sent();
  left.update(lsas[0]);
  bench.pass(50);
  left.update(lsas[1]);
  assert.deepEqual(
    updatesIn(on('eth1', bench)).filter(({ id }) => id === LEFT),
    lsas.map((lsa) => ({ ...headerOf(lsa), age: 2 })),
    'who takes both has the second at once',
  );
  bench.pass(999);
  bench.sent();
  bench.pass(1);
  const again = on('eth1', bench);
  assert.deepEqual(
    updatesIn(again)
      .filter(({ id }) => id === LEFT)
      .map(({ id, sequence }) => [id, sequence]),
    [[LEFT, 0x80000004 | 0]],
  );
});

test('an instance that comes too soon is counted and not told to the operator', () => {
  const { bench, left } = between();
  bench.take('event');
  left.update(routerLsa(FAR, 5));
  left.update(routerLsa(FAR, 6));
  assert.equal(bench.instance.rejectionCounters()['min-ls-arrival'], 1);
  assert.deepEqual(bench.instance.rejections(), []);
  assert.deepEqual(bench.take('event'), []);
});

test('our LSA is taken over at once from a neighbor that has long had its copy', () => {
  const { bench, left } = between();
  const own = bench.ownLsa();
  assert.ok(own !== undefined);
  left.update(routerLsa(OWN_ID, (own.sequence & 0xffff) + 3, [], 3));
  assert.equal(bench.ownLsa()?.sequence, own.sequence + 4);
});

test('a neighbor that may have got its copy less than a second ago is given time to take the next', () => {
  const { bench, left } = between();
  const own = bench.ownLsa();
  assert.ok(own !== undefined);
  left.update(routerLsa(OWN_ID, (own.sequence & 0xffff) + 3, [], 2));
  bench.pass(1049);
  assert.equal(bench.ownLsa()?.sequence, own.sequence + 3);
  bench.pass(1);
  assert.equal(bench.ownLsa()?.sequence, own.sequence + 4);
});

test('delayed acknowledgments leave as soon as they fill a packet', () => {
  const { bench, left } = between();
  const lsas = Array.from({ length: 80 }, (_, index) => routerLsa(0x20000000 + index, 1));
  left.update(...lsas.slice(0, 40));
  left.update(...lsas.slice(40));
  assert.equal(acknowledgmentsIn(on('eth0', bench)).length, 72);
  bench.pass(500);
  assert.equal(acknowledgmentsIn(on('eth0', bench)).length, 8);
});

/** 0x7fffffff on the wire, counted from the first. */
const LAST = 0xffffffff;

test('a flush at the last sequence number is not repeated to others once its router counts from the start again', () => {
  const { bench, left, right } = between();
  const last = routerLsa(FAR, LAST);
  left.update(last);
  right.acknowledge(headerOf(last));
  bench.pass(2000);
  left.update(routerLsa(FAR, LAST, [], 3600));
  bench.pass(2000);
  assert.equal(bench.lsa(1, FAR, FAR)?.age, 3600, 'the right neighbor has not acknowledged it');
  bench.sent();
  left.update(routerLsa(FAR, 1));
  assert.equal(bench.lsa(1, FAR, FAR), undefined);
  left.update(routerLsa(FAR, 1));
  bench.pass(20_000);
  const told = updatesIn(bench.sent()).filter(({ advertisingRouter }) => advertisingRouter === FAR);
  assert.ok(told.length > 0);
  assert.ok(told.every(({ age, sequence }) => age < 3600 && sequence === (0x80000001 | 0)));
});
