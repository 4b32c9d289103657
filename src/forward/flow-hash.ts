import { ipv4HeaderLength, ipv4Protocol, isIpv4Fragment, PROTOCOL_TCP, PROTOCOL_UDP } from '../wire/ipv4.js';

/**
 * A 32-bit number that is the same for all packets of a flow: addresses and protocol, and the ports of TCP and UDP
 * unless the packet is a fragment, so that the fragments of a datagram stay together. `seed` differs from router to
 * router, so that a chain of routers does not make the same choice over and over.
 */
export function flowHash(words: Uint32Array, bytes: Uint8Array, offset: number, seed: number): number {
  const at = offset >> 2;
  const protocol = ipv4Protocol(bytes, offset);
  const ported = protocol === PROTOCOL_TCP || protocol === PROTOCOL_UDP;
  const ports = ported && !isIpv4Fragment(bytes, offset) ? words[(offset + ipv4HeaderLength(bytes, offset)) >> 2] : 0;
  let hash = mix(seed ^ words[at + 3]);
  hash = mix(hash ^ words[at + 4]);
  hash = mix(hash ^ ports);
  return mix(hash ^ protocol) >>> 0;
}

/** The finalizer of MurmurHash3 (Austin Appleby, public domain): every input bit changes every output bit. */
function mix(value: number): number {
  let x = value;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}
