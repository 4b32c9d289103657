import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeLsa, LSA_NETWORK } from '../../src/wire/ospf/lsa.js';
import { encodeNetworkLsa } from '../../src/wire/ospf/network-lsa.js';
import { LINK_POINT_TO_POINT, LINK_STUB, LINK_TRANSIT, type RouterLink } from '../../src/wire/ospf/router-lsa.js';
import {
  Bench,
  broadcastConfig,
  headerOf,
  interfaceConfig,
  OWN_ADDRESS,
  OWN_ID,
  Peer,
  updatesIn,
} from '../support/ospf-peer.js';

/** What our LSAs say of a LAN and of an unnumbered link: RFC 2328 sections 12.4.1 and 12.4.2. */

const LOW = 0x01010101;
const HIGH = 0x09090909;
const NETWORK = 0x0a000000;
const MASK = 0xffffff00;

const STUB: RouterLink = { type: LINK_STUB, id: NETWORK, data: MASK, metric: 10 };

function transitTo(designatedRouter: number, metric = 10): RouterLink {
  return { type: LINK_TRANSIT, id: designatedRouter, data: OWN_ADDRESS, metric };
}

/** A second interface keeps a neighbor Full, so that there is somebody to tell. */
function benchOnLan(hostMode = false): Bench {
  const wire = interfaceConfig({ name: 'eth1', address: { address: 0x0a010001, prefixLength: 30 } });
  const bench = new Bench({ interfaces: [broadcastConfig(), wire], hostMode });
  const witness = new Peer(bench, 0x02020202, 'eth1', 0x0a010002);
  witness.becomeFull();
  return bench;
}

function linksOnLan(bench: Bench): RouterLink[] {
  bench.pass(6000);
  const body = bench.ownLsa()?.body;
  assert.ok(body?.kind === 'router');
  return body.links.filter(({ id, data }) => id === NETWORK || data === OWN_ADDRESS);
}

function attached(bench: Bench): readonly number[] | undefined {
  const lsa = bench.lsa(LSA_NETWORK, OWN_ADDRESS, OWN_ID);
  if (lsa === undefined || lsa.age === 3600) return undefined;
  assert.ok(lsa.body.kind === 'network');
  assert.equal(lsa.body.networkMask, MASK);
  return lsa.body.attachedRouters;
}

function networkLsaOf(advertisingRouter: number): Uint8Array {
  const identity = { type: LSA_NETWORK, id: OWN_ADDRESS, advertisingRouter };
  return encodeLsa(
    { ...identity, age: 5, options: 2, sequence: 0x80000007 | 0 },
    encodeNetworkLsa({ networkMask: MASK, attachedRouters: [advertisingRouter, LOW] }),
  );
}

/** Keeps the neighbors of the LAN alive while time passes. */
function keepAlive(bench: Bench, ms: number, ...hellos: (() => void)[]): void {
  for (let passed = 0; passed < ms; passed += 5000) {
    for (const hello of hellos) hello();
    bench.pass(5000);
  }
}

test('a LAN is a stub network while we wait, and while nobody is Full with the designated router that we are', () => {
  const bench = benchOnLan();
  assert.deepEqual(linksOnLan(bench), [STUB]);
  bench.pass(40_000);
  assert.equal(bench.instance.interfaces(bench.nowMs)[0].state, 'DR');
  new Peer(bench, 0x02020202, 'eth1', 0x0a010002).becomeFull();
  assert.deepEqual(linksOnLan(bench), [STUB]);
  assert.equal(attached(bench), undefined);
});

test('the designated router originates a network-LSA with the first neighbor that is Full, and for each one more', () => {
  const bench = benchOnLan();
  bench.pass(35_000);
  new Peer(bench, 0x02020202, 'eth1', 0x0a010002).hello();
  bench.pass(5000);
  const low = new Peer(bench, LOW, 'eth0', 0x0a000002);
  const named = { designatedRouter: OWN_ADDRESS, backupDesignatedRouter: low.address };
  low.becomeFull([], named);
  bench.pass(1000);
  assert.deepEqual(attached(bench), [LOW, OWN_ID]);
  assert.deepEqual(linksOnLan(bench), [transitTo(OWN_ADDRESS)]);
  const high = new Peer(bench, HIGH, 'eth0', 0x0a000003);
  high.becomeFull([], named);
  bench.pass(6000);
  assert.deepEqual(attached(bench), [LOW, OWN_ID, HIGH]);
});

