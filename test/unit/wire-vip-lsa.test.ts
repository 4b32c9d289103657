import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeVipLsa, encodeVipLsa, NOTICE_MODES, NOTICE_STATES, type VipLsa } from '../../src/wire/ospf/vip-lsa.js';
import { hex, toHex } from '../support/hex.js';

const LSA: VipLsa = {
  address: 0x03030303,
  router: 0x0a000001,
  peer: 0x0a000002,
  epoch: 2 ** 33 + 5,
  state: 'offering',
  mode: 'exclusive',
  rank: 200,
  name: 'web1',
};
const BYTES = hex('56495001 03030303 0a000001 0a000002 00000002 00000005 03 02 c8 04 77656231');

describe('a VIP-LSA', () => {
  it('has these bytes', () => {
    assert.equal(toHex(encodeVipLsa(LSA)), toHex(BYTES));
    assert.deepEqual(decodeVipLsa(BYTES), LSA);
  });

  it('is read as it was written, whatever it says', () => {
    for (const state of NOTICE_STATES) {
      for (const mode of NOTICE_MODES) {
        for (const name of ['', 'ä', 'x'.repeat(63)]) {
          const lsa = { ...LSA, state, mode, name };
          const bytes = encodeVipLsa(lsa);
          assert.equal(bytes.length % 4, 0);
          assert.deepEqual(decodeVipLsa(bytes), lsa);
        }
      }
    }
  });

  it('does not break a name within a character', () => {
    assert.deepEqual(decodeVipLsa(encodeVipLsa({ ...LSA, name: 'ä'.repeat(40) })), { ...LSA, name: 'ä'.repeat(31) });
  });

  const changed = (at: number, ...values: number[]) => {
    const bytes = BYTES.slice();
    bytes.set(values, at);
    return decodeVipLsa(bytes);
  };

  it('that is none says what is wrong, and where', () => {
    assert.deepEqual(decodeVipLsa(BYTES.subarray(0, 27)), { malformed: 'VIP-LSA shorter than 28 bytes', at: 27 });
    assert.deepEqual(changed(3, 2), { malformed: 'VIP-LSA has another signature', at: 0 });
    assert.deepEqual(changed(16, 0, 0x20), { malformed: 'VIP-LSA epoch is beyond 2^53', at: 16 });
    assert.deepEqual(changed(24, 7), { malformed: 'VIP-LSA state is unknown', at: 24 });
    assert.deepEqual(changed(25, 3), { malformed: 'VIP-LSA mode is unknown', at: 25 });
    assert.deepEqual(changed(27, 5), { malformed: 'VIP-LSA ends within its name', at: 27 });
    assert.deepEqual(changed(27, 64), { malformed: 'VIP-LSA ends within its name', at: 27 });
  });
});
