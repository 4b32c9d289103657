import { LasthopError } from '../base/errors.js';
import { type Ipv4, parseIpv4 } from '../base/ipv4.js';
import { formatPrefix, type Prefix } from '../base/prefix.js';
import type { LabNode } from './lab-node.js';
import { runProgram } from './program.js';

interface KernelRoute {
  readonly gateway?: string;
  readonly nexthops?: readonly { readonly gateway?: string }[];
}

/** A node without a routing daemon: `host` and `kernel-router`. */
export class KernelNode implements LabNode {
  readonly failure = undefined;

  constructor(
    private readonly name: string,
    private readonly namespace: string,
  ) {}

  async start(): Promise<void> {}

  async fullAdjacencies(): Promise<number> {
    return 0;
  }

  async youngestLsaSeconds(): Promise<undefined> {}

  route(prefix: Prefix): Promise<readonly Ipv4[] | undefined> {
    return kernelRoute(this.namespace, prefix);
  }

  async ask(): Promise<never> {
    throw this.withoutRouter('ask');
  }

  async configure(): Promise<never> {
    throw this.withoutRouter('configure');
  }

  pidOf(): undefined {
    return undefined;
  }

  async kill(): Promise<never> {
    throw this.withoutRouter('kill');
  }

  async stop(): Promise<never> {
    throw this.withoutRouter('stop');
  }

  logTail(): string {
    return '';
  }

  private withoutRouter(verb: string): LasthopError {
    return new LasthopError('LAB', `node ${this.name} has no router, there is nothing to ${verb}`);
  }
}

/** The kernel's route for exactly `prefix` in a network namespace. */
export async function kernelRoute(namespace: string, prefix: Prefix): Promise<readonly Ipv4[] | undefined> {
  const args = ['-netns', namespace, '-json', 'route', 'show', 'exact', formatPrefix(prefix)];
  const [route] = JSON.parse((await runProgram('ip', args)) || '[]') as KernelRoute[];
  if (route === undefined) return undefined;
  const gateways = route.nexthops?.map((hop) => hop.gateway) ?? [route.gateway];
  return gateways.flatMap((gateway) => parseIpv4(gateway ?? '') ?? []);
}
