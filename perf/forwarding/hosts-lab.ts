import type { TurnsLab } from './turns.js';

/** A server with a VIP on one wire with its client: what the server's router does is done by its kernel in turn. */
export const VIP = '203.0.113.1';

/**
 * ```
 *  client ── 10.1.0.0/24 ── server   VIP: on the virtual link, or on the kernel's loopback link
 * ```
 */
export function vipLab(name: string, prepare: readonly object[]): TurnsLab {
  const address = 'address add 10.1.0.2/24 dev eth1';
  const vip = `address add ${VIP}/32 dev lo`;
  return {
    name,
    nodes: {
      client: {
        kind: 'host',
        addresses: { eth1: ['10.1.0.1/24'] },
        routes: [{ prefix: `${VIP}/32`, via: '10.1.0.2' }],
      },
      server: {
        kind: 'lasthop',
        config: {
          'router-id': '10.255.0.2',
          links: [{ name: 'eth1', address: '10.1.0.2/24' }],
          vips: [{ name: 'service', address: VIP }],
        },
      },
    },
    links: [{ ends: ['client:eth1', 'server:eth1'] }],
    node: 'server',
    kernel: { set: [address, vip], undo: [address, vip].map(opposite) },
    reachable: { from: 'client', to: VIP },
    prepare,
  };
}

/** Behind the router of the transit lab. */
export const SERVER = '10.2.0.1';
/** The server over a wire that no router is in the way of. */
export const SERVER_DIRECT = '10.3.0.2';

/**
 * ```
 *  client ── 10.1.0.0/24 ── router ── 10.2.0.0/24 ── server
 *     └───────────────── 10.3.0.0/24 ──────────────────┘
 * ```
 */
export function transitLab(name: string, prepare: readonly object[]): TurnsLab {
  const addresses = ['address add 10.1.0.2/24 dev eth1', 'address add 10.2.0.2/24 dev eth2'];
  return {
    name,
    nodes: {
      client: {
        kind: 'host',
        addresses: { eth1: ['10.1.0.1/24'], eth2: ['10.3.0.1/24'] },
        routes: [{ prefix: '10.2.0.0/24', via: '10.1.0.2' }],
      },
      router: {
        kind: 'lasthop',
        // For the kernel's turn; in the other one it sees no frame.
        sysctl: { 'net.ipv4.ip_forward': '1' },
        config: {
          'router-id': '10.255.0.2',
          links: [
            { name: 'eth1', address: '10.1.0.2/24' },
            { name: 'eth2', address: '10.2.0.2/24' },
          ],
        },
      },
      server: {
        kind: 'host',
        addresses: { eth1: ['10.2.0.1/24'], eth2: [`${SERVER_DIRECT}/24`] },
        routes: [{ prefix: '10.1.0.0/24', via: '10.2.0.2' }],
      },
    },
    links: [
      { ends: ['client:eth1', 'router:eth1'] },
      { ends: ['router:eth2', 'server:eth1'] },
      { ends: ['client:eth2', 'server:eth2'] },
    ],
    node: 'router',
    kernel: { set: addresses, undo: addresses.map(opposite) },
    reachable: { from: 'client', to: SERVER },
    prepare,
  };
}

function opposite(command: string): string {
  return command.replace(' add ', ' delete ');
}
