import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { OspfAreaKind } from '../../src/ospf/messages.js';
import { encodeExternalLsa } from '../../src/wire/ospf/external-lsa.js';
import { encodeLsa } from '../../src/wire/ospf/lsa.js';
import { encodeRouterLsa } from '../../src/wire/ospf/router-lsa.js';
import { encodeSummaryLsa } from '../../src/wire/ospf/summary-lsa.js';
import { areaConfig } from '../support/ospf-config.js';
import { OspfNetwork } from '../support/ospf-network.js';
import {
  acknowledgmentsIn,
  Bench,
  descriptionsIn,
  headerOf,
  hellosIn,
  interfaceConfig,
  OWN_ID,
  Peer,
  updatesIn,
} from '../support/ospf-peer.js';

/* A router inside an NSSA (RFC 3101). */

const N = { options: 0x08 };
const ASBR = 0x09090909;
const OTHER = 0x08080808;
const OUTSIDE = 0x07070707;
const DESTINATION = 0x0e000000;

/** Two links in area 1, which is an NSSA, and one in area 2, which is none. There is no backbone. */
function benchInNssa() {
  const link = (name: string, address: number) => interfaceConfig({ name, address: { address, prefixLength: 30 } });
  const bench = new Bench({
    area: 1,
    areaOptions: { kind: 'nssa' },
    interfaces: [interfaceConfig(), link('eth1', 0x0a000005)],
    otherAreas: [areaConfig(2, { interfaces: [link('eth2', 0x0a000009)] })],
  });
  bench.carrier('eth2', true);
  const peerAt = (routerId: number, name: string, address: number, area: number) => {
    const peer = new Peer(bench, routerId, name, address);
    peer.area = area;
    return peer;
  };
  return {
    bench,
    asbr: peerAt(ASBR, 'eth0', 0x0a000002, 1),
    other: peerAt(OTHER, 'eth1', 0x0a000006, 1),
    outside: peerAt(OUTSIDE, 'eth2', 0x0a00000a, 2),
  };
}

/** An LSA of `type`, 4, 5 or 7, that leads to 14.0.0.0/8 or says how far somebody is. */
function lsaOf(type: number, { sequence = 1, options = 8, tag = 0, age = 1 } = {}): Uint8Array {
  const external = { networkMask: 0xff000000, metricType: 2, metric: 20, forwardingAddress: 0, tag } as const;
  const body = type === 4 ? encodeSummaryLsa({ networkMask: 0, metric: 1 }) : encodeExternalLsa(external);
  const header = {
    age,
    options,
    type,
    id: DESTINATION,
    advertisingRouter: ASBR,
    sequence: (0x80000000 + sequence) | 0,
  };
  return encodeLsa(header, type === 11 ? new Uint8Array(4) : body);
}

/** Of the AS boundary router: a link to us. */
function asbrLsa(): Uint8Array {
  const header = { age: 1, options: 8, type: 1, id: ASBR, advertisingRouter: ASBR, sequence: 0x80000001 | 0 };
  return encodeLsa(
    header,
    encodeRouterLsa({ flags: 2, links: [{ type: 1, id: OWN_ID, data: 0x0a000002, metric: 10 }] }),
  );
}

test('N is set and E is clear in its Hellos, descriptions and LSAs', () => {
  const { bench, asbr } = benchInNssa();
  asbr.hello([], N);
  const sent = bench.sent();
  const inNssa = sent.filter(({ interface: name }) => name === 'eth0');
  const elsewhere = sent.filter(({ interface: name }) => name === 'eth2');
  assert.deepEqual([...new Set(hellosIn(inNssa).map(({ options }) => options))], [0x08]);
  assert.deepEqual([...new Set(hellosIn(elsewhere).map(({ options }) => options))], [0x02]);
  asbr.hello([OWN_ID], N);
  const opening = bench.sent();
  assert.deepEqual(
    descriptionsIn(opening).map(({ options }) => options),
    [0x48],
  );
  asbr.exchange([], opening);
  bench.pass(2000);
  assert.equal(bench.lsa(1, OWN_ID, OWN_ID)?.options, 0x08);
});

test('an LSA of type 7 is stored, acknowledged and flooded in its NSSA, nowhere else, and gives a route', () => {
  const { bench, asbr, other, outside } = benchInNssa();
  for (const peer of [asbr, other]) peer.becomeFull([], N);
  outside.becomeFull();
  bench.pass(2000);
  bench.sent();
  asbr.update(asbrLsa(), lsaOf(7));
  bench.pass(1500);
  const sent = bench.sent();
  const flooded = updatesIn(sent.filter(({ interface: name }) => name === 'eth1'));
  assert.ok(flooded.some(({ type, options }) => type === 7 && options === 8));
  for (const name of ['eth0', 'eth2']) {
    const updates = updatesIn(sent.filter((packet) => packet.interface === name));
    assert.ok(!updates.some(({ type }) => type === 7), name);
  }
  assert.ok(acknowledgmentsIn(sent).some(({ type }) => type === 7));
  assert.equal(bench.lsa(7, DESTINATION, ASBR)?.area, 1);
  const [route] = bench.instance.routes().filter(({ prefix }) => prefix.address === DESTINATION);
  assert.deepEqual(route, {
    prefix: { address: DESTINATION, length: 8 },
    cost: 10,
    pathType: 'external-2',
    area: undefined,
    type2Cost: 20,
    tag: 0,
    nextHops: [{ interface: 'eth0', via: 0x0a000002 }],
    repair: undefined,
  });
  asbr.update(lsaOf(7, { sequence: 2, tag: 5 }));
  bench.pass(1500);
  assert.equal(bench.instance.routes().find(({ prefix }) => prefix.address === DESTINATION)?.tag, 5);
  asbr.update(lsaOf(7, { sequence: 3, age: 3600 }));
  bench.pass(1500);
  assert.equal(
    bench.instance.routes().some(({ prefix }) => prefix.address === DESTINATION),
    false,
  );
});

