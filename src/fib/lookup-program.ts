import { ADDRESSES_AT, GROUPS_AT, HALVES_AT, PLACES_AT, RESTS_AT, VECTORS_AT } from './lookup-scratch.js';
import {
  CHILDREN,
  DIRECT_BITS,
  HALF_WORDS,
  LEAFVEC,
  LEAVES,
  NODE_WORDS,
  type PoptrieLayout,
  VECTOR,
} from './poptrie.js';

/*
 * The lookup of a batch of addresses as a WebAssembly module. JavaScript has no way to count the ones of a word but a table
 * of them, and checks the bounds of every load; that is a third of the time of a lookup.
 */

const WORD = 4;
const PAGE_BYTES = 65_536;

type Code = readonly number[];

/** Locals: where the caller's memory is and the byte after its last address (parameters); the rest is of the function. */
const [BASE, END, AT, ADDRESS, ENTRY, LEFT, HALF, SLOT, WORDS] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
const OWN_LOCALS = 7;

const I32 = 0x7f;
const EMPTY = 0x40;

const get = (local: number): Code => [0x20, local];
const set = (local: number, value: Code): Code => [...value, 0x21, local];
const constant = (value: number): Code => [0x41, ...signed(value)];
const load = (at: Code, offset: number): Code => [...at, 0x28, 2, ...unsigned(offset)];
const loadHalfWord = (at: Code, offset: number): Code => [...at, 0x2f, 1, ...unsigned(offset)];
const store = (at: Code, offset: number, value: Code): Code => [...at, ...value, 0x36, 2, ...unsigned(offset)];
const binary =
  (opcode: number) =>
  (a: Code, b: Code): Code => [...a, ...b, opcode];
const add = binary(0x6a);
const subtract = binary(0x6b);
const and = binary(0x71);
const shiftLeft = binary(0x74);
const shiftRightSigned = binary(0x75);
const shiftRight = binary(0x76);
const isBelow = binary(0x49);
const ones = (value: Code): Code => [...value, 0x69];
const when = (condition: Code, ...body: readonly Code[]): Code => [...condition, 0x04, EMPTY, ...body.flat(), 0x0b];

/** Runs `body` for the words from the caller's first one, AT, to before the one at byte `end`; at least once. */
function eachWord(end: number, body: readonly Code[]): Code {
  const next = set(AT, add(get(AT), constant(WORD)));
  return [...set(AT, get(BASE)), 0x03, EMPTY, ...body.flat(), ...next, ...isBelow(get(AT), get(end)), 0x0d, 0, 0x0b];
}

/**
 * The module: imports `memory.memory` and exports `lookUp(base, end)`, which looks up the addresses from byte `base` to before
 * byte `end`, one or more, and writes the groups behind them. The steps are those of `batch-lookup.ts`.
 *
 * @param bytes of the memory, which does not grow
 */
