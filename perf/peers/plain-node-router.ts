import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import {
  MACS,
  ROUTER_ADDRESSES,
  SINK_ADDRESS,
  SINK_PREFIX,
  type TransitNetwork,
} from '../forwarding/transit-network.js';
import { ProgramRouter } from '../forwarding/transit-router.js';
import { dropForKernel } from './ingress-drop.js';

/** Delivers what comes in at eth1 for the sink to this host, and nothing else. */
const LOCAL_TABLE = '100';

/**
 * What one would write in Node.js without lasthop, a call a packet: on the package `raw-socket`, or on `cap`, which reads
 * from libpcap's ring and so spares the call that receives.
 */
export class PlainNodeRouter extends ProgramRouter {
  readonly name: string;

  constructor(private readonly module: 'raw-socket' | 'cap') {
    super();
    this.name = module === 'cap' ? 'capNode' : 'plainNode';
  }

  missing(): string | undefined {
    try {
      createRequire(import.meta.url)(this.module);
      return undefined;
    } catch {
      return `the package ${this.module} is not installed (apt-get install libpcap-dev, then npm install)`;
    }
  }

  protected async prepare(network: TransitNetwork): Promise<readonly string[]> {
    const program = fileURLToPath(new URL(`./${this.module}-router.js`, import.meta.url));
    const command = [process.execPath, program];
    if (this.module === 'cap') {
      dropForKernel(network);
      return [...command, MACS.routerIn, MACS.routerOut, MACS.generator, MACS.sink];
    }
    await network.ip(
      'router',
      'link set lo up',
      `address add ${ROUTER_ADDRESSES.eth1} dev eth1`,
      `address add ${ROUTER_ADDRESSES.eth2} dev eth2`,
      `neigh replace ${SINK_ADDRESS} lladdr ${MACS.sink} nud permanent dev eth2`,
      `route add ${SINK_PREFIX} via ${SINK_ADDRESS}`,
      `route add local ${SINK_PREFIX} dev lo table ${LOCAL_TABLE}`,
      `rule add iif eth1 lookup ${LOCAL_TABLE}`,
    );
    return command;
  }
}
