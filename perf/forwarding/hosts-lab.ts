import { TWIN_TUN, twinPeer } from './lab-twin.js';
import type { Peer, TurnsLab } from './turns.js';

/** A server with a VIP on one wire with its client: what the server's router does is done by its kernel in turn. */
export const VIP = '203.0.113.1';

/** MAC addresses of the hosts' `eth1`: the twin has no ARP. */
const MACS = { client: '02:00:00:00:01:01', server: '02:00:00:00:02:01' };

/**
 * ```
 *  client ── 10.1.0.0/24 ── server   VIP: on the virtual link, or on the kernel's loopback link
 * ```
 *
 * The kernel is a peer, and the twin is if its program is given.
 */
export function vipLab(name: string, prepare: readonly object[], twin?: string): TurnsLab {
  const address = '10.1.0.2/24';
  const tun = `tun:${TWIN_TUN}`;
  const twinRoutes = [
    { prefix: '10.1.0.0/24', link: 'eth1', mac: MACS.client },
    { prefix: `${VIP}/32`, link: tun, mac: MACS.client },
  ];
  const delivery = [
    `for try in $(seq 50); do ip link show ${TWIN_TUN} >/dev/null 2>&1 && break; sleep 0.1; done`,
    `ip address add ${VIP}/32 dev ${TWIN_TUN}`,
    `ip link set ${TWIN_TUN} up`,
    `ip route replace 10.1.0.0/24 dev ${TWIN_TUN} src ${VIP}`,
  ];
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
    peers: [
      kernelPeer([`${address} dev eth1`, `${VIP}/32 dev lo`]),
      ...(twin === undefined ? [] : [twinPeer(twin, [{ link: 'eth1', address }], twinRoutes, delivery)]),
    ],
    reachable: { from: 'client', to: VIP },
    prepare: [macStep('client'), ...prepare],
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
 *
 * The kernel is a peer, and the twin is if its program is given.
 */
export function transitLab(name: string, prepare: readonly object[], twin?: string): TurnsLab {
  const links = [
    { link: 'eth1', address: '10.1.0.2/24' },
    { link: 'eth2', address: '10.2.0.2/24' },
  ];
  const twinRoutes = [
    { prefix: '10.1.0.0/24', link: 'eth1', mac: MACS.client },
    { prefix: '10.2.0.0/24', link: 'eth2', mac: MACS.server },
  ];
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
    peers: [
      kernelPeer(links.map(({ link, address }) => `${address} dev ${link}`)),
      ...(twin === undefined ? [] : [twinPeer(twin, links, twinRoutes)]),
    ],
    reachable: { from: 'client', to: SERVER },
    prepare: [macStep('client'), macStep('server'), ...prepare],
  };
}

/** The node's kernel with addresses of its own. */
function kernelPeer(addresses: readonly string[]): Peer {
  return {
    name: 'kernel',
    set: addresses.map((address) => `ip address add ${address}`),
    undo: addresses.map((address) => `ip address delete ${address}`),
  };
}

function macStep(node: keyof typeof MACS): object {
  return {
    name: `the address of the ${node} is known`,
    run: { node, command: `ip link set eth1 address ${MACS[node]}` },
  };
}