export function lookupProgram(layout: PoptrieLayout, bytes: number): Uint8Array {
  const halfBit = HALF_WORDS;
  /** Byte of the half that a slot's child has, where `shift` brings the next six bits of the address to `halfBit`. */
  const childHalf = (side: Code): Code => {
    const before = ones(and(get(WORDS), subtract(get(SLOT), constant(1))));
    const child = shiftLeft(before, constant(Math.log2(NODE_WORDS)));
    const first = load(get(HALF), layout.nodes + CHILDREN * WORD);
    return shiftLeft(add(add(first, child), and(side, constant(halfBit))), constant(2));
  };
  const slotBit = (bits: Code): Code => shiftLeft(constant(1), bits);
  const nodeWord = (word: number): Code => load(get(HALF), layout.nodes + word * WORD);
  const isChild = and(get(WORDS), get(SLOT));
  const secondHalf = childHalf(shiftRight(get(ADDRESS), constant(5)));
  const thirdHalf = childHalf(shiftLeft(get(ADDRESS), constant(1)));

  const direct = eachWord(END, [
    set(ADDRESS, load(get(AT), ADDRESSES_AT)),
    set(ENTRY, load(shiftLeft(shiftRight(get(ADDRESS), constant(32 - DIRECT_BITS)), constant(2)), layout.direct)),
    store(get(AT), GROUPS_AT, and(get(ENTRY), constant(0xffff))),
    store(get(LEFT), PLACES_AT, get(AT)),
    store(get(LEFT), RESTS_AT, get(ADDRESS)),
    store(
      get(LEFT),
      HALVES_AT,
      shiftLeft(
        add(and(get(ENTRY), constant(0x7fffffff)), and(shiftRight(get(ADDRESS), constant(11)), constant(halfBit))),
        constant(2),
      ),
    ),
    // A negative entry is a leaf: the next one takes its place in the lists.
    set(LEFT, add(get(LEFT), shiftLeft(add(constant(1), shiftRightSigned(get(ENTRY), constant(31))), constant(2)))),
  ]);
  const vectors = eachWord(LEFT, [set(HALF, load(get(AT), HALVES_AT)), store(get(AT), VECTORS_AT, nodeWord(VECTOR))]);
  const nodes = eachWord(LEFT, [
    set(ADDRESS, load(get(AT), RESTS_AT)),
    set(HALF, load(get(AT), HALVES_AT)),
    set(WORDS, load(get(AT), VECTORS_AT)),
    set(SLOT, slotBit(shiftRight(get(ADDRESS), constant(8)))),
    when(
      isChild,
      set(HALF, secondHalf),
      set(SLOT, slotBit(shiftRight(get(ADDRESS), constant(2)))),
      set(WORDS, nodeWord(VECTOR)),
      when(isChild, set(HALF, thirdHalf), set(SLOT, slotBit(shiftLeft(get(ADDRESS), constant(4))))),
    ),
    store(
      get(AT),
      HALVES_AT,
      shiftLeft(add(nodeWord(LEAVES), ones(and(nodeWord(LEAFVEC), subtract(get(SLOT), constant(1))))), constant(1)),
    ),
  ]);
  const leaves = eachWord(LEFT, [
    set(HALF, load(get(AT), PLACES_AT)),
    set(WORDS, load(get(AT), HALVES_AT)),
    store(get(HALF), GROUPS_AT, loadHalfWord(get(WORDS), layout.leaves)),
  ]);
  const body = [
    ...set(LEFT, get(BASE)),
    ...direct,
    ...when(isBelow(get(BASE), get(LEFT)), vectors, nodes, leaves),
    0x0b,
  ];
  return moduleOf(body, bytes / PAGE_BYTES);
}

/** Binary format of the WebAssembly Core Specification 2.0, with the threads proposal's shared memory. */
function moduleOf(body: Code, pages: number): Uint8Array {
  const type = [0x60, ...vector([[I32], [I32]]), ...vector([])];
  const shared = [0x03, ...unsigned(pages), ...unsigned(pages)];
  const memory = [...text('memory'), ...text('memory'), 0x02, ...shared];
  const lookUp = [...text('lookUp'), 0x00, 0];
  const code = [...vector([[OWN_LOCALS, I32]]), ...body];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [type]),
    ...section(2, [memory]),
    ...section(3, [[0]]),
    ...section(7, [lookUp]),
    ...section(10, [[...unsigned(code.length), ...code]]),
  ]);
}

function section(id: number, entries: readonly Code[]): Code {
  const content = vector(entries);
  return [id, ...unsigned(content.length), ...content];
}

function vector(entries: readonly Code[]): Code {
  return [...unsigned(entries.length), ...entries.flat()];
}

function text(word: string): Code {
  return [...unsigned(word.length), ...[...word].map((letter) => letter.charCodeAt(0))];
}

/** LEB128. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): Code {
  return value >= -0x40 && value < 0x40 ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}
