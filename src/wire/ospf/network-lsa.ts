/** The body of a network-LSA (RFC 2328 section A.4.3): the mask, then the router IDs of all that are attached. */
import { readU32, writeU32 } from '../../base/bytes.js';
import { lengthOfMask } from '../../base/prefix.js';
import { type Malformed, malformed } from '../malformed.js';

const MASK_BYTES = 4;

export interface NetworkLsa {
  readonly kind: 'network';
  readonly networkMask: number;
  /** At least one: the designated router itself. */
  readonly attachedRouters: readonly number[];
}

export function decodeNetworkLsa(body: Uint8Array): NetworkLsa | Malformed {
  if (body.length < MASK_BYTES + 4) return malformed('network-LSA without an attached router', body.length);
  if (body.length % 4 !== 0) return malformed('network-LSA ends within a router ID', body.length);
  const networkMask = readU32(body, 0);
  if (lengthOfMask(networkMask) === undefined) return malformed('network-LSA mask has a hole', 0);
  const attachedRouters: number[] = [];
  for (let at = MASK_BYTES; at < body.length; at += 4) attachedRouters.push(readU32(body, at));
  return { kind: 'network', networkMask, attachedRouters };
}

export function encodeNetworkLsa(lsa: Omit<NetworkLsa, 'kind'>): Uint8Array {
  const body = new Uint8Array(MASK_BYTES + 4 * lsa.attachedRouters.length);
  writeU32(body, 0, lsa.networkMask);
  lsa.attachedRouters.forEach((routerId, index) => {
    writeU32(body, MASK_BYTES + 4 * index, routerId);
  });
  return body;
}
