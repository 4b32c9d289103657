import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ALL_DESIGNATED_ROUTERS,
  ALL_SPF_ROUTERS,
  OSPF_LINK_STATE_ACK,
  OSPF_LINK_STATE_UPDATE,
} from '../../src/wire/ospf/header.js';
import { LSA_ROUTER } from '../../src/wire/ospf/lsa.js';
import { lan, settle } from '../support/ospf-lan.js';
import {
  acknowledgmentsIn,
  Bench,
  headerOf,
  interfaceConfig,
  OWN_ID,
  Peer,
  routerLsa,
  type SentPacket,
  updatesIn,
} from '../support/ospf-peer.js';

/*
 * RFC 2328 section 13 as a table: what becomes of an LSA that a neighbor sends, for every copy that the database may have,
 * every list of the neighbor that may name it, and every place of the two routers on their network. A second neighbor,
 * on a wire of its own, shows what is flooded on.
 */

/** The instance that comes in has this number. */
const NUMBER = 5;
const FAR = 0x07070707;
const SIDE = 0x0b0b0b0b;

// -- Where we are, and who sends.

type State = 'Point-to-point' | 'DR' | 'Backup' | 'DROther';
type Sender = 'DR' | 'Backup' | 'other';

interface Place {
  readonly state: State;
  readonly sender: Sender;
  /** 13.3, steps 3 and 4: a new LSA goes back out the interface that it came in on. */
  readonly floodsBack: boolean;
  /** Table 19, by its rows; what is flooded back is not acknowledged. */
  readonly newer: Way;
  readonly implied: Way;
}

type Way = 'none' | 'delayed' | 'direct';

const PLACES: readonly Place[] = [
  { state: 'Point-to-point', sender: 'other', floodsBack: false, newer: 'delayed', implied: 'none' },
  { state: 'DR', sender: 'Backup', floodsBack: false, newer: 'delayed', implied: 'none' },
  { state: 'DR', sender: 'other', floodsBack: true, newer: 'none', implied: 'none' },
  { state: 'Backup', sender: 'DR', floodsBack: false, newer: 'delayed', implied: 'delayed' },
  { state: 'Backup', sender: 'other', floodsBack: false, newer: 'none', implied: 'none' },
  { state: 'DROther', sender: 'DR', floodsBack: false, newer: 'delayed', implied: 'none' },
  { state: 'DROther', sender: 'Backup', floodsBack: false, newer: 'delayed', implied: 'none' },
];

// -- What is known of the LSA.

type Copy =
  | 'none'
  | 'older'
  | 'older, flooded within MinLSArrival'
  | 'older, the answer to a request'
  | 'same'
  | 'newer'
  | 'newer, sent within MinLSArrival'
  | 'newer, MaxAge, last number';

/** The sender has not acknowledged the copy; or it is still to send an instance that it has described. */
type List = 'none' | 'retransmission' | 'request: older' | 'request: same' | 'request: newer';

/** Rows of table 19; `direct` is the same in all places. */
type Acknowledged = 'no' | 'newer' | 'implied' | 'direct';

interface Rule {
  readonly copy: Copy;
  readonly list: List;
  readonly isMaxAge: boolean;
  /** In the database afterwards: the received instance, what was there, or nothing. */
  readonly database: 'received' | 'as before' | 'nothing';
  readonly isFlooded: boolean;
  readonly acknowledged: Acknowledged;
  /** Step 8: the sender is sent our copy. */
  readonly isAnswered: boolean;
  readonly event: 'none' | 'BadLSReq';
  /** The sender's request list names it afterwards. */
  readonly isRequested: boolean;
}

type Then = Omit<Rule, 'copy' | 'list' | 'isMaxAge'>;

const NOTHING: Then = {
  database: 'as before',
  isFlooded: false,
  acknowledged: 'no',
  isAnswered: false,
  event: 'none',
  isRequested: false,
};
const INSTALLED: Then = { ...NOTHING, database: 'received', isFlooded: true, acknowledged: 'newer' };
/** It is older than what the sender has described, which is still to come. */
const HALFWAY: Then = { ...INSTALLED, isRequested: true };
const GONE: Then = { ...NOTHING, database: 'nothing', acknowledged: 'direct' };
const DUPLICATE: Then = { ...NOTHING, acknowledged: 'direct' };
const IMPLIED: Then = { ...NOTHING, acknowledged: 'implied' };
const ANSWERED: Then = { ...NOTHING, isAnswered: true };
const BAD_REQUEST: Then = { ...NOTHING, event: 'BadLSReq' };

