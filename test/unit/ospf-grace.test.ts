import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMalformed } from '../../src/wire/malformed.js';
import { decodeGraceLsa, encodeGraceLsa, type GraceLsa } from '../../src/wire/ospf/grace-lsa.js';
import { encodeLsa, LSA_OPAQUE_LINK } from '../../src/wire/ospf/lsa.js';
import { LINK_POINT_TO_POINT, LINK_STUB } from '../../src/wire/ospf/router-lsa.js';
import { hex, toHex } from '../support/hex.js';
import {
  Bench,
  broadcastConfig,
  headerOf,
  interfaceConfig,
  OWN_ID,
  Peer,
  routerLsa,
  updatesIn,
} from '../support/ospf-peer.js';

/** The helper of a graceful restart, RFC 3623, and the LSA that asks for it. */

const LOW = 0x01010101;
const OTHER = 0x02020202;
const FAR = 0x07070707;

const ON_LAN = '00010004 00000078 00020001 01000000 00030004 0a000002';

test('a grace-LSA, byte by byte', () => {
  const grace: GraceLsa = { periodSeconds: 120, reason: 'software restart', address: 0x0a000002 };
  assert.deepEqual(decodeGraceLsa(hex(ON_LAN)), grace);
  assert.equal(toHex(encodeGraceLsa(grace)), ON_LAN.replaceAll(' ', ''));
  const onWire = { ...grace, address: undefined };
  assert.equal(toHex(encodeGraceLsa(onWire)), '00010004000000780002000101000000');
  assert.deepEqual(decodeGraceLsa(encodeGraceLsa(onWire)), onWire);
});

test('a grace-LSA may have TLVs that nobody knows, in any order, and a reason that is not defined', () => {
  const body = hex('80000003 aabbcc00 00020001 09000000 00070000 00010004 0000000a');
  assert.deepEqual(decodeGraceLsa(body), { periodSeconds: 10, reason: 'unknown', address: undefined });
});

for (const [defect, body] of [
  ['nothing in it', ''],
  ['half a TLV header', '00010004 0000000a 00020001 01000000 0003'],
  ['a TLV that is longer than the rest', '00010004 0000000a 00020001 01000000 00030008 0a000002'],
  ['a length of 65535', '0001ffff 0000000a'],
  ['padding that is missing', '00010004 0000000a 00020001 01'],
  ['a period of 2 bytes', '00010002 000a0000 00020001 01000000'],
  ['a reason of 4 bytes', '00010004 0000000a 00020004 00000001'],
  ['an address of 8 bytes', '00010004 0000000a 00020001 01000000 00030008 0a000002 0a000003'],
  ['no period', '00020001 01000000'],
  ['no reason', '00010004 0000000a'],
]) {
  test(`a grace-LSA with ${defect} is malformed`, () => {
    assert.ok(isMalformed(decodeGraceLsa(hex(body))));
  });
}

function graceLsa(change: Partial<GraceLsa> = {}, age = 1, routerId = LOW, sequence = 1): Uint8Array {
  const body = encodeGraceLsa({ periodSeconds: 120, reason: 'software restart', address: undefined, ...change });
  return opaqueLsa(body, age, routerId, sequence);
}

function opaqueLsa(body: Uint8Array, age: number, routerId: number, sequence: number): Uint8Array {
  const identity = { type: LSA_OPAQUE_LINK, id: 0x03000000, advertisingRouter: routerId };
  return encodeLsa({ ...identity, age, options: 2, sequence: (0x80000000 + sequence) | 0 }, body);
}

interface Restart {
  readonly bench: Bench;
  /** Full, and about to restart. */
  readonly peer: Peer;
  /** Full, on another interface. */
  readonly other: Peer;
}

function beforeRestart(): Restart {
  const wire = interfaceConfig({ name: 'eth1', address: { address: 0x0a000011, prefixLength: 30 } });
  const bench = new Bench({ interfaces: [interfaceConfig(), wire] });
  const peer = new Peer(bench, LOW);
  const other = new Peer(bench, OTHER, 'eth1', 0x0a000012);
  peer.becomeFull();
  other.becomeFull();
  settle(bench, peer, other);
  return { bench, peer, other };
}

function settle(bench: Bench, ...peers: readonly Peer[]): void {
  for (let round = 0; round < 4; round++) {
    bench.pass(1500);
    const headers = updatesIn(bench.sent());
    for (const peer of peers) peer.acknowledge(...headers);
  }
}

/** Time passes, in which only the other neighbor is heard. */
function passWith(other: Peer, ms: number): void {
  for (let passed = 0; passed < ms; passed += 10_000) {
    other.hello();
    other.bench.pass(Math.min(10_000, ms - passed));
    other.acknowledge(...updatesIn(other.bench.sent()));
  }
}

function isTold(bench: Bench, routerId: number): boolean {
  const body = bench.ownLsa()?.body;
  assert.ok(body?.kind === 'router');
  return body.links.some((link) => link.type === LINK_POINT_TO_POINT && link.id === routerId);
}

