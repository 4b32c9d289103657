import { formatIpv4, type Ipv4, parseIpv4 } from './ipv4.js';

/** An address block: `length` (0 to 32) leading bits of `address` count, the other bits are zero. */
export interface Prefix {
  readonly address: Ipv4;
  readonly length: number;
}

/** An address together with the length of its subnet, as written in `10.0.0.1/24`; host bits may be set. */
export interface InterfaceAddress {
  readonly address: Ipv4;
  readonly prefixLength: number;
}

/** The netmask with `length` (0 to 32) leading ones, as an unsigned 32-bit number. */
export function maskOf(length: number): Ipv4 {
  return length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
}

/** The number of leading ones of a contiguous netmask, or undefined if the mask has a hole. */
export function lengthOfMask(mask: Ipv4): number | undefined {
  const length = mask === 0xffffffff ? 32 : Math.clz32(~mask);
  return maskOf(length) === mask ? length : undefined;
}

export function prefixContains(prefix: Prefix, address: Ipv4): boolean {
  return ((address ^ prefix.address) & maskOf(prefix.length)) === 0;
}

/** Orders prefixes by address, a shorter one before the longer ones inside it. */
export function comparePrefixes(a: Prefix, b: Prefix): number {
  return a.address - b.address || a.length - b.length;
}

/** True if each prefix comes after the one before it in the order of `comparePrefixes`, so that none is there twice. */
export function areAscending(items: readonly { readonly prefix: Prefix }[]): boolean {
  for (let index = 1; index < items.length; index++) {
    if (comparePrefixes(items[index - 1].prefix, items[index].prefix) >= 0) return false;
  }
  return true;
}

export function networkOf(address: InterfaceAddress): Prefix {
  return { address: (address.address & maskOf(address.prefixLength)) >>> 0, length: address.prefixLength };
}

/** Reads `address/length` strictly; host bits may be set. Returns undefined if it is not of that form. */
export function parseInterfaceAddress(text: string): InterfaceAddress | undefined {
  const match = /^([0-9.]+)\/(0|[1-9]\d?)$/.exec(text);
  const address = match ? parseIpv4(match[1] ?? '') : undefined;
  const prefixLength = match ? Number(match[2]) : 33;
  return address === undefined || prefixLength > 32 ? undefined : { address, prefixLength };
}

/** Reads `address/length` strictly; undefined if it is not of that form or has host bits set. */
export function parsePrefix(text: string): Prefix | undefined {
  const parsed = parseInterfaceAddress(text);
  if (parsed === undefined) return undefined;
  const network = networkOf(parsed);
  return network.address === parsed.address ? network : undefined;
}

export function formatPrefix(prefix: Prefix): string {
  return `${formatIpv4(prefix.address)}/${prefix.length}`;
}

export function formatInterfaceAddress(address: InterfaceAddress): string {
  return `${formatIpv4(address.address)}/${address.prefixLength}`;
}
