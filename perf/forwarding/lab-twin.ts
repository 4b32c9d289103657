import { LasthopError } from '../../src/base/errors.js';
import { isInstalled } from '../../src/lab/program.js';
import { buildProgram } from '../c-program.js';
import type { Peer } from './turns.js';

/** The name of the TUN device that the twin makes. */
export const TWIN_TUN = 'twin0';
const PID_FILE = '/run/twin.pid';
const TABLE = 'netdev twin';

/** A packet link of the twin: its kernel keeps the address, to answer ARP, and drops all IPv4 that comes. */
export interface TwinLink {
  readonly link: string;
  readonly address: string;
}

/** A route of the twin, through the link `link` (`tun:NAME`: its TUN device) to a MAC address. */
export interface TwinRoute {
  readonly prefix: string;
  readonly link: string;
  readonly mac: string;
}

/** The path of the twin, built if need be, or why there is none. */
export function findTwin(): { readonly program?: string; readonly missing?: string } {
  if (!isInstalled('nft')) return { missing: 'nft is not installed (apt-get install nftables)' };
  try {
    return { program: buildProgram('limit/packet-router.c') };
  } catch (error) {
    if (error instanceof LasthopError && error.code === 'PROGRAM') return { missing: error.message };
    throw error;
  }
}

/** The program `perf/limit/packet-router.c` does the work: the same system calls in C. `more` is set up when it runs. */
export function twinPeer(
  program: string,
  links: readonly TwinLink[],
  routes: readonly TwinRoute[],
  more: readonly string[] = [],
): Peer {
  const ends = [...new Set(routes.map(({ link }) => link))];
  const args = [...ends, '0', ...routes.flatMap(({ prefix, link, mac }) => [prefix, link, mac])];
  return {
    name: 'cTwin',
    set: [
      `nft add table ${TABLE}`,
      ...links.flatMap(({ link, address }) => [
        `ip address add ${address} dev ${link}`,
        `nft 'add chain ${TABLE} ${link} { type filter hook ingress device ${link} priority 0; }'`,
        `nft add rule ${TABLE} ${link} ether type ip drop`,
      ]),
      `{ setsid ${program} ${args.join(' ')} >/dev/null 2>&1 & echo $! >${PID_FILE}; }`,
      ...more,
    ],
    undo: [
      `kill $(cat ${PID_FILE})`,
      ...links.map(({ link, address }) => `ip address delete ${address} dev ${link}`),
      `nft delete table ${TABLE}`,
    ],
  };
}