test('an LSA of type 7 is described to neighbors in the NSSA, not to others', () => {
  const { bench, asbr, other, outside } = benchInNssa();
  asbr.becomeFull([], N);
  asbr.update(asbrLsa(), lsaOf(7));
  bench.pass(2000);
  bench.sent();
  for (const [peer, change, isTold] of [
    [other, N, true],
    [outside, {}, false],
  ] as const) {
    peer.becomeFull([], change);
    const types = descriptionsIn(bench.sent()).flatMap(({ headers }) => headers.map(({ type }) => type));
    assert.equal(types.includes(7), isTold);
  }
});

for (const [type, refusal] of [
  [4, 'no LSA of type 4 in an NSSA'],
  [5, 'no LSA of AS scope in an NSSA'],
  [11, 'no LSA of AS scope in an NSSA'],
] as const) {
  test(`an LSA of type ${type} is not stored or acknowledged in an NSSA, but counted and explained`, () => {
    const { bench, asbr } = benchInNssa();
    asbr.becomeFull([], N);
    bench.pass(2000);
    bench.sent();
    asbr.update(lsaOf(type));
    bench.pass(1500);
    assert.equal(bench.lsa(type, DESTINATION, ASBR), undefined);
    assert.deepEqual(acknowledgmentsIn(bench.sent()), []);
    const [rejection, ...others] = bench.instance.rejections();
    assert.deepEqual([rejection.check, rejection.expected, others], ['lsa', refusal, []]);
    assert.equal(bench.state(ASBR), 'Full');
  });
}

test('type 7 that is left of a time when the router was an AS boundary router itself is flushed', () => {
  const { bench, asbr } = benchInNssa();
  const left = encodeLsa(
    { age: 1, options: 8, type: 7, id: DESTINATION, advertisingRouter: OWN_ID, sequence: 0x80000005 | 0 },
    encodeExternalLsa({ networkMask: 0xff000000, metricType: 2, metric: 20, forwardingAddress: 0, tag: 0 }),
  );
  asbr.becomeFull([], N);
  for (let hello = 0; hello < 12; hello++) {
    bench.pass(10_000);
    asbr.hello([OWN_ID], N);
  }
  bench.sent();
  asbr.update(left);
  bench.pass(1500);
  const flushes = updatesIn(bench.sent()).filter(({ type, age }) => type === 7 && age === 3600);
  assert.ok(flushes.length > 0);
  asbr.acknowledge({ ...headerOf(left), age: 3600 });
  bench.pass(1500);
  assert.equal(bench.lsa(7, DESTINATION, OWN_ID), undefined);
});

describe('kinds of areas that differ are explained', () => {
  const cases: readonly (readonly [OspfAreaKind, OspfAreaKind, string, string])[] = [
    ['normal', 'nssa', 'nssa-option', 'takes it for an NSSA, we do not'],
    ['stub', 'nssa', 'nssa-option', 'takes it for an NSSA, we do not'],
    ['nssa', 'normal', 'nssa-option', 'does not take it for an NSSA, we do'],
    ['nssa', 'stub', 'nssa-option', 'does not take it for an NSSA, we do'],
    ['stub', 'normal', 'external-option', 'takes it for a normal area, we for a stub area'],
  ];
  for (const [ours, theirs, code, evidence] of cases) {
    test(`${ours} here, ${theirs} there`, () => {
      const network = new OspfNetwork();
      const here = network.addRouter('here', { routerId: 1, area: 1 });
      const there = network.addRouter('there', { routerId: 2, area: 1 });
      const wire = network.connect(here, there, { area: 1 });
      network.setCarrier(wire, false);
      network.configure(here, { areaOptions: { kind: ours } });
      network.configure(there, { areaOptions: { kind: theirs } });
      network.setCarrier(wire, true);
      network.run(60_000);
      assert.equal(network.allFull(), false);
      const found = here.instance.diagnosis('eth0', network.nowMs) ?? [];
      assert.deepEqual(
        found.map((finding) => finding.code),
        [code],
      );
      assert.ok(found[0].evidence.includes(evidence), found[0].evidence);
      assert.equal(found[0].fix, 'give area 0.0.0.1 the same type on all its routers');
      network.configure(there, { areaOptions: { kind: ours } });
      assert.ok(
        network.runUntil(() => network.allFull(), 120_000),
        'put right',
      );
    });
  }
});
