import type { Ipv4 } from '../base/ipv4.js';
import type { Prefix } from '../base/prefix.js';
import { Carriers } from './carriers.js';
import { KnownFlows, portsOf } from './known-flows.js';
import type { CarriedFlows, RouteRequest } from './messages.js';
import type { PlaneMemory } from './plane.js';

/** A TCP connection of a host, by its far end. */
export interface HostConnection {
  readonly far: Ipv4;
  readonly farPort: number;
  /** Of the host. */
  readonly port: number;
}

/**
 * The main thread's part in carrying (`carry.ts`): what the kernel knows of connections is written down for the workers. A
 * worker that reads the route of a VIP notes what begins from then on. After that, the kernel says what there was before; only
 * then all others are strangers.
 */
export class CarryOwner {
  private readonly flows: KnownFlows;
  private readonly carriers: Carriers;
  /** VIPs of which something is carried away, and what. */
  private readonly carrying = new Map<Ipv4, CarriedFlows>();

  /** @param readConnections all TCP connections of addresses of this host; throws an error if the kernel does not say */
  constructor(
    memory: Pick<PlaneMemory, 'knownFlows' | 'carriers'>,
    private readonly readConnections: (addresses: readonly Ipv4[]) => ReadonlyMap<Ipv4, readonly HostConnection[]>,
  ) {
    this.flows = new KnownFlows(memory.knownFlows);
    this.carriers = new Carriers(memory.carriers);
  }

  setCarriers(addresses: readonly Ipv4[]): void {
    this.carriers.set(addresses);
  }

  /** Routes have changed. Returns the VIPs that `complete` is to be called for when all workers read them. */
  change(upsert: readonly RouteRequest[], remove: readonly Prefix[]): Ipv4[] {
    const fresh: Ipv4[] = [];
    for (const { prefix, paths } of upsert) {
      const path = paths[0];
      if (path.kind !== 'carry' && this.carrying.size === 0) continue;
      const flows = path.kind === 'carry' ? path.flows : undefined;
      if (flows === this.carrying.get(prefix.address)) continue;
      this.end(prefix);
      if (flows === undefined) continue;
      this.carrying.set(prefix.address, flows);
      if (flows === 'unknown') fresh.push(prefix.address);
    }
    if (this.carrying.size > 0) for (const prefix of remove) this.end(prefix);
    if (this.carrying.size === 0) this.flows.clear();
    return fresh;
  }

  /** All workers note what begins: what there is already is added to it. Throws an error if the kernel does not say. */
  complete(addresses: readonly Ipv4[]): void {
    const carrying = addresses.filter((address) => this.carrying.get(address) === 'unknown');
    for (const [address, connections] of this.readConnections(carrying)) {
      for (const { far, farPort, port } of connections) {
        this.flows.add(address, far, portsOf(farPort, port));
      }
      this.flows.add(address, 0, 0);
    }
  }

  private end({ address, length }: Prefix): void {
    if (length === 32 && this.carrying.delete(address)) this.flows.remove(address, 0, 0);
  }
}
