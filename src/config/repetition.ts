import type { ValueProblem } from './document.js';

/** Something that has a name, at a place in the document. */
export interface Named {
  readonly key: string;
  readonly path: readonly (string | number)[];
}

/** One problem for each item whose name an earlier one has. */
export function repeated(items: readonly Named[], message: (key: string) => string): ValueProblem[] {
  const seen = new Set<string>();
  const problems: ValueProblem[] = [];
  for (const { key, path } of items) {
    if (seen.has(key)) problems.push({ path, message: message(key) });
    seen.add(key);
  }
  return problems;
}
