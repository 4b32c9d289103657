import { type LinkTable, MAX_LINK_ADDRESSES, MAX_LINKS } from './link-table.js';

const FILTER_BITS = 10;

/**
 * Addresses that nothing from outside can come from (RFC 1812 section 5.3.7): those of this router and the broadcast
 * addresses of its subnets, on whatever link they arrive. A packet of our own that comes back would else go round again,
 * and a forged one would pass for one of ours. Links that are down do not count: their addresses may be elsewhere now.
 *
 * There are few such addresses and many packets, so the hot path only asks a filter, which is never wrong when it says
 * no.
 */
export class MartianSources {
  /** 0 at `placeOf(address)` if the address is surely none of them. */
  readonly filter = new Uint8Array(1 << FILTER_BITS);
  private readonly links: LinkTable;

  constructor(links: LinkTable) {
    this.links = links;
  }

  /** To be called when addresses of links have changed. */
  refresh(): void {
    const { addressCount, addresses, masks } = this.links;
    this.filter.fill(0);
    for (let link = 0; link < MAX_LINKS; link++) {
      const first = link * MAX_LINK_ADDRESSES;
      for (let i = first; i < first + addressCount[link]; i++) {
        this.filter[placeOf(addresses[i])] = 1;
        this.filter[placeOf(addresses[i] & masks[i])] = 1;
        this.filter[placeOf(addresses[i] | ~masks[i])] = 1;
      }
    }
  }

  has(address: number): boolean {
    const { links } = this;
    if (this.filter[placeOf(address)] === 0) return false;
    const source = address >>> 0;
    for (let link = 0; link < MAX_LINKS; link++) {
      if (links.up[link] === 0) continue;
      if (links.isOwnAddress(link, source) || links.isSubnetBroadcast(link, source)) return true;
    }
    return false;
  }
}

/** Where an address is in the filter; also for a signed number. */
export function placeOf(address: number): number {
  return Math.imul(address, 0x9e3779b1) >>> (32 - FILTER_BITS);
}
