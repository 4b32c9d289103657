import { buildProgram } from '../c-program.js';
import { MACS, SINK_PREFIX, type TransitNetwork } from '../forwarding/transit-network.js';
import { ProgramRouter } from '../forwarding/transit-router.js';
import { dropForKernel } from './ingress-drop.js';

/** The same system calls in C (`perf/limit/packet-router.c`): the limit. */
export class CTwin extends ProgramRouter {
  /** With `dropEvery`, it loses every so manieth packet (0: none), for tests. */
  constructor(
    readonly name = 'cTwin',
    private readonly dropEvery = 0,
  ) {
    super();
  }

  missing(): undefined {}

  protected async prepare(network: TransitNetwork): Promise<readonly string[]> {
    dropForKernel(network);
    const routes = [SINK_PREFIX, 'eth2', MACS.sink, '198.18.0.0/24', 'eth1', MACS.generator];
    return [buildProgram('limit/packet-router.c'), 'eth1', 'eth2', String(this.dropEvery), ...routes];
  }
}
