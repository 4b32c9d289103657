import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ingressDropBatch } from '../../src/kernel/netfilter.js';
import { toHex } from '../support/hex.js';

test('a table of our own with an ingress chain that drops, as one transaction', () => {
  const { requests, last } = ingressDropBatch('lasthop-7', 'eth0');
  const bytes = requests.map((request) => toHex(request.finish(9, request === last)));
  const expected = [
    // Begin: resource is the nf_tables subsystem, in network order.
    '14000000 1000 0100 09000000 00000000 00 00 000a',
    // New table, exclusive; name; flags: owner.
    '2c000000 000a 0106 09000000 00000000 05 00 0000 0e00 0100 6c617374686f702d3700 0000 0800 0200 00000002',
    // New chain, acknowledged: table; name; hook ingress, priority -500, device; policy drop; type filter.
    `64000000 030a 0506 09000000 00000000 05 00 0000
     0e00 0100 6c617374686f702d3700 0000
     0c00 0300 696e677265737300
     2000 0480 0800 0100 00000000 0800 0200 fffffe0c 0900 0300 6574683000 000000
     0800 0500 00000000
     0b00 0700 66696c74657200 00`,
    '14000000 1100 0100 09000000 00000000 00 00 000a',
  ];
  assert.deepEqual(
    bytes,
    expected.map((text) => text.replace(/\s/g, '')),
  );
});
