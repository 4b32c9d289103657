import assert from 'node:assert/strict';
import { LsdbEntry } from '../../src/ospf/lsdb.js';
import { isMalformed } from '../../src/wire/malformed.js';
import { decodeLsa, encodeLsa } from '../../src/wire/ospf/lsa.js';

export interface LsaName {
  readonly type: number;
  readonly id: number;
  readonly advertisingRouter: number;
  /** E if absent. */
  readonly options?: number;
}

/** An LSA as it is in a database at time 0, encoded and read again. */
export function lsdbEntry(name: LsaName, body: Uint8Array, age = 1): LsdbEntry {
  const bytes = encodeLsa({ age, options: 2, sequence: 1, ...name }, body);
  const lsa = decodeLsa(bytes);
  assert.ok(!isMalformed(lsa));
  return new LsdbEntry(lsa, bytes, 0, 'flooded');
}
