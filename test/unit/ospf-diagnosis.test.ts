import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatIpv4 } from '../../src/base/ipv4.js';
import type { Finding } from '../../src/ospf/finding.js';
import type { OspfAreaConfig, OspfAuthentication, OspfInterfaceConfig } from '../../src/ospf/messages.js';
import { OSPF_LINK_STATE_UPDATE, OSPF_TYPE } from '../../src/wire/ospf/header.js';
import { OspfNetwork, type SimulatedRouter, type Wire } from '../support/ospf-network.js';

/* Two instances that are at odds: each finding is what one of them says about the other, in virtual time. */

interface Side {
  readonly routerId?: number;
  readonly interface?: Partial<OspfInterfaceConfig>;
  readonly area?: Partial<OspfAreaConfig>;
  readonly mtu?: number;
}

interface Pair {
  readonly network: OspfNetwork;
  readonly wire: Wire;
  readonly here: SimulatedRouter;
  readonly there: SimulatedRouter;
}

/** Two routers on a wire, 10.0.0.1 here and 10.0.0.2 there, both changed as asked before they say anything. */
function pair(ours: Side, theirs: Side, type: OspfInterfaceConfig['type'] = 'point-to-point'): Pair {
  const network = new OspfNetwork();
  const here = network.addRouter('here', { routerId: ours.routerId ?? 0x01010101 });
  const there = network.addRouter('there', { routerId: theirs.routerId ?? 0x02020202 });
  const mtus: [number, number] = [ours.mtu ?? 1500, theirs.mtu ?? 1500];
  const wire = network.connect(here, there, { mtus, interface: { type } });
  network.setCarrier(wire, false);
  change(network, here, ours);
  change(network, there, theirs);
  network.setCarrier(wire, true);
  return { network, wire, here, there };
}

function change(network: OspfNetwork, router: SimulatedRouter, side: Side): void {
  const interfaces = router.config.interfaces.map((config) => ({ ...config, ...side.interface }));
  network.configure(router, { interfaces, areaOptions: side.area ?? {}, area: side.area?.id ?? 0 });
}

function findings({ network, here }: Pair): Finding[] {
  return here.instance.diagnosis('eth0', network.nowMs) ?? [];
}

/** The one finding, checked for what all of them have to have. */
function only(found: readonly Finding[]): Finding {
  assert.equal(found.length, 1, JSON.stringify(found, null, 2));
  for (const text of [found[0].problem, found[0].evidence, found[0].fix]) assert.match(text, /\w/);
  return found[0];
}

function password(text: string): OspfAuthentication {
  return { kind: 'simple', password: new TextEncoder().encode(text) };
}

function key(id: number, secret: string, algorithm: 'md5' | 'hmac-sha-256' = 'md5', untilMs = Infinity) {
  const lifetime = { fromMs: 0, untilMs };
  const bytes = new TextEncoder().encode(secret);
  return { id, algorithm, secret: bytes, send: { fromMs: 0, untilMs: Infinity }, accept: lifetime };
}

function keys(...list: ReturnType<typeof key>[]): OspfAuthentication {
  return { kind: 'cryptographic', keys: list };
}

