import { type Random, randomBelow } from '../../src/base/random.js';

/**
 * Damages a packet in one to four of the ways in which wires, strangers and bugs damage packets. `donors` are packets
 * to splice with; `packet` itself is not changed.
 */
export function mutate(packet: Uint8Array, donors: readonly Uint8Array[], random: Random): Uint8Array {
  let bytes: Uint8Array = packet.slice();
  const rounds = 1 + randomBelow(random, 4);
  for (let round = 0; round < rounds; round++) {
    const mutation = MUTATIONS[randomBelow(random, MUTATIONS.length)];
    bytes = mutation(bytes, donors, random);
  }
  return bytes;
}

type Mutation = (bytes: Uint8Array, donors: readonly Uint8Array[], random: Random) => Uint8Array;

const MUTATIONS: readonly Mutation[] = [
  flipBit,
  setByte,
  truncate,
  extend,
  lieAboutLength,
  lieAboutCount,
  splice,
  repeat,
  swap,
];

/** Values at which length and count fields break. */
const LIES = [0, 1, 3, 4, 7, 8, 19, 20, 21, 59, 60, 255, 256, 0x7fff, 0x8000, 0xfffe, 0xffff];

const WIDE_LIES = [0, 1, 0x7fffffff, 0x80000000, 0x80000001, 0xff00ff00, 0xfffffffe, 0xffffffff];

function flipBit(bytes: Uint8Array, _donors: readonly Uint8Array[], random: Random): Uint8Array {
  const at = randomBelow(random, bytes.length);
  if (at < bytes.length) bytes[at] ^= 1 << randomBelow(random, 8);
  return bytes;
}

function setByte(bytes: Uint8Array, _donors: readonly Uint8Array[], random: Random): Uint8Array {
  const at = randomBelow(random, bytes.length);
  if (at < bytes.length) bytes[at] = randomBelow(random, 256);
  return bytes;
}

function truncate(bytes: Uint8Array, _donors: readonly Uint8Array[], random: Random): Uint8Array {
  return bytes.slice(0, randomBelow(random, bytes.length + 1));
}

function extend(bytes: Uint8Array, _donors: readonly Uint8Array[], random: Random): Uint8Array {
  const longer = new Uint8Array(bytes.length + 1 + randomBelow(random, 64));
  longer.set(bytes);
  for (let at = bytes.length; at < longer.length; at++) longer[at] = randomBelow(random, 256);
  return longer;
}

/** Puts a hostile number where a 16-bit field may be. */
function lieAboutLength(bytes: Uint8Array, _donors: readonly Uint8Array[], random: Random): Uint8Array {
  const at = 2 * randomBelow(random, bytes.length >>> 1);
  if (at + 1 >= bytes.length) return bytes;
  const lie = LIES[randomBelow(random, LIES.length)];
  bytes[at] = lie >>> 8;
  bytes[at + 1] = lie;
  return bytes;
}

/** Puts a hostile number where a 32-bit field may be: a count, a sequence number, a mask, an address. */
function lieAboutCount(bytes: Uint8Array, _donors: readonly Uint8Array[], random: Random): Uint8Array {
  const at = 4 * randomBelow(random, bytes.length >>> 2);
  if (at + 3 >= bytes.length) return bytes;
  const lie = WIDE_LIES[randomBelow(random, WIDE_LIES.length)];
  for (let index = 0; index < 4; index++) bytes[at + index] = lie >>> (24 - 8 * index);
  return bytes;
}

function splice(bytes: Uint8Array, donors: readonly Uint8Array[], random: Random): Uint8Array {
  const donor = donors[randomBelow(random, donors.length)];
  const head = bytes.subarray(0, randomBelow(random, bytes.length + 1));
  const tail = donor.subarray(randomBelow(random, donor.length + 1));
  const spliced = new Uint8Array(head.length + tail.length);
  spliced.set(head);
  spliced.set(tail, head.length);
  return spliced;
}

/** Repeats the end, so that lists get more elements than was said. */
function repeat(bytes: Uint8Array, _donors: readonly Uint8Array[], random: Random): Uint8Array {
  const tail = bytes.subarray(randomBelow(random, bytes.length + 1));
  const longer = new Uint8Array(bytes.length + tail.length);
  longer.set(bytes);
  longer.set(tail, bytes.length);
  return longer.length <= MAX_BYTES ? longer : bytes;
}

/** Exchanges two words, so that what is right in itself stands in the wrong place. */
function swap(bytes: Uint8Array, _donors: readonly Uint8Array[], random: Random): Uint8Array {
  const words = bytes.length >>> 2;
  if (words < 2) return bytes;
  const a = 4 * randomBelow(random, words);
  const b = 4 * randomBelow(random, words);
  const word = bytes.slice(a, a + 4);
  bytes.copyWithin(a, b, b + 4);
  bytes.set(word, b);
  return bytes;
}

const MAX_BYTES = 4096;
