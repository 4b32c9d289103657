import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ALL_DESIGNATED_ROUTERS,
  ALL_SPF_ROUTERS,
  encodeOspfPacket,
  OSPF_DATABASE_DESCRIPTION,
  OSPF_HELLO,
} from '../../src/wire/ospf/header.js';
import type { Hello } from '../../src/wire/ospf/hello.js';
import { Bench, broadcastConfig, hellosIn, interfaceConfig, OWN_ADDRESS, OWN_ID, Peer } from '../support/ospf-peer.js';

/** A router on a LAN, seen from outside: RFC 2328 sections 9, 9.4, 9.5, 10.4 and 10.5. */

const LOW = 0x01010101;
const HIGH = 0x09090909;
const THIRD = 0x0a0a0a0a;

function lanBench(change: Parameters<typeof broadcastConfig>[0] = {}): Bench {
  return new Bench({ interfaces: [broadcastConfig(change)] });
}

function peerAt(bench: Bench, routerId: number, host: number): Peer {
  return new Peer(bench, routerId, 'eth0', 0x0a000000 + host);
}

function view(bench: Bench) {
  const [{ state, designatedRouter, backupDesignatedRouter }] = bench.instance.interfaces(bench.nowMs);
  return { state, designatedRouter, backupDesignatedRouter };
}

/** A Hello of designated router `dr` and its backup `bdr`. */
function named(dr: Peer | number, bdr: Peer | number = 0): Partial<Hello> {
  const address = (who: Peer | number) => (typeof who === 'number' ? who : who.address);
  return { designatedRouter: address(dr), backupDesignatedRouter: address(bdr) };
}

test('a router alone waits for RouterDeadInterval, is designated router then, and says so at once', () => {
  const bench = lanBench({ priority: 7 });
  assert.deepEqual(hellosIn(bench.sent()), [
    {
      networkMask: 0xffffff00,
      helloIntervalSeconds: 10,
      options: 2,
      priority: 7,
      deadIntervalSeconds: 40,
      designatedRouter: 0,
      backupDesignatedRouter: 0,
      neighbors: [],
    },
  ]);
  bench.pass(39_999);
  assert.deepEqual(view(bench), { state: 'Waiting', designatedRouter: 0, backupDesignatedRouter: 0 });
  bench.sent();
  bench.pass(1);
  assert.deepEqual(view(bench), { state: 'DR', designatedRouter: OWN_ADDRESS, backupDesignatedRouter: 0 });
  const [hello] = hellosIn(bench.sent());
  assert.equal(hello.designatedRouter, OWN_ADDRESS);
});

test('priority 0 waits for nothing and is never elected', () => {
  const bench = lanBench({ priority: 0 });
  assert.equal(view(bench).state, 'DROther');
  bench.pass(60_000);
  assert.deepEqual(view(bench), { state: 'DROther', designatedRouter: 0, backupDesignatedRouter: 0 });
});

test('waiting ends with the first neighbor that is backup, and only if it hears us', () => {
  const bench = lanBench();
  const backup = peerAt(bench, HIGH, 3);
  backup.hello([], named(0x0a000004, backup));
  assert.equal(view(bench).state, 'Waiting');
  backup.hello([OWN_ID], named(0x0a000004, backup));
  assert.equal(view(bench).state, 'DROther');
});

test('waiting ends with a designated router that has no backup; we are its backup then', () => {
  const bench = lanBench();
  const dr = peerAt(bench, LOW, 2);
  dr.hello([OWN_ID], named(dr));
  assert.deepEqual(view(bench), {
    state: 'Backup',
    designatedRouter: dr.address,
    backupDesignatedRouter: OWN_ADDRESS,
  });
  assert.equal(bench.state(LOW), 'ExStart');
});

test('while waiting, a designated router that has a backup leads to nothing, and neighbors stay 2-Way', () => {
  const bench = lanBench();
  const dr = peerAt(bench, LOW, 2);
  dr.hello([OWN_ID], named(dr, 0x0a000004));
  peerAt(bench, HIGH, 3).hello();
  assert.equal(view(bench).state, 'Waiting');
  assert.deepEqual([bench.state(LOW), bench.state(HIGH)], ['2-Way', '2-Way']);
});