const LIVES = false;
const MAX_AGE = true;

function rule(copy: Copy, list: List, isMaxAge: boolean, then: Then): Rule {
  return { copy, list, isMaxAge, ...then };
}

const RULES: readonly Rule[] = [
  rule('none', 'none', LIVES, INSTALLED),
  // Step 4, which holds unless a neighbor is in Exchange or Loading: one with requests is.
  rule('none', 'none', MAX_AGE, GONE),
  rule('none', 'request: older', LIVES, INSTALLED),
  rule('none', 'request: older', MAX_AGE, INSTALLED),
  rule('none', 'request: same', LIVES, INSTALLED),
  rule('none', 'request: same', MAX_AGE, INSTALLED),
  rule('none', 'request: newer', LIVES, HALFWAY),
  rule('none', 'request: newer', MAX_AGE, HALFWAY),

  rule('older', 'none', LIVES, INSTALLED),
  rule('older', 'none', MAX_AGE, INSTALLED),
  rule('older', 'retransmission', LIVES, INSTALLED),
  rule('older', 'retransmission', MAX_AGE, INSTALLED),
  rule('older', 'request: same', LIVES, INSTALLED),
  rule('older', 'request: same', MAX_AGE, INSTALLED),
  rule('older', 'request: newer', LIVES, HALFWAY),
  rule('older', 'request: newer', MAX_AGE, HALFWAY),

  // Step 5a: without a word.
  rule('older, flooded within MinLSArrival', 'none', LIVES, NOTHING),
  rule('older, flooded within MinLSArrival', 'none', MAX_AGE, NOTHING),
  rule('older, flooded within MinLSArrival', 'retransmission', LIVES, NOTHING),
  rule('older, flooded within MinLSArrival', 'retransmission', MAX_AGE, NOTHING),
  rule('older, the answer to a request', 'none', LIVES, INSTALLED),
  rule('older, the answer to a request', 'none', MAX_AGE, INSTALLED),

  // A flush of the same number is newer (13.1).
  rule('same', 'none', LIVES, DUPLICATE),
  rule('same', 'none', MAX_AGE, INSTALLED),
  rule('same', 'retransmission', LIVES, IMPLIED),
  rule('same', 'retransmission', MAX_AGE, INSTALLED),
  // Step 6.
  rule('same', 'request: newer', LIVES, BAD_REQUEST),
  rule('same', 'request: newer', MAX_AGE, HALFWAY),

  // Step 8.
  rule('newer', 'none', LIVES, ANSWERED),
  rule('newer', 'none', MAX_AGE, ANSWERED),
  rule('newer', 'retransmission', LIVES, ANSWERED),
  rule('newer', 'retransmission', MAX_AGE, ANSWERED),
  rule('newer', 'request: newer', LIVES, BAD_REQUEST),
  rule('newer', 'request: newer', MAX_AGE, BAD_REQUEST),
  rule('newer, sent within MinLSArrival', 'none', LIVES, NOTHING),
  rule('newer, sent within MinLSArrival', 'retransmission', LIVES, NOTHING),
  // Without a word, too. That numbers begin again says that the flush has arrived: it is not repeated to anybody.
  rule('newer, MaxAge, last number', 'retransmission', LIVES, { ...NOTHING, database: 'nothing' }),
];

// -- Each cell.

interface World {
  readonly bench: Bench;
  readonly sender: Peer;
  readonly side: Peer;
  readonly peers: readonly Peer[];
}

const WIRE = interfaceConfig({ name: 'eth1', address: { address: 0x0a000101, prefixLength: 30 } });

function world({ state, sender }: Place): World {
  const { bench, peers, who } = state === 'Point-to-point' ? wire() : network(state, sender);
  const side = new Peer(bench, SIDE, 'eth1', 0x0a000102);
  side.becomeFull();
  settle(bench, [...peers, side]);
  return { bench, sender: who, side, peers: [...peers, side] };
}

function wire() {
  const bench = new Bench({ interfaces: [interfaceConfig(), WIRE] });
  const who = new Peer(bench, 0x09090909);
  who.becomeFull();
  return { bench, peers: [who], who };
}

