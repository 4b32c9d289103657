import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LasthopError } from '../base/errors.js';
import { BirdNode } from './bird-node.js';
import { FrrNode } from './frr-node.js';
import { KernelNode } from './kernel-node.js';
import type { LabDescription } from './lab-file.js';
import type { LabNode } from './lab-node.js';
import { controlSocketOf, LASTHOP_MAIN, LasthopNode } from './lasthop-node.js';
import { LAB_PROGRAMS } from './program.js';
import type { NodeDescription } from './topology.js';
import { Wiring } from './wiring.js';

/** Where the nodes' files are: in the private `/run`, so that they vanish with the lab. */
export const LAB_DIRECTORY = '/run/lasthop-lab';

/** A running lab: namespaces, wires and the programs in them. It lives inside an isolation of its own. */
export class Lab {
  readonly wiring: Wiring;
  readonly nodes: ReadonlyMap<string, LabNode>;

  /** `pid` is the process id that the names of the namespaces carry. Throws LasthopError if a program is missing. */
  constructor(
    readonly description: LabDescription,
    pid: number,
  ) {
    this.wiring = new Wiring(description, `${description.name}-${pid}`);
    this.nodes = new Map([...description.nodes].map(([name, node]) => [name, this.createNode(name, node)] as const));
  }

  /** Builds the wiring and starts every node that is not left to a step. */
  async start(): Promise<void> {
    await installLauncher();
    await this.wiring.build();
    for (const name of this.nodes.keys()) await mkdir(directoryOf(name), { recursive: true });
    const started = [...this.nodes].filter(([name]) => this.description.nodes.get(name)?.autostart !== false);
    await Promise.all(started.map(([, node]) => node.start()));
  }

  node(name: string): LabNode {
    const node = this.nodes.get(name);
    if (node !== undefined) return node;
    throw new LasthopError('LAB', `there is no node ${name}, expected one of ${[...this.nodes.keys()].join(', ')}`);
  }

  /** Why some node is not as it should be; undefined while all is well. */
  get failure(): string | undefined {
    for (const node of this.nodes.values()) {
      if (node.failure !== undefined) return node.failure;
    }
    return undefined;
  }

  private createNode(name: string, node: NodeDescription): LabNode {
    const namespace = this.wiring.namespaceOf(name);
    switch (node.kind) {
      case 'lasthop':
        LasthopNode.check();
        return new LasthopNode(name, namespace, directoryOf(name), this.description.configs.get(name));
      case 'frr':
        FrrNode.check(name);
        return new FrrNode(name, namespace, directoryOf(name), node.text);
      case 'bird':
        BirdNode.check(name);
        return new BirdNode(name, namespace, directoryOf(name), node.text);
      default:
        return new KernelNode(name, namespace);
    }
  }
}

/** The control socket of a lasthop node, as seen inside the lab. */
export function nodeControlSocket(node: string): string {
  return controlSocketOf(directoryOf(node));
}

function directoryOf(node: string): string {
  return join(LAB_DIRECTORY, node);
}

/** Commands in nodes are to find this lasthop, wherever it is installed. */
async function installLauncher(): Promise<void> {
  await mkdir(LAB_PROGRAMS, { recursive: true });
  const script = `#!/bin/sh\nexec '${process.execPath}' '${LASTHOP_MAIN}' "$@"\n`;
  await writeFile(join(LAB_PROGRAMS, 'lasthop'), script, { mode: 0o755 });
}
