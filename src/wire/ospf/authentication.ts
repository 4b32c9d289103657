/**
 * What authentication puts into a packet and looks for there (RFC 2328 appendix D, RFC 5709).
 *
 * ```
 *   simple password   the 8 bytes of the authentication field, padded with zeros
 *
 *   cryptographic     0        1        2        3
 *                     0                 key ID   digest bytes     the authentication field
 *                     sequence number
 *                     ...                                         the body, up to `length` of the header
 *                     digest                                      not counted in `length`
 * ```
 *
 * An LLS block (RFC 5613) comes after all of it; neither digest nor `length` covers it.
 */
import { hmac } from '@noble/hashes/hmac.js';
import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { readU32, writeU16, writeU32 } from '../../base/bytes.js';
import {
  AUTH_TYPE_CRYPTOGRAPHIC,
  AUTH_TYPE_SIMPLE,
  OSPF_AUTH_TYPE,
  OSPF_AUTHENTICATION,
  OSPF_CHECKSUM,
  writeOspfChecksum,
} from './header.js';

export const MAX_PASSWORD_BYTES = 8;
/** The digest is computed over a key of this size, padded with zeros (RFC 2328 section D.4.3). */
export const MD5_KEY_BYTES = 16;

const KEY_ID = OSPF_AUTHENTICATION + 2;
const DIGEST_BYTES = OSPF_AUTHENTICATION + 3;
const SEQUENCE = OSPF_AUTHENTICATION + 4;

/** Stands for the digest while the digest is computed, repeated (RFC 5709 section 3.3). */
const APAD = 0x878fe1f3;

export type DigestAlgorithm = 'md5' | 'hmac-sha-1' | 'hmac-sha-256' | 'hmac-sha-384' | 'hmac-sha-512';

export interface DigestKey {
  /** 0 to 255. */
  readonly id: number;
  readonly algorithm: DigestAlgorithm;
  /** At least one byte; for MD5 at most `MD5_KEY_BYTES`. */
  readonly secret: Uint8Array;
}

/** The authentication field of a packet with cryptographic authentication. */
export interface DigestField {
  readonly keyId: number;
  /** Size of the digest after the packet. */
  readonly digestBytes: number;
  readonly sequence: number;
}

const HASHES = {
  'hmac-sha-1': sha1,
  'hmac-sha-256': sha256,
  'hmac-sha-384': sha384,
  'hmac-sha-512': sha512,
} as const;

/** Size of the digests of an algorithm. */
export function digestBytesOf(algorithm: DigestAlgorithm): number {
  return algorithm === 'md5' ? md5.outputLen : HASHES[algorithm].outputLen;
}

/** Puts a password of at most `MAX_PASSWORD_BYTES` into a packet with null authentication. */
export function sealWithPassword(packet: Uint8Array, password: Uint8Array): void {
  writeU16(packet, OSPF_AUTH_TYPE, AUTH_TYPE_SIMPLE);
  packet.fill(0, OSPF_AUTHENTICATION, OSPF_AUTHENTICATION + MAX_PASSWORD_BYTES);
  packet.set(password, OSPF_AUTHENTICATION);
  writeOspfChecksum(packet, packet.length);
}

/** True if the packet has this password, of at most `MAX_PASSWORD_BYTES`. */
export function hasPassword(packet: Uint8Array, password: Uint8Array): boolean {
  const padded = new Uint8Array(MAX_PASSWORD_BYTES);
  padded.set(password);
  return sameBytes(packet.subarray(OSPF_AUTHENTICATION, OSPF_AUTHENTICATION + MAX_PASSWORD_BYTES), padded);
}

/** A packet with null authentication, as a copy that has a sequence number (32 bits) and the digest after it. */
export function sealWithDigest(packet: Uint8Array, key: DigestKey, sequence: number): Uint8Array {
  const { length } = packet;
  const digestBytes = digestBytesOf(key.algorithm);
  const sealed = new Uint8Array(length + digestBytes);
  sealed.set(packet);
  writeU16(sealed, OSPF_CHECKSUM, 0);
  writeU16(sealed, OSPF_AUTH_TYPE, AUTH_TYPE_CRYPTOGRAPHIC);
  writeU16(sealed, OSPF_AUTHENTICATION, 0);
  sealed[KEY_ID] = key.id;
  sealed[DIGEST_BYTES] = digestBytes;
  writeU32(sealed, SEQUENCE, sequence);
  sealed.set(digestOf(sealed.subarray(0, length), key), length);
  return sealed;
}

/** The authentication field of a packet that says that its authentication is cryptographic. */
export function digestFieldOf(packet: Uint8Array): DigestField {
  return { keyId: packet[KEY_ID], digestBytes: packet[DIGEST_BYTES], sequence: readU32(packet, SEQUENCE) };
}

/**
 * True if the digest after the first `length` bytes is that of the key. What comes after the digest is not looked at;
 * a digest that is cut short is wrong.
 */
export function hasDigest(packet: Uint8Array, length: number, key: DigestKey): boolean {
  const end = length + digestBytesOf(key.algorithm);
  return packet.length >= end && sameBytes(packet.subarray(length, end), digestOf(packet.subarray(0, length), key));
}

function digestOf(packet: Uint8Array, { algorithm, secret }: DigestKey): Uint8Array {
  if (algorithm === 'md5') {
    const padded = new Uint8Array(MD5_KEY_BYTES);
    padded.set(secret.subarray(0, MD5_KEY_BYTES));
    return md5.create().update(packet).update(padded).digest();
  }
  const hash = HASHES[algorithm];
  const padding = new Uint8Array(hash.outputLen);
  for (let at = 0; at < padding.length; at += 4) writeU32(padding, at, APAD);
  // The key is prepared by RFC 2104, as all others do it: RFC 5709 would hash one that is longer than the digest.
  return hmac.create(hash, secret).update(packet).update(padding).digest();
}

/** Looks at all bytes, so that the time it takes tells nothing. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let index = 0; index < a.length; index++) difference |= a[index] ^ b[index];
  return difference === 0;
}
