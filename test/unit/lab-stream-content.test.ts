import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { StreamContent, StreamHash } from '../../src/lab/stream-content.js';

describe('the content of a transfer', () => {
  it('depends on the seed alone, not on how it is taken', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.nat(70_000), { maxLength: 6 }), (seed, lengths) => {
        const inParts = new StreamContent(seed);
        const parts = lengths.map((length) => inParts.next(length));
        const total = lengths.reduce((sum, length) => sum + length, 0);
        assert.deepEqual(Buffer.concat(parts), Buffer.from(new StreamContent(seed).next(total)));
      }),
      { numRuns: 30 },
    );
  });

  it('differs between seeds and does not repeat', () => {
    const first = Buffer.from(new StreamContent(1).next(1 << 20));
    assert.notDeepEqual(first.subarray(0, 64), Buffer.from(new StreamContent(2).next(64)));
    assert.equal(first.indexOf(first.subarray(0, 16), 1), -1);
  });

  it('is hashed while it passes', () => {
    const hash = new StreamHash();
    hash.update(Buffer.from('last'));
    assert.equal(hash.digest(), createHash('sha256').update('last').digest('hex'));
    hash.update(Buffer.from('hop'));
    assert.equal(hash.digest(), createHash('sha256').update('lasthop').digest('hex'));
    assert.equal(hash.bytes, 7);
  });
});