test('a router that is not designated is adjacent to the two that are, and 2-Way with the rest', () => {
  const bench = lanBench();
  const dr = peerAt(bench, LOW, 2);
  const backup = peerAt(bench, HIGH, 3);
  const third = peerAt(bench, THIRD, 4);
  dr.hello([OWN_ID], named(dr, backup));
  third.hello([OWN_ID], named(dr, backup));
  backup.hello([OWN_ID], named(dr, backup));
  assert.deepEqual(view(bench), {
    state: 'DROther',
    designatedRouter: dr.address,
    backupDesignatedRouter: backup.address,
  });
  assert.deepEqual([bench.state(LOW), bench.state(HIGH), bench.state(THIRD)], ['ExStart', 'ExStart', '2-Way']);
  bench.pass(10_000);
  assert.deepEqual([bench.state(LOW), bench.state(HIGH), bench.state(THIRD)], ['ExStart', 'ExStart', '2-Way']);
});

test('descriptions on a LAN go to the neighbor alone, Hellos to all', () => {
  const bench = lanBench();
  const dr = peerAt(bench, LOW, 2);
  bench.sent();
  dr.hello([OWN_ID], named(dr));
  const sent = bench.sent();
  const to = (type: number) => [...new Set(sent.filter((packet) => packet.type === type).map((p) => p.destination))];
  assert.deepEqual(to(OSPF_DATABASE_DESCRIPTION), [dr.address]);
  assert.deepEqual(to(OSPF_HELLO), [ALL_SPF_ROUTERS]);
});

test('the backup follows a designated router that says goodbye, and its adjacencies with others begin', () => {
  const bench = lanBench();
  const dr = peerAt(bench, LOW, 2);
  dr.hello([OWN_ID], named(dr));
  const third = peerAt(bench, THIRD, 4);
  third.hello([OWN_ID], named(dr, OWN_ADDRESS));
  assert.deepEqual([view(bench).state, bench.state(THIRD)], ['Backup', 'ExStart']);
  dr.hello([], named(dr, OWN_ADDRESS));
  assert.deepEqual(view(bench), {
    state: 'DR',
    designatedRouter: OWN_ADDRESS,
    backupDesignatedRouter: third.address,
  });
  assert.deepEqual([bench.state(LOW), bench.state(THIRD)], ['Init', 'ExStart']);
});

test('an adjacency whose reason is gone falls back to 2-Way, and its lists are empty', () => {
  const bench = lanBench();
  const dr = peerAt(bench, LOW, 2);
  dr.becomeFull([], named(dr));
  const third = peerAt(bench, THIRD, 4);
  third.becomeFull([], named(dr, OWN_ADDRESS));
  assert.deepEqual([bench.state(LOW), bench.state(THIRD)], ['Full', 'Full']);
  // A backup with a higher router ID: two LANs have been joined.
  const backup = peerAt(bench, HIGH, 3);
  backup.hello([OWN_ID], named(dr, backup));
  assert.equal(view(bench).state, 'DROther');
  assert.deepEqual([bench.state(LOW), bench.state(HIGH), bench.state(THIRD)], ['Full', 'ExStart', '2-Way']);
  const third2 = bench.instance.neighbors(bench.nowMs).find(({ routerId }) => routerId === THIRD);
  assert.deepEqual([third2?.toDescribe, third2?.toRequest, third2?.toRetransmit], [0, 0, 0]);
});

test('two designated routers, of which we are the worse: we give way', () => {
  const bench = lanBench();
  bench.pass(40_000);
  assert.equal(view(bench).state, 'DR');
  const other = peerAt(bench, HIGH, 3);
  other.hello([OWN_ID], named(other));
  assert.deepEqual(view(bench), {
    state: 'Backup',
    designatedRouter: other.address,
    backupDesignatedRouter: OWN_ADDRESS,
  });
});

test('a reload that takes the priority away takes the office, and gives back none', () => {
  const bench = lanBench();
  const peer = peerAt(bench, LOW, 2);
  bench.pass(40_000);
  peer.hello([OWN_ID], named(OWN_ADDRESS));
  assert.deepEqual(view(bench).backupDesignatedRouter, peer.address);
  bench.configure({ interfaces: [broadcastConfig({ priority: 0 })] });
  assert.deepEqual(view(bench), {
    state: 'DROther',
    designatedRouter: peer.address,
    backupDesignatedRouter: peer.address,
  });
  peer.hello([OWN_ID], named(peer));
  bench.configure({ interfaces: [broadcastConfig({ priority: 255 })] });
  assert.equal(view(bench).state, 'Backup');
  assert.equal(view(bench).designatedRouter, peer.address);
});

