/**
 * The lab of `perf failover`: figure 5-2, all of one make. The server's first wire fails; the way over router2 is left.
 *
 *                 ┌─ router1 ── 1.0.0.0/8 ── 1.1.1.1 ─┐
 *  client ────────┤                                   server   VIP 3.3.3.3
 *                 └─ router2 ── 2.0.0.0/8 ── 2.2.2.1 ─┘
 *
 * The VIP of an FRR server is an address of its loopback link. What differs between the makes is only what has to.
 */

export type Make = 'lasthop' | 'frr';

/** How the wire fails: it loses carrier, or it falls silent, which only BFD notices in time. */
export type Failure = 'carrier' | 'silent';

interface Router {
  readonly name: string;
  readonly id: string;
  /** A host does not carry what is not its own: its links cost 0xffff to others. */
  readonly isHost: boolean;
  readonly interfaces: readonly { readonly link: string; readonly address: string; readonly cost: number }[];
}

const VIP = '3.3.3.3';
const BFD_MULTIPLIER = 3;

const ROUTERS: readonly Router[] = [
  router('client', '10.255.0.1', true, ['10.0.1.1/24', 10], ['10.0.2.1/24', 20]),
  router('router1', '10.255.0.2', false, ['10.0.1.2/24', 10], ['1.0.0.1/8', 10]),
  router('router2', '10.255.0.3', false, ['10.0.2.2/24', 20], ['2.0.0.1/8', 20]),
  router('server', '10.255.0.4', true, ['1.1.1.1/8', 10], ['2.2.2.1/8', 20]),
];

/** Long enough that nobody's throttle of the last change is still on: FRR's longest is five seconds. */
const REST_SECONDS = 8;
const ANSWERS_BEFORE = 300;
const ANSWERS_AFTER = 500;

/** The text of a lab file whose scenario has `failures` one after the other; the probe of each has its index as name. */
export function failoverLab(make: Make, bfdIntervalMs: number, failures: readonly Failure[]): string {
  // JSON is YAML.
  return JSON.stringify({
    name: `failover-${make}`,
    nodes: Object.fromEntries(ROUTERS.map((node) => [node.name, describe(node, make, bfdIntervalMs)])),
    links: [
      { ends: ['client:eth1', 'router1:eth1'] },
      { ends: ['client:eth2', 'router2:eth1'] },
      { ends: ['router1:eth2', 'server:eth1'] },
      { ends: ['router2:eth2', 'server:eth2'] },
    ],
    steps: failures.flatMap((failure, index) => stepsOf(make, failure, String(index))),
  });
}

function router(name: string, id: string, isHost: boolean, ...links: readonly [string, number][]): Router {
  return { name, id, isHost, interfaces: links.map(([address, cost], i) => ({ link: `eth${i + 1}`, address, cost })) };
}

function describe(node: Router, make: Make, bfdIntervalMs: number): object {
  return make === 'lasthop' ? lasthopNode(node, bfdIntervalMs) : frrNode(node, bfdIntervalMs);
}

function lasthopNode(node: Router, bfdIntervalMs: number): object {
  return {
    kind: 'lasthop',
    config: {
      'router-id': node.id,
      links: node.interfaces.map(({ link, address }) => ({ name: link, address })),
      ospf: {
        mode: node.isHost ? 'host' : 'router',
        interfaces: node.interfaces.map(({ link, cost }) => ({
          link,
          type: 'point-to-point',
          cost,
          'hello-interval': 1,
          'dead-interval': 4,
          bfd: { interval: bfdIntervalMs, multiplier: BFD_MULTIPLIER },
        })),
      },
      ...(node.name === 'server' ? { vips: [{ name: 'service', address: VIP }] } : {}),
    },
  };
}

function frrNode(node: Router, bfdIntervalMs: number): object {
  const own = [`${node.id}/32`, ...(node.name === 'server' ? [`${VIP}/32`] : [])];
  return {
    kind: 'frr',
    addresses: { lo: own, ...Object.fromEntries(node.interfaces.map(({ link, address }) => [link, [address]])) },
    text: [
      'bfd',
      ' profile measured',
      `  detect-multiplier ${BFD_MULTIPLIER}`,
      `  receive-interval ${bfdIntervalMs}`,
      `  transmit-interval ${bfdIntervalMs}`,
      ...node.interfaces.flatMap(({ link, cost }) => [
        `interface ${link}`,
        ' ip ospf area 0',
        ' ip ospf network point-to-point',
        ' ip ospf hello-interval 1',
        ' ip ospf dead-interval 4',
        ` ip ospf cost ${cost}`,
        ' ip ospf bfd',
        ' ip ospf bfd profile measured',
      ]),
      'interface lo',
      ' ip ospf area 0',
      // As lasthop does: what the host itself sends has the address that belongs to no wire.
      'route-map own permit 10',
      ` set src ${node.id}`,
      'ip protocol ospf route-map own',
      'router ospf',
      ` ospf router-id ${node.id}`,
      ...(node.isHost ? [' max-metric router-lsa administrative'] : []),
      '',
    ].join('\n'),
  };
}

/** Nobody is asked for anything between the failure and its end: to ask costs time on the processor that is measured. */
function stepsOf(make: Make, failure: Failure, name: string): object[] {
  const all = { client: 2, router1: 2, router2: 2, server: 2 };
  const route = (via: string) => ({ route: { node: 'client', prefix: `${VIP}/32`, via: [via] } });
  return [
    { name: 'every adjacency is Full', wait: { adjacencies: all }, within: 60 },
    { name: 'BFD watches the wire', wait: { ask: watched(make) } },
    { name: 'the network is at rest', wait: { settled: { node: 'client', seconds: REST_SECONDS } }, within: 60 },
    { name: 'the way is over router1', wait: route('10.0.1.2') },
    { name: 'the probe starts', 'start-probe': { name, from: 'client', to: VIP, at: 'server' } },
    { name: 'it is answered', wait: { probe: { name, answered: ANSWERS_BEFORE } } },
    { name: `the wire fails (${failure})`, fail: { link: 'server:eth1', mode: failure } },
    { name: 'the probe is answered again', wait: { probe: { name, answered: ANSWERS_AFTER } } },
    { name: 'the way is over router2', expect: route('10.0.2.2') },
    { name: 'the probe ends', 'stop-probe': { name } },
    { name: 'the wire is repaired', restore: { link: 'server:eth1' } },
  ];
}

function watched(make: Make): object {
  return make === 'frr'
    ? { node: 'router1', command: 'show bfd peers json', contains: [{ peer: '1.1.1.1', status: 'up' }] }
    : { node: 'router1', command: 'show bfd --json', contains: [{ peer: '1.1.1.1', state: 'up' }] };
}
