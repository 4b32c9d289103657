import { NodeProcess } from '../../src/lab/node-process.js';
import type { TransitNetwork } from './transit-network.js';

/** A router that is measured, in the middle of a network of its own. */
export interface TransitRouter {
  /** Its key in figures and ratios. */
  readonly name: string;

  /** What has to be installed first, in words with the package; undefined if it can be measured here. */
  missing(): string | undefined;

  /** Starts it; it may forward a little later. */
  start(network: TransitNetwork): Promise<void>;

  /** Process ids whose time on processors is the router's; none for the kernel. */
  readonly pids: readonly number[];

  /** Why it has ended although nobody stopped it. */
  readonly failure: string | undefined;

  /** Its turn is over, or begins again: one that spins takes nothing from others. */
  pause(): void;
  resume(): void;
}

/** A router that is one program in the router's namespace. It ends with the isolation. */
export abstract class ProgramRouter implements TransitRouter {
  abstract readonly name: string;
  private program: NodeProcess | undefined;

  abstract missing(): string | undefined;

  async start(network: TransitNetwork): Promise<void> {
    const command = await this.prepare(network);
    const log = `/run/perf-${network.name}.log`;
    this.program = new NodeProcess(this.name, network.namespaceOf('router'), command, log);
    this.program.start();
  }

  get pids(): readonly number[] {
    return this.program?.pid === undefined ? [] : [this.program.pid];
  }

  get failure(): string | undefined {
    return this.program?.failure;
  }

  /** Programs that wait for frames without spinning take nothing while there are none. */
  pause(): void {}
  resume(): void {}

  /** Makes the namespace ready and returns the command to run there. */
  protected abstract prepare(network: TransitNetwork): Promise<readonly string[]>;
}
