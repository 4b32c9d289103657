import { maskOf } from '../base/prefix.js';
import { MAX_PATHS } from '../fib/next-hop-group.js';
import { MAX_BFD_SESSIONS } from './bfd-table.js';
import { MAX_CARRIERS } from './carriers.js';
import { MAX_LINK_ADDRESSES, MAX_LINKS } from './link-table.js';
import type { ToForwarder } from './messages.js';

/**
 * The check of what comes from the controller. It parses what strangers send and runs without privileges; this process
 * has them, so it believes nothing about the shape of a message.
 */

type Fields = { readonly [key: string]: unknown };
type Check = (value: unknown) => boolean;

/** Octets of an IPv4 packet that every link must carry (RFC 791) and the largest there are. */
const MIN_MTU = 68;
const MAX_MTU = 65_535;
const MIN_PACKET = 20;
/** Milliseconds between two packets of a BFD session. */
const MIN_BFD_INTERVAL_MS = 10;
const MAX_BFD_INTERVAL_MS = 60_000;
/** Addresses on the virtual link at most. */
const MAX_VIRTUAL_ADDRESSES = 10_240;

const COALESCE_CHOICES: readonly unknown[] = ['none', 'tcp', 'all'];

const CHECKS: { readonly [type in ToForwarder['type']]: (message: Fields) => boolean } = {
  hello: (message) => isWhole(message.pid, 0, Number.MAX_SAFE_INTEGER),
  links: (message) => isList(message.links, 0, MAX_LINKS - 1, isLinkRequest),
  'virtual-link': (message) =>
    isLinkName(message.name) &&
    isMtu(message.mtu) &&
    isList(message.addresses, 0, MAX_VIRTUAL_ADDRESSES, isAddress) &&
    (message.source === undefined || (message.addresses as readonly unknown[]).includes(message.source)) &&
    isOneOf(message.coalesce, COALESCE_CHOICES),
  routes: (message) =>
    isWhole(message.sequence, 0, Number.MAX_SAFE_INTEGER) &&
    isList(message.upsert, 0, Number.POSITIVE_INFINITY, isRoute) &&
    isList(message.remove, 0, Number.POSITIVE_INFINITY, isPrefix),
  'routes-complete': () => true,
  'bfd-sessions': (message) => isList(message.sessions, 0, MAX_BFD_SESSIONS, isBfdSession),
  inject: (message) =>
    isLinkName(message.link) &&
    isAddress(message.via) &&
    message.packet instanceof Uint8Array &&
    isWhole(message.packet.length, MIN_PACKET, MAX_MTU),
  query: (message) => isWhole(message.id, 0, Number.MAX_SAFE_INTEGER) && isQuery(message.query),
  lease: (message) => typeof message.untilMs === 'number' && Number.isFinite(message.untilMs),
  carriers: (message) => isList(message.addresses, 0, MAX_CARRIERS, isAddress),
  maintenance: (message) => typeof message.on === 'boolean',
  'read-config': () => true,
  stopped: () => true,
};

const QUERIES: readonly unknown[] = ['counters', 'drops', 'workers', 'links', 'adjacencies', 'bfd', 'fib-size'];

/** True if `message` has the shape that its type promises, with every number in range and every list bounded. */
export function isToForwarder(message: unknown): message is ToForwarder {
  if (!isFields(message) || typeof message.type !== 'string' || !Object.hasOwn(CHECKS, message.type)) return false;
  return CHECKS[message.type as ToForwarder['type']](message);
}

/** A name that the kernel takes for a link: 1 to 15 bytes, no slash, colon or white space. */
export function isLinkName(value: unknown): value is string {
  return typeof value === 'string' && /^[!-.0-9;-~]{1,15}$/.test(value) && value !== '.' && value !== '..';
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}

function isAddress(value: unknown): value is number {
  return isWhole(value, 0, 0xffffffff);
}

function isMtu(value: unknown): boolean {
  return isWhole(value, MIN_MTU, MAX_MTU);
}

function isList(value: unknown, least: number, most: number, check: Check): boolean {
  if (!Array.isArray(value) || value.length < least || value.length > most) return false;
  // Unlike `every`, this also sees what a list has left out.
  for (const element of value) if (!check(element)) return false;
  return true;
}

function isPrefix(value: unknown): boolean {
  if (!isFields(value) || !isAddress(value.address) || !isWhole(value.length, 0, 32)) return false;
  return (value.address & ~maskOf(value.length)) === 0;
}

function isLinkRequest(value: unknown): boolean {
  return (
    isFields(value) &&
    isLinkName(value.name) &&
    (value.io === 'auto' || value.io === 'packet' || value.io === 'xdp') &&
    isList(value.addresses, 0, MAX_LINK_ADDRESSES, isInterfaceAddress) &&
    (value.mtu === undefined || isMtu(value.mtu)) &&
    isOneOf(value.coalesce, COALESCE_CHOICES) &&
    isLinkPolicy(value.policy)
  );
}

function isLinkPolicy(value: unknown): boolean {
  return (
    isFields(value) &&
    isOneOf(value.sourceValidation, ['off', 'loose', 'strict']) &&
    typeof value.redirects === 'boolean' &&
    isOneOf(value.icmpSource, ['egress', 'ingress']) &&
    isOneOf(value.ipOptions, ['record', 'pass', 'drop'])
  );
}

function isOneOf(value: unknown, words: readonly unknown[]): boolean {
  return words.includes(value);
}

function isInterfaceAddress(value: unknown): boolean {
  return isFields(value) && isAddress(value.address) && isWhole(value.prefixLength, 0, 32);
}

function isRoute(value: unknown): boolean {
  return (
    isFields(value) &&
    isPrefix(value.prefix) &&
    isList(value.paths, 1, MAX_PATHS, isPath) &&
    (value.repair === undefined || isPath(value.repair))
  );
}

function isBfdSession(value: unknown): boolean {
  return (
    isFields(value) &&
    isLinkName(value.link) &&
    isAddress(value.local) &&
    isAddress(value.peer) &&
    isWhole(value.minTxMs, MIN_BFD_INTERVAL_MS, MAX_BFD_INTERVAL_MS) &&
    isWhole(value.minRxMs, MIN_BFD_INTERVAL_MS, MAX_BFD_INTERVAL_MS) &&
    isWhole(value.multiplier, 1, 255)
  );
}

function isPath(value: unknown): boolean {
  if (!isFields(value)) return false;
  switch (value.kind) {
    case 'neighbor':
      return isLinkName(value.link) && isAddress(value.via);
    case 'connected':
      return isLinkName(value.link);
    case 'carry':
      return isOneOf(value.flows, ['unknown', 'new']) && isAddress(value.to) && typeof value.leased === 'boolean';
    case 'local':
    case 'deliver':
    case 'deliver-leased':
    case 'blackhole':
    case 'prohibit':
      return true;
    default:
      return false;
  }
}

function isQuery(value: unknown): boolean {
  if (!isFields(value)) return false;
  if (value.what === 'connections') return isList(value.addresses, 0, MAX_VIRTUAL_ADDRESSES, isAddress);
  return value.what === 'fib' ? isAddress(value.address) : QUERIES.includes(value.what);
}
