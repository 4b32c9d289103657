import { writeFile } from 'node:fs/promises';
import { LASTHOP_MAIN } from '../../src/lab/lasthop-node.js';
import { ROUTER_ADDRESSES, SINK_ADDRESS, SINK_PREFIX, type TransitNetwork } from './transit-network.js';
import { ProgramRouter } from './transit-router.js';

/** lasthop as `lasthop run` starts it, with two links and a static route. */
export class LasthopRouter extends ProgramRouter {
  readonly name = 'lasthop';

  /** `io` of the links, as the configuration has it. */
  constructor(private readonly io: string) {
    super();
  }

  missing(): undefined {}

  protected async prepare(network: TransitNetwork): Promise<readonly string[]> {
    const path = `/run/perf-${network.name}.yaml`;
    const config = {
      'router-id': '198.18.255.1',
      links: Object.entries(ROUTER_ADDRESSES).map(([name, address]) => ({ name, address, io: this.io })),
      routes: [{ prefix: SINK_PREFIX, via: SINK_ADDRESS }],
      'control-socket': `/run/perf-${network.name}/control.sock`,
    };
    // JSON is YAML.
    await writeFile(path, JSON.stringify(config));
    return [process.execPath, LASTHOP_MAIN, 'run', '--config', path];
  }
}