describe('settings that differ', () => {
  const authentications: (readonly [string, OspfAuthentication, OspfAuthentication, string])[] = [
    ['authentication-type', { kind: 'none' }, password('a'), 'uses a password, we use none'],
    ['authentication-type', keys(key(1, 'a')), { kind: 'none' }, 'uses none, we use a key'],
    ['authentication-password', password('a'), password('b'), 'has another password'],
    ['authentication-key', keys(key(1, 'a')), keys(key(2, 'a')), 'uses key 2, we accept key 1'],
    ['authentication-algorithm', keys(key(1, 'a')), keys(key(1, 'a', 'hmac-sha-256')), 'sends a digest of 32 bytes'],
    ['authentication-digest', keys(key(1, 'a')), keys(key(1, 'b')), 'does not send the digest of key 1'],
    [
      'authentication-key',
      keys(key(1, 'a', 'md5', 1), key(2, 'b')),
      keys(key(1, 'a')),
      'uses key 1, which is not valid now, we accept key 2',
    ],
  ];
  const cases: (readonly [code: string, ours: Side, theirs: Side, evidence: string, fix: string])[] = [
    [
      'dead-interval',
      {},
      { interface: { deadIntervalSeconds: 12 } },
      '10.0.0.2 (router ID 2.2.2.2) has 12 s, we have 40 s',
      'set dead-interval: 12 on eth0 here, or 40 there',
    ],
    [
      'hello-interval',
      { interface: { helloIntervalSeconds: 5 } },
      {},
      'has 10 s, we have 5 s',
      'set hello-interval: 10 on eth0 here, or 5 there',
    ],
    ['area', {}, { area: { id: 1 } }, 'sends for area 0.0.0.1, eth0 is in area 0.0.0.0', 'the same area'],
    ['area', { area: { id: 7 } }, {}, 'sends for area 0.0.0.0, the backbone', 'virtual links are not supported'],
    [
      'external-option',
      { area: { id: 1 } },
      { area: { id: 1, kind: 'stub' } },
      'takes it for a stub area, we do not',
      'the same type on all its routers',
    ],
    [
      'external-option',
      { area: { id: 1, kind: 'stub' } },
      { area: { id: 1 } },
      'takes it for a normal area, we for a stub area',
      'the same type on all its routers',
    ],
    ['router-id', {}, { routerId: 0x01010101 }, 'has the router ID 1.1.1.1, which is ours', 'a router-id of its own'],
    [
      'mtu',
      {},
      { mtu: 9000 },
      'announces an MTU of 9000, ours is 1500',
      'the same MTU, or set mtu-ignore: true on eth0',
    ],
    ...authentications.map(
      ([code, ours, theirs, evidence]) =>
        [
          code,
          { interface: { authentication: ours } },
          { interface: { authentication: theirs } },
          evidence,
          '',
        ] as const,
    ),
  ];
  for (const [code, ours, theirs, evidence, fix] of cases) {
    test(`${code}: ${evidence}`, () => {
      const both = pair(ours, theirs);
      both.network.run(60_000);
      const finding = only(findings(both));
      assert.equal(finding.code, code);
      assert.equal(formatIpv4(finding.neighbor ?? 0), '10.0.0.2');
      assert.ok(finding.evidence.includes(evidence), finding.evidence);
      assert.match(finding.evidence, /\d times in \d+ s, \d+ s ago$/);
      assert.ok(finding.fix.includes(fix), finding.fix);
    });
  }

  test('network-mask, on a broadcast network', () => {
    const address = { address: 0x0a000002, prefixLength: 29 };
    const both = pair({}, { interface: { address } }, 'broadcast');
    both.network.run(60_000);
    const { code, evidence, fix } = only(findings(both));
    assert.equal(code, 'network-mask');
    assert.match(evidence, /has the mask 255.255.255.248, we have 255.255.255.252/);
    assert.match(fix, /eth0 is in 10.0.0.0\/30 here/);
  });

  test('source: an address of another subnet, on a broadcast network', () => {
    const both = pair({ interface: { address: { address: 0x0a090001, prefixLength: 24 } } }, {}, 'broadcast');
    both.network.run(60_000);
    const { code, fix } = only(findings(both));
    assert.equal(code, 'source');
    assert.match(fix, /in 10.9.0.0\/24, the subnet of eth0/);
  });

  test('no router ID at all', () => {
    const both = pair({}, { routerId: 0 });
    both.network.run(60_000);
    assert.match(only(findings(both)).evidence, /sends the router ID 0.0.0.0/);
  });

  test('several are told one after the other, and are gone when they are mended', () => {
    const both = pair({ interface: { helloIntervalSeconds: 5 } }, { interface: { deadIntervalSeconds: 12 } });
    const { network, here, there } = both;
    network.run(60_000);
    assert.equal(only(findings(both)).code, 'hello-interval');
    change(network, here, { interface: { helloIntervalSeconds: 10 } });
    network.run(75_000);
    assert.equal(only(findings(both)).code, 'dead-interval');
    change(network, there, { interface: { deadIntervalSeconds: 40 } });
    network.run(90_000);
    assert.deepEqual(findings(both), []);
    assert.ok(network.allFull());
  });

  test('what a later packet of the same sender shows to be mended is told no longer', () => {
    const both = pair({ interface: { authentication: keys(key(1, 'a')) } }, {});
    const { network, here, there } = both;
    network.run(60_000);
    assert.equal(only(findings(both)).code, 'authentication-type');
    change(network, there, { interface: { authentication: keys(key(1, 'b')) } });
    network.run(100_000);
    assert.equal(only(findings(both)).code, 'authentication-digest');
    change(network, here, { interface: { authentication: keys(key(1, 'b')) } });
    network.run(120_000);
    assert.deepEqual(findings(both), []);
  });

  test('a router ID that was changed is told no longer', () => {
    const both = pair({}, { routerId: 0x01010101 });
    both.network.run(60_000);
    assert.equal(only(findings(both)).code, 'router-id');
    const { there, network } = both;
    there.config = { ...there.config, routerId: 0x02020202 };
    network.restart(there);
    network.run(90_000);
    assert.deepEqual(findings(both), []);
  });
});

