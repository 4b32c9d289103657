import assert from 'node:assert/strict';
import { it } from 'node:test';
import {
  readU16,
  readU16Le,
  readU24,
  readU32,
  writeU16,
  writeU16Le,
  writeU24,
  writeU32,
} from '../../src/base/bytes.js';
import { LasthopError } from '../../src/base/errors.js';
import { randomBelow, SeededRandom } from '../../src/base/random.js';
import { hex } from '../support/hex.js';

it('reads unsigned numbers', () => {
  const bytes = hex('00 ff fe fd fc');
  assert.equal(readU16(bytes, 1), 0xfffe);
  assert.equal(readU16Le(bytes, 1), 0xfeff);
  assert.equal(readU24(bytes, 1), 0xfffefd);
  assert.equal(readU32(bytes, 1), 0xfffefdfc);
});

it('writes what it reads and nothing beside it', () => {
  const bytes = new Uint8Array(6).fill(0xaa);
  writeU16(bytes, 1, 0x8001);
  assert.deepEqual(bytes, hex('aa 80 01 aa aa aa'));
  writeU16Le(bytes, 1, 0x8001);
  assert.deepEqual(bytes, hex('aa 01 80 aa aa aa'));
  writeU24(bytes, 1, 0x800102);
  assert.deepEqual(bytes, hex('aa 80 01 02 aa aa'));
  writeU32(bytes, 1, 0x80010203);
  assert.deepEqual(bytes, hex('aa 80 01 02 03 aa'));
});

it('repeats a seeded sequence, and keeps to it from version to version', () => {
  const first = new SeededRandom(1);
  const values = [first.nextU32(), first.nextU32(), first.nextU32()];
  assert.deepEqual(values, [2_199_388_362, 1_517_582_945, 1_141_492_819]);
  const again = new SeededRandom(1);
  assert.deepEqual([again.nextU32(), again.nextU32(), again.nextU32()], values);
  assert.notEqual(new SeededRandom(2).nextU32(), values[0]);
});

it('draws numbers below a bound, each about as often', () => {
  const random = new SeededRandom(7);
  const counts = [0, 0, 0, 0, 0];
  for (let draw = 0; draw < 50_000; draw++) counts[randomBelow(random, 5)]++;
  for (const count of counts) assert.ok(count > 9_500 && count < 10_500, `${counts}`);
  assert.equal(randomBelow({ nextU32: () => 0xffffffff }, 0x100000000), 0xffffffff);
});

it('carries code, hint and cause in an error for people', () => {
  const cause = new Error('ENODEV');
  const error = new LasthopError('link-missing', 'link eth7: not there', 'check the name', { cause });
  assert.deepEqual(
    [error.name, error.code, error.message, error.hint, error.cause],
    ['LasthopError', 'link-missing', 'link eth7: not there', 'check the name', cause],
  );
});
