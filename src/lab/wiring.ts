import { existsSync } from 'node:fs';
import { LasthopError } from '../base/errors.js';
import { formatIpv4 } from '../base/ipv4.js';
import { formatInterfaceAddress, formatPrefix } from '../base/prefix.js';
import { native } from '../kernel/binding.js';
import type { LabDescription } from './lab-file.js';
import { runProgram } from './program.js';
import type { FailureMode } from './scenario.js';
import { formatLinkEnd, type LinkDescription, type LinkEnd, type NodeDescription } from './topology.js';

/** The name of the bridge in a segment's namespace. */
const BRIDGE = 'segment';

/** A link's kernel name in a network namespace. */
interface Port {
  readonly namespace: string;
  readonly device: string;
}

/** The two ends of the wire that a node's link is plugged into. */
interface Wire {
  readonly near: Port;
  readonly far: Port;
  /** True if the far end is the port of a segment's bridge. */
  readonly onSegment: boolean;
}

interface Failure {
  readonly mode: FailureMode;
  readonly undo: () => Promise<void> | void;
}

/**
 * The namespaces and wires of one lab. Named `LAB-PID-NODE`; a segment is a bridge in a namespace of its own, so that a
 * node sees nothing of it but its own link.
 */
export class Wiring {
  private readonly wires = new Map<string, Wire>();
  private readonly failures = new Map<string, Failure>();
  private readonly namespaces: string[] = [];
  /**
   * Links are numbered through the whole lab. The kernel holds the news of a lost carrier back for up to a second
   * if the two ends of a wire have the same index (`linkwatch_urgent_event`), as first links of two namespaces have.
   */
  private lastIndex = 100;

  /** `id` is what makes the names of the namespaces unique: `LAB-PID`. */
  constructor(
    private readonly lab: LabDescription,
    private readonly id: string,
  ) {}

  /** The network namespace of a node, by its name in `/run/netns`. */
  namespaceOf(node: string): string {
    return `${this.id}-${node}`;
  }

  /** Makes namespaces and links, sets what the lab file says, and brings the links up. */
  async build(): Promise<void> {
    for (const node of this.lab.nodes.keys()) await this.addNamespace(this.namespaceOf(node));
    for (const link of this.lab.links) await this.addLink(link);
    for (const [name, node] of this.lab.nodes) await this.configureNode(this.namespaceOf(name), node);
  }

  /** Removes the namespaces, and with them every link. Processes in them must have ended. */
  async remove(): Promise<void> {
    for (const failure of this.failures.values()) await failure.undo();
    this.failures.clear();
    for (const namespace of this.namespaces.splice(0)) await runProgram('ip', ['netns', 'delete', namespace]);
  }

  /** The links that are failed now, and how. */
  failedLinks(): { readonly link: string; readonly mode: FailureMode }[] {
    return [...this.failures].map(([link, { mode }]) => ({ link, mode }));
  }

  /**
   * Takes the wire at a node's link out of service. `carrier` sets this end of the wire down, so that the other end
   * loses carrier; on a segment it is the bridge's port, so that the node's link loses carrier and no other notices.
   * In the other modes carrier stays, and frames vanish before any packet tap.
   */
  async fail(end: LinkEnd, mode: FailureMode): Promise<void> {
    const key = formatLinkEnd(end);
    const wire = this.wireAt(end);
    const failed = this.failures.get(key);
    if (failed !== undefined) throw new LasthopError('LAB', `${key} has failed already (${failed.mode})`);
    const undo = mode === 'carrier' ? await this.cutCarrier(end, wire) : this.dropFrames(wire, mode);
    this.failures.set(key, { mode, undo });
  }

  async restore(end: LinkEnd): Promise<void> {
    const key = formatLinkEnd(end);
    const failure = this.failures.get(key);
    if (failure === undefined) throw new LasthopError('LAB', `${key} has not failed, there is nothing to restore`);
    this.failures.delete(key);
    await failure.undo();
  }

  /** Administratively up and with carrier, by the kernel of the node's namespace. */
  async isUp(end: LinkEnd): Promise<boolean> {
    const { namespace, device } = this.wireAt(end).near;
    const text = await runProgram('ip', ['-netns', namespace, '-json', 'link', 'show', 'dev', device]);
    const [link] = JSON.parse(text) as { flags: string[] }[];
    const flags = link?.flags ?? [];
    return flags.includes('UP') && flags.includes('LOWER_UP');
  }

  private wireAt(end: LinkEnd): Wire {
    const wire = this.wires.get(formatLinkEnd(end));
    if (wire !== undefined) return wire;
    const known = [...this.wires.keys()].join(', ');
    throw new LasthopError('LAB', `no link ends at ${formatLinkEnd(end)}, expected one of ${known}`);
  }

  private async cutCarrier(end: LinkEnd, wire: Wire): Promise<() => Promise<void>> {
    const { namespace, device } = wire.onSegment ? wire.far : wire.near;
    await setLink(namespace, device, 'down');
    return async () => {
      await setLink(namespace, device, 'up');
      // The kernel forgets the routes of a link that is set down.
      const node = this.lab.nodes.get(end.node);
      if (node !== undefined) await addRoutes(this.namespaceOf(end.node), node);
    };
  }

