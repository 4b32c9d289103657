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

const MUTATIONS: readonly Mutation[] = [flipBit, setByte, truncate, extend, lieAboutLength, splice, repeat];

/** Values at which length and count fields break. */
const LIES = [0, 1, 3, 4, 7, 8, 19, 20, 21, 59, 60, 255, 256, 0x7fff, 0x8000, 0xfffe, 0xffff];

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

const MAX_BYTES = 4096;