test('a neighbor of changed priority leads to an election only among those without an office', () => {
  const bench = lanBench();
  const backup = peerAt(bench, HIGH, 3);
  backup.hello([OWN_ID], named(OWN_ADDRESS, backup));
  assert.equal(view(bench).state, 'DROther');
  backup.hello([OWN_ID], { ...named(backup, 0), priority: 0 });
  assert.deepEqual(view(bench), { state: 'DR', designatedRouter: OWN_ADDRESS, backupDesignatedRouter: 0 });
});

test('the subnet mask is compared on a LAN, and has no meaning on a point-to-point network', () => {
  const bench = lanBench();
  const peer = peerAt(bench, LOW, 2);
  peer.hello([OWN_ID], { networkMask: 0xffff0000 });
  assert.equal(bench.state(LOW), 'Down');
  const [rejection] = bench.instance.rejections();
  assert.deepEqual(
    [rejection.check, rejection.expected, rejection.got],
    ['network-mask', '255.255.255.0', '255.255.0.0'],
  );
  const wire = new Bench();
  new Peer(wire, LOW).hello([OWN_ID], { networkMask: 0 });
  assert.equal(wire.state(LOW), 'ExStart');
});

test('of the options E and N are compared; what else is set means nothing', () => {
  const bench = lanBench();
  const peer = peerAt(bench, LOW, 2);
  peer.hello([OWN_ID], { options: 0 });
  peer.hello([OWN_ID], { options: 0x0a });
  assert.equal(bench.state(LOW), 'Down');
  assert.deepEqual(bench.instance.rejectionCounters(), { 'external-option': 1, 'nssa-option': 1 });
  peer.hello([OWN_ID], { options: 0xf7 });
  assert.equal(bench.state(LOW), '2-Way');
});

test('another router ID at the same address is another neighbor, and the old one is gone', () => {
  const bench = lanBench();
  peerAt(bench, LOW, 2).becomeFull([], named(0x0a000002));
  peerAt(bench, HIGH, 2).hello([OWN_ID], named(0x0a000002));
  assert.deepEqual([bench.state(LOW), bench.state(HIGH)], ['Down', 'ExStart']);
});

test('the same router ID at another address is a second neighbor: it may have two interfaces here', () => {
  const bench = lanBench();
  peerAt(bench, LOW, 2).hello();
  peerAt(bench, LOW, 3).hello();
  assert.deepEqual(
    bench.instance.neighbors(bench.nowMs).map(({ routerId, address }) => [routerId, address]),
    [
      [LOW, 0x0a000002],
      [LOW, 0x0a000003],
    ],
  );
});

test('what is sent to designated routers is for those that are', () => {
  const bench = lanBench();
  const dr = peerAt(bench, LOW, 2);
  const backup = peerAt(bench, HIGH, 3);
  dr.hello([OWN_ID], named(dr, backup));
  backup.hello([OWN_ID], named(dr, backup));
  const before = bench.instance.neighbors(bench.nowMs);
  bench.pass(1000);
  dr.send(OSPF_HELLO, new Uint8Array(20), ALL_DESIGNATED_ROUTERS);
  assert.deepEqual(bench.instance.rejectionCounters(), { destination: 1 });
  assert.equal(bench.instance.neighbors(bench.nowMs).length, before.length);
});

test('no more neighbors than one Hello can list are known', () => {
  for (const [mtu, limit] of [
    [1500, 350],
    [576, 128],
  ]) {
    const bench = lanBench({ address: { address: OWN_ADDRESS, prefixLength: 16 } });
    bench.carrier('eth0', true, mtu);
    for (let host = 2; host < 400; host++) peerAt(bench, 0x02000000 + host, host).hello();
    assert.equal(bench.instance.neighbors(bench.nowMs).length, limit);
    assert.equal(bench.instance.rejectionCounters()['neighbor-limit'], 398 - limit);
    bench.sent();
    bench.pass(10_000);
    const hello = bench.sent().find(({ type }) => type === OSPF_HELLO);
    assert.ok(hello !== undefined && 20 + 24 + hello.body.length <= mtu);
  }
});

test('an interface that goes down forgets the network, and waits again when it is back', () => {
  const bench = lanBench();
  bench.pass(40_000);
  bench.carrier('eth0', false);
  assert.deepEqual(view(bench), { state: 'Down', designatedRouter: 0, backupDesignatedRouter: 0 });
  bench.sent();
  bench.carrier('eth0', true);
  assert.equal(view(bench).state, 'Waiting');
  assert.equal(hellosIn(bench.sent())[0].designatedRouter, 0);
});

