import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ALL_DESIGNATED_ROUTERS,
  ALL_SPF_ROUTERS,
  OSPF_LINK_STATE_ACK,
  OSPF_LINK_STATE_REQUEST,
  OSPF_LINK_STATE_UPDATE,
} from '../../src/wire/ospf/header.js';
import { LSA_ROUTER } from '../../src/wire/ospf/lsa.js';
import {
  acknowledgmentsIn,
  Bench,
  broadcastConfig,
  headerOf,
  OWN_ADDRESS,
  OWN_ID,
  Peer,
  routerLsa,
  type SentPacket,
  updatesIn,
} from '../support/ospf-peer.js';

/** Flooding and acknowledging on a LAN, seen from outside: RFC 2328 sections 8.1, 13.3 and 13.5, table 19. */

const LOW = 0x01010101;
const HIGH = 0x09090909;
const THIRD = 0x0a0a0a0a;
const FAR = 0x07070707;

interface Lan {
  readonly bench: Bench;
  /** The other designated router or backup, whichever there is; all are Full with us. */
  readonly dr: Peer;
  readonly backup: Peer;
  /** Neither, and Full with us only if we are one of them. */
  readonly third: Peer;
}

/** A LAN on which all has settled, with us in `state`. */
function lan(state: 'DR' | 'Backup' | 'DROther'): Lan {
  const bench = new Bench({ interfaces: [broadcastConfig()] });
  const peers = [LOW, HIGH, THIRD].map((id, index) => new Peer(bench, id, 'eth0', 0x0a000002 + index));
  const [low, high, third] = peers;
  const offices = {
    DR: { designatedRouter: OWN_ADDRESS, backupDesignatedRouter: high.address },
    Backup: { designatedRouter: low.address, backupDesignatedRouter: OWN_ADDRESS },
    DROther: { designatedRouter: low.address, backupDesignatedRouter: high.address },
  }[state];
  if (state === 'DR') bench.pass(40_000);
  bench.sent();
  if (state === 'Backup') low.hello([OWN_ID], { ...offices, backupDesignatedRouter: 0 });
  const hello = () => {
    for (const peer of peers) peer.hello([OWN_ID], offices);
  };
  hello();
  const opened = bench.sent();
  for (const peer of peers) {
    if (bench.state(peer.routerId) === 'ExStart') peer.exchange([], opened);
  }
  settle(bench, peers);
  assert.equal(bench.instance.interfaces(bench.nowMs)[0].state, state);
  const full = peers.filter(({ routerId }) => bench.state(routerId) === 'Full');
  assert.equal(full.length, state === 'DROther' ? 2 : 3);
  return { bench, dr: low, backup: high, third };
}

/** Acknowledges all that is told, until nothing more is. */
function settle(bench: Bench, peers: readonly Peer[]): void {
  for (let round = 0; round < 8; round++) {
    bench.pass(1000);
    const headers = updatesIn(bench.sent());
    for (const peer of peers) if (bench.state(peer.routerId) === 'Full') peer.acknowledge(...headers);
  }
  bench.sent();
}

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
