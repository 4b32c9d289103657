import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { allCodecs } from '../golden/packets/all-codecs.js';

for (const codec of allCodecs) {
  it(`${codec.name}: decoding what was encoded gives the same fields, and leaves the bytes alone`, () => {
    fc.assert(
      fc.property(codec.arbitrary, (fields) => {
        const bytes = codec.encode(fields);
        const before = bytes.slice();
        assert.deepEqual(codec.decode(bytes), fields);
        assert.deepEqual(bytes, before);
      }),
      { numRuns: 1000 },
    );
  });
}