test('a designated router that has lost all takes its network-LSA back, and the LAN is a stub network again', () => {
  const bench = benchOnLan();
  bench.pass(40_000);
  const witness = new Peer(bench, 0x02020202, 'eth1', 0x0a010002);
  witness.becomeFull();
  const low = new Peer(bench, LOW, 'eth0', 0x0a000002);
  low.becomeFull([], { designatedRouter: OWN_ADDRESS, backupDesignatedRouter: low.address });
  bench.pass(2000);
  assert.notEqual(attached(bench), undefined);
  bench.sent();
  low.hello([]);
  bench.pass(2000);
  const flushed = updatesIn(bench.sent()).filter(({ type }) => type === LSA_NETWORK);
  assert.ok(flushed.length > 0 && flushed.every(({ age }) => age === 3600));
  assert.equal(attached(bench), undefined);
  assert.deepEqual(linksOnLan(bench), [STUB]);
});

test('others have a transit link as soon as they are Full with the designated router, the backup does not count', () => {
  const bench = benchOnLan();
  const witness = new Peer(bench, 0x02020202, 'eth1', 0x0a010002);
  const dr = new Peer(bench, LOW, 'eth0', 0x0a000002);
  const backup = new Peer(bench, HIGH, 'eth0', 0x0a000003);
  const named = { designatedRouter: dr.address, backupDesignatedRouter: backup.address };
  dr.hello([OWN_ID], named);
  backup.hello([OWN_ID], named);
  const opened = bench.sent();
  backup.exchange([], opened);
  assert.equal(bench.state(HIGH), 'Full');
  keepAlive(
    bench,
    10_000,
    () => witness.hello(),
    () => dr.hello([OWN_ID], named),
    () => backup.hello([OWN_ID], named),
  );
  assert.deepEqual(linksOnLan(bench), [STUB]);
  dr.exchange([], opened);
  assert.equal(bench.state(LOW), 'Full');
  assert.deepEqual(linksOnLan(bench), [transitTo(dr.address)]);
  assert.equal(attached(bench), undefined);
});

test('who gives way as designated router takes its network-LSA back', () => {
  const bench = benchOnLan();
  bench.pass(40_000);
  const witness = new Peer(bench, 0x02020202, 'eth1', 0x0a010002);
  witness.becomeFull();
  const low = new Peer(bench, LOW, 'eth0', 0x0a000002);
  low.becomeFull([], { designatedRouter: OWN_ADDRESS, backupDesignatedRouter: low.address });
  bench.pass(2000);
  assert.notEqual(attached(bench), undefined);
  const other = new Peer(bench, HIGH, 'eth0', 0x0a000003);
  other.becomeFull([], { designatedRouter: other.address });
  assert.deepEqual(linksOnLan(bench), [transitTo(other.address)]);
  assert.equal(attached(bench), undefined);
});

test('a host announces a LAN for transit at 0xffff, as a stub network at its cost', () => {
  const bench = benchOnLan(true);
  assert.deepEqual(linksOnLan(bench), [STUB]);
  const dr = new Peer(bench, LOW, 'eth0', 0x0a000002);
  dr.becomeFull([], { designatedRouter: dr.address });
  assert.deepEqual(linksOnLan(bench), [transitTo(dr.address, 0xffff)]);
});

test('an unnumbered link names the interface by its index, and has no subnet', () => {
  const borrowed = { address: OWN_ADDRESS, prefixLength: 32 };
  const bench = new Bench({ interfaces: [interfaceConfig({ address: borrowed })] });
  bench.handle({ kind: 'interface', name: 'eth0', up: true, mtu: 1500, ifindex: 42 });
  new Peer(bench, LOW).becomeFull();
  bench.pass(1000);
  const body = bench.ownLsa()?.body;
  assert.ok(body?.kind === 'router');
  assert.deepEqual(body.links, [{ type: LINK_POINT_TO_POINT, id: LOW, data: 42, metric: 10 }]);
});

test('a network-LSA of another router for our address is flushed: it is from before our router ID changed', () => {
  const bench = benchOnLan();
  const dr = new Peer(bench, LOW, 'eth0', 0x0a000002);
  dr.becomeFull([], { designatedRouter: dr.address });
  bench.pass(2000);
  bench.sent();
  const forged = networkLsaOf(0x08080808);
  dr.update(forged);
  bench.pass(1000);
  const told = updatesIn(bench.sent()).filter(({ type }) => type === LSA_NETWORK);
  assert.ok(told.length > 0);
  for (const header of told) assert.deepEqual([header.age, header.sequence], [3600, headerOf(forged).sequence]);
});
