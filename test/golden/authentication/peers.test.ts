import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { isMalformed } from '../../../src/wire/malformed.js';
import {
  type DigestAlgorithm,
  digestFieldOf,
  hasDigest,
  hasPassword,
  sealWithDigest,
  sealWithPassword,
} from '../../../src/wire/ospf/authentication.js';
import { decodeOspfHeader, encodeOspfPacket, type OspfHeader, ospfBody } from '../../../src/wire/ospf/header.js';
import { hex, toHex } from '../../support/hex.js';

/* What FRR and BIRD send is authentic here, and what we send with the same content is the same to the last byte. */

const FOLDER = join(import.meta.dirname, '../../../../test/golden/authentication');

interface Captured {
  readonly from: string;
  readonly header: OspfHeader;
  readonly payload: Uint8Array;
}

const KEYED: readonly [file: string, id: number, algorithm: DigestAlgorithm, secret: string][] = [
  ['frr-bird-md5', 7, 'md5', 'frr-and-bird'],
  ['bird-hmac-sha-1', 9, 'hmac-sha-1', 'bird-hmac-sha1'],
  ['bird-hmac-sha-256', 9, 'hmac-sha-256', 'bird-hmac-sha256'],
  ['bird-hmac-sha-384', 9, 'hmac-sha-384', 'bird-hmac-sha384'],
  ['bird-hmac-sha-512', 9, 'hmac-sha-512', 'bird-hmac-sha512'],
];

for (const [file, id, algorithm, secret] of KEYED) {
  describe(file, () => {
    const key = { id, algorithm, secret: bytes(secret) };
    for (const { from, header, payload } of read(file)) {
      test(`packet of type ${header.type} from ${from}`, () => {
        assert.equal(hasDigest(payload, header.length, key), true);
        assert.equal(hasDigest(payload, header.length, { ...key, secret: bytes(`${secret}!`) }), false);
        const { keyId, sequence } = digestFieldOf(payload);
        assert.equal(keyId, id);
        assert.equal(toHex(sealWithDigest(plain(header, payload), key, sequence)), toHex(payload));
      });
    }
  });
}

describe('frr-bird-simple', () => {
  for (const { from, header, payload } of read('frr-bird-simple')) {
    test(`packet of type ${header.type} from ${from}`, () => {
      assert.equal(hasPassword(payload, bytes('secret1')), true);
      assert.equal(hasPassword(payload, bytes('secret')), false);
      const packet = plain(header, payload);
      sealWithPassword(packet, bytes('secret1'));
      assert.equal(toHex(packet), toHex(payload));
    });
  }
});

function read(file: string): Captured[] {
  const lines = readFileSync(join(FOLDER, `${file}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n');
  const packets = lines.map((line) => {
    const { from, payload: text } = JSON.parse(line) as { from: string; payload: string };
    const payload = hex(text);
    const header = decodeOspfHeader(payload);
    if (isMalformed(header)) throw new Error(header.malformed);
    return { from, header, payload };
  });
  assert.deepEqual(new Set(packets.map(({ header }) => header.type)), new Set([1, 2, 3, 4, 5]));
  return packets;
}

/** The same packet with null authentication. */
function plain(header: OspfHeader, payload: Uint8Array): Uint8Array {
  return encodeOspfPacket(header.type, header.routerId, header.areaId, ospfBody(payload, header));
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
