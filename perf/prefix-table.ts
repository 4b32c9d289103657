import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { LasthopError } from '../src/base/errors.js';
import { parsePrefix } from '../src/base/prefix.js';
import { type Random, randomBelow } from '../src/base/random.js';
import type { PoptrieWriter } from '../src/fib/poptrie-writer.js';

/** The routing table that comes with the source: one prefix a line, no next hops. */
const REAL_TABLE = fileURLToPath(new URL('../../perf/data/bgp-prefixes.txt.gz', import.meta.url));

/** The IPv4 prefixes of a table; parallel arrays. */
export interface PrefixTable {
  /** The file's name, to be printed beside every figure. */
  readonly name: string;
  readonly addresses: Uint32Array;
  readonly lengths: Uint8Array;
}

/** Reads a gzipped or plain list of prefixes, by default the real Internet table. IPv6 prefixes are left out. */
export function loadTable(file: string = REAL_TABLE): PrefixTable {
  const lines = readLines(file).filter((line) => line !== '' && !line.includes(':'));
  const addresses = new Uint32Array(lines.length);
  const lengths = new Uint8Array(lines.length);
  lines.forEach((line, index) => {
    const prefix = parsePrefix(line);
    if (prefix === undefined) {
      throw new LasthopError('table-syntax', `${file}: expected a prefix such as 192.0.2.0/24, got "${line}"`);
    }
    addresses[index] = prefix.address;
    lengths[index] = prefix.length;
  });
  return { name: basename(file), addresses, lengths };
}

function readLines(file: string): string[] {
  try {
    const bytes = readFileSync(file);
    const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return (gzipped ? gunzipSync(bytes) : bytes).toString('latin1').split(/\r?\n/);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LasthopError('table-unreadable', `cannot read the table of prefixes: ${reason}`, undefined, {
      cause: error,
    });
  }
}

/** The table has no next hops: a prefix gets one of `groups` groups (1 to `groups`) by a hash of itself. */
export function groupOf(address: number, length: number, groups: number): number {
  const mixed = Math.imul(address ^ Math.imul(length, 0x85ebca6b), 0x9e3779b1);
  return 1 + ((mixed >>> 8) % groups);
}

/** Puts the table into a FIB, on `groups` groups. */
export function writeTable(table: PrefixTable, writer: PoptrieWriter, groups: number): void {
  const prefixes = Array.from(table.addresses, (address, index) => ({ address, length: table.lengths[index] }));
  const fits = writer.apply(
    prefixes,
    prefixes.map(({ address, length }) => groupOf(address, length, groups)),
  );
  if (fits === undefined) throw new RangeError(`${table.name} does not fit into the FIB`);
}

/** `count` random addresses, each inside a prefix of the table that is chosen at random. */
export function coveredAddresses(table: PrefixTable, count: number, random: Random): Uint32Array {
  return Uint32Array.from({ length: count }, () => {
    const index = randomBelow(random, table.addresses.length);
    const length = table.lengths[index];
    const host = length === 32 ? 0 : random.nextU32() >>> length;
    return table.addresses[index] | host;
  });
}

/** `count` random addresses out of all 2^32. */
export function randomAddresses(count: number, random: Random): Uint32Array {
  return Uint32Array.from({ length: count }, () => random.nextU32());
}
