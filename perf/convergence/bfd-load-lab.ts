/**
 * The lab of `perf bfd`: every BFD session of `middle` shares its wire with the flood, which crosses it and ends at
 * addresses that `sink` throws away.
 *
 * ```
 *  source ──┐                       ┌── sink     198.51.100.0/24
 *           ├── eth1  middle  eth2 ─┤
 *   left  ──┘                       └── right
 * ```
 */

export const ROUTERS = ['left', 'middle', 'right'] as const;

/** Sessions of all routers: each of the two pairs has one at either end. */
export const SESSIONS = 4;

/** Where the flood enters and where it goes. */
export const FLOOD = {
  link: 'eth1',
  source: '10.1.0.100',
  firstDestination: '198.51.100.1',
  destinations: 200,
  router: '10.1.0.2',
} as const;

const INTERVAL_MS = 10;
const MULTIPLIER = 3;
const DEAD_PREFIX = '198.51.100.0/24';

/**
 * The text of the lab file. The steps named `bfd NODE WHEN` and `counters WHEN` answer with JSON; `WHEN` is before or after
 * the flood, which a shell command makes in the namespace of `source`.
 */
export function bfdLoadLab(flood: string): string {
  // JSON is YAML.
  return JSON.stringify({
    name: 'bfd-load',
    nodes: {
      source: { kind: 'host', addresses: { eth1: ['10.1.0.100/24'] } },
      sink: {
        kind: 'host',
        addresses: { eth1: ['10.2.0.100/24'] },
        commands: [`ip route add blackhole ${DEAD_PREFIX}`],
      },
      left: router('10.255.0.1', [['eth1', '10.1.0.1/24']]),
      middle: router('10.255.0.2', [
        ['eth1', '10.1.0.2/24'],
        ['eth2', '10.2.0.2/24'],
      ]),
      right: router('10.255.0.3', [['eth1', '10.2.0.1/24']]),
    },
    links: [
      { lan: 'west', ends: ['source:eth1', 'left:eth1', 'middle:eth1'] },
      { lan: 'east', ends: ['sink:eth1', 'right:eth1', 'middle:eth2'] },
    ],
    steps: [
      { name: 'the adjacencies are Full', wait: { adjacencies: { left: 1, middle: 2, right: 1 } }, within: 60 },
      { name: 'BFD is up', wait: { ask: { node: 'left', command: 'show bfd --json', contains: [{ state: 'up' }] } } },
      { name: 'BFD is up', wait: { ask: { node: 'right', command: 'show bfd --json', contains: [{ state: 'up' }] } } },
      { name: 'the router answers', wait: { reachable: { from: 'source', to: FLOOD.router } } },
      { name: 'the network is at rest', pause: { seconds: 3 } },
      ...figures('before'),
      { name: 'flood', run: { node: 'source', command: flood } },
      ...figures('after'),
    ],
  });
}

function router(id: string, links: readonly (readonly [string, string])[]): object {
  return {
    kind: 'lasthop',
    config: {
      'router-id': id,
      links: links.map(([name, address]) => ({ name, address })),
      ...(id === '10.255.0.2' ? { routes: [{ prefix: DEAD_PREFIX, via: '10.2.0.100' }] } : {}),
      ospf: {
        mode: 'router',
        interfaces: links.map(([link]) => ({
          link,
          type: 'broadcast',
          'hello-interval': 1,
          'dead-interval': 4,
          bfd: { interval: INTERVAL_MS, multiplier: MULTIPLIER },
        })),
      },
    },
  };
}

function figures(when: string): object[] {
  return [
    ...ROUTERS.map((node) => ({ name: `bfd ${node} ${when}`, run: { node, command: 'lasthop show bfd --json' } })),
    { name: `counters ${when}`, run: { node: 'middle', command: 'lasthop show counters --json' } },
  ];
}
