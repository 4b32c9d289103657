import {
  MACS,
  ROUTER_ADDRESSES,
  SINK_ADDRESS,
  SINK_PREFIX,
  type TransitNetwork,
} from '../forwarding/transit-network.js';
import type { TransitRouter } from '../forwarding/transit-router.js';
import { routerProcessors } from '../processors.js';

/** The sysfs of a namespace is seen by who mounts it there. */
const STEER = `
mount -t sysfs none /sys || exit 1
for queue in /sys/class/net/eth*/queues/rx-*; do echo "$1" > "$queue/rps_cpus" || exit 1; done`;

/** The forwarding of the Linux kernel, with RPS (Documentation/networking/scaling.rst) or as it is without settings. */
export class KernelRouter implements TransitRouter {
  readonly name: string;
  readonly pids = [];
  readonly failure = undefined;

  constructor(private readonly steering: 'rps' | 'plain') {
    this.name = steering === 'rps' ? 'kernel' : 'kernelPlain';
  }

  missing(): undefined {}

  async start(network: TransitNetwork): Promise<void> {
    await network.ip(
      'router',
      `address add ${ROUTER_ADDRESSES.eth1} dev eth1`,
      `address add ${ROUTER_ADDRESSES.eth2} dev eth2`,
      `neigh replace ${SINK_ADDRESS} lladdr ${MACS.sink} nud permanent dev eth2`,
      `route add ${SINK_PREFIX} via ${SINK_ADDRESS}`,
    );
    await network.run('router', ['sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward']);
    if (this.steering === 'plain') return;
    await network.run('router', ['unshare', '--mount', 'sh', '-c', STEER, 'sh', processorMask()]);
  }

  pause(): void {}
  resume(): void {}
}

/**
 * The processors of routers, as rps_cpus wants them: with the generator's among them the kernel forwards less, since that
 * one is the first to have too much to do.
 */
function processorMask(): string {
  const mask = routerProcessors().reduce((bits, processor) => bits | (1n << BigInt(processor)), 0n);
  // Words of 32 bits, separated by commas.
  return mask.toString(16).replace(/\B(?=(.{8})+$)/g, ',');
}
