import { maskOf, type Prefix } from '../base/prefix.js';

/**
 * Link state IDs for LSAs of these prefixes, which all differ (RFC 2328 appendix E). It is the address of the network; of
 * networks that differ in the mask only, the largest keeps it and the others get theirs with all host bits set. A host
 * route has no other ID than its address, and so goes before all. Where that ID is another's, other host bits are tried.
 *
 * The IDs depend on the prefixes alone, not on their order: undefined for one that has no ID left.
 */
export function linkStateIds<T extends { readonly prefix: Prefix }>(items: readonly T[]): Map<T, number | undefined> {
  const ids = new Map<T, number | undefined>();
  const owners = new Map<number, T>();
  for (const item of items) {
    const { address } = item.prefix;
    const owner = owners.get(address);
    if (owner === undefined || isBefore(item.prefix, owner.prefix)) owners.set(address, item);
  }
  for (const [address, owner] of owners) ids.set(owner, address);
  if (owners.size === items.length) return ids;
  const taken = new Set(owners.keys());
  for (const item of items.filter((candidate) => !ids.has(candidate)).sort(byPrefix)) {
    const id = idWithHostBits(item.prefix, taken);
    if (id !== undefined) taken.add(id);
    ids.set(item, id);
  }
  return ids;
}

function isBefore(a: Prefix, b: Prefix): boolean {
  return a.length === 32 || (b.length !== 32 && a.length < b.length);
}

/** The longest first: they have the fewest IDs to choose from. */
function byPrefix(a: { readonly prefix: Prefix }, b: { readonly prefix: Prefix }): number {
  return b.prefix.length - a.prefix.length || a.prefix.address - b.prefix.address;
}

function idWithHostBits({ address, length }: Prefix, taken: ReadonlySet<number>): number | undefined {
  const last = (address | ~maskOf(length)) >>> 0;
  for (let id = last; id > address; id--) {
    if (!taken.has(id)) return id;
  }
  return undefined;
}
