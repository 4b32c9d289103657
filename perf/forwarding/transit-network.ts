import { setTimeout as delay } from 'node:timers/promises';
import { runProgram } from '../../src/lab/program.js';
import { inNamespace } from '../../src/lab/wiring.js';
import { Sink } from '../traffic/sink.js';

/**
 * The wires of one router, in namespaces of its own: all networks are alike to the last address, so that what is measured
 * on them can be compared.
 *
 * ```
 *  generator                  router                   sink
 *  198.18.0.2 ── eth1   eth1 .1    .1 eth2   eth1 ── 198.19.0.2 ··· 198.19.1.0/24
 * ```
 *
 * Addresses of RFC 2544 (198.18.0.0/15), which no router treats as special.
 */
export class TransitNetwork {
  private constructor(
    /** The part of its namespaces' names that tells it from others. */
    readonly name: string,
    readonly sink: Sink,
    /** Where the generator sends frames to. */
    readonly entryMac: string,
  ) {}

  /** Builds it with an idle router in the middle. */
  static async build(name: string): Promise<TransitNetwork> {
    await addNamespaces(name, ['generator', 'router', 'sink']);
    await addWire(name, ['generator', 'eth1', MACS.generator], ['router', 'eth1', MACS.routerIn]);
    await addWire(name, ['router', 'eth2', MACS.routerOut], ['sink', 'eth1', MACS.sink]);
    return TransitNetwork.finish(name, MACS.routerIn);
  }

  /** Builds one wire from generator to sink, for what the generator can do if nothing holds it up. */
  static async buildDirect(name: string): Promise<TransitNetwork> {
    await addNamespaces(name, ['generator', 'sink']);
    await addWire(name, ['generator', 'eth1', MACS.generator], ['sink', 'eth1', MACS.sink]);
    return TransitNetwork.finish(name, MACS.sink);
  }

  private static async finish(name: string, entryMac: string): Promise<TransitNetwork> {
    await ip(name, 'sink', `address add ${SINK_ADDRESS}/24 dev eth1`);
    const sink = await Sink.start(namespaceOf(name, 'sink'), 'eth1');
    return new TransitNetwork(name, sink, entryMac);
  }

  namespaceOf(node: TransitNode): string {
    return namespaceOf(this.name, node);
  }

  /** Runs a program in the namespace of a node to its end. */
  async run(node: TransitNode, command: readonly string[]): Promise<string> {
    const [program, args] = inNamespace(this.namespaceOf(node), command);
    return runProgram(program, args);
  }

  /** Commands of ip(8) in the namespace of a node. */
  ip(node: TransitNode, ...commands: readonly string[]): Promise<void> {
    return ip(this.name, node, ...commands);
  }

  /** Waits until no frame arrives any more: queues are empty. Returns how many have come since the beginning. */
  async settle(): Promise<number> {
    let { frames } = await this.sink.count();
    for (;;) {
      await delay(QUIET_MS);
      const next = (await this.sink.count()).frames;
      if (next === frames) return frames;
      frames = next;
    }
  }
}

export type TransitNode = 'generator' | 'router' | 'sink';

export const MACS = {
  generator: '02:00:00:00:00:01',
  routerIn: '02:00:00:00:00:02',
  routerOut: '02:00:00:00:00:03',
  sink: '02:00:00:00:00:04',
} as const;

/** What a router has to know. */
export const ROUTER_ADDRESSES = { eth1: '198.18.0.1/24', eth2: '198.19.0.1/24' } as const;
export const SINK_ADDRESS = '198.19.0.2';
export const SINK_PREFIX = '198.19.1.0/24';

/** Longer than a router that has frames lets pass without sending one. */
const QUIET_MS = 30;

function namespaceOf(name: string, node: TransitNode): string {
  return `perf-${name}-${node}`;
}

async function addNamespaces(name: string, nodes: readonly TransitNode[]): Promise<void> {
  for (const node of nodes) {
    await runProgram('ip', ['netns', 'add', namespaceOf(name, node)]);
    // No neighbor discovery on these wires: every frame is one of ours.
    const off = 'for file in all default; do echo 1 > /proc/sys/net/ipv6/conf/$file/disable_ipv6 || true; done';
    const [program, args] = inNamespace(namespaceOf(name, node), ['sh', '-c', off]);
    await runProgram(program, args);
  }
}

type WireEnd = readonly [node: TransitNode, link: string, mac: string];

async function addWire(name: string, ...ends: readonly [WireEnd, WireEnd]): Promise<void> {
  const [near, far] = ends.map(([node, link, mac]) => [
    ...['name', link, 'address', mac, 'numtxqueues', '1', 'numrxqueues', '1', 'netns', namespaceOf(name, node)],
  ]) as [string[], string[]];
  await runProgram('ip', ['link', 'add', ...near, 'type', 'veth', 'peer', ...far]);
  for (const [node, link] of ends) await ip(name, node, `link set ${link} up`);
}

async function ip(name: string, node: TransitNode, ...commands: readonly string[]): Promise<void> {
  await runProgram('ip', ['-netns', namespaceOf(name, node), '-batch', '-'], `${commands.join('\n')}\n`);
}
