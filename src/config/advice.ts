import { formatInterfaceAddress } from '../base/prefix.js';
import type { Config, OspfInterfaceSettings, OspfSettings } from './config.js';
import type { ValueProblem } from './document.js';

/** What a configuration is judged by besides what it says. */
export interface Circumstances {
  /** The time since 1970, by which keys are valid or not. */
  readonly calendarMs: number;
  /** Processors that the router may use. */
  readonly processors: number;
  /** By how many queues a link receives, as far as that can be known here. */
  readonly receiveQueues: (link: string) => number | undefined;
}

/** What works, but hardly as it was meant. */
export function adviceOn(config: Config, circumstances: Circumstances): ValueProblem[] {
  const { calendarMs, processors, receiveQueues } = circumstances;
  const { ospf } = config;
  const advice = [
    ...workerAdvice(config, processors),
    ...queueAdvice(config, receiveQueues),
    ...coalesceAdvice(config),
  ];
  if (ospf === undefined) return advice;
  advice.push(...backboneAdvice(ospf), ...redistributionAdvice(ospf));
  for (const [index, settings] of ospf.interfaces.entries()) {
    const path = ['ospf', 'interfaces', index];
    for (const message of adviceOnInterface(config, settings, calendarMs)) {
      advice.push({ path, message });
    }
  }
  return advice;
}

function workerAdvice({ workers }: Config, processors: number): ValueProblem[] {
  if (workers <= processors) return [];
  const message = `${workers} workers on ${processors} processors: they take turns, which is slower than fewer of them`;
  return [{ path: ['workers'], message }];
}

/** A link by AF_XDP has a queue for each worker at most, and a worker without one only sends. */
function queueAdvice({ workers, links }: Config, receiveQueues: Circumstances['receiveQueues']): ValueProblem[] {
  return links.flatMap(({ name, io }, index) => {
    const queues = io === 'xdp' ? receiveQueues(name) : undefined;
    if (queues === undefined || queues === workers) return [];
    const counts = `${name} has ${queues} receive queues for ${workers} workers`;
    const consequence = queues > workers ? 'it will go by AF_PACKET' : `${queues} of them will receive from it`;
    return [{ path: ['links', index, 'io'], message: `${counts}: ${consequence}; "ethtool -L" sets their number` }];
  });
}

function coalesceAdvice({ links }: Config): ValueProblem[] {
  return [...links.entries()].flatMap(([index, { name, io, coalesce }]) => {
    if (io !== 'xdp' || coalesce === 'none') return [];
    const message = `${name} joins nothing with "io: xdp": "io: packet" does`;
    return [{ path: ['links', index, 'coalesce'], message }];
  });
}

function adviceOnInterface(config: Config, settings: OspfInterfaceSettings, calendarMs: number): string[] {
  return [...typeAdvice(config, settings), ...intervalAdvice(settings), ...keyAdvice(settings, calendarMs)];
}

/** Only an area border router of the backbone passes routes from one area to another (RFC 2328 section 3). */
function backboneAdvice({ mode, interfaces }: OspfSettings): ValueProblem[] {
  const areas = new Set(interfaces.map(({ area }) => area));
  if (mode === 'host' || areas.size < 2 || areas.has(0)) return [];
  const message = 'several areas and none of them is 0: no route passes from one to another';
  return [{ path: ['ospf', 'interfaces'], message }];
}

/** No AS-external-LSA enters a stub area (RFC 2328 section 3.6) or an NSSA, whose type 7 is not originated here. */
function redistributionAdvice({ redistributeStatic, areas, interfaces }: OspfSettings): ValueProblem[] {
  const isNormal = (area: number) => areas.every(({ id, type }) => id !== area || type === 'normal');
  if (redistributeStatic === undefined || interfaces.some(({ area }) => isNormal(area))) return [];
  const message = 'all areas are stub areas or NSSAs: nothing that is redistributed is announced';
  return [{ path: ['ospf', 'redistribute'], message }];
}

function typeAdvice(config: Config, { link, type, passive }: OspfInterfaceSettings): string[] {
  const [address] = config.links.find(({ name }) => name === link)?.addresses ?? [];
  if (address === undefined || address.prefixLength < 30 || type !== 'broadcast' || passive) return [];
  const shown = formatInterfaceAddress(address);
  return [`${link} has room for two routers (${shown}): "type: point-to-point" at both ends spares the election`];
}

function intervalAdvice({ link, helloIntervalSeconds, deadIntervalSeconds }: OspfInterfaceSettings): string[] {
  if (deadIntervalSeconds > 2 * helloIntervalSeconds) return [];
  const shown = `dead-interval ${deadIntervalSeconds} of ${link}`;
  return [
    `${shown} is no longer than two hello intervals of ${helloIntervalSeconds}: one lost Hello ends the adjacency`,
  ];
}

function keyAdvice({ link, authentication }: OspfInterfaceSettings, calendarMs: number): string[] {
  if (authentication.kind !== 'cryptographic') return [];
  const { keys } = authentication;
  const isValid = (use: 'send' | 'accept') => keys.some((key) => isWithin(key[use], calendarMs));
  const advice: string[] = [];
  if (!isValid('send'))
    advice.push(`no key of ${link} is valid for sending now: the last that was, or the first to be, is used`);
  if (!isValid('accept')) {
    const wasValid = keys.some(({ accept }) => accept.untilMs <= calendarMs);
    const then = wasValid ? 'the last that was is accepted' : 'nothing is accepted';
    advice.push(`no key of ${link} is valid for receiving now: ${then}`);
  }
  return advice;
}

function isWithin({ fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number }, atMs: number): boolean {
  return fromMs <= atMs && atMs < untilMs;
}