describe('neighbors that do not get on', () => {
  test('one-way: it hears nothing of us', () => {
    const both = pair({}, {});
    lose(both, both.here, () => true);
    both.network.run(60_000);
    const { code, evidence, fix } = only(findings(both));
    assert.equal(code, 'one-way');
    assert.match(evidence, /10.0.0.2 \(router ID 2.2.2.2\) has been in Init for \d+ s/);
    assert.match(fix, /224.0.0.5/);
  });

  for (const [state, routerId] of [
    ['ExStart', 0x03030303],
    ['Exchange', 0x01010101],
  ] as const) {
    test(`exchange: it rejects our MTU, and does not say so (${state})`, () => {
      const both = pair({ mtu: 9000, routerId }, {});
      both.network.run(60_000);
      const { code, evidence, fix } = only(findings(both));
      assert.equal(code, 'exchange');
      assert.match(evidence, new RegExp(`has tried for \\d+ s, and is in ${state}; we announce an MTU of 9000`));
      assert.match(fix, /the same MTU .* ping -M do -s 8972 10.0.0.2/);
    });
  }

  test('exchange: it begins anew before it is found stuck, as RouterDeadInterval is short', () => {
    const timers = { helloIntervalSeconds: 1, deadIntervalSeconds: 4 };
    const both = pair({ mtu: 9000, routerId: 0x01010101, interface: timers }, { interface: timers });
    both.network.run(60_000);
    const { code, evidence } = only(findings(both));
    assert.equal(code, 'exchange');
    assert.match(evidence, /has tried for 60 s/);
  });

  test('loading: what we have asked for gets lost', () => {
    const both = pair({}, {});
    both.network.run(5000);
    both.network.setCarrier(both.wire, false);
    both.network.run(10_000);
    lose(both, both.there, (payload) => payload[OSPF_TYPE] === OSPF_LINK_STATE_UPDATE);
    both.network.run(30_000);
    const { code, evidence, fix } = only(findings(both));
    assert.equal(code, 'loading');
    assert.match(evidence, /in Loading for \d+ s: 1 LSAs are missing/);
    assert.match(fix, /ping -M do -s 1472 10.0.0.2/);
  });

  test('router-lsa: what it floods gets lost', () => {
    const both = pair({}, {});
    lose(both, both.there, (payload) => payload[OSPF_TYPE] === OSPF_LINK_STATE_UPDATE);
    both.network.run(30_000);
    assert.equal(only(findings(both)).code, 'router-lsa');
  });

  test('nothing is said of what has only begun', () => {
    const both = pair({}, {});
    lose(both, both.here, () => true);
    both.network.run(5000);
    assert.deepEqual(findings(both), []);
  });

  test('nothing is said of an adjacency that is as it should be, whatever there was before', () => {
    const both = pair({}, { interface: { deadIntervalSeconds: 12 } });
    both.network.run(30_000);
    change(both.network, both.there, { interface: { deadIntervalSeconds: 40 } });
    both.network.run(50_000);
    assert.ok(both.network.allFull());
    assert.deepEqual(findings(both), []);
  });
});