  private dropFrames(wire: Wire, mode: FailureMode): () => void {
    // A program at an end drops what arrives there.
    const ports = [...(mode === 'mute' ? [] : [wire.near]), ...(mode === 'deaf' ? [] : [wire.far])];
    const programs: number[] = [];
    const undo = () => {
      for (const descriptor of programs) native.close(descriptor);
    };
    try {
      for (const port of ports) programs.push(attachDrop(port));
    } catch (error) {
      undo();
      const message = `a silent failure needs an XDP program: ${(error as Error).message}`;
      throw new LasthopError('LAB', message, 'run as root: users may not load programs', { cause: error });
    }
    return undo;
  }

  private async addNamespace(namespace: string): Promise<void> {
    await runProgram('ip', ['netns', 'add', namespace]);
    this.namespaces.push(namespace);
    await setSysctl(namespace, QUIET);
    await setLink(namespace, 'lo', 'up');
  }

  private async addLink(link: LinkDescription): Promise<void> {
    if (link.lan === undefined) {
      const [a, b] = link.ends;
      if (a === undefined || b === undefined) throw new LasthopError('LAB', 'a link needs two ends');
      await this.addWire(a, this.portOf(b), link.mtu, false);
      this.wires.set(formatLinkEnd(b), { near: this.portOf(b), far: this.portOf(a), onSegment: false });
      return;
    }
    const segment = `${this.id}-lan-${link.lan}`;
    await this.addNamespace(segment);
    await inNode(segment, `link add ${BRIDGE} type bridge stp_state 0 mcast_snooping 0`, `link set ${BRIDGE} up`);
    for (const [index, end] of link.ends.entries()) {
      const port = { namespace: segment, device: `port${index}` };
      await this.addWire(end, port, link.mtu, true);
      await inNode(segment, `link set ${port.device} master ${BRIDGE}`);
    }
  }

  private async addWire(end: LinkEnd, far: Port, mtu: number | undefined, onSegment: boolean): Promise<void> {
    const near = this.portOf(end);
    const size = mtu === undefined ? [] : ['mtu', String(mtu)];
    const ends = [near, far].map(({ namespace, device }) => {
      this.lastIndex += 1;
      return ['index', String(this.lastIndex), 'name', device, ...size, 'netns', namespace];
    });
    await runProgram('ip', ['link', 'add', ...ends[0]!, 'type', 'veth', 'peer', ...ends[1]!]);
    for (const port of [near, far]) await setLink(port.namespace, port.device, 'up');
    this.wires.set(formatLinkEnd(end), { near, far, onSegment });
  }

  private portOf(end: LinkEnd): Port {
    return { namespace: this.namespaceOf(end.node), device: end.link };
  }

  private async configureNode(namespace: string, node: NodeDescription): Promise<void> {
    if (node.kind !== 'lasthop' && node.kind !== 'host')
      await setSysctl(namespace, new Map([['net.ipv4.ip_forward', '1']]));
    await setSysctl(namespace, node.sysctl);
    const addresses = [...node.addresses].flatMap(([link, list]) =>
      list.map((address) => `address add ${formatInterfaceAddress(address)} dev ${link}`),
    );
    await inNode(namespace, ...addresses);
    await addRoutes(namespace, node);
    for (const command of node.commands) await runProgram(...inNamespace(namespace, ['sh', '-c', command]));
  }
}

/** No IPv6 chatter on lab links, and services may bind to a VIP before it is there. */
const QUIET: ReadonlyMap<string, string> = new Map([
  ...(existsSync('/proc/sys/net/ipv6')
    ? ([
        ['net.ipv6.conf.all.disable_ipv6', '1'],
        ['net.ipv6.conf.default.disable_ipv6', '1'],
      ] as const)
    : []),
  ['net.ipv4.ip_nonlocal_bind', '1'],
]);

/** The program and arguments that run `command` in a network namespace; the process keeps its id. */
export function inNamespace(namespace: string, command: readonly string[]): [string, string[]] {
  return ['nsenter', [`--net=/run/netns/${namespace}`, ...command]];
}

function addRoutes(namespace: string, node: NodeDescription): Promise<void> {
  const routes = node.routes.map(({ prefix, via }) => `route replace ${formatPrefix(prefix)} via ${formatIpv4(via)}`);
  return inNode(namespace, ...routes);
}

async function inNode(namespace: string, ...commands: string[]): Promise<void> {
  if (commands.length === 0) return;
  await runProgram('ip', ['-netns', namespace, '-batch', '-'], `${commands.join('\n')}\n`);
}

async function setLink(namespace: string, device: string, state: 'up' | 'down'): Promise<void> {
  await inNode(namespace, `link set ${device} ${state}`);
}

async function setSysctl(namespace: string, settings: ReadonlyMap<string, string>): Promise<void> {
  if (settings.size === 0) return;
  const files = [...settings].flatMap(([name, value]) => [`/proc/sys/${name.replaceAll('.', '/')}`, value]);
  const script = 'while [ $# -gt 0 ]; do echo "$2" > "$1" || exit 1; shift 2; done';
  await runProgram(...inNamespace(namespace, ['sh', '-c', script, 'sh', ...files]));
}

function attachDrop(port: Port): number {
  return native.inNamespace(`/run/netns/${port.namespace}`, () =>
    native.attachXdpDrop(native.interfaceIndex(port.device)),
  );
}