function helpEvents(bench: Bench): string[] {
  return bench
    .take('event')
    .filter(({ name }) => name.startsWith('graceful-restart'))
    .map(({ name, detail }) => `${name.replace('graceful-restart-help-', '')}: ${detail.reason}`);
}

test('a neighbor that restarts is silent, then does not know us, then exchanges anew: it is told as Full throughout', () => {
  const { bench, peer, other } = beforeRestart();
  const before = bench.ownLsa()?.sequence;
  peer.update(graceLsa());
  assert.deepEqual(helpEvents(bench), ['begun: software restart']);
  passWith(other, 60_000);
  assert.equal(bench.state(LOW), 'Full');
  peer.hello([]);
  assert.equal(bench.state(LOW), 'Full');
  passWith(other, 20_000);
  bench.sent();
  peer.description(7, 1);
  assert.equal(bench.state(LOW), 'ExStart');
  passWith(other, 5000);
  assert.ok(isTold(bench, LOW));
  peer.description(7, 2);
  peer.exchange([], openings(bench));
  assert.equal(bench.state(LOW), 'Full');
  peer.update(graceLsa({}, 3600));
  assert.deepEqual(helpEvents(bench), ['ended: it is back']);
  passWith(other, 5000);
  assert.ok(isTold(bench, LOW));
  assert.equal(bench.ownLsa()?.sequence, before, 'nothing was ever said about it');
});

/** The openings that the bench repeats. */
function openings(bench: Bench) {
  bench.pass(5000);
  return bench.sent();
}

test('a neighbor that does not come back within its grace period is gone when that is over', () => {
  const { bench, peer, other } = beforeRestart();
  peer.update(graceLsa({ periodSeconds: 100 }, 10));
  passWith(other, 89_990);
  assert.equal(bench.state(LOW), 'Full');
  passWith(other, 10);
  assert.equal(bench.state(LOW), 'Down');
  assert.deepEqual(helpEvents(bench), ['begun: software restart', 'ended: the grace period is over']);
  passWith(other, 5000);
  assert.ok(!isTold(bench, LOW));
});

test('one that was heard meanwhile counts for its state when the time is over', () => {
  const { bench, peer, other } = beforeRestart();
  peer.update(graceLsa({ periodSeconds: 60 }));
  passWith(other, 55_000);
  peer.description(7, 1);
  passWith(other, 10_000);
  assert.equal(bench.state(LOW), 'ExStart');
  assert.ok(!isTold(bench, LOW));
});

test('a second grace-LSA gives more time', () => {
  const { bench, peer, other } = beforeRestart();
  peer.update(graceLsa({ periodSeconds: 60 }));
  passWith(other, 50_000);
  peer.update(graceLsa({ periodSeconds: 60 }, 1, LOW, 2));
  passWith(other, 50_000);
  assert.equal(bench.state(LOW), 'Full');
  assert.deepEqual(helpEvents(bench), ['begun: software restart']);
});

test('a change of the topology that the neighbor cannot take in ends the help; a refresh does not', () => {
  const { bench, peer, other } = beforeRestart();
  const far = (sequence: number, cost: number) =>
    routerLsa(FAR, sequence, [{ type: LINK_STUB, id: 0xc0000201, data: 0xffffffff, metric: cost }]);
  other.update(far(1, 1));
  settle(bench, peer, other);
  peer.update(graceLsa());
  passWith(other, 50_000);
  other.update(far(2, 1));
  assert.equal(bench.state(LOW), 'Full');
  passWith(other, 5000);
  other.update(far(3, 2));
  assert.equal(bench.state(LOW), 'Down');
  assert.deepEqual(helpEvents(bench), [
    'begun: software restart',
    'ended: the topology has changed: LSA of type 1, ID 7.7.7.7, from 7.7.7.7',
  ]);
});

test('an LSA that reaches MaxAge is a change of the topology', () => {
  const { bench, peer, other } = beforeRestart();
  other.update(routerLsa(FAR, 1, [], 3500));
  settle(bench, peer, other);
  peer.update(graceLsa());
  passWith(other, 100_000);
  assert.deepEqual(helpEvents(bench), [
    'begun: software restart',
    'ended: the topology has changed: LSA of type 1, ID 7.7.7.7, from 7.7.7.7',
  ]);
});

test('a neighbor that was heard within RouterDeadInterval stays when the help ends early', () => {
  const { bench, peer, other } = beforeRestart();
  peer.update(graceLsa());
  passWith(other, 10_000);
  other.update(routerLsa(FAR, 1));
  assert.equal(bench.state(LOW), 'Full');
  peer.hello([]);
  assert.equal(bench.state(LOW), 'Init');
});

test('what is flushed by a new process without an exchange ends the help', () => {
  const { bench, peer, other } = beforeRestart();
  peer.update(graceLsa());
  passWith(other, 60_000);
  peer.update(graceLsa({}, 3600));
  assert.deepEqual(helpEvents(bench), ['begun: software restart', 'ended: it is back']);
  assert.equal(bench.state(LOW), 'Full');
});