describe('networks that do not fit', () => {
  test('network-type: broadcast there, point-to-point here', () => {
    const both = pair({}, { interface: { type: 'broadcast' } });
    both.network.run(120_000);
    const { code, problem, evidence, fix } = only(findings(both));
    assert.equal(code, 'network-type');
    assert.match(problem, /Full, but no routes/);
    assert.match(evidence, /here it is point-to-point/);
    assert.match(fix, /set type: broadcast on eth0 here, or point-to-point there/);
  });

  test('network-type: point-to-point there, broadcast here', () => {
    const both = pair({ interface: { type: 'broadcast' } }, {});
    both.network.run(120_000);
    const { code, evidence } = only(findings(both));
    assert.equal(code, 'network-type');
    assert.match(evidence, /describes the link as point-to-point, here it is broadcast/);
  });

  test('network-type: three routers on what is to be point-to-point', () => {
    const network = new OspfNetwork();
    const routers = [1, 2, 3].map((id) => network.addRouter(`r${id}`, { routerId: id }));
    network.addLan(routers, { interface: { type: 'point-to-point' } });
    network.run(60_000);
    const found = routers[0].instance.diagnosis('eth0', network.nowMs) ?? [];
    const { code, evidence } = only(found);
    assert.equal(code, 'network-type');
    assert.match(evidence, /11.0.0.2 \(router ID 0.0.0.2\), 11.0.0.3 \(router ID 0.0.0.3\)/);
  });

  test('no-designated-router: priority 0 on all', () => {
    const both = pair({ interface: { priority: 0 } }, { interface: { priority: 0 } }, 'broadcast');
    both.network.run(60_000);
    const { code, evidence } = only(findings(both));
    assert.equal(code, 'no-designated-router');
    assert.match(evidence, /the priority of all 2 routers is 0/);
  });

  test('waiting: who is designated router is not known yet', () => {
    const both = pair({}, {}, 'broadcast');
    both.network.run(15_000);
    const { code, evidence } = only(findings(both));
    assert.equal(code, 'waiting');
    assert.match(evidence, /for 25 s at most/);
    both.network.run(60_000);
    assert.deepEqual(findings(both), []);
  });

  test('four routers on a LAN are as they should be', () => {
    const network = new OspfNetwork();
    const routers = [1, 2, 3, 4].map((id) => network.addRouter(`r${id}`, { routerId: id }));
    network.addLan(routers);
    network.run(120_000);
    for (const { instance } of routers) assert.deepEqual(instance.diagnosis('eth0', network.nowMs), []);
  });
});

describe('links without neighbors', () => {
  test('silence: nothing was ever heard', () => {
    const both = pair({}, {});
    both.wire.silent = true;
    both.network.run(60_000);
    // What was sent before the wire fell silent has arrived.
    const { code, evidence, fix } = only(findings(both));
    assert.equal(code, 'silence');
    assert.match(evidence, /60 s/);
    assert.match(fix, /tcpdump -ni eth0 proto 89/);
  });

  test('silence: nothing is heard any more', () => {
    const both = pair({}, {});
    both.network.run(30_000);
    both.wire.silent = true;
    both.network.run(100_000);
    const { code, evidence } = only(findings(both));
    assert.equal(code, 'silence');
    assert.match(evidence, /the last OSPF packet came in on eth0 \d+ s ago/);
  });

  test('silence: too early to tell', () => {
    const both = pair({}, { interface: { passive: true } });
    both.network.run(5000);
    assert.equal(only(findings(both)).fix, 'wait');
  });

  test('passive', () => {
    const both = pair({ interface: { passive: true } }, {});
    both.network.run(60_000);
    assert.equal(only(findings(both)).code, 'passive');
  });

  test('link-down', () => {
    const both = pair({}, {});
    both.network.setCarrier(both.wire, false);
    both.network.run(60_000);
    assert.equal(only(findings(both)).code, 'link-down');
  });

  test('an interface that OSPF does not know has no diagnosis', () => {
    const { here } = pair({}, {});
    assert.equal(here.instance.diagnosis('eth9', 0), undefined);
  });
});

/** From now on what `router` sends gets lost, where `isLost` says so; the link comes up anew. */
function lose({ network, wire }: Pair, router: SimulatedRouter, isLost: (payload: Uint8Array) => boolean): void {
  network.setCarrier(wire, false);
  network.onSend = (sender, { payload }) => {
    wire.silent = sender === router && isLost(payload);
  };
  network.setCarrier(wire, true);
}
