import { native } from '../../src/kernel/binding.js';
import { attachDrop } from '../../src/kernel/ingress-drop.js';
import { inNamespace } from '../../src/kernel/namespace.js';
import type { TransitNetwork } from '../forwarding/transit-network.js';

/**
 * Keeps the kernel's own IP stack off the router's links, as lasthop does, so that peers on packet sockets do not pay for
 * work that nobody needs. Lasts as long as this process.
 */
export function dropForKernel(network: TransitNetwork): void {
  inNamespace(network.namespaceOf('router'), () => {
    for (const link of ['eth1', 'eth2']) attachDrop(native.interfaceIndex(link), link);
  });
}
