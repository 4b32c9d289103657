/**
 * The format of recorded conversations: what an instance was told and what it said, one JSON object a line, bytes in
 * hexadecimal.
 *
 * ```
 *   input.jsonl    {"seed": 7}                       of the random numbers; the first line
 *                  {"atMs": 0, "input": {...}}       every input with its time
 *   output.jsonl   {"atMs": 0, "output": {...}}      every output with the time of its input
 * ```
 *
 * Whoever hands the inputs to a new instance with random numbers of the same seed gets the same outputs.
 */
import { fromHexadecimal, toHexadecimal } from '../base/hexadecimal.js';
import type { OspfInput, OspfOutput } from './messages.js';

export interface RecordedInput {
  readonly atMs: number;
  readonly input: OspfInput;
}

export interface Conversation {
  readonly seed: number;
  readonly inputs: readonly RecordedInput[];
}

/** Members whose text is bytes. */
const BYTES: readonly string[] = ['payload', 'password', 'secret'];
/** JSON has no such numbers. */
const INFINITIES: readonly unknown[] = ['Infinity', '-Infinity'];

export function writeSeed(seed: number): string {
  return JSON.stringify({ seed });
}

export function writeInput(atMs: number, input: OspfInput): string {
  return JSON.stringify({ atMs, input }, toText);
}

export function writeOutput(atMs: number, output: OspfOutput): string {
  return JSON.stringify({ atMs, output }, toText);
}

/** Reads the lines of `input.jsonl`. Throws a SyntaxError for what is none. */
export function readConversation(text: string): Conversation {
  const [first = '', ...lines] = text.trimEnd().split('\n');
  const { seed } = JSON.parse(first) as { readonly seed?: unknown };
  if (typeof seed !== 'number') throw new SyntaxError('a conversation begins with its seed, expected {"seed": NUMBER}');
  return { seed, inputs: lines.map((line) => JSON.parse(line, fromText) as RecordedInput) };
}

function toText(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return toHexadecimal(value);
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

function fromText(key: string, value: unknown): unknown {
  if (INFINITIES.includes(value)) return Number(value);
  if (!BYTES.includes(key)) return value;
  const bytes = fromHexadecimal(String(value));
  if (bytes === undefined) throw new SyntaxError(`"${key}" is no hexadecimal text`);
  return bytes;
}
