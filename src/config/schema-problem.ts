import { z } from 'zod';
import { nearest } from './nearest.js';
import { describeSecret, isNearSecret, isSecret } from './secrecy.js';

/** Keys and list indexes from the root of a document to a value. */
export type KeyPath = readonly PropertyKey[];

export interface SchemaProblem {
  readonly path: KeyPath;
  readonly message: string;
  /** The key is at fault, not its value. */
  readonly atKey: boolean;
}

type Issue = z.core.$ZodIssue;

/**
 * Says in one form what a schema found wrong with `root`: "KEY is WHAT, expected WHAT", one problem for each key, or only
 * that it is another kind of file.
 */
export function problemsOf(schema: z.ZodType, root: unknown, issues: readonly Issue[]): SchemaProblem[] {
  const kind = otherKind(keysAt(schema, []), root);
  if (kind !== undefined) return [{ path: [], message: kind, atKey: false }];
  return issues.flatMap((issue) => problemsOfIssue(schema, root, issue));
}

/** What kind of file each key at the top belongs to, and what to do with it. */
const KINDS_BY_KEY: ReadonlyMap<string, string> = new Map([
  ['nodes', 'this looks like a lab file: lasthop lab run FILE'],
  ['router-id', 'this looks like the configuration of a router: lasthop check FILE'],
]);

/** One problem says more than one for each key if the file is meant for another command. */
function otherKind(known: readonly string[], root: unknown): string | undefined {
  const kinds = [...KINDS_BY_KEY].filter(([key]) => valueAt(root, [key]) !== undefined);
  const [kind] = kinds;
  return kind === undefined || kinds.some(([key]) => known.includes(key)) ? undefined : kind[1];
}

/** `links[0].address` */
export function formatKeyPath(path: KeyPath): string {
  if (path.length === 0) return 'the file';
  return path
    .map((step, depth) => (typeof step === 'number' ? `[${step}]` : depth === 0 ? String(step) : `.${String(step)}`))
    .join('');
}

/** A value as it may stand in a message; never longer than about 40 characters. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 37)}...` : value);
}

function problemsOfIssue(schema: z.ZodType, root: unknown, issue: Issue): SchemaProblem[] {
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, issue.path);
    return issue.keys.map((key) => unknownKey(issue.path, key, known));
  }
  if (issue.code === 'invalid_union') {
    const branch = likeliestBranch(issue.errors);
    if (branch !== undefined) {
      const below = branch.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
      return problemsOf(schema, root, below);
    }
  }
  return [valueProblem(root, issue)];
}

function unknownKey(path: KeyPath, key: string, known: readonly string[]): SchemaProblem {
  const near = nearest(key, known);
  const expected = near === undefined ? `one of ${known.join(', ')}` : `"${near}"`;
  const place = path.length === 0 ? '' : ` in ${formatKeyPath(path)}`;
  // Who forgets a colon writes a secret as a key.
  const shown = isNearSecret(path) && (near === undefined || /\s/.test(key)) ? '' : ` "${key}"`;
  return { path: [...path, key], atKey: true, message: `unknown key${shown}${place}, expected ${expected}` };
}

function valueProblem(root: unknown, issue: Issue): SchemaProblem {
  const found = valueAt(root, issue.path);
  const describe = isSecret(issue.path) ? describeSecret : describeValue;
  const state = found === undefined ? 'is missing' : `is ${describe(found)}`;
  return {
    path: issue.path,
    atKey: false,
    message: `${formatKeyPath(issue.path)} ${state}, expected ${expectation(issue)}`,
  };
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPE_NAMES[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.map(String).join(' or ');
    case 'too_small':
      return `at least ${issue.minimum}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    case 'invalid_union':
      return unionExpectation(issue);
    default:
      return issue.message;
  }
}

const TYPE_NAMES: { readonly [type: string]: string } = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

function unionExpectation(issue: z.core.$ZodIssueInvalidUnion): string {
  const choices = issue.errors.flatMap((branch) => branch.slice(0, 1).map(expectation));
  return choices.length === 0 ? issue.message : [...new Set(choices)].join(' or ');
}

/** The one alternative whose problems lie deepest: the writer meant that one. Undefined if all fail at the top. */
function likeliestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  let best: readonly Issue[] | undefined;
  let bestDepth = 0;
  for (const branch of branches) {
    const depth = Math.max(
      0,
      ...branch.map((issue) => issue.path.length + (issue.code === 'unrecognized_keys' ? 1 : 0)),
    );
    if (depth > bestDepth) {
      best = branch;
      bestDepth = depth;
    }
  }
  return best;
}

function valueAt(root: unknown, path: KeyPath): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as { readonly [key: PropertyKey]: unknown })[step];
  }
  return value;
}

/** The keys that `schema` knows at `path`; of a union, those of all its mappings. */
function keysAt(schema: z.core.$ZodType, path: KeyPath): string[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return keysAt(schema.def.innerType, path);
  }
  if (schema instanceof z.ZodPipe) return keysAt(schema.def.in, path);
  if (schema instanceof z.ZodUnion) return [...new Set(schema.def.options.flatMap((option) => keysAt(option, path)))];
  const [step, ...rest] = path;
  if (schema instanceof z.ZodArray) return step === undefined ? [] : keysAt(schema.def.element, rest);
  if (schema instanceof z.ZodRecord) return step === undefined ? [] : keysAt(schema.def.valueType, rest);
  if (!(schema instanceof z.ZodObject)) return [];
  const shape: { readonly [key: string]: z.core.$ZodType } = schema.def.shape;
  if (step === undefined) return Object.keys(shape);
  const child = shape[String(step)];
  return child === undefined ? [] : keysAt(child, rest);
}
