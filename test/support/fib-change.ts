import type { Prefix } from '../../src/base/prefix.js';
import type { PoptrieWriter } from '../../src/fib/poptrie-writer.js';

/** A prefix and the group it is to have; 0 withdraws it. */
export interface FibChange extends Prefix {
  readonly group: number;
}

/** Many changes as one; false if there is no room. */
export function applyChanges(writer: PoptrieWriter, changes: readonly FibChange[]): boolean {
  const groups = changes.map(({ group }) => group);
  return writer.apply(changes, groups) !== undefined;
}
