import assert from 'node:assert/strict';
import { isMalformed, type Malformed } from '../../src/wire/malformed.js';
import {
  digestFieldOf,
  hasDigest,
  hasPassword,
  sealWithDigest,
  sealWithPassword,
} from '../../src/wire/ospf/authentication.js';
import { decodeGraceLsa, encodeGraceLsa } from '../../src/wire/ospf/grace-lsa.js';
import { AUTH_TYPE_CRYPTOGRAPHIC, decodeOspfHeader, encodeOspfPacket } from '../../src/wire/ospf/header.js';
import { allCodecs } from '../golden/packets/all-codecs.js';
import { hex } from '../support/hex.js';

/** Something that reads strangers' bytes. */
export interface FuzzTarget {
  readonly name: string;
  /** Whole packets, good and bad, that damage begins with. */
  readonly seeds: readonly Uint8Array[];
  /** Puts checksums right. Any bytes will do. */
  seal(packet: Uint8Array): void;
  /** True if the packet was accepted, false if it was malformed. Throws if neither, or if what was read is not whole. */
  takes(packet: Uint8Array): boolean;
}

interface Codec {
  readonly name: string;
  decode(bytes: Uint8Array): object;
  encode(fields: object): Uint8Array;
}

/** What a decoder accepts must encode without an error and decode to the same again, so that nothing half-read passes. */
function takesAgain({ decode, encode }: Codec, packet: Uint8Array): boolean {
  const decoded = decode(packet);
  if (isMalformed(decoded)) {
    isPlaced(decoded);
    return false;
  }
  assert.deepEqual(decode(encode(decoded)), decoded, 'encoding and decoding again changed the fields');
  return true;
}

function isPlaced({ malformed, at }: Malformed): void {
  assert.equal(typeof malformed, 'string');
  assert.ok(Number.isInteger(at) && at >= 0, `${at} is no position`);
}

const graceLsa: FuzzTarget = {
  name: 'OSPF grace-LSA',
  seeds: [
    encodeGraceLsa({ periodSeconds: 120, reason: 'software restart', address: 0x0a000c02 }),
    encodeGraceLsa({ periodSeconds: 1800, reason: 'unknown', address: undefined }),
    // A TLV that nobody knows between the others, of a length that needs padding.
    hex('00010004 0000003c 80000005 0102030405000000 00020001 01000000'),
  ],
  seal: () => {},
  takes: (body) =>
    takesAgain({ name: 'grace-LSA', decode: decodeGraceLsa, encode: encodeGraceLsa as Codec['encode'] }, body),
};

const PASSWORD = hex('6c617374686f70');
const KEYS = (['md5', 'hmac-sha-256'] as const).map((algorithm, index) => ({
  id: index + 1,
  algorithm,
  secret: hex('6b6579'),
}));

/** The trailer of a packet is looked for where the header says that the packet ends. */
const authentication: FuzzTarget = {
  name: 'OSPF authentication',
  seeds: authenticatedPackets(),
  seal: () => {},
  takes: (packet) => {
    const header = decodeOspfHeader(packet);
    if (isMalformed(header)) {
      isPlaced(header);
      return false;
    }
    if (header.authType !== AUTH_TYPE_CRYPTOGRAPHIC) return hasPassword(packet, PASSWORD);
    const { keyId } = digestFieldOf(packet);
    return KEYS.some((key) => key.id === keyId && hasDigest(packet, header.length, key));
  },
};

function authenticatedPackets(): Uint8Array[] {
  const hello = hex('fffffffc 00010201 00000004 00000000 00000000 02020202');
  const plain = encodeOspfPacket(1, 0x01010101, 0, hello);
  const withPassword = plain.slice();
  sealWithPassword(withPassword, PASSWORD);
  const withDigests = KEYS.map((key) => sealWithDigest(plain, key, 7));
  // An LLS block of three words comes after all of it.
  const withLls = Uint8Array.from([...withDigests[0], ...hex('fff60003 00010004 00000001')]);
  return [plain, withPassword, ...withDigests, withLls];
}

/** Every decoder of `src/wire`. */
export const fuzzTargets: readonly FuzzTarget[] = [
  ...allCodecs.map((codec) => ({
    name: codec.name,
    seeds: [...codec.golden, ...codec.faults].map(({ bytes }) => bytes),
    seal: codec.seal,
    takes: (packet: Uint8Array) => takesAgain(codec, packet),
  })),
  graceLsa,
  authentication,
];