function network(state: 'DR' | 'Backup' | 'DROther', sender: Sender) {
  const { bench, dr, backup, third } = lan(state, [WIRE]);
  return { bench, peers: [dr, backup, third], who: { DR: dr, Backup: backup, other: third }[sender] };
}

function numberOf(copy: Copy): number {
  if (copy === 'newer, MaxAge, last number') return 0xffffffff;
  if (copy.startsWith('newer')) return NUMBER + 1;
  return copy === 'same' ? NUMBER : NUMBER - 1;
}

/** Brings the database and the sender's lists to where the cell begins. */
function prepare(cell: World, { copy, list }: Rule): void {
  const { bench, sender, side } = cell;
  const lsa = routerLsa(FAR, numberOf(copy), [], 10);
  if (copy === 'older, the answer to a request') {
    beginExchange(cell, [lsa]);
    sender.update(lsa);
    assert.equal(bench.state(sender.routerId), 'Full');
  } else if (copy !== 'none') {
    side.update(lsa);
    acknowledge(cell, lsa, list);
    if (!copy.includes('within')) bench.pass(1100);
  }
  if (copy === 'newer, MaxAge, last number') {
    const flush = routerLsa(FAR, numberOf(copy), [], 3600);
    side.update(flush);
    acknowledge(cell, flush, list);
    bench.pass(1100);
  }
  if (list.startsWith('request')) {
    const described =
      NUMBER + { 'request: older': -1, 'request: same': 0, 'request: newer': 2 }[list as 'request: same'];
    beginExchange(cell, [routerLsa(FAR, described, [], 10)]);
    assert.equal(bench.state(sender.routerId), 'Loading');
  }
  bench.sent();
}

/** All do, but the sender only if its retransmission list is to be without the LSA. */
function acknowledge({ bench, peers, sender }: World, lsa: Uint8Array, list: List): void {
  for (const peer of peers) {
    const isSilent = peer === sender && list === 'retransmission';
    if (!isSilent && bench.state(peer.routerId) === 'Full') peer.acknowledge(headerOf(lsa));
  }
}

/** The sender reads and describes databases once more. */
function beginExchange({ bench, sender }: World, described: readonly Uint8Array[]): void {
  sender.description(7, 1);
  bench.pass(1000);
  sender.exchange(described.map(headerOf));
}

function outcome({ bench, sender }: World, received: Uint8Array) {
  const before = bench.lsa(LSA_ROUTER, FAR, FAR);
  const stateBefore = bench.state(sender.routerId);
  sender.update(received);
  const atOnce = bench.sent();
  const stored = bench.lsa(LSA_ROUTER, FAR, FAR);
  const isRequested = toRequest(bench, sender) > 0;
  const state = bench.state(sender.routerId);
  bench.pass(500);
  const { sequence, age } = headerOf(received);
  const isReceived = stored?.sequence === sequence && stored.age === age;
  const isAsBefore = stored?.sequence === before?.sequence && stored?.age === before?.age;
  return {
    database: stored === undefined ? 'nothing' : isAsBefore ? 'as before' : isReceived ? 'received' : 'another',
    updates: destinationsOf(atOnce, OSPF_LINK_STATE_UPDATE, updatesIn),
    direct: acknowledgmentsTo(atOnce),
    delayed: acknowledgmentsTo(bench.sent()),
    event: state === 'ExStart' && stateBefore !== 'ExStart' ? 'BadLSReq' : 'none',
    isRequested,
  };
}

function expected(place: Place, { sender }: World, then: Rule, numberBefore: number) {
  const alone = `eth0 ${place.state === 'Point-to-point' ? ALL_SPF_ROUTERS : sender.address}`;
  const all = `eth0 ${place.state === 'DROther' ? ALL_DESIGNATED_ROUTERS : ALL_SPF_ROUTERS}`;
  const way = wayOf(place, then.acknowledged);
  const updates: string[] = [];
  if (then.isFlooded && place.floodsBack) updates.push(`eth0 ${ALL_SPF_ROUTERS} ${NUMBER}`);
  if (then.isFlooded) updates.push(`eth1 ${ALL_SPF_ROUTERS} ${NUMBER}`);
  if (then.isAnswered) updates.push(`${alone} ${numberBefore}`);
  return {
    database: then.copy === 'none' && then.database === 'as before' ? 'nothing' : then.database,
    updates,
    direct: way === 'direct' ? [`${alone} ${NUMBER}`] : [],
    delayed: way === 'delayed' ? [`${all} ${NUMBER}`] : [],
    event: then.event,
    isRequested: then.isRequested,
  };
}

