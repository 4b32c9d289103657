import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LasthopError } from '../base/errors.js';
import { type Ipv4, parseIpv4 } from '../base/ipv4.js';
import { formatPrefix, type Prefix } from '../base/prefix.js';
import type { LabNode } from './lab-node.js';
import { NodeProcess } from './node-process.js';
import { isInstalled, runProgram } from './program.js';

/** A node that runs BIRD 2; its text is BIRD configuration. */
export class BirdNode implements LabNode {
  private readonly daemon: NodeProcess;
  private readonly configPath: string;
  private readonly socketPath: string;

  constructor(
    private readonly name: string,
    namespace: string,
    directory: string,
    private readonly text: string,
  ) {
    this.configPath = join(directory, 'bird.conf');
    this.socketPath = join(directory, 'bird.ctl');
    const command = ['bird', '-f', '-c', this.configPath, '-s', this.socketPath, '-P', join(directory, 'bird.pid')];
    this.daemon = new NodeProcess(`bird of node ${name}`, namespace, command, join(directory, 'bird.log'));
  }

  /** Throws LasthopError if BIRD is not installed. */
  static check(node: string): void {
    if (['bird', 'birdc'].every(isInstalled)) return;
    throw new LasthopError('LAB', `node ${node} is of kind bird, but BIRD is not installed`, 'apt-get install bird2');
  }

  async start(): Promise<void> {
    await writeFile(this.configPath, this.text);
    this.daemon.start();
  }

  get failure(): string | undefined {
    return this.daemon.failure;
  }

  async fullAdjacencies(): Promise<number | undefined> {
    const text = await this.ask('show', 'ospf', 'neighbors');
    return text?.split('\n').filter((line) => /\sFull\//.test(line)).length;
  }

  async youngestLsaSeconds(): Promise<undefined> {}

  async route(prefix: Prefix): Promise<readonly Ipv4[] | undefined> {
    const text = await this.ask('show', 'route', 'primary', formatPrefix(prefix));
    if (text === undefined || !text.includes(formatPrefix(prefix))) return undefined;
    return [...text.matchAll(/^\s+via (\S+) on /gm)].flatMap((match) => parseIpv4(match[1] ?? '') ?? []);
  }

  pidOf(): undefined {
    return undefined;
  }

  kill(): never {
    throw new LasthopError('LAB', `node ${this.name} runs BIRD, expected a node that runs lasthop`);
  }

  logTail(lines: number): string {
    return this.daemon.logTail(lines);
  }

  private ask(...command: string[]): Promise<string | undefined> {
    return runProgram('birdc', ['-s', this.socketPath, ...command]).catch(() => undefined);
  }
}
