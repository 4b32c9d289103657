import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { MACS, type TransitNetwork } from '../forwarding/transit-network.js';
import { ProgramRouter } from '../forwarding/transit-router.js';
import { dropForKernel } from './ingress-drop.js';

const PROGRAM = fileURLToPath(new URL('./plain-node.js', import.meta.url));

/** What one would write without lasthop: Node.js with the package `cap`, a call a packet (`plain-node.ts`). */
export class PlainNodeRouter extends ProgramRouter {
  readonly name = 'plainNode';

  missing(): string | undefined {
    try {
      createRequire(import.meta.url)('cap');
      return undefined;
    } catch {
      return 'the package cap is not installed (apt-get install libpcap-dev, then npm install)';
    }
  }

  protected async prepare(network: TransitNetwork): Promise<readonly string[]> {
    dropForKernel(network);
    return [process.execPath, PROGRAM, MACS.routerIn, MACS.routerOut, MACS.generator, MACS.sink];
  }
}
