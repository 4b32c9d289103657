import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AdjacencyTable, KIND_HOST } from '../../src/forward/adjacency.js';
import { NeighborIndex } from '../../src/forward/neighbor-index.js';

const CAPACITY = { routes: 8, hosts: 24 };

test('the neighbor index finds what a map would', () => {
  const step = fc.record({
    adjacency: fc.integer({ min: 1, max: CAPACITY.routes + CAPACITY.hosts }),
    link: fc.integer({ min: 1, max: 3 }),
    // Few addresses, so that places collide and entries are found, removed and made again.
    address: fc.constantFrom(...Array.from({ length: 40 }, (_, i) => (0x0a000000 + i * 0x01010101) >>> 0)),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const memory = new SharedArrayBuffer(AdjacencyTable.bytes(CAPACITY));
      const table = new AdjacencyTable(memory, CAPACITY);
      const index = new NeighborIndex(table, new SharedArrayBuffer(NeighborIndex.bytes(table.end)));
      const twin = new Map<string, number>();
      const keyOf = new Map<number, string>();
      for (const { adjacency, link, address } of steps) {
        const key = `${link}/${address}`;
        const before = keyOf.get(adjacency);
        if (before !== undefined) {
          index.remove(adjacency);
          twin.delete(before);
          keyOf.delete(adjacency);
        } else if (!twin.has(key)) {
          table.define(adjacency, KIND_HOST, link, address);
          index.insert(adjacency);
          twin.set(key, adjacency);
          keyOf.set(adjacency, key);
        }
        assert.equal(index.find(link, address), twin.get(key) ?? 0);
      }
      for (const [key, adjacency] of twin) {
        const [link, address] = key.split('/').map(Number);
        assert.equal(index.find(link, address), adjacency);
      }
    }),
    { numRuns: 300 },
  );
});
