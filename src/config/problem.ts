import { LasthopError } from '../base/errors.js';

/** One thing wrong with a file: where (1-based) and what, with what was expected instead. */
export interface Problem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A file that cannot be used. The message has one line `FILE:LINE:COLUMN: …` for each problem, in file order. */
export class ConfigError extends LasthopError {
  readonly file: string;
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    const ordered = [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
    super('CONFIG', ordered.map((problem) => formatProblem(file, problem)).join('\n'));
    this.name = 'ConfigError';
    this.file = file;
    this.problems = ordered;
  }
}

export function formatProblem(file: string, problem: Problem): string {
  return `${file}:${problem.line}:${problem.column}: ${problem.message}`;
}
