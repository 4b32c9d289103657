import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLError,
} from 'yaml';
import type { z } from 'zod';
import { ConfigError, type Problem } from './problem.js';
import { type KeyPath, problemsOf } from './schema-problem.js';
import { isTextNearSecret } from './secrecy.js';

/** A problem of a value, found by its place in the document. */
export interface ValueProblem {
  readonly path: KeyPath;
  readonly message: string;
}

/**
 * Reads YAML `text` by `schema`, then by `check`, which sees only values that have the right shape.
 * Throws ConfigError with every problem of the first of the three stages (syntax, schema, check) that finds one;
 * duplicate keys are reported together with the schema's problems. `file` is used for messages only.
 */
export function readDocument<T>(
  file: string,
  text: string,
  schema: z.ZodType<T>,
  check: (value: T) => readonly ValueProblem[] = () => [],
): T {
  return readWithPositions(file, text, schema, check).value;
}

/** As `readDocument`; `locate` says where in the text a further problem is. */
export function readWithPositions<T>(
  file: string,
  text: string,
  schema: z.ZodType<T>,
  check: (value: T) => readonly ValueProblem[],
): { readonly value: T; readonly locate: (problem: ValueProblem) => Problem } {
  const document = new PositionedDocument(text);
  if (document.unreadable) throw new ConfigError(file, document.problems);
  const problems = [...document.problems];
  const parsed = schema.safeParse(document.value);
  if (!parsed.success) {
    for (const problem of problemsOf(schema, document.value, parsed.error.issues)) {
      problems.push({ ...document.positionOf(problem.path, problem.atKey), message: problem.message });
    }
  }
  if (!parsed.success || problems.length > 0) throw new ConfigError(file, problems);
  const locate = ({ path, message }: ValueProblem) => ({ ...document.positionOf(path, false), message });
  problems.push(...check(parsed.data).map(locate));
  if (problems.length > 0) throw new ConfigError(file, problems);
  return { value: parsed.data, locate };
}

type Position = Pick<Problem, 'line' | 'column'>;

class PositionedDocument {
  readonly value: unknown;
  readonly problems: Problem[] = [];
  /** True if the syntax is so broken that the value means nothing. */
  readonly unreadable: boolean;
  private readonly lines = new LineCounter();
  private readonly document: Document;

  constructor(private readonly text: string) {
    this.document = parseDocument(text, { lineCounter: this.lines, prettyErrors: false });
    let unreadable = false;
    for (const error of [...this.document.errors, ...this.document.warnings]) {
      const duplicate = error.code === 'DUPLICATE_KEY';
      unreadable ||= !duplicate;
      this.problems.push({ ...this.at(error.pos[0]), message: syntaxMessage(error, text) });
    }
    this.value = unreadable ? undefined : this.toValue();
    this.unreadable = unreadable || this.value === undefined;
  }

  /**
   * Where the value at `path` starts, or its key with `atKey`. What is not in the document is placed at the innermost
   * value around it that is.
   */
  positionOf(path: KeyPath, atKey: boolean): Position {
    let node: Node | undefined = this.resolve(this.document.contents);
    let offset = node?.range?.[0] ?? 0;
    for (const [depth, step] of path.entries()) {
      const pair = isMap(node) ? node.items.findLast((item) => keyText(item.key) === String(step)) : undefined;
      const child = this.resolve(isSeq(node) ? node.items[Number(step)] : pair?.value);
      if (child === undefined && pair === undefined) break;
      const key = pair !== undefined && isNode(pair.key) ? pair.key.range?.[0] : undefined;
      const start = child?.range?.[0];
      offset = (atKey && depth === path.length - 1 ? key : start) ?? key ?? offset;
      node = child;
    }
    return this.at(offset);
  }

  private toValue(): unknown {
    try {
      return this.document.toJS() ?? null;
    } catch (error) {
      this.problems.push(this.valueProblem((error as Error).message));
      return undefined;
    }
  }

  /** The one mistake that is found this late and has a place is an alias without an anchor, whose name ends the message. */
  private valueProblem(message: string): Problem {
    const alias = /alias.*: (\S+)$/.exec(message)?.[1];
    const offset = alias === undefined ? -1 : this.text.indexOf(`*${alias}`);
    if (offset < 0) return { line: 1, column: 1, message: `not valid YAML: ${message}` };
    return { ...this.at(offset), message: notValid(message, this.text, offset) };
  }

  private resolve(node: unknown): Node | undefined {
    const target = isAlias(node) ? node.resolve(this.document) : node;
    return isNode(target) ? target : undefined;
  }

  private at(offset: number): Position {
    const { line, col } = this.lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

function keyText(key: unknown): string {
  return String(isScalar(key) ? key.value : key);
}

function syntaxMessage(error: YAMLError, text: string): string {
  if (error.code === 'MULTIPLE_DOCS') return 'a second document starts here, expected one document in a file';
  if (error.code !== 'DUPLICATE_KEY') return notValid(error.message, text, error.pos[0]);
  const key = /^[^\s:,{}[\]]+/.exec(text.slice(error.pos[0]))?.[0] ?? '';
  return `key "${key}" is given twice, expected once`;
}

/** A message may quote the text at fault, which in a secret is the secret. */
function notValid(message: string, text: string, offset: number): string {
  return isTextNearSecret(text, offset) ? 'not valid YAML, expected a secret in quotes' : `not valid YAML: ${message}`;
}
