import { formatIpv4, type Ipv4 } from '../base/ipv4.js';
import { formatPrefix, networkOf, type Prefix, prefixContains } from '../base/prefix.js';
import type { Config, LinkConfig } from './config.js';
import type { ValueProblem } from './document.js';

/** Links that one router takes (the virtual link is counted separately). */
const MAXIMUM_LINKS = 63;
/** Addresses that the forwarding plane keeps for one link. */
const MAXIMUM_LINK_ADDRESSES = 8;
/** Paths of one route. */
const MAXIMUM_PATHS = 16;
/** Addresses on the virtual link. */
const MAXIMUM_ADDRESSES = 4096;

/** What no single value shows: values that contradict each other. */
export function problemsBetween(config: Config): ValueProblem[] {
  return [
    ...linkProblems(config),
    ...subnetProblems(config.links),
    ...addressProblems(config),
    ...staticRouteProblems(config),
    ...ospfProblems(config),
    ...vipProblems(config),
  ];
}

function linkProblems(config: Config): ValueProblem[] {
  const problems = repeated(
    config.links.map((link, index) => ({ key: link.name, path: ['links', index, 'name'] })),
    (name) => `link ${name} is listed twice, expected once`,
  );
  for (const [index, link] of config.links.entries()) {
    if (link.name === config.virtualLink.name) {
      const message = `link ${link.name} is the virtual link, expected a link of the machine`;
      problems.push({ path: ['links', index, 'name'], message });
    }
    const count = link.addresses.length;
    if (count < 1 || count > MAXIMUM_LINK_ADDRESSES) {
      const message = `link ${link.name} has ${count} addresses, expected 1 to ${MAXIMUM_LINK_ADDRESSES}`;
      problems.push({ path: ['links', index, 'addresses'], message });
    }
  }
  if (config.links.length > MAXIMUM_LINKS) {
    const message = `${config.links.length} links, expected at most ${MAXIMUM_LINKS}`;
    problems.push({ path: ['links', MAXIMUM_LINKS], message });
  }
  return problems;
}

/** Two links on overlapping subnets would make it a matter of luck which of them reaches a neighbor. */
function subnetProblems(links: readonly LinkConfig[]): ValueProblem[] {
  const problems: ValueProblem[] = [];
  const subnets = links.flatMap((link, index) =>
    link.addresses.map((address) => ({ link: link.name, index, prefix: networkOf(address) })),
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

/** Every address of this machine has one use: the router's, a link's or a VIP's. */
function addressProblems(config: Config): ValueProblem[] {
  const uses = [
    { key: config.virtualLink.address, use: "the router's own", path: ['virtual-link', 'address'] },
    ...config.links.flatMap((link, index) =>
      link.addresses.map(({ address }) => ({ key: address, use: `link ${link.name}'s`, path: ['links', index] })),
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
  for (const [position, { key, use, path }] of uses.entries()) {
    const other = uses.slice(0, position).find((earlier) => earlier.key === key);
    if (other === undefined) continue;
    const message = `address ${formatIpv4(key)} is ${other.use} and ${use}, expected one use of an address`;
    problems.push({ path, message });
  }
  return problems;
}

function staticRouteProblems(config: Config): ValueProblem[] {
  const problems = repeated(
    config.routes.map((route, index) => ({ key: formatPrefix(route.prefix), path: ['routes', index, 'prefix'] })),
    (prefix) => `route ${prefix} is listed twice, expected once (several paths: via: [A, B])`,
  );
  for (const [index, { action }] of config.routes.entries()) {
    if (action.kind !== 'via') continue;
    const path = ['routes', index, 'via'];
    if (action.via.length < 1 || action.via.length > MAXIMUM_PATHS) {
      problems.push({ path, message: `via has ${action.via.length} addresses, expected 1 to ${MAXIMUM_PATHS}` });
    }
    for (const via of new Set(action.via)) {
      const message = viaProblem(config.links, via);
      if (message !== undefined) problems.push({ path, message });
    }
  }
  return problems;
}

function viaProblem(links: readonly LinkConfig[], via: Ipv4): string | undefined {
  const link = links.find(({ addresses }) => addresses.some((address) => prefixContains(networkOf(address), via)));
  if (link === undefined) return `via ${formatIpv4(via)} is in no link's subnet, expected a neighbor on a link`;
  const own = link.addresses.some(({ address }) => address === via);
  return own ? `via ${formatIpv4(via)} is this router's own address, expected a neighbor's` : undefined;
}

function ospfProblems(config: Config): ValueProblem[] {
  const interfaces = config.ospf?.interfaces ?? [];
  const problems = repeated(
    interfaces.map(({ link }, index) => ({ key: link, path: ['ospf', 'interfaces', index, 'link'] })),
    (name) => `OSPF interface ${name} is listed twice, expected once`,
  );
  if (config.ospf !== undefined && interfaces.length === 0) {
    problems.push({ path: ['ospf', 'interfaces'], message: 'ospf has no interfaces, expected at least one' });
  }
  for (const [index, { link, helloIntervalSeconds, deadIntervalSeconds }] of interfaces.entries()) {
    const path = ['ospf', 'interfaces', index];
    if (!config.links.some(({ name }) => name === link)) {
      problems.push({
        path: [...path, 'link'],
        message: `OSPF interface ${link} is not a link, ${expectedLinks(config)}`,
      });
    }
    if (deadIntervalSeconds <= helloIntervalSeconds) {
      const message =
        `dead-interval ${deadIntervalSeconds} is not longer than hello-interval ${helloIntervalSeconds}, ` +
        'expected several hello intervals';
      problems.push({ path: [...path, 'dead-interval'], message });
    }
  }
  return problems;
}

function expectedLinks(config: Config): string {
  const names = [...new Set(config.links.map(({ name }) => name))];
  return names.length === 0 ? 'expected one listed under links' : `expected ${names.join(' or ')}`;
}

function vipProblems(config: Config): ValueProblem[] {
  const problems = repeated(
    config.vips.map((vip, index) => ({ key: vip.name, path: ['vips', index, 'name'] })),
    (name) => `VIP ${name} is listed twice, expected once`,
  );
  for (const [index, vip] of config.vips.entries()) {
    if (vip.address !== config.routerId || config.routerId === config.virtualLink.address) continue;
    const message = `VIP ${vip.name} has the router-id as its address, expected an address that may move`;
    problems.push({ path: ['vips', index, 'address'], message });
  }
  return problems;
}

interface Named {
  readonly key: string;
  readonly path: readonly (string | number)[];
}

function repeated(items: readonly Named[], message: (key: string) => string): ValueProblem[] {
  const seen = new Set<string>();
  const problems: ValueProblem[] = [];
  for (const { key, path } of items) {
    if (seen.has(key)) problems.push({ path, message: message(key) });
    seen.add(key);
  }
  return problems;
}

function overlap(a: Prefix, b: Prefix): boolean {
  return a.length <= b.length ? prefixContains(a, b.address) : prefixContains(b, a.address);
}
