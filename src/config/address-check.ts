import { formatIpv4 } from '../base/ipv4.js';
import { formatPrefix, type InterfaceAddress, networkOf, type Prefix, prefixContains } from '../base/prefix.js';
import type { Config, LinkConfig } from './config.js';
import type { ValueProblem } from './document.js';
import { isRouterAddress, isUnnumbered } from './unnumbered.js';

/** Addresses on the virtual link. */
const MAXIMUM_ADDRESSES = 10_240;

/** Two links on overlapping subnets would make it a matter of luck which of them reaches a neighbor. */
export function subnetProblems(config: Config): ValueProblem[] {
  const problems: ValueProblem[] = [];
  const subnets = config.links.flatMap((link, index) =>
    ownedAddresses(config, link).map((address) => ({ link: link.name, index, prefix: networkOf(address) })),
  );
  for (const [position, subnet] of subnets.entries()) {
    const other = subnets.slice(0, position).find((earlier) => overlap(earlier.prefix, subnet.prefix));
    if (other === undefined) continue;
    const message =
      `subnet ${formatPrefix(subnet.prefix)} of link ${subnet.link} overlaps ` +
      `${formatPrefix(other.prefix)} of link ${other.link}, expected separate subnets`;
    problems.push({ path: ['links', subnet.index], message });
  }
  return problems;
}

/** Every address of this machine has one use: the router's, a link's or a VIP's. Unnumbered links borrow the router's. */
export function addressProblems(config: Config): ValueProblem[] {
  const uses = [
    { key: config.virtualLink.address, use: "the router's own", path: ['virtual-link', 'address'] },
    ...config.links.flatMap((link, index) =>
      ownedAddresses(config, link).map(({ address, prefixLength }) => ({
        key: address,
        use: `link ${link.name}'s`,
        path: ['links', index],
        hint: prefixLength === 32 ? ' (only a link that OSPF has as type: point-to-point may borrow it)' : '',
      })),
    ),
    ...config.vips.map((vip, index) => ({
      key: vip.address,
      use: `VIP ${vip.name}'s`,
      path: ['vips', index, 'address'],
    })),
  ];
  const problems: ValueProblem[] = [];
  if (uses.length > MAXIMUM_ADDRESSES) {
    const message = `${uses.length} addresses of links, VIPs and the router, expected at most ${MAXIMUM_ADDRESSES}`;
    problems.push({ path: ['vips'], message });
  }
  const users = new Map<number, string>();
  for (const { key, use, path, ...rest } of uses) {
    const other = users.get(key);
    users.set(key, other ?? use);
    if (other === undefined) continue;
    const hint = 'hint' in rest && other === uses[0]?.use ? rest.hint : '';
    const message = `address ${formatIpv4(key)} is ${other} and ${use}, expected one use of an address${hint}`;
    problems.push({ path, message });
  }
  return problems;
}

function ownedAddresses(config: Config, link: LinkConfig): readonly InterfaceAddress[] {
  if (!isUnnumbered(config, link)) return link.addresses;
  return link.addresses.filter((address) => !isRouterAddress(config, address));
}

function overlap(a: Prefix, b: Prefix): boolean {
  return a.length <= b.length ? prefixContains(a, b.address) : prefixContains(b, a.address);
}