for (const [reason, ask] of [
  ['the grace period is over', ({ peer }: Restart) => peer.update(graceLsa({ periodSeconds: 30 }, 30))],
  [
    'the grace period is longer than LSRefreshTime',
    ({ peer }: Restart) => peer.update(graceLsa({ periodSeconds: 0xffffffff })),
  ],
  [
    'it is switched off here',
    ({ peer, bench }: Restart) => {
      bench.configure({ gracefulRestartHelper: false });
      peer.update(graceLsa());
    },
  ],
  [
    'it has not acknowledged a change: LSA of type 1, ID 7.7.7.7, from 7.7.7.7',
    ({ peer, other }: Restart) => {
      other.update(routerLsa(FAR, 1));
      peer.update(graceLsa());
    },
  ],
] as const) {
  test(`help is refused: ${reason}`, () => {
    const restart = beforeRestart();
    ask(restart);
    assert.deepEqual(helpEvents(restart.bench), [`refused: ${reason}`]);
    restart.peer.hello([]);
    assert.equal(restart.bench.state(LOW), 'Init');
  });
}

test('help is refused to a neighbor that is not Full', () => {
  const { bench, peer } = beforeRestart();
  peer.description(7, 1);
  peer.exchange([headerOf(routerLsa(FAR, 1))], openings(bench));
  assert.equal(bench.state(LOW), 'Loading');
  peer.update(graceLsa());
  assert.deepEqual(helpEvents(bench), ['refused: it is Loading, not Full']);
});

test('a grace-LSA that cannot be read is kept like any opaque LSA, and helps nobody', () => {
  const { bench, peer } = beforeRestart();
  peer.update(opaqueLsa(hex('00010004 0000000a'), 1, LOW, 1));
  assert.deepEqual(helpEvents(bench), []);
  assert.ok(bench.lsa(LSA_OPAQUE_LINK, 0x03000000, LOW) !== undefined);
  assert.equal(bench.instance.rejections().at(-1)?.check, 'lsa');
  peer.hello([]);
  assert.equal(bench.state(LOW), 'Init');
});

test('BFD that loses the neighbor ends the help: its forwarding has failed too', () => {
  const { bench, peer } = beforeRestart();
  bench.configure({ interfaces: bench.config.interfaces.map((config) => ({ ...config, bfd: true })) });
  peer.update(graceLsa());
  bench.handle({ kind: 'bfd-down', interface: 'eth0', address: peer.address });
  assert.equal(bench.state(LOW), 'Down');
  assert.deepEqual(helpEvents(bench), ['begun: software restart', 'ended: BFD says it is down']);
});

test('a link that goes down ends the help with the adjacency', () => {
  const { bench, peer, other } = beforeRestart();
  peer.update(graceLsa());
  bench.carrier('eth0', false);
  passWith(other, 3000);
  assert.equal(bench.state(LOW), 'Down');
  assert.ok(!isTold(bench, LOW));
});

test('on a LAN the designated router keeps its office while it restarts, named by the address in its grace-LSA', () => {
  const bench = new Bench({ interfaces: [broadcastConfig()] });
  const dr = new Peer(bench, LOW, 'eth0', 0x0a000002);
  dr.becomeFull([], { designatedRouter: dr.address });
  settle(bench, dr);
  dr.update(graceLsa({ address: 0x0a000003 }));
  assert.deepEqual(helpEvents(bench), []);
  bench.pass(2000);
  dr.update(graceLsa({ address: dr.address }, 1, LOW, 2));
  assert.deepEqual(helpEvents(bench), ['begun: software restart']);
  const offices = () => {
    const [{ state, designatedRouter }] = bench.instance.interfaces(bench.nowMs);
    return [state, designatedRouter];
  };
  // It starts without knowing anything, then sees our Hello and takes the office that we name.
  dr.hello([]);
  assert.deepEqual(offices(), ['Backup', dr.address]);
  dr.hello([OWN_ID]);
  bench.pass(60_000);
  assert.deepEqual(offices(), ['Backup', dr.address]);
  const body = bench.ownLsa()?.body;
  assert.ok(body?.kind === 'router');
  assert.deepEqual(
    body.links.map(({ type, id }) => [type, id]),
    [[2, dr.address]],
  );
  bench.pass(60_000);
  assert.deepEqual(offices()[0], 'DR', 'its time is over, and it has not been heard');
});

test('a change of our own that ends the help for a silent designated router leads to an election at once', () => {
  const bench = new Bench({ interfaces: [broadcastConfig()] });
  const dr = new Peer(bench, LOW, 'eth0', 0x0a000002);
  dr.becomeFull([], { designatedRouter: dr.address });
  settle(bench, dr);
  dr.update(graceLsa({ address: dr.address }));
  bench.pass(60_000);
  assert.equal(bench.instance.interfaces(bench.nowMs)[0].state, 'Backup');
  bench.configure({ stubs: [{ prefix: { address: 0xc0000201, length: 32 }, cost: 0 }] });
  assert.equal(bench.state(LOW), 'Down');
  assert.equal(bench.instance.interfaces(bench.nowMs)[0].state, 'DR');
});
