import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { OspfInterfaceConfig } from '../../src/ospf/messages.js';
import {
  ALL_DESIGNATED_ROUTERS,
  ALL_SPF_ROUTERS,
  encodeOspfPacket,
  OSPF_HELLO,
  OSPF_LINK_STATE_ACK,
} from '../../src/wire/ospf/header.js';
import { areaConfig } from '../support/ospf-config.js';
import { Bench, interfaceConfig, OWN_ADDRESS, OWN_ID, Peer } from '../support/ospf-peer.js';

/* The checks of RFC 2328 section 8.2, but for authentication. */

const OTHER = 0x09090909;
const OTHER_NETWORK = 0x0a630002;
const NOWHERE = 0xe0000009;

function bench(change: Partial<OspfInterfaceConfig> = {}): Bench {
  return new Bench({ interfaces: [interfaceConfig(change)] });
}

/** What the checks make of an empty Link State Acknowledgment: `neighbor` if it passes all of them. */
function outcome(at: Bench, source: number, destination = ALL_SPF_ROUTERS, routerId = OTHER): string[] {
  new Peer(at, routerId, 'eth0', source).send(OSPF_LINK_STATE_ACK, new Uint8Array(0), destination);
  return Object.keys(at.instance.rejectionCounters());
}

describe('the source', () => {
  test('is in the subnet, on a broadcast network', () => {
    assert.deepEqual(outcome(bench({ type: 'broadcast' }), 0x0a000002), ['neighbor']);
    assert.deepEqual(outcome(bench({ type: 'broadcast' }), OTHER_NETWORK), ['source']);
    assert.deepEqual(outcome(bench({ type: 'broadcast' }), 0x0a000005), ['source']);
  });

  test('is any, on a point-to-point network', () => {
    assert.deepEqual(outcome(bench(), OTHER_NETWORK), ['neighbor']);
  });

  test('is not our own, nor 0.0.0.0', () => {
    for (const type of ['broadcast', 'point-to-point'] as const) {
      assert.deepEqual(outcome(bench({ type }), OWN_ADDRESS), ['source']);
      assert.deepEqual(outcome(bench({ type }), 0), ['source']);
    }
  });
});

describe('the destination', () => {
  test('is all routers, or us', () => {
    assert.deepEqual(outcome(bench(), 0x0a000002, OWN_ADDRESS), ['neighbor']);
    for (const destination of [NOWHERE, 0x0a000003, 0xffffffff]) {
      const at = bench();
      assert.deepEqual(outcome(at, 0x0a000002, destination), ['destination']);
      assert.equal(at.instance.rejections().length, 1);
    }
  });

  test('is the designated routers only if we are one; what others are told is nothing to report', () => {
    const at = bench({ type: 'broadcast' });
    assert.deepEqual(outcome(at, 0x0a000002, ALL_DESIGNATED_ROUTERS), ['destination']);
    assert.deepEqual(at.instance.rejections(), []);
    const elected = bench({ type: 'broadcast' });
    elected.pass(40_000);
    assert.equal(elected.instance.interfaces(elected.nowMs)[0].state, 'DR');
    assert.deepEqual(outcome(elected, 0x0a000002, ALL_DESIGNATED_ROUTERS), ['neighbor']);
  });
});

describe('the area', () => {
  const sendFor = (at: Bench, area: number) =>
    new Peer(at, OTHER).sendRaw(encodeOspfPacket(OSPF_HELLO, OTHER, area, new Uint8Array(20)));

  test('is that of the interface, not another that we have', () => {
    const at = new Bench({ otherAreas: [areaConfig(5)] });
    sendFor(at, 5);
    const [{ check, expected, got }] = at.instance.rejections();
    assert.deepEqual([check, expected, got], ['area', '0.0.0.0', '0.0.0.5']);
  });

  test('is not the backbone in another area: there are no virtual links', () => {
    const at = new Bench({ area: 5 });
    sendFor(at, 0);
    const [{ check, expected, got }] = at.instance.rejections();
    assert.deepEqual([check, expected, got], ['area', '0.0.0.5', '0.0.0.0, the backbone']);
  });
});

describe('the router ID', () => {
  test('is not ours, which is told as an event', () => {
    const at = bench();
    new Peer(at, OWN_ID).hello();
    assert.deepEqual(Object.keys(at.instance.rejectionCounters()), ['router-id']);
    const event = at.take('event').find(({ name }) => name === 'duplicate-router-id');
    assert.deepEqual(event?.detail, { interface: 'eth0', routerId: '5.5.5.5', source: '10.0.0.2' });
  });

  test('that comes from the address of another router on a LAN is not that neighbor', () => {
    const at = bench({ type: 'broadcast' });
    new Peer(at, OTHER).hello();
    assert.deepEqual(outcome(at, 0x0a000002, ALL_SPF_ROUTERS, 0x07070707), ['neighbor']);
  });
});

describe('the log of rejections', () => {
  test('counts what is repeated, and keeps the rest beside it', () => {
    const at = bench();
    const noisy = new Peer(at, OTHER);
    new Peer(at, 0x07070707).hello([], { deadIntervalSeconds: 12 });
    for (let round = 0; round < 1000; round++) {
      noisy.hello([], { helloIntervalSeconds: 5 });
      at.pass(1000);
    }
    const kept = at.instance
      .rejections()
      .map(({ check, routerId, count, firstMs, atMs }) => [check, routerId, count, firstMs, atMs]);
    assert.deepEqual(kept, [
      ['dead-interval', 0x07070707, 1, 0, 0],
      ['hello-interval', OTHER, 1000, 0, 999_000],
    ]);
    assert.deepEqual(at.instance.rejectionCounters(), { 'dead-interval': 1, 'hello-interval': 1000 });
  });

  test('is bounded for every check, whoever sends', () => {
    const at = bench();
    for (let router = 1; router < 500; router++) new Peer(at, router).hello([], { helloIntervalSeconds: 5 });
    new Peer(at, 1).hello([], { deadIntervalSeconds: 5 });
    const kept = at.instance.rejections();
    assert.equal(kept.length, 9);
    assert.deepEqual(
      kept.slice(0, 8).map(({ routerId }) => routerId),
      [492, 493, 494, 495, 496, 497, 498, 499],
    );
    assert.equal(at.instance.rejectionCounters()['hello-interval'], 499);
  });
});
