import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LasthopError } from '../base/errors.js';
import { type Ipv4, parseIpv4 } from '../base/ipv4.js';
import { formatPrefix, type Prefix } from '../base/prefix.js';
import { commandLines, type LabNode, type NodeChange, type NodeProgram } from './lab-node.js';
import { NodeProcess } from './node-process.js';
import { pollUntil } from './poll.js';
import { isInstalled, runProgram } from './program.js';

/** The daemons in the order in which they start, and what in a configuration asks for them. */
const DAEMONS: readonly (readonly [daemon: NodeProgram, wanted: RegExp])[] = [
  ['zebra', /^/],
  ['staticd', /^ip route /m],
  ['bfdd', /\bbfd\b/],
  ['ospfd', /^/],
];
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

/** A node that runs FRR: zebra, ospfd, and staticd and bfdd if its text, FRR configuration, has static routes or BFD. */
export class FrrNode implements LabNode {
  private readonly daemons: ReadonlyMap<NodeProgram, NodeProcess>;

  constructor(
    private readonly name: string,
    private readonly namespace: string,
    private readonly directory: string,
    private readonly text: string,
  ) {
    const wanted = DAEMONS.filter(([, pattern]) => pattern.test(text));
    this.daemons = new Map(wanted.map(([daemon]) => [daemon, this.processOf(daemon)] as const));
  }

  /** Throws LasthopError if FRR is not installed. */
  static check(node: string): void {
    if (['vtysh', ...DAEMONS.map(([daemon]) => daemon)].every(isInstalled)) return;
    throw new LasthopError('LAB', `node ${node} is of kind frr, but FRR is not installed`, 'apt-get install frr');
  }

  async start(): Promise<void> {
    // The daemons give up root for their own user before they make their sockets.
    await mkdir(join(SOCKETS, this.name), { recursive: true });
    await chmod(SOCKETS, 0o777);
    await chmod(join(SOCKETS, this.name), 0o777);
    for (const [daemon, process] of this.daemons) {
      if (process.running) continue;
      process.start();
      await pollUntil(START_WITHIN_MS, `${process.name} to answer`, async () => {
        if (process.failure !== undefined) throw new LasthopError('LAB', process.failure);
        return this.answers(daemon);
      });
    }
    await this.apply(this.text);
  }

  get failure(): string | undefined {
    return [...this.daemons.values()].find((daemon) => daemon.failure !== undefined)?.failure;
  }

  async fullAdjacencies(): Promise<number | undefined> {
    const text = await this.look('show ip ospf neighbor json');
    if (text === undefined) return undefined;
    const { neighbors = {} } = JSON.parse(text) as { neighbors?: Record<string, readonly FrrNeighbor[]> };
    const all = Object.values(neighbors).flat();
    return all.filter((neighbor) => (neighbor.nbrState ?? neighbor.state ?? '').startsWith('Full')).length;
  }

  async youngestLsaSeconds(): Promise<number | undefined> {
    const text = await this.look('show ip ospf database json');
    const ages = [...(text ?? '').matchAll(/"lsaAge":\s*(\d+)/g)].map((match) => Number(match[1]));
    return ages.length === 0 ? undefined : Math.min(...ages);
  }

  async route(prefix: Prefix): Promise<readonly Ipv4[] | undefined> {
    const key = formatPrefix(prefix);
    const text = await this.look(`show ip route ${key} json`);
    const routes = (JSON.parse(text ?? '{}') as Record<string, readonly FrrRoute[]>)[key] ?? [];
    const selected = routes.find((route) => route.selected === true);
    return selected?.nexthops?.flatMap((hop) => parseIpv4(hop.ip ?? '') ?? []);
  }

  async ask(commands: string): Promise<string> {
    const words = commandLines(commands).flatMap((command) => ['-c', command]);
    const answer = await runProgram('vtysh', ['--pathspace', this.name, ...words]);
    // vtysh marks what it has not understood, and may end with 0 all the same.
    const refusal = /^% (Unknown|Ambiguous|Command incomplete|There is no matched).*/m.exec(answer);
    if (refusal !== null) throw new LasthopError('LAB', `FRR of ${this.name}: ${refusal[0]}`);
    return answer;
  }

  /** The text adds to the configuration; `no …` takes away. */
  async configure(change: NodeChange): Promise<void> {
    if (!('text' in change)) throw new LasthopError('LAB', `node ${this.name} runs FRR, expected text`);
    await this.apply(change.text);
  }

  pidOf(program: NodeProgram): number | undefined {
    return this.daemons.get(program)?.pid;
  }

  async kill(program: NodeProgram | undefined): Promise<void> {
    if (program === undefined) {
      await Promise.all([...this.daemons.values()].map((daemon) => daemon.end('SIGKILL')));
      return;
    }
    const daemon = this.daemons.get(program);
    if (daemon !== undefined) return daemon.end('SIGKILL');
    const known = [...this.daemons.keys()].join(', ');
    throw new LasthopError('LAB', `node ${this.name} runs no ${program}, expected one of ${known}`);
  }

  async stop(): Promise<void> {
    for (const daemon of [...this.daemons.values()].reverse()) await daemon.end('SIGTERM');
  }

  logTail(lines: number): string {
    return [...this.daemons.values()].map((daemon) => daemon.logTail(lines)).join('');
  }

  private processOf(daemon: string): NodeProcess {
    const command = [daemon, '--pathspace', this.name, '--log', 'stdout', '--vty_port', '0'];
    return new NodeProcess(
      `${daemon} of node ${this.name}`,
      this.namespace,
      command,
      join(this.directory, `${daemon}.log`),
    );
  }

  private async apply(text: string): Promise<void> {
    const file = join(this.directory, 'frr.conf');
    await writeFile(file, text);
    await runProgram('vtysh', ['--pathspace', this.name, '-f', file]);
  }

  /** Of this daemon alone: without its name vtysh is content with any, and would configure only those that it found. */
  private async answers(daemon: string): Promise<boolean> {
    const command = ['--pathspace', this.name, '-d', daemon, '-c', 'show version'];
    return (await runProgram('vtysh', command).catch(() => undefined)) !== undefined;
  }

  private look(command: string): Promise<string | undefined> {
    return this.ask(command).catch(() => undefined);
  }
}
