import { accessSync, constants } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ApiClient } from '../api/client.js';
import { LasthopError } from '../base/errors.js';
import { type Ipv4, parseIpv4 } from '../base/ipv4.js';
import { formatPrefix, type Prefix } from '../base/prefix.js';
import { childrenOf } from './isolation.js';
import { changedConfig, commandLines, type LabNode, type NodeChange, type NodeProgram } from './lab-node.js';
import { NodeProcess } from './node-process.js';
import { runProgram } from './program.js';

/** The command line's entry. */
export const LASTHOP_MAIN = fileURLToPath(new URL('../cli/main.js', import.meta.url));

const TUN_DEVICE = '/dev/net/tun';

/** The parts of the router's answers that a lab looks at. */
interface NeighborAnswer {
  readonly state: string;
}

interface LsaAnswer {
  readonly ageSeconds: number;
}

interface RouteAnswer {
  readonly prefix: string;
  readonly paths: readonly { readonly via?: string | null }[];
}

/** A node that runs lasthop. */
export class LasthopNode implements LabNode {
  private readonly forwarder: NodeProcess;
  private readonly configPath: string;
  private config: object;

  constructor(
    readonly name: string,
    namespace: string,
    private readonly directory: string,
    config: unknown,
  ) {
    this.configPath = join(directory, 'lasthop.yaml');
    const own = { 'control-socket': controlSocketOf(directory), 'state-directory': join(directory, 'state') };
    this.config = { ...own, ...(config as object) };
    const command = [process.execPath, LASTHOP_MAIN, 'run', '--config', this.configPath];
    this.forwarder = new NodeProcess(`lasthop of node ${name}`, namespace, command, join(directory, 'lasthop.log'));
  }

  /** Throws LasthopError if the kernel does not let this user have TUN devices. */
  static check(): void {
    try {
      accessSync(TUN_DEVICE, constants.R_OK | constants.W_OK);
    } catch (error) {
      const reason = `cannot use ${TUN_DEVICE} (${(error as NodeJS.ErrnoException).code}), which nodes that run lasthop need`;
      const hint = `run as root, or let this user read and write ${TUN_DEVICE} (modprobe tun makes it)`;
      throw new LasthopError('LAB', reason, hint, { cause: error });
    }
  }

  async start(): Promise<void> {
    if (this.forwarder.running) return;
    await mkdir(this.directory, { recursive: true });
    await this.writeConfig(this.config);
    this.forwarder.start();
  }

  get failure(): string | undefined {
    return this.forwarder.failure;
  }

  async fullAdjacencies(): Promise<number | undefined> {
    const neighbors = (await this.call('neighbors')) as readonly NeighborAnswer[] | undefined;
    return neighbors?.filter((neighbor) => neighbor.state === 'Full').length;
  }

  async youngestLsaSeconds(): Promise<number | undefined> {
    const lsas = (await this.call('lsdb')) as readonly LsaAnswer[] | undefined;
    return lsas === undefined ? undefined : Math.min(...lsas.map((lsa) => lsa.ageSeconds));
  }

  async route(prefix: Prefix): Promise<readonly Ipv4[] | undefined> {
    const routes = (await this.call('routes')) as readonly RouteAnswer[] | undefined;
    const route = routes?.find((candidate) => candidate.prefix === formatPrefix(prefix));
    return route?.paths.flatMap((path) => parseIpv4(path.via ?? '') ?? []);
  }

  async ask(commands: string): Promise<string> {
    const socket = `LASTHOP_SOCKET=${controlSocketOf(this.directory)}`;
    let answers = '';
    for (const command of commandLines(commands)) {
      answers += await runProgram('env', [socket, process.execPath, LASTHOP_MAIN, ...command.split(/\s+/)]);
    }
    return answers;
  }

  /** The given keys take the place of those of the same name; null removes a key. */
  async configure(change: NodeChange): Promise<void> {
    if (!('config' in change)) throw new LasthopError('LAB', `node ${this.name} runs lasthop, expected config`);
    const config = changedConfig(this.config, change.config);
    await this.writeConfig(config);
    await this.ask('reload');
    this.config = config;
  }

  pidOf(program: NodeProgram): number | undefined {
    const { pid } = this.forwarder;
    if (pid === undefined || program === 'forwarder') return pid;
    return program === 'controller' ? childrenOf(pid)[0] : undefined;
  }

  /** The controller ends with its forwarder. */
  async kill(program: NodeProgram = 'forwarder'): Promise<void> {
    if (program === 'forwarder') return this.forwarder.end('SIGKILL');
    if (program !== 'controller') {
      throw new LasthopError('LAB', `node ${this.name} runs lasthop, expected forwarder or controller, not ${program}`);
    }
    const pid = this.pidOf('controller');
    if (pid === undefined) throw new LasthopError('LAB', `the controller of node ${this.name} is not running`);
    process.kill(pid, 'SIGKILL');
  }

  stop(): Promise<void> {
    return this.forwarder.end('SIGTERM');
  }

  logTail(lines: number): string {
    return this.forwarder.logTail(lines);
  }

  /** JSON is YAML. */
  private writeConfig(config: object): Promise<void> {
    return writeFile(this.configPath, `${JSON.stringify(config, undefined, 2)}\n`);
  }

  /** Undefined while the router does not answer: it may be starting. */
  private async call(method: string): Promise<unknown> {
    try {
      const client = await ApiClient.connect(controlSocketOf(this.directory));
      try {
        return await client.call(method);
      } finally {
        client.close();
      }
    } catch (error) {
      if (error instanceof LasthopError) return undefined;
      throw error;
    }
  }
}

/** Path of a node's control socket. Its directory comes to belong to the controller's user. */
export function controlSocketOf(directory: string): string {
  return join(directory, 'run', 'control.sock');
}
