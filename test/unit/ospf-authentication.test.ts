import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { OspfAuthentication, OspfKey, OspfKeyAlgorithm } from '../../src/ospf/messages.js';
import { digestFieldOf, sealWithDigest, sealWithPassword } from '../../src/wire/ospf/authentication.js';
import { OSPF_LINK_STATE_UPDATE } from '../../src/wire/ospf/header.js';
import { ospfConfig } from '../support/ospf-config.js';
import { hostStub, OspfNetwork } from '../support/ospf-network.js';
import { Bench, interfaceConfig, Peer, routerLsa } from '../support/ospf-peer.js';

const HIGH = 0x09090909;
const ALWAYS = { fromMs: 0, untilMs: Number.POSITIVE_INFINITY };
const ALGORITHMS: readonly OspfKeyAlgorithm[] = ['md5', 'hmac-sha-1', 'hmac-sha-256', 'hmac-sha-384', 'hmac-sha-512'];

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function key(id: number, change: Partial<OspfKey> = {}): OspfKey {
  return { id, algorithm: 'md5', secret: bytes(`secret ${id}`), send: ALWAYS, accept: ALWAYS, ...change };
}

function keys(...list: readonly OspfKey[]): OspfAuthentication {
  return { kind: 'cryptographic', keys: list };
}

function password(text: string): OspfAuthentication {
  return { kind: 'simple', password: bytes(text) };
}

function benchWith(authentication: OspfAuthentication): Bench {
  return new Bench({ interfaces: [interfaceConfig({ authentication })] });
}

/** A neighbor with authentication of its own; of several keys it uses the first. */
class SealedPeer extends Peer {
  readonly packets: Uint8Array[] = [];
  packetSequence = 100;

  constructor(
    bench: Bench,
    readonly authentication: OspfAuthentication,
    routerId = HIGH,
  ) {
    super(bench, routerId);
  }

  override sendRaw(payload: Uint8Array, destination?: number): void {
    const sealed = this.seal(payload);
    this.packets.push(sealed);
    super.sendRaw(sealed, destination);
  }

  /** Sends bytes as they are. */
  replay(payload: Uint8Array): void {
    super.sendRaw(payload);
  }

  private seal(payload: Uint8Array): Uint8Array {
    const { authentication } = this;
    if (authentication.kind === 'cryptographic') {
      return sealWithDigest(payload, authentication.keys[0], this.packetSequence++);
    }
    if (authentication.kind === 'simple') sealWithPassword(payload, authentication.password);
    return payload;
  }
}

/** The Hello of a neighbor with this authentication. */
function helloWith(authentication: OspfAuthentication): Uint8Array {
  const peer = new SealedPeer(new Bench(), authentication);
  peer.hello();
  return peer.packets[0];
}

/** A router that starts, or starts again, at this time. */
function benchAt(wallClockMs: number): Bench {
  const bench = new Bench({ interfaces: [] });
  bench.config = { ...bench.config, interfaces: [interfaceConfig({ authentication: keys(key(1)) })] };
  setCalendar(bench, wallClockMs);
  bench.carrier('eth0', true);
  return bench;
}

function setCalendar(bench: Bench, wallClockMs: number): void {
  bench.handle({ kind: 'configure', config: ospfConfig(bench.config), wallClockMs });
}

function sequencesSent(bench: Bench): number[] {
  return bench.take('send').map(({ payload }) => digestFieldOf(payload).sequence);
}

function keysSent(bench: Bench): number[] {
  return bench.take('send').map(({ payload }) => digestFieldOf(payload).keyId);
}

describe('two routers', () => {
  const kinds: (readonly [name: string, authentication: OspfAuthentication])[] = [
    ['a password', password('secret')],
    ...ALGORITHMS.map((algorithm) => [algorithm, keys(key(1, { algorithm }))] as const),
  ];
  for (const [name, authentication] of kinds) {
    test(`that have ${name} in common are Full`, () => {
      const network = new OspfNetwork();
      const a = network.addRouter('a', { routerId: 1 });
      const b = network.addRouter('b', { routerId: 2, stubs: [hostStub(0xc6336401)] });
      network.connect(a, b, { interface: { authentication } });
      network.run(3000);
      assert.ok(network.allFull());
      assert.ok(a.routes.some(({ prefix }) => prefix.address === 0xc6336401));
      assert.deepEqual(a.instance.rejectionCounters(), {});
    });
  }
});

