import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LasthopError } from '../base/errors.js';
import { type Ipv4, parseIpv4 } from '../base/ipv4.js';
import { formatPrefix, type Prefix } from '../base/prefix.js';
import type { LabNode } from './lab-node.js';
import { NodeProcess } from './node-process.js';
import { pollUntil } from './poll.js';
import { isInstalled, runProgram } from './program.js';

/** The daemons that a node runs, in the order in which they start. */
const DAEMONS = ['zebra', 'ospfd'];
const SOCKETS = '/run/frr';
const START_WITHIN_MS = 15_000;

interface FrrNeighbor {
  readonly nbrState?: string;
  readonly state?: string;
}

interface FrrRoute {
  readonly selected?: boolean;
  readonly nexthops?: readonly { readonly ip?: string }[];
}

/** A node that runs FRR's zebra and ospfd; its text is FRR configuration. */
export class FrrNode implements LabNode {
  private readonly daemons: readonly NodeProcess[];

  constructor(
    private readonly name: string,
    namespace: string,
    private readonly directory: string,
    private readonly text: string,
  ) {
    this.daemons = DAEMONS.map(
      (daemon) =>
        new NodeProcess(
          `${daemon} of node ${name}`,
          namespace,
          [daemon, '--pathspace', name, '--log', 'stdout', '--vty_port', '0'],
          join(directory, `${daemon}.log`),
        ),
    );
  }

  /** Throws LasthopError if FRR is not installed. */
  static check(node: string): void {
    if (['vtysh', ...DAEMONS].every(isInstalled)) return;
    throw new LasthopError('LAB', `node ${node} is of kind frr, but FRR is not installed`, 'apt-get install frr');
  }

  async start(): Promise<void> {
    await mkdir(join(SOCKETS, this.name), { recursive: true });
    // The daemons give up root for their own user before they make their sockets.
    await chmod(SOCKETS, 0o777);
    await chmod(join(SOCKETS, this.name), 0o777);
    const file = join(this.directory, 'frr.conf');
    await writeFile(file, this.text);
    for (const [index, daemon] of this.daemons.entries()) {
      daemon.start();
      await pollUntil(START_WITHIN_MS, `${daemon.name} to answer`, async () => {
        if (daemon.failure !== undefined) throw new LasthopError('LAB', daemon.failure);
        return this.answers(DAEMONS[index] as string);
      });
    }
    await runProgram('vtysh', ['--pathspace', this.name, '-f', file]);
  }

  get failure(): string | undefined {
    return this.daemons.find((daemon) => daemon.failure !== undefined)?.failure;
  }

  async fullAdjacencies(): Promise<number | undefined> {
    const text = await this.ask('show ip ospf neighbor json');
    if (text === undefined) return undefined;
    const { neighbors = {} } = JSON.parse(text) as { neighbors?: Record<string, readonly FrrNeighbor[]> };
    const all = Object.values(neighbors).flat();
    return all.filter((neighbor) => (neighbor.nbrState ?? neighbor.state ?? '').startsWith('Full')).length;
  }

  async youngestLsaSeconds(): Promise<undefined> {}

  async route(prefix: Prefix): Promise<readonly Ipv4[] | undefined> {
    const key = formatPrefix(prefix);
    const text = await this.ask(`show ip route ${key} json`);
    const routes = (JSON.parse(text ?? '{}') as Record<string, readonly FrrRoute[]>)[key] ?? [];
    const selected = routes.find((route) => route.selected === true);
    return selected?.nexthops?.flatMap((hop) => parseIpv4(hop.ip ?? '') ?? []);
  }

  pidOf(): undefined {
    return undefined;
  }

  kill(): never {
    throw new LasthopError('LAB', `node ${this.name} runs FRR, expected a node that runs lasthop`);
  }

  logTail(lines: number): string {
    return this.daemons.map((daemon) => daemon.logTail(lines)).join('');
  }

  /** Of this daemon alone: without its name vtysh is content with any, and would configure only those that it found. */
  private async answers(daemon: string): Promise<boolean> {
    const command = ['--pathspace', this.name, '-d', daemon, '-c', 'show version'];
    return (await runProgram('vtysh', command).catch(() => undefined)) !== undefined;
  }

  private ask(command: string): Promise<string | undefined> {
    return runProgram('vtysh', ['--pathspace', this.name, '-c', command]).catch(() => undefined);
  }
}
