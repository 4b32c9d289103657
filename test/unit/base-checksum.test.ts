import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { checksum, onesComplementSum, updateChecksum } from '../../src/base/checksum.js';
import { SeededRandom } from '../../src/base/random.js';
import { hex } from '../support/hex.js';

/** RFC 1071 word for word: 16-bit words, an odd byte padded with zero, carries added as they come. */
function slowSum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) {
    sum += bytes[at] * 256 + (at + 1 < bytes.length ? bytes[at + 1] : 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
}

function randomBytes(length: number): Uint8Array {
  const random = new SeededRandom(length);
  return Uint8Array.from({ length }, () => random.nextU32());
}

describe('onesComplementSum', () => {
  it('sums the example of RFC 1071 section 3', () => {
    assert.equal(onesComplementSum(hex('00 01 f2 03 f4 f5 f6 f7'), 0, 8), 0xddf2);
  });

  it('pads an odd byte on the right', () => {
    assert.equal(onesComplementSum(hex('00 01 f2'), 0, 3), 0xf201);
  });

  it('is 0 only for zeros', () => {
    assert.equal(onesComplementSum(new Uint8Array(600), 0, 600), 0);
    assert.equal(onesComplementSum(hex('ff ff'), 0, 2), 0xffff);
    assert.equal(onesComplementSum(hex('ff fe 00 01'), 0, 4), 0xffff);
  });

  it('sums no bytes', () => {
    assert.equal(onesComplementSum(hex('ff'), 0, 0), 0);
    assert.equal(onesComplementSum(hex('ff'), 0, 0, 0x12345), 0x2346);
  });

  it('sums a super-packet of ones', () => {
    assert.equal(onesComplementSum(new Uint8Array(65_535).fill(0xff), 0, 65_535), 0xff00);
    assert.equal(onesComplementSum(new Uint8Array(65_536).fill(0xff), 0, 65_536), 0xffff);
  });

  it('is the same at every alignment and for every length around the change of method', () => {
    const bytes = randomBytes(700);
    for (let offset = 0; offset < 9; offset++) {
      for (const length of [0, 1, 2, 3, 7, 8, 9, 20, 60, 254, 255, 256, 257, 258, 259, 260, 261, 262, 263, 600, 689]) {
        const expected = slowSum(bytes.subarray(offset, offset + length));
        assert.equal(onesComplementSum(bytes, offset, length), expected, `offset ${offset}, length ${length}`);
      }
    }
  });

  it('takes account of where an array begins in its buffer', () => {
    const buffer = randomBytes(1024);
    for (let start = 0; start < 5; start++) {
      const view = buffer.subarray(start, start + 900);
      assert.equal(onesComplementSum(view, 3, 801), slowSum(view.subarray(3, 804)), `view from ${start}`);
      assert.equal(onesComplementSum(view, 2, 802), slowSum(view.subarray(2, 804)), `view from ${start}`);
    }
  });

  it('reads the end of a buffer whose length is not a multiple of 4', () => {
    for (const length of [301, 302, 303]) {
      const bytes = randomBytes(length);
      assert.equal(onesComplementSum(bytes, 0, length), slowSum(bytes));
    }
  });

  it('sees changes, and other buffers, after a first sum', () => {
    const first = randomBytes(512);
    const second = randomBytes(516);
    assert.equal(onesComplementSum(first, 0, 512), slowSum(first));
    assert.equal(onesComplementSum(second, 0, 516), slowSum(second));
    first.fill(1);
    assert.equal(onesComplementSum(first, 0, 512), 0x0101);
  });

  it('reads shared memory', () => {
    const bytes = new Uint8Array(new SharedArrayBuffer(4096));
    bytes.set(randomBytes(4096));
    assert.equal(onesComplementSum(bytes, 2, 4000), slowSum(bytes.slice(2, 4002)));
  });

  it('continues an earlier sum', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), fc.nat(350), (bytes, words) => {
        const middle = Math.min(words * 2, bytes.length & ~1);
        const first = onesComplementSum(bytes, 0, middle);
        const both = onesComplementSum(bytes, middle, bytes.length - middle, first);
        assert.equal(both, slowSum(bytes));
      }),
    );
  });
});

describe('checksum', () => {
  it('is that of a well-known header', () => {
    const header = hex('45 00 00 73 00 00 40 00 40 11 00 00 c0 a8 00 01 c0 a8 00 c7');
    assert.equal(checksum(header, 0, 20), 0xb861);
  });

  it('is 0 over bytes that hold it', () => {
    const header = hex('45 00 00 73 00 00 40 00 40 11 b8 61 c0 a8 00 01 c0 a8 00 c7');
    assert.equal(checksum(header, 0, 20), 0);
  });

  it('starts from a pseudo-header', () => {
    assert.equal(checksum(hex('9c 40 00 07 00 08 00 00'), 0, 8, 0x0a01 + 0x0101 + 0x0a00 + 0x0002 + 17 + 8), 0x4e93);
  });
});

describe('updateChecksum', () => {
  it('gives 0x0000 and not 0xffff in the example of RFC 1624 section 4', () => {
    assert.equal(updateChecksum(0xdd2f, 0x5555, 0x3285), 0x0000);
  });

  it('is what a full computation gives', () => {
    const word = fc.nat(0xffff);
    fc.assert(
      fc.property(word, word, fc.uint8Array({ minLength: 18, maxLength: 18 }), (before, after, rest) => {
        fc.pre(rest.some((byte) => byte !== 0));
        const old = Uint8Array.of(before >>> 8, before & 0xff, ...rest);
        const changed = Uint8Array.of(after >>> 8, after & 0xff, ...rest);
        assert.equal(updateChecksum(checksum(old, 0, 20), before, after), checksum(changed, 0, 20));
      }),
      { numRuns: 2000 },
    );
  });
});
