/**
 * What a decoder returns instead of a value: the check that failed and where in the input, in bytes from its start.
 * Where the input ends too early, `at` may lie behind its end.
 */
export interface Malformed {
  readonly malformed: string;
  readonly at: number;
}

export function malformed(check: string, at: number): Malformed {
  return { malformed: check, at };
}

export function isMalformed(value: object): value is Malformed {
  return 'malformed' in value;
}
