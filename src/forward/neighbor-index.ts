import type { Ipv4 } from '../base/ipv4.js';
import type { AdjacencyTable } from './adjacency.js';

/**
 * Finds the adjacency of a neighbor by link and address: a hash table with linear probing whose entries are adjacency
 * indices; the keys are in the adjacency table itself. Twice as many places as adjacencies keep the probes short.
 */
export class NeighborIndex {
  private readonly table: AdjacencyTable;
  private readonly places: Int32Array;
  private readonly mask: number;

  /** @param memory `NeighborIndex.bytes(table.end)` bytes, zero at first; one worker enters and removes, others may find */
  constructor(table: AdjacencyTable, memory: SharedArrayBuffer) {
    this.table = table;
    this.places = new Int32Array(memory);
    this.mask = this.places.length - 1;
  }

  /** @param end one more than the last adjacency */
  static bytes(end: number): number {
    return (1 << (32 - Math.clz32(end * 2 - 1))) * Int32Array.BYTES_PER_ELEMENT;
  }

  /** The adjacency of that neighbor, or 0. */
  find(link: number, address: Ipv4): number {
    const { places, mask } = this;
    const { link: links, address: addresses } = this.table;
    const key = address >>> 0;
    let place = placeOf(link, key) & mask;
    for (;;) {
      const adjacency = places[place];
      if (adjacency === 0 || (addresses[adjacency] === key && links[adjacency] === link)) return adjacency;
      place = (place + 1) & mask;
    }
  }

  /** Enters an adjacency under its link and address, for which there must be no entry yet. */
  insert(adjacency: number): void {
    let place = this.homeOf(adjacency);
    while (this.places[place] !== 0) place = (place + 1) & this.mask;
    this.places[place] = adjacency;
  }

  /** Removes an adjacency; its link and address must still be those of `insert`. */
  remove(adjacency: number): void {
    const { places, mask } = this;
    let hole = this.homeOf(adjacency);
    while (places[hole] !== adjacency) {
      if (places[hole] === 0) return;
      hole = (hole + 1) & mask;
    }
    // Close the gap: an entry behind it that could have gone into the hole moves there (Knuth 6.4, algorithm R).
    for (let place = (hole + 1) & mask; places[place] !== 0; place = (place + 1) & mask) {
      const distanceFromHome = (place - this.homeOf(places[place])) & mask;
      if (distanceFromHome < ((place - hole) & mask)) continue;
      places[hole] = places[place];
      hole = place;
    }
    places[hole] = 0;
  }

  private homeOf(adjacency: number): number {
    return placeOf(this.table.link[adjacency], this.table.address[adjacency]) & this.mask;
  }
}

function placeOf(link: number, address: number): number {
  const product = Math.imul(address ^ Math.imul(link, 0x9e3779b1), 0x85ebca6b);
  return product ^ (product >>> 15);
}
