import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toHex } from '../support/hex.js';
import { allCodecs } from './packets/all-codecs.js';

for (const codec of allCodecs) {
  describe(`${codec.name} golden packets`, () => {
    for (const packet of codec.golden) {
      it(`decodes: ${packet.name}`, () => {
        assert.deepEqual(codec.decode(packet.bytes), packet.fields);
      });
      if (packet.decodeOnly) continue;
      it(`encodes: ${packet.name}`, () => {
        assert.equal(toHex(codec.encode(packet.fields)), toHex(packet.bytes));
      });
    }
    for (const fault of codec.faults) {
      it(`rejects: ${fault.name}`, () => {
        assert.deepEqual(codec.decode(fault.bytes), { malformed: fault.malformed, at: fault.at });
      });
    }
  });
}
