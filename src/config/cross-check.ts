import { formatIpv4, type Ipv4 } from '../base/ipv4.js';
import { formatPrefix, networkOf, prefixContains } from '../base/prefix.js';
import { addressProblems, subnetProblems } from './address-check.js';
import type { Config, LinkConfig } from './config.js';
import type { ValueProblem } from './document.js';
import { ospfProblems } from './ospf-check.js';
import { repeated } from './repetition.js';
import { MAX_STUB_VIPS } from './vip-limits.js';

/** Links that one router takes (the virtual link is counted separately). */
const MAXIMUM_LINKS = 63;
/** Addresses that the forwarding plane keeps for one link. */
const MAXIMUM_LINK_ADDRESSES = 8;
/** Paths of one route. */
const MAXIMUM_PATHS = 16;

/** What no single value shows: values that contradict each other. */
export function problemsBetween(config: Config): ValueProblem[] {
  return [
    ...linkProblems(config),
    ...subnetProblems(config),
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
  for (const [index, { name, mode }] of config.vips.entries()) {
    if (mode !== 'exclusive' || config.etcd !== undefined || config.ospf !== undefined) continue;
    const message = `VIP ${name} is exclusive, expected "etcd", the store that settles who has it, or "ospf", for routers to settle it`;
    problems.push({ path: ['vips', index, 'mode'], message });
  }
  for (const [index, { name, mode, unhealthy }] of config.vips.entries()) {
    if (mode !== 'exclusive' || unhealthy !== 'drain') continue;
    const message = `VIP ${name} is exclusive, expected unhealthy: withdraw: whose checks fail leaves it to another server`;
    problems.push({ path: ['vips', index, 'unhealthy'], message });
  }
  for (const [index, { name, mode, unhealthy, minimumAnnouncers }] of config.vips.entries()) {
    if (minimumAnnouncers === 0 || (mode === 'anycast' && unhealthy === 'withdraw' && config.ospf !== undefined))
      continue;
    const message = `VIP ${name} has minimum-announcers, expected mode: anycast, unhealthy: withdraw and "ospf", by which others are heard of`;
    problems.push({ path: ['vips', index, 'minimum-announcers'], message });
  }
  const special = config.ospf?.areas.find(({ type }) => type !== 'normal');
  if (config.vips.length > MAX_STUB_VIPS && special !== undefined) {
    const message =
      `${config.vips.length} VIPs, expected at most ${MAX_STUB_VIPS}: more are told of by AS-external-LSAs, ` +
      `which area ${formatIpv4(special.id)} does not take`;
    problems.push({ path: ['vips', MAX_STUB_VIPS], message });
  }
  const { sourceVip } = config.virtualLink;
  if (sourceVip !== undefined && !config.vips.some(({ name }) => name === sourceVip)) {
    const names = config.vips.map(({ name }) => name).join(', ') || 'none is configured';
    const message = `there is no VIP ${sourceVip}, expected the name of one (${names})`;
    problems.push({ path: ['virtual-link', 'source-vip'], message });
  }
  return problems;
}
