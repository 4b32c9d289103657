import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PLAIN_POLICY } from '../../src/forward/link-policy.js';
import { isToForwarder } from '../../src/forward/message-check.js';

const LINK = {
  name: 'eth1',
  io: 'packet',
  addresses: [{ address: 0x01010101, prefixLength: 8 }],
  mtu: 1500,
  coalesce: 'none',
  policy: PLAIN_POLICY,
};
const NEIGHBOR = { kind: 'neighbor', link: 'eth1', via: 0x01000001 };
const PREFIX = { address: 0x0a000000, length: 8 };

const BFD = { link: 'eth1', local: 0x0a000001, peer: 0x0a000002, minTxMs: 10, minRxMs: 60_000, multiplier: 255 };

const GOOD: readonly unknown[] = [
  { type: 'hello', pid: 77 },
  { type: 'links', links: [] },
  {
    type: 'links',
    links: [{ ...LINK, mtu: undefined }],
  },
  { type: 'virtual-link', name: 'lasthop0', mtu: 1500, addresses: [0x0a000001], coalesce: 'all' },
  { type: 'routes', sequence: 1, upsert: [{ prefix: PREFIX, paths: [NEIGHBOR], repair: undefined }], remove: [PREFIX] },
  {
    type: 'routes',
    sequence: 2,
    upsert: [{ prefix: PREFIX, paths: [{ kind: 'local' }], repair: NEIGHBOR }],
    remove: [],
  },
  { type: 'routes-complete' },
  { type: 'inject', link: 'eth1', via: 0, packet: new Uint8Array(20) },
  { type: 'query', id: 0, query: { what: 'counters' } },
  { type: 'query', id: 0, query: { what: 'fib', address: 0xffffffff } },
  { type: 'query', id: 0, query: { what: 'bfd' } },
  { type: 'bfd-sessions', sessions: [] },
  { type: 'bfd-sessions', sessions: [BFD, { ...BFD, multiplier: 1 }] },
  { type: 'read-config' },
  { type: 'stopped' },
];

const BAD: readonly unknown[] = [
  undefined,
  null,
  'hello',
  {},
  { type: 'toString' },
  { type: 'hello' },
  { type: 'links', links: [{ ...LINK, io: 'dpdk' }] },
  { type: 'links', links: [{ ...LINK, coalesce: 'udp' }] },
  { type: 'links', links: [{ ...LINK, policy: undefined }] },
  { type: 'links', links: [{ ...LINK, policy: { ...PLAIN_POLICY, redirects: 1 } }] },
  { type: 'links', links: [{ ...LINK, policy: { ...PLAIN_POLICY, sourceValidation: 'feasible' } }] },
  { type: 'links', links: [{ ...LINK, policy: { ...PLAIN_POLICY, icmpSource: 0 } }] },
  { type: 'links', links: [{ ...LINK, policy: { ...PLAIN_POLICY, ipOptions: undefined } }] },
  { type: 'links', links: [{ ...LINK, name: '../eth1' }] },
  { type: 'links', links: [{ ...LINK, name: 'a-name-too-long1' }] },
  { type: 'links', links: [{ ...LINK, addresses: [{ address: 1, prefixLength: 33 }] }] },
  { type: 'links', links: [{ ...LINK, mtu: 67 }] },
  { type: 'links', links: new Array(64).fill(LINK) },
  { type: 'virtual-link', name: '', mtu: 1500, addresses: [], coalesce: 'all' },
  { type: 'virtual-link', name: 'lasthop0', mtu: 1500, addresses: [1, 2], source: 3, coalesce: 'all' },
  { type: 'virtual-link', name: 'lasthop0', mtu: 1500, addresses: [], coalesce: true },
  { type: 'virtual-link', name: 'lasthop0', mtu: 1500, addresses: [-1], coalesce: 'all' },
  { type: 'virtual-link', name: 'lasthop0', mtu: 1500, addresses: [0.5], coalesce: 'all' },
  { type: 'routes', sequence: -1, upsert: [], remove: [] },
  { type: 'routes', sequence: 1, upsert: [{ prefix: PREFIX, paths: [], repair: undefined }], remove: [] },
  {
    type: 'routes',
    sequence: 1,
    upsert: [{ prefix: PREFIX, paths: [{ kind: 'other' }], repair: undefined }],
    remove: [],
  },
  { type: 'routes', sequence: 1, upsert: [{ prefix: PREFIX, paths: new Array(17).fill(NEIGHBOR) }], remove: [] },
  { type: 'routes', sequence: 1, upsert: [], remove: [{ address: 0x0a000001, length: 8 }] },
  { type: 'routes', sequence: 1, upsert: [], remove: [{ address: 0, length: 33 }] },
  { type: 'routes', sequence: 1, upsert: new Array(1), remove: [] },
  { type: 'inject', link: 'eth1', via: 0, packet: new Uint8Array(19) },
  { type: 'inject', link: 'eth1', via: 0, packet: [1, 2, 3] },
  { type: 'inject', link: 'eth1', via: 2 ** 32, packet: new Uint8Array(20) },
  { type: 'bfd-sessions' },
  { type: 'bfd-sessions', sessions: new Array(257).fill(BFD) },
  { type: 'bfd-sessions', sessions: [{ ...BFD, link: '' }] },
  { type: 'bfd-sessions', sessions: [{ ...BFD, minTxMs: 9 }] },
  { type: 'bfd-sessions', sessions: [{ ...BFD, minRxMs: 60_001 }] },
  { type: 'bfd-sessions', sessions: [{ ...BFD, minRxMs: 10.5 }] },
  { type: 'bfd-sessions', sessions: [{ ...BFD, multiplier: 0 }] },
  { type: 'query', id: 1, query: { what: 'secrets' } },
  { type: 'query', id: 1, query: { what: 'fib' } },
];

test('every message of the boundary is accepted', () => {
  for (const message of GOOD) assert.equal(isToForwarder(message), true, JSON.stringify(message));
});

test('anything else is refused', () => {
  for (const message of BAD) assert.equal(isToForwarder(message), false, JSON.stringify(message));
});