describe('what fails authentication', () => {
  const cases: (readonly [check: string, ours: OspfAuthentication, peer: (bench: Bench) => Peer])[] = [
    ['authentication-type', password('secret'), (bench) => new Peer(bench, HIGH)],
    ['authentication-type', keys(key(1)), (bench) => new Peer(bench, HIGH)],
    ['authentication-type', keys(key(1)), (bench) => new SealedPeer(bench, password('secret 1'))],
    ['authentication-type', { kind: 'none' }, (bench) => new SealedPeer(bench, keys(key(1)))],
    ['authentication-type', { kind: 'none' }, (bench) => new SealedPeer(bench, password('secret'))],
    ['authentication-password', password('secret'), (bench) => new SealedPeer(bench, password('secre'))],
    ['authentication-password', password('secret'), (bench) => new SealedPeer(bench, password('secrets'))],
    ['authentication-key', keys(key(1)), (bench) => new SealedPeer(bench, keys({ ...key(1), id: 2 }))],
    [
      'authentication-algorithm',
      keys(key(1)),
      (bench) => new SealedPeer(bench, keys(key(1, { algorithm: 'hmac-sha-1' }))),
    ],
    [
      'authentication-digest',
      keys(key(1)),
      (bench) => new SealedPeer(bench, keys(key(1, { secret: bytes('secret 2') }))),
    ],
  ];
  for (const [check, ours, peerOf] of cases) {
    test(`is counted as ${check}`, () => {
      const bench = benchWith(ours);
      peerOf(bench).hello();
      assert.equal(bench.state(HIGH), 'Down');
      assert.deepEqual(bench.instance.rejectionCounters(), { [check]: 1 });
      assert.equal(bench.instance.rejections()[0].routerId, HIGH);
    });
  }

  test('says nothing of a secret', () => {
    const bench = benchWith(keys(key(1, { secret: bytes('not to be told') })));
    new SealedPeer(bench, keys(key(1))).hello();
    new SealedPeer(bench, keys(key(2))).hello();
    new SealedPeer(bench, password('nor this')).hello();
    const told = JSON.stringify([bench.instance.rejections(), bench.take('event')]);
    assert.doesNotMatch(told, /not to be told|nor this|secret/);
  });

  test('is every packet of which one bit is not as it was sent', () => {
    const packet = helloWith(keys(key(1)));
    for (let at = 0; at < packet.length; at++) {
      const bench = benchWith(keys(key(1)));
      const changed = packet.slice();
      changed[at] ^= 1 << (at % 8);
      new SealedPeer(bench, keys(key(1))).replay(changed);
      assert.deepEqual(bench.instance.neighbors(0), [], `byte ${at}`);
    }
  });

  test('is a digest that is cut short, and an authentication length that is none', () => {
    const packet = helloWith(keys(key(1)));
    const bench = benchWith(keys(key(1)));
    const peer = new SealedPeer(bench, keys(key(1)));
    for (let length = packet.length - 16; length < packet.length; length++) peer.replay(packet.slice(0, length));
    assert.deepEqual(bench.instance.rejectionCounters(), { 'authentication-digest': 16 });
    for (const digestBytes of [0, 15, 17, 255]) {
      const changed = packet.slice();
      changed[19] = digestBytes;
      peer.replay(changed);
    }
    assert.equal(bench.instance.rejectionCounters()['authentication-algorithm'], 4);
    assert.equal(bench.state(HIGH), 'Down');
  });
});

