import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ALL_DESIGNATED_ROUTERS,
  ALL_SPF_ROUTERS,
  encodeOspfPacket,
  OSPF_LINK_STATE_ACK,
  OSPF_LINK_STATE_REQUEST,
  OSPF_LINK_STATE_UPDATE,
} from '../../src/wire/ospf/header.js';
import { LSA_ROUTER } from '../../src/wire/ospf/lsa.js';
import { encodeLinkStateUpdate } from '../../src/wire/ospf/lsupd.js';
import { lan } from '../support/ospf-lan.js';
import { acknowledgmentsIn, headerOf, OWN_ADDRESS, OWN_ID, routerLsa, type SentPacket } from '../support/ospf-peer.js';

/** Flooding and acknowledging on a LAN, seen from outside: RFC 2328 sections 8.1, 13.3 and 13.5, table 19. */

const FAR = 0x07070707;

function destinations(sent: readonly SentPacket[], type: number): number[] {
  return sent.filter((packet) => packet.type === type).map((packet) => packet.destination);
}

const UPDATE = OSPF_LINK_STATE_UPDATE;
const ACK = OSPF_LINK_STATE_ACK;

test('DROther: what the designated router floods is acknowledged to AllDRouters, later, and not flooded back', () => {
  const { bench, dr, backup } = lan('DROther');
  const lsa = routerLsa(FAR, 1);
  dr.update(lsa);
  assert.deepEqual(bench.sent(), []);
  bench.pass(500);
  const sent = bench.sent();
  assert.deepEqual(destinations(sent, ACK), [ALL_DESIGNATED_ROUTERS]);
  assert.deepEqual(acknowledgmentsIn(sent), [{ ...headerOf(lsa), age: 1 }]);
  backup.acknowledge(headerOf(lsa));
  bench.pass(9000);
  assert.deepEqual(destinations(bench.sent(), UPDATE), []);
});

test('DROther: a backup that does not acknowledge is sent the LSA alone', () => {
  const { bench, dr, backup } = lan('DROther');
  dr.update(routerLsa(FAR, 1));
  bench.pass(5000);
  assert.deepEqual(destinations(bench.sent(), UPDATE), [backup.address]);
});

test('DROther: our own news go to AllDRouters, once', () => {
  const { bench } = lan('DROther');
  bench.configure({ stubs: [{ prefix: { address: 0xc0000201, length: 32 }, cost: 0 }] });
  assert.deepEqual(destinations(bench.sent(), UPDATE), [ALL_DESIGNATED_ROUTERS]);
});

test('DR: what others tell is flooded back to all, which is the acknowledgment', () => {
  const { bench, third } = lan('DR');
  third.update(routerLsa(FAR, 1));
  assert.deepEqual(destinations(bench.sent(), UPDATE), [ALL_SPF_ROUTERS]);
  bench.pass(2000);
  assert.deepEqual(destinations(bench.sent(), ACK), []);
});

test('DR: what the backup tells is not flooded back, but acknowledged to all, later', () => {
  const { bench, backup } = lan('DR');
  backup.update(routerLsa(FAR, 1));
  assert.deepEqual(destinations(bench.sent(), UPDATE), []);
  bench.pass(500);
  assert.deepEqual(destinations(bench.sent(), ACK), [ALL_SPF_ROUTERS]);
});

test('DR: what the backup has had to send again, to us alone, reaches those that have not acknowledged it', () => {
  const { bench, dr: other, backup, third } = lan('DR');
  const lsa = routerLsa(FAR, 1);
  const update = encodeOspfPacket(UPDATE, backup.routerId, 0, encodeLinkStateUpdate([lsa]));
  backup.sendRaw(update, OWN_ADDRESS);
  assert.deepEqual(destinations(bench.sent(), UPDATE), [], 'by step 3 of 13.3 the backup has told all');
  third.acknowledge(headerOf(lsa));
  bench.pass(5000);
  assert.deepEqual(destinations(bench.sent(), UPDATE), [other.address]);
});

test('Backup: what others tell is left to the designated router, without a word', () => {
  const { bench, third, dr } = lan('Backup');
  const lsa = routerLsa(FAR, 1);
  third.update(lsa);
  bench.pass(2000);
  assert.deepEqual(
    bench.sent().filter(({ type }) => type === UPDATE || type === ACK),
    [],
  );
  assert.ok(bench.lsa(LSA_ROUTER, FAR, FAR) !== undefined);
  // It floods it to all: for us a duplicate that acknowledges, which is acknowledged in turn.
  dr.update(lsa);
  bench.pass(500);
  assert.deepEqual(destinations(bench.sent(), ACK), [ALL_SPF_ROUTERS]);
});

test('Backup: should the designated router be silent, it is sent the LSA, and so is who has not acknowledged', () => {
  const { bench, third, dr, backup: other } = lan('Backup');
  third.update(routerLsa(FAR, 1));
  bench.pass(5000);
  assert.deepEqual(destinations(bench.sent(), UPDATE).sort(), [dr.address, other.address].sort());
});

test('Backup: what the designated router floods is acknowledged to all, later', () => {
  const { bench, dr } = lan('Backup');
  dr.update(routerLsa(FAR, 1));
  assert.deepEqual(bench.sent(), []);
  bench.pass(500);
  assert.deepEqual(destinations(bench.sent(), ACK), [ALL_SPF_ROUTERS]);
});

test('Backup: an acknowledgment that another implies needs no answer', () => {
  const { bench, third, dr } = lan('Backup');
  const lsa = routerLsa(FAR, 1);
  dr.update(lsa);
  bench.pass(600);
  bench.sent();
  third.update(lsa);
  bench.pass(2000);
  assert.deepEqual(destinations(bench.sent(), ACK), []);
});

test('a duplicate that implies nothing is acknowledged at once, to the neighbor alone', () => {
  for (const state of ['DR', 'Backup', 'DROther'] as const) {
    const { bench, dr, backup, third } = lan(state);
    const lsa = routerLsa(FAR, 1);
    dr.update(lsa);
    for (const peer of [backup, third]) if (bench.state(peer.routerId) === 'Full') peer.acknowledge(headerOf(lsa));
    bench.pass(1000);
    bench.sent();
    dr.update(lsa);
    const sent = bench.sent();
    assert.deepEqual(destinations(sent, ACK), [dr.address], state);
    assert.deepEqual(acknowledgmentsIn(sent), [headerOf(lsa)], state);
  }
});

test('requests, answers to them, and answers to what is old go to the neighbor alone', () => {
  const { bench, dr } = lan('DROther');
  dr.request([{ type: LSA_ROUTER, id: OWN_ID, advertisingRouter: OWN_ID }]);
  assert.deepEqual(destinations(bench.sent(), UPDATE), [dr.address]);
  dr.update(routerLsa(FAR, 5));
  bench.pass(2000);
  bench.sent();
  dr.update(routerLsa(FAR, 4));
  assert.deepEqual(destinations(bench.sent(), UPDATE), [dr.address]);
  dr.description(7, 77);
  dr.exchange([headerOf(routerLsa(FAR, 9))]);
  assert.deepEqual(destinations(bench.sent(), OSPF_LINK_STATE_REQUEST), [dr.address]);
});
