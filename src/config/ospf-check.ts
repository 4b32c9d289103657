import { formatIpv4 } from '../base/ipv4.js';
import { formatInterfaceAddress } from '../base/prefix.js';
import type { Config, OspfInterfaceSettings, OspfSettings } from './config.js';
import type { ValueProblem } from './document.js';
import { repeated } from './repetition.js';
import { isRouterAddress } from './unnumbered.js';

/** What contradicts itself in the OSPF section, or the rest of the file. */
export function ospfProblems(config: Config): ValueProblem[] {
  const { ospf } = config;
  if (ospf === undefined) return [];
  const problems = [...areaProblems(ospf), ...delayProblems(ospf), ...repeatedInterfaces(ospf)];
  if (ospf.interfaces.length === 0) {
    problems.push({ path: ['ospf', 'interfaces'], message: 'ospf has no interfaces, expected at least one' });
  }
  for (const [index, settings] of ospf.interfaces.entries()) {
    for (const { path, message } of interfaceProblems(config, settings)) {
      problems.push({ path: ['ospf', 'interfaces', index, ...path], message });
    }
  }
  return problems;
}

function areaProblems(ospf: OspfSettings): ValueProblem[] {
  const { areas, interfaces } = ospf;
  const problems = repeated(
    areas.map(({ id }, index) => ({ key: formatIpv4(id), path: ['ospf', 'areas', index, 'id'] })),
    (id) => `area ${id} is listed twice, expected once`,
  );
  for (const [index, { id, type }] of areas.entries()) {
    if (id === 0 && type !== 'normal') {
      const kind = type === 'stub' ? 'a stub area' : 'an NSSA';
      const message = `area 0.0.0.0 is ${kind}, expected a normal one: it is the backbone`;
      problems.push({ path: ['ospf', 'areas', index, 'type'], message });
    } else if (type === 'nssa' && isBorderOf(id, ospf)) {
      const message =
        `area ${formatIpv4(id)} is an NSSA and we are its border router, which translates nothing: ` +
        'expected stub or normal, mode: host, or no interface in area 0';
      problems.push({ path: ['ospf', 'areas', index, 'type'], message });
    }
    if (interfaces.some(({ area }) => area === id)) continue;
    const used = [...new Set(interfaces.map(({ area }) => formatIpv4(area)))].join(' or ') || 'an interface in it';
    const message = `area ${formatIpv4(id)} has no interface, expected ${used}`;
    problems.push({ path: ['ospf', 'areas', index, 'id'], message });
  }
  return problems;
}

/** RFC 8405 section 3. */
function delayProblems({ spfDelays }: OspfSettings): ValueProblem[] {
  const { initialMs, shortMs, longMs, timeToLearnMs, holddownMs } = spfDelays;
  const problems: ValueProblem[] = [];
  const refuse = (key: string, milliseconds: number, expected: string) =>
    problems.push({
      path: ['ospf', 'spf-delay', key],
      message: `spf-delay.${key} is ${milliseconds} ms, expected ${expected}`,
    });
  if (shortMs < initialMs) refuse('short', shortMs, `no less than initial, ${initialMs} ms`);
  if (longMs < shortMs) refuse('long', longMs, `no less than short, ${shortMs} ms`);
  if (holddownMs <= timeToLearnMs) refuse('holddown', holddownMs, `more than time-to-learn, ${timeToLearnMs} ms`);
  return problems;
}

/** As area border router it would have to translate type 7 to type 5 (RFC 3101 section 3). A host is none. */
function isBorderOf(id: number, { mode, interfaces }: OspfSettings): boolean {
  const isIn = (area: number) => interfaces.some((settings) => settings.area === area);
  return mode === 'router' && isIn(0) && isIn(id);
}

function repeatedInterfaces({ interfaces }: OspfSettings): ValueProblem[] {
  return repeated(
    interfaces.map(({ link }, index) => ({ key: link, path: ['ospf', 'interfaces', index, 'link'] })),
    (name) => `OSPF interface ${name} is listed twice, expected once`,
  );
}

/** Paths are inside the interface. */
function interfaceProblems(config: Config, settings: OspfInterfaceSettings): ValueProblem[] {
  const { link, helloIntervalSeconds, deadIntervalSeconds, bfd, passive } = settings;
  const problems = [...addressProblems(config, settings), ...keyProblems(settings)];
  if (!config.links.some(({ name }) => name === link)) {
    problems.push({ path: ['link'], message: `OSPF interface ${link} is not a link, ${expectedLinks(config)}` });
  }
  if (deadIntervalSeconds <= helloIntervalSeconds) {
    const message =
      `dead-interval ${deadIntervalSeconds} is not longer than hello-interval ${helloIntervalSeconds}, ` +
      'expected several hello intervals';
    problems.push({ path: ['dead-interval'], message });
  }
  if (bfd !== undefined && passive) {
    const message = `bfd on ${link} has no neighbor to watch: it is passive, expected one of the two`;
    problems.push({ path: ['bfd'], message });
  }
  return problems;
}

/** A /32 says that the other end has another address altogether: an unnumbered network, which has two ends. */
function addressProblems(config: Config, { link, type, passive }: OspfInterfaceSettings): ValueProblem[] {
  const [address] = config.links.find(({ name }) => name === link)?.addresses ?? [];
  if (address?.prefixLength !== 32 || passive) return [];
  const shown = `${link} has the address ${formatInterfaceAddress(address)}`;
  if (type === 'broadcast') {
    const message = `${shown} on a broadcast network, expected a subnet, or type: point-to-point (unnumbered)`;
    return [{ path: ['type'], message }];
  }
  if (isRouterAddress(config, address)) return [];
  const own = formatIpv4(config.virtualLink.address);
  const message = `${shown}, expected a subnet, or the router's own ${own}/32 (unnumbered)`;
  return [{ path: ['link'], message }];
}

function keyProblems({ authentication }: OspfInterfaceSettings): ValueProblem[] {
  if (authentication.kind !== 'cryptographic') return [];
  const path = ['authentication', 'keys'];
  const problems = repeated(
    authentication.keys.map(({ id }, index) => ({ key: String(id), path: [...path, index, 'id'] })),
    (id) => `key ${id} is listed twice, expected once`,
  );
  for (const [index, key] of authentication.keys.entries()) {
    for (const use of ['send', 'accept'] as const) {
      if (key[use].fromMs < key[use].untilMs) continue;
      const message = `${use}-until of key ${key.id} is not after ${use}-from, expected a later time`;
      problems.push({ path: [...path, index, `${use}-until`], message });
    }
  }
  return problems;
}

function expectedLinks(config: Config): string {
  const names = [...new Set(config.links.map(({ name }) => name))];
  return names.length === 0 ? 'expected one listed under links' : `expected ${names.join(' or ')}`;
}
