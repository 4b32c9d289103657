import { isInstalled } from '../../src/lab/program.js';
import { MACS, type TransitNetwork } from '../forwarding/transit-network.js';
import { ProgramRouter } from '../forwarding/transit-router.js';
import { routerProcessors } from '../processors.js';
import { dropForKernel } from './ingress-drop.js';

/** As many frames as lasthop's socket buffers hold; 512 without. AF_XDP's rings are 2048 frames. */
const ROOM = { net_af_packet: ',framesz=2048,framecnt=8192', net_af_xdp: '' } as const;

/**
 * DPDK's own forwarder, `dpdk-testpmd`, which looks at nothing of a packet but writes MAC addresses, over a virtual device
 * on each link. It spins, and so is stopped while it is not its turn.
 */
export class DpdkRouter extends ProgramRouter {
  readonly name: string;

  constructor(private readonly driver: 'net_af_packet' | 'net_af_xdp') {
    super();
    this.name = driver === 'net_af_packet' ? 'dpdkAfPacket' : 'dpdkAfXdp';
  }

  missing(): string | undefined {
    if (isInstalled('dpdk-testpmd')) return undefined;
    return 'dpdk-testpmd is not installed (apt-get install dpdk-dev)';
  }

  override pause(): void {
    for (const pid of this.pids) process.kill(pid, 'SIGSTOP');
  }

  override resume(): void {
    for (const pid of this.pids) process.kill(pid, 'SIGCONT');
  }

  protected async prepare(network: TransitNetwork): Promise<readonly string[]> {
    // Redirected frames never come to where the drop is.
    if (this.driver === 'net_af_packet') dropForKernel(network);
    const processor = routerProcessors()[0];
    const devices = ['eth1', 'eth2'].map(
      (link, port) => `--vdev=${this.driver}${port},iface=${link}${ROOM[this.driver]}`,
    );
    const words = [
      ...['--no-huge', '--no-pci', '-m', '256', '--no-telemetry', `--file-prefix=${network.name}`],
      // The first thread only waits for its input to end, the second one forwards.
      ...[`--lcores=0@${processor},1@${processor}`, ...devices, '--'],
      ...['--forward-mode=mac', '--nb-cores=1', '--no-lsc-interrupt', '--total-num-mbufs=16384'],
      ...[`--eth-peer=0,${MACS.generator}`, `--eth-peer=1,${MACS.sink}`],
    ];
    // libxdp keeps its programs in a bpffs, and reads the sysfs of the namespace; an input that ends would end it.
    const script = `
      mount -t sysfs none /sys && mount -t bpf none /sys/fs/bpf || exit 1
      mkfifo "$1" && shift && exec dpdk-testpmd "$@" 0<> "${inputOf(network)}"`;
    return ['unshare', '--mount', 'sh', '-c', script, 'sh', inputOf(network), ...words];
  }
}

function inputOf(network: TransitNetwork): string {
  return `/run/perf-${network.name}.in`;
}
