/**
 * The body of a Hello (RFC 2328 section A.3.2).
 *
 * ```
 *   network mask
 *   hello interval (seconds)  options  router priority
 *   router dead interval (seconds)
 *   designated router         (its address on this network, 0 for none)
 *   backup designated router
 *   router IDs of the neighbors heard lately ...
 * ```
 */
import { readU16, readU32, writeU16, writeU32 } from '../../base/bytes.js';
import { lengthOfMask } from '../../base/prefix.js';
import { type Malformed, malformed } from '../malformed.js';

export const HELLO_BYTES = 20;
const MASK = 0;
const HELLO_INTERVAL = 4;
const OPTIONS = 6;
const PRIORITY = 7;
const DEAD_INTERVAL = 8;
const DESIGNATED_ROUTER = 12;
const BACKUP_DESIGNATED_ROUTER = 16;

export interface Hello {
  readonly networkMask: number;
  readonly helloIntervalSeconds: number;
  readonly options: number;
  readonly priority: number;
  readonly deadIntervalSeconds: number;
  readonly designatedRouter: number;
  readonly backupDesignatedRouter: number;
  readonly neighbors: readonly number[];
}

export function decodeHello(body: Uint8Array): Hello | Malformed {
  if (body.length < HELLO_BYTES) return malformed('Hello shorter than 20 bytes', body.length);
  if (body.length % 4 !== 0) return malformed('Hello ends within a neighbor', body.length);
  const networkMask = readU32(body, MASK);
  if (lengthOfMask(networkMask) === undefined) return malformed('Hello network mask has a hole', MASK);
  const neighbors: number[] = [];
  for (let at = HELLO_BYTES; at < body.length; at += 4) neighbors.push(readU32(body, at));
  return {
    networkMask,
    helloIntervalSeconds: readU16(body, HELLO_INTERVAL),
    options: body[OPTIONS],
    priority: body[PRIORITY],
    deadIntervalSeconds: readU32(body, DEAD_INTERVAL),
    designatedRouter: readU32(body, DESIGNATED_ROUTER),
    backupDesignatedRouter: readU32(body, BACKUP_DESIGNATED_ROUTER),
    neighbors,
  };
}

export function encodeHello(hello: Hello): Uint8Array {
  const body = new Uint8Array(HELLO_BYTES + 4 * hello.neighbors.length);
  writeU32(body, MASK, hello.networkMask);
  writeU16(body, HELLO_INTERVAL, hello.helloIntervalSeconds);
  body[OPTIONS] = hello.options;
  body[PRIORITY] = hello.priority;
  writeU32(body, DEAD_INTERVAL, hello.deadIntervalSeconds);
  writeU32(body, DESIGNATED_ROUTER, hello.designatedRouter);
  writeU32(body, BACKUP_DESIGNATED_ROUTER, hello.backupDesignatedRouter);
  hello.neighbors.forEach((routerId, index) => {
    writeU32(body, HELLO_BYTES + 4 * index, routerId);
  });
  return body;
}
