import type { Ipv4 } from '../base/ipv4.js';

/** State of a slot, client, address here, ports. */
const WORDS_OF_SLOT = 4;
const SLOTS = 1 << 18;
/** Beyond it, what is new is not taken, so that a search ends soon. */
const MOST = (SLOTS / 4) * 3;
/** Words before the slots, of which the first is the number of those taken. */
const HEADER_WORDS = 4;

const FREE = 0;
/** A worker is about to write it: it holds nothing yet. */
const RESERVED = 1;
const PRESENT = 2;
/** Forgotten. Its key stays, so that what was put behind it is found. */
const ABSENT = 3;

/**
 * The TCP connections of this host's VIPs that are known to be its own, in memory that all workers share: each adds and
 * finds, and only `clear` takes away, when none of them looks.
 *
 * A connection is what is at its far end and the address here, and both ports in one word (`portsOf`). The address here with 0
 * for the rest says that all its older connections are in.
 */
export class KnownFlows {
  private readonly words: Int32Array;

  /** @param memory `KnownFlows.allocate()` */
  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory);
  }

  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(4 * (HEADER_WORDS + SLOTS * WORDS_OF_SLOT));
  }

  has(address: Ipv4, client: Ipv4, ports: number): boolean {
    const at = this.find(address, client, ports);
    return at >= 0 && Atomics.load(this.words, at) === PRESENT;
  }

  /** Returns false if there is no room. */
  add(address: Ipv4, client: Ipv4, ports: number): boolean {
    const { words } = this;
    const known = this.find(address, client, ports);
    if (known >= 0) {
      Atomics.store(words, known, PRESENT);
      return true;
    }
    if (Atomics.load(words, 0) >= MOST) return false;
    let at = slotOf(address, client, ports);
    while (Atomics.compareExchange(words, at, FREE, RESERVED) !== FREE) at = slotAfter(at);
    words[at + 1] = client;
    words[at + 2] = address;
    words[at + 3] = ports;
    Atomics.store(words, at, PRESENT);
    Atomics.add(words, 0, 1);
    return true;
  }

  remove(address: Ipv4, client: Ipv4, ports: number): void {
    const at = this.find(address, client, ports);
    if (at >= 0) Atomics.store(this.words, at, ABSENT);
  }

  /** No worker may be at it. */
  clear(): void {
    if (this.words[0] !== 0) this.words.fill(FREE);
  }

  /** The slot that has it, or -1. */
  private find(address: Ipv4, client: Ipv4, ports: number): number {
    const { words } = this;
    for (let at = slotOf(address, client, ports); ; at = slotAfter(at)) {
      const state = Atomics.load(words, at);
      if (state === FREE) return -1;
      if (state === RESERVED) continue;
      if (words[at + 1] === (client | 0) && words[at + 2] === (address | 0) && words[at + 3] === (ports | 0)) return at;
    }
  }
}

/** Ports of a connection in one word: that of the far end, and that here. */
export function portsOf(far: number, here: number): number {
  return (far << 16) | here;
}

function slotOf(address: Ipv4, client: Ipv4, ports: number): number {
  let hash = Math.imul(client ^ Math.imul(address, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(ports, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash ^= hash >>> 13;
  return HEADER_WORDS + (hash & (SLOTS - 1)) * WORDS_OF_SLOT;
}

function slotAfter(at: number): number {
  const next = at + WORDS_OF_SLOT;
  return next < HEADER_WORDS + SLOTS * WORDS_OF_SLOT ? next : HEADER_WORDS;
}
