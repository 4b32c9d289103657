import type { OspfInput, OspfOutput } from '../../src/ospf/messages.js';
import { hex, toHex } from './hex.js';

/** One line of a recorded conversation: an input and its time, as JSON with packets in hexadecimal. */
export interface ConversationLine {
  readonly atMs: number;
  readonly input: OspfInput;
}

export function writeInput(line: ConversationLine): string {
  return JSON.stringify(line, hexadecimal);
}

export function writeOutput(atMs: number, output: OspfOutput): string {
  return JSON.stringify({ atMs, output }, hexadecimal);
}

export function readInput(text: string): ConversationLine {
  const line = JSON.parse(text) as ConversationLine;
  if (line.input.kind !== 'packet') return line;
  return { ...line, input: { ...line.input, payload: hex(String(line.input.payload)) } };
}

function hexadecimal(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? toHex(value) : value;
}