describe('sequence numbers', () => {
  test('that we send rise by one with every packet, from the time of day', () => {
    const bench = benchAt(1_700_000_000_000);
    new SealedPeer(bench, keys(key(1))).becomeFull();
    bench.pass(60_000);
    const sequences = sequencesSent(bench);
    assert.ok(sequences.length > 8);
    assert.ok(sequences[0] >= 1_700_000_000 && sequences[0] < 1_700_000_005, `${sequences[0]}`);
    assert.deepEqual(
      sequences,
      sequences.map((_, index) => sequences[0] + index),
    );
  });

  test('begin above all of before a restart, as long as less than two packets a second were sent', () => {
    for (const seconds of [1, 100, 31_536_000]) {
      const startMs = 1_800_000_000_000;
      const [before] = sequencesSent(benchAt(startMs));
      const [after] = sequencesSent(benchAt(startMs + 1000 * seconds));
      assert.ok(before >= startMs / 1000);
      assert.equal(after - before, 2 * seconds);
    }
  });

  test('fit 32 bits for decades, and end at the last', () => {
    assert.ok(sequencesSent(benchAt(Date.UTC(2060, 0)))[0] < 0xffff_ffff - 2 ** 24);
    const bench = benchAt(Date.UTC(2100, 0));
    bench.pass(10_000);
    assert.deepEqual(sequencesSent(bench), [0xffffffff, 0xffffffff]);
  });

  test('go on rising when the calendar is set back', () => {
    const bench = benchAt(1_700_000_000_000);
    bench.pass(10_000);
    const last = sequencesSent(bench).at(-1) ?? 0;
    setCalendar(bench, 1_600_000_000_000);
    bench.pass(10_000);
    assert.deepEqual(sequencesSent(bench), [last + 1]);
  });

  test('below the last of the neighbor are rejected, the same once more is not', () => {
    const bench = benchWith(keys(key(1)));
    const peer = new SealedPeer(bench, keys(key(1)));
    peer.hello();
    peer.hello();
    const [first, second] = peer.packets;
    peer.replay(second);
    assert.deepEqual(bench.instance.rejectionCounters(), {});
    peer.replay(first);
    assert.deepEqual(bench.instance.rejectionCounters(), { 'authentication-sequence': 1 });
    const [{ expected, got }] = bench.instance.rejections();
    assert.deepEqual([expected, got], ['no number below the last', '100 after 101']);
  });

  test('of a neighbor that was given up may begin anew', () => {
    const bench = benchWith(keys(key(1)));
    const peer = new SealedPeer(bench, keys(key(1)));
    peer.becomeFull();
    peer.packetSequence = 1;
    bench.pass(20_000);
    peer.hello();
    assert.deepEqual(bench.instance.rejectionCounters(), { 'authentication-sequence': 1 });
    bench.pass(20_000);
    assert.equal(bench.state(HIGH), 'Down');
    peer.hello();
    assert.equal(bench.state(HIGH), 'ExStart');
  });

  test('are not moved by packets that are not authentic', () => {
    const bench = benchWith(keys(key(1)));
    const peer = new SealedPeer(bench, keys(key(1)));
    peer.hello();
    const forger = new SealedPeer(bench, keys(key(1, { secret: bytes('a guess') })));
    forger.packetSequence = 0xffffffff;
    forger.hello();
    peer.hello();
    assert.deepEqual(bench.instance.rejectionCounters(), { 'authentication-digest': 1 });
  });
});