function wayOf(place: Place, acknowledged: Acknowledged): Way {
  if (acknowledged === 'no') return 'none';
  return acknowledged === 'direct' ? 'direct' : place[acknowledged];
}

/** `interface destination number` of every mention of the LSA. */
function destinationsOf(
  sent: readonly SentPacket[],
  type: number,
  headersIn: (sent: readonly SentPacket[]) => readonly { advertisingRouter: number; sequence: number }[],
): string[] {
  const found = sent
    .filter((packet) => packet.type === type)
    .flatMap((packet) =>
      headersIn([packet])
        .filter(({ advertisingRouter }) => advertisingRouter === FAR)
        .map(({ sequence }) => `${packet.interface} ${packet.destination} ${(sequence >>> 0) - 0x80000000}`),
    );
  return found.sort();
}

/** On the network of the sender, of the instance that has come in. */
function acknowledgmentsTo(sent: readonly SentPacket[]): string[] {
  const all = destinationsOf(sent.filter(isOnLan), OSPF_LINK_STATE_ACK, acknowledgmentsIn);
  return all.filter((text) => text.endsWith(` ${NUMBER}`));
}

function toRequest(bench: Bench, { routerId }: Peer): number {
  return bench.instance.neighbors(bench.nowMs).find((view) => view.routerId === routerId)?.toRequest ?? 0;
}

for (const place of PLACES) {
  describe(`section 13, we are ${place.state}, from ${place.sender === 'other' ? 'a neighbor' : `the ${place.sender}`}`, () => {
    for (const cell of RULES) {
      const age = cell.isMaxAge ? 'MaxAge' : 'lives';
      it(`copy: ${cell.copy}; list: ${cell.list}; received: ${age}`, () => {
        const here = world(place);
        prepare(here, cell);
        const received = routerLsa(FAR, NUMBER, [], cell.isMaxAge ? 3600 : 10);
        assert.deepEqual(outcome(here, received), expected(place, here, cell, numberOf(cell.copy)));
      });
    }
  });
}

describe('section 13.4: an LSA that claims to be ours', () => {
  for (const place of PLACES) {
    const name = `we are ${place.state}, from ${place.sender}`;
    it(`newer than ours is not passed on; the next of ours goes to all: ${name}`, () => {
      const { bench, sender } = world(place);
      const own = bench.ownLsa();
      assert.ok(own !== undefined);
      const claimed = own.sequence + 3;
      sender.update(routerLsa(OWN_ID, (claimed >>> 0) - 0x80000000, [], 10));
      const told = bench.sent().filter(({ type }) => type === OSPF_LINK_STATE_UPDATE);
      assert.deepEqual(
        told.flatMap((packet) => updatesIn([packet]).map((header) => [packet.interface, header.sequence])),
        [
          ['eth0', claimed + 1],
          ['eth1', claimed + 1],
        ],
      );
      assert.equal(bench.ownLsa()?.sequence, claimed + 1);
      bench.pass(500);
      // It is not flooded back, which makes the difference in table 19 for the designated router.
      const way = place.floodsBack ? 'delayed' : place.newer;
      assert.equal(acknowledgmentsIn(bench.sent().filter(isOnLan)).length, way === 'delayed' ? 1 : 0);
    });

    it(`older than ours is answered with ours: ${name}`, () => {
      const { bench, sender } = world(place);
      const own = bench.ownLsa();
      assert.ok(own !== undefined);
      sender.update(routerLsa(OWN_ID, (own.sequence >>> 0) - 0x80000001, [], 10));
      const sent = bench.sent();
      assert.deepEqual(
        updatesIn(sent.filter(isOnLan)).map(({ sequence }) => sequence),
        [own.sequence],
      );
      assert.deepEqual(updatesIn(sent.filter((packet) => !isOnLan(packet))), []);
    });
  }
});

function isOnLan(packet: SentPacket): boolean {
  return packet.interface === 'eth0';
}
