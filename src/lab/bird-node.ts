import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LasthopError } from '../base/errors.js';
import { type Ipv4, parseIpv4 } from '../base/ipv4.js';
import { formatPrefix, type Prefix } from '../base/prefix.js';
import { commandLines, type LabNode, type NodeChange, type NodeProgram } from './lab-node.js';
import { NodeProcess } from './node-process.js';
import { isInstalled, runProgram } from './program.js';

/** What `birdc` writes when BIRD has taken a new configuration. */
const TAKEN = /^Reconfigur(ed|ation in progress)/m;
/** What `birdc` writes, with the exit code of success, when BIRD has not understood. */
const REFUSED = /^(syntax error|.*: syntax error|unknown protocol|no such |access denied)/im;

/** A node that runs BIRD 2; its text is BIRD configuration. */
export class BirdNode implements LabNode {
  private readonly daemon: NodeProcess;
  private readonly configPath: string;
  private readonly socketPath: string;

  constructor(
    private readonly name: string,
    namespace: string,
    directory: string,
    private text: string,
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
    if (this.daemon.running) return;
    await writeFile(this.configPath, this.text);
    this.daemon.start();
  }

  get failure(): string | undefined {
    return this.daemon.failure;
  }

  async fullAdjacencies(): Promise<number | undefined> {
    const text = await this.look('show ospf neighbors');
    return text?.split('\n').filter((line) => /\sFull\//.test(line)).length;
  }

  async youngestLsaSeconds(): Promise<number | undefined> {
    const text = await this.look('show ospf lsadb');
    // Type, LS ID, router, sequence number, age, checksum; all but the age in hexadecimal or dotted.
    const rows = text?.matchAll(/^\s*[0-9a-f]{4}\s+\S+\s+\S+\s+[0-9a-f]{8}\s+(\d+)\s/gm);
    return rows === undefined ? undefined : Math.min(...[...rows].map((row) => Number(row[1])));
  }

  async route(prefix: Prefix): Promise<readonly Ipv4[] | undefined> {
    const text = await this.look(`show route primary ${formatPrefix(prefix)}`);
    if (text === undefined || !text.includes(formatPrefix(prefix))) return undefined;
    return [...text.matchAll(/^\s+via (\S+) on /gm)].flatMap((match) => parseIpv4(match[1] ?? '') ?? []);
  }

  async ask(commands: string): Promise<string> {
    let answers = '';
    for (const command of commandLines(commands)) {
      const answer = await runProgram('birdc', ['-s', this.socketPath, ...command.split(/\s+/)]);
      if (REFUSED.test(answer)) throw new LasthopError('LAB', `BIRD of ${this.name}: ${answer.trim()}`);
      answers += answer;
    }
    return answers;
  }

  /** The text takes the place of the whole configuration. */
  async configure(change: NodeChange): Promise<void> {
    if (!('text' in change)) throw new LasthopError('LAB', `node ${this.name} runs BIRD, expected text`);
    this.text = change.text;
    await writeFile(this.configPath, this.text);
    const answer = await this.ask('configure');
    if (!TAKEN.test(answer)) throw new LasthopError('LAB', `BIRD of ${this.name}: ${answer.trim()}`);
  }

  pidOf(program: NodeProgram): number | undefined {
    return program === 'bird' ? this.daemon.pid : undefined;
  }

  async kill(program: NodeProgram | undefined): Promise<void> {
    if (program !== undefined && program !== 'bird') {
      throw new LasthopError('LAB', `node ${this.name} runs BIRD, expected bird instead of ${program}`);
    }
    await this.daemon.end('SIGKILL');
  }

  stop(): Promise<void> {
    return this.daemon.end('SIGTERM');
  }

  logTail(lines: number): string {
    return this.daemon.logTail(lines);
  }

  private look(command: string): Promise<string | undefined> {
    return this.ask(command).catch(() => undefined);
  }
}
