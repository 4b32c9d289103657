import assert from 'node:assert/strict';
import { it } from 'node:test';
import { randomBelow, SeededRandom } from '../../src/base/random.js';
import { isMalformed } from '../../src/wire/malformed.js';
import { allCodecs } from '../golden/packets/all-codecs.js';
import type { PacketCodec } from '../golden/packets/packet-codec.js';
import { toHex } from '../support/hex.js';
import { mutate } from '../support/mutation.js';

/*
 * Strangers' bytes: every decoder returns fields or Malformed for damaged golden packets, whatever the damage. What it
 * accepts must encode again without an error and give the same fields, so that nothing half-read gets any further.
 *
 * LASTHOP_FUZZ_ROUNDS (packets for each decoder) and LASTHOP_FUZZ_SEED make long and different runs.
 */

const rounds = Number(process.env.LASTHOP_FUZZ_ROUNDS ?? 20_000);
const seed = Number(process.env.LASTHOP_FUZZ_SEED ?? 1);

for (const codec of allCodecs) {
  it(`${codec.name} survives ${rounds} damaged packets, seed ${seed}`, () => {
    const counts = fuzz(codec);
    assert.ok(counts.accepted > 0, 'no damaged packet got past the first checks');
    assert.ok(counts.rejected > 0, 'no damaged packet was rejected');
  });
}

function fuzz(codec: PacketCodec<object>): { accepted: number; rejected: number } {
  const random = new SeededRandom(seed);
  const packets = [...codec.golden, ...codec.faults].map((packet) => packet.bytes);
  const counts = { accepted: 0, rejected: 0 };
  for (let round = 0; round < rounds; round++) {
    const bytes = mutate(packets[randomBelow(random, packets.length)], packets, random);
    if (random.nextU32() & 1) codec.seal(bytes);
    if (survives(codec, bytes)) counts.accepted++;
    else counts.rejected++;
  }
  return counts;
}

/** True if the decoder accepted the bytes, false if it called them malformed; fails the test for anything else. */
function survives(codec: PacketCodec<object>, bytes: Uint8Array): boolean {
  try {
    const decoded = codec.decode(bytes);
    if (isMalformed(decoded)) {
      assert.equal(typeof decoded.malformed, 'string');
      assert.ok(Number.isInteger(decoded.at) && decoded.at >= 0, `${decoded.at} is no position`);
      return false;
    }
    assert.deepEqual(codec.decode(codec.encode(decoded)), decoded, 'encoding and decoding again changed the fields');
    return true;
  } catch (error) {
    throw new Error(`${codec.name} decoder failed on ${toHex(bytes)}`, { cause: error });
  }
}