test('a router that resumes is designated router again before it says a word, if neighbors still think so', () => {
  const bench = new Bench({ interfaces: [broadcastConfig()] }, true);
  const third = peerAt(bench, THIRD, 4);
  const backup = peerAt(bench, LOW, 2);
  third.hello([OWN_ID], named(OWN_ADDRESS, backup));
  assert.equal(view(bench).state, 'DR');
  backup.hello([OWN_ID], named(OWN_ADDRESS, backup));
  assert.deepEqual(hellosIn(bench.sent()), []);
  assert.deepEqual(view(bench), {
    state: 'DR',
    designatedRouter: OWN_ADDRESS,
    backupDesignatedRouter: backup.address,
  });
  assert.deepEqual([bench.state(LOW), bench.state(THIRD)], ['ExStart', 'ExStart']);
  bench.pass(10_000);
  const [hello] = hellosIn(bench.sent());
  assert.deepEqual(
    [hello.designatedRouter, hello.backupDesignatedRouter, hello.neighbors],
    [OWN_ADDRESS, backup.address, [THIRD, LOW]],
  );
});

test('a backup that resumes waits for the designated router, so as not to succeed it', () => {
  const bench = new Bench({ interfaces: [broadcastConfig()] }, true);
  const third = peerAt(bench, THIRD, 4);
  const dr = peerAt(bench, LOW, 2);
  third.hello([OWN_ID], named(dr, OWN_ADDRESS));
  assert.equal(view(bench).state, 'Waiting');
  assert.deepEqual(bench.sent(), []);
  dr.hello([OWN_ID], named(dr, OWN_ADDRESS));
  assert.deepEqual(view(bench), {
    state: 'Backup',
    designatedRouter: dr.address,
    backupDesignatedRouter: OWN_ADDRESS,
  });
  bench.pass(10_000);
  const hellos = hellosIn(bench.sent());
  assert.deepEqual(
    hellos.map((hello) => [hello.designatedRouter, hello.backupDesignatedRouter]),
    [[dr.address, OWN_ADDRESS]],
  );
});

test('an unnumbered point-to-point interface has no mask to tell', () => {
  const bench = new Bench({ interfaces: [interfaceConfig({ address: { address: OWN_ADDRESS, prefixLength: 32 } })] });
  assert.equal(hellosIn(bench.sent())[0].networkMask, 0);
});

test('a packet from a router that is no neighbor is not taken for one of the router before it at that address', () => {
  const bench = lanBench();
  const dr = peerAt(bench, LOW, 2);
  dr.hello([OWN_ID], named(dr));
  dr.sendRaw(encodeOspfPacket(OSPF_DATABASE_DESCRIPTION, HIGH, 0, new Uint8Array([5, 220, 0x42, 7, 0, 0, 0, 1])));
  assert.deepEqual(bench.instance.rejectionCounters(), { neighbor: 1 });
  assert.equal(bench.state(LOW), 'ExStart');
});

/** A LAN with a dead interval of 4 s, and a neighbor on it. */
function quickLan() {
  const change = { helloIntervalSeconds: 1, deadIntervalSeconds: 4 };
  const bench = lanBench(change);
  const peer = peerAt(bench, HIGH, 2);
  /** Lets time pass in which the neighbor says Hello every second. */
  const pass = (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      peer.hello([OWN_ID], change);
      bench.pass(1000);
    }
  };
  return { bench, peer, pass };
}

test('converged waits for the exchange that an election leads to, also if its first description is missed', () => {
  const { bench, peer, pass } = quickLan();
  pass(4);
  assert.equal(bench.state(HIGH), 'ExStart');
  bench.sent();
  pass(5);
  assert.equal(bench.take('converged').length, 0, 'said 3 s before Full otherwise');
  peer.exchange();
  assert.equal(bench.state(HIGH), 'Full');
  bench.pass(1000);
  assert.equal(bench.take('converged').length, 1);
});

test('an exchange that never ends holds converged up for RxmtInterval and 2 s after the election', () => {
  const { bench, pass } = quickLan();
  pass(10);
  assert.equal(bench.state(HIGH), 'ExStart');
  assert.equal(bench.take('converged').length, 0);
  pass(1);
  assert.equal(bench.take('converged').length, 1);
});