describe('several keys', () => {
  test('the one that became valid last is used, of those that did together the last', () => {
    const from = (fromMs: number) => ({ fromMs, untilMs: Number.POSITIVE_INFINITY });
    const bench = benchWith(keys(key(1), key(2), key(3, { send: from(15_000) }), key(4, { send: from(12_000) })));
    bench.outputs = [];
    bench.pass(30_000);
    // Hellos at 10, 20 and 30 seconds.
    assert.deepEqual(keysSent(bench), [2, 3, 3]);
  });

  test('all that are valid are accepted, others are not', () => {
    const between = (fromMs: number, untilMs: number) => ({ fromMs, untilMs });
    const bench = benchWith(keys(key(1, { accept: between(0, 10_000) }), key(2, { accept: between(5000, 20_000) })));
    const accepts = (id: number) => {
      const before = bench.instance.rejectionCounters()['authentication-key'] ?? 0;
      new SealedPeer(bench, keys(key(id)), id).hello();
      return (bench.instance.rejectionCounters()['authentication-key'] ?? 0) === before;
    };
    assert.deepEqual([accepts(1), accepts(2)], [true, false]);
    bench.pass(5000);
    assert.deepEqual([accepts(1), accepts(2)], [true, true]);
    bench.pass(5000);
    assert.deepEqual([accepts(1), accepts(2)], [false, true]);
    assert.equal(bench.instance.rejections().at(-1)?.got, 'key 1, which is not valid now');
  });

  test('an adjacency outlives the change from one to the other', () => {
    const network = new OspfNetwork();
    const a = network.addRouter('a', { routerId: 1 });
    const b = network.addRouter('b', { routerId: 2 });
    const authentication = keys(
      key(1, { send: { fromMs: 0, untilMs: 60_000 }, accept: { fromMs: 0, untilMs: 70_000 } }),
      key(2, {
        algorithm: 'hmac-sha-256',
        send: { fromMs: 50_000, untilMs: Number.POSITIVE_INFINITY },
        accept: { fromMs: 40_000, untilMs: Number.POSITIVE_INFINITY },
      }),
    );
    network.connect(a, b, { interface: { authentication } });
    network.run(200_000);
    assert.deepEqual(a.statesOf(2).at(-1), 'Full');
    assert.equal(a.statesOf(2).filter((state) => state === 'Full').length, 1);
    assert.deepEqual(a.instance.rejectionCounters(), {});
    const [change, ...more] = a.events('authentication-key');
    assert.deepEqual(change.detail, { interface: 'eth0', key: 2, algorithm: 'hmac-sha-256' });
    assert.deepEqual(more, []);
  });

  test('the last that was valid is used and accepted on, and that is told once', () => {
    const until = (untilMs: number) => ({ send: { fromMs: 0, untilMs }, accept: { fromMs: 0, untilMs } });
    const authentication = keys(key(1, until(30_000)), key(2, until(20_000)));
    const network = new OspfNetwork();
    const a = network.addRouter('a', { routerId: 1 });
    const b = network.addRouter('b', { routerId: 2 });
    network.connect(a, b, { interface: { authentication } });
    network.run(200_000);
    assert.ok(network.allFull());
    assert.equal(a.statesOf(2).filter((state) => state === 'Full').length, 1);
    const told = a.events('authentication-key-expired').map(({ detail }) => detail.key);
    assert.deepEqual(told, [1]);
  });
});

describe('room for the digest', () => {
  for (const algorithm of ALGORITHMS) {
    test(`of ${algorithm} is left in full packets`, () => {
      const bench = benchWith(keys(key(1, { algorithm })));
      const peer = new SealedPeer(bench, keys(key(1, { algorithm })));
      peer.becomeFull();
      const lsas = Array.from({ length: 200 }, (_, index) => routerLsa(index + 100, 1));
      for (const lsa of lsas) peer.update(lsa);
      bench.outputs = [];
      peer.request(lsas.map((_, index) => ({ type: 1, id: index + 100, advertisingRouter: index + 100 })));
      const sizes = bench
        .take('send')
        .filter(({ payload }) => payload[1] === OSPF_LINK_STATE_UPDATE)
        .map(({ payload }) => payload.length + 20);
      assert.ok(sizes.length >= 4);
      assert.ok(Math.max(...sizes) <= 1500, `${Math.max(...sizes)} bytes`);
      assert.ok(Math.max(...sizes) > 1450, `${Math.max(...sizes)} bytes`);
    });
  }
});

describe('an LLS block', () => {
  const blocks = {
    'as Cisco sends it': [0xff, 0xf6, 0, 3, 0, 1, 0, 4, 0, 0, 0, 1],
    'of length 0': [0, 0, 0, 0],
    'longer than the packet': [0, 0, 0xff, 0xff],
    'of two bytes': [0, 0],
  };
  for (const [name, block] of Object.entries(blocks)) {
    test(`${name} after the packet or its digest does no harm`, () => {
      for (const authentication of [{ kind: 'none' }, password('secret'), keys(key(1))] as OspfAuthentication[]) {
        const bench = benchWith(authentication);
        const packet = helloWith(authentication);
        const extended = new Uint8Array(packet.length + block.length);
        extended.set(packet);
        extended.set(block, packet.length);
        new SealedPeer(bench, keys(key(1))).replay(extended);
        assert.equal(bench.state(HIGH), 'ExStart');
      }
    });
  }
});
