import { SharedRing } from '../base/ring.js';
import { allocateEpochs, Epochs } from '../fib/epoch.js';
import { GroupWriter } from '../fib/group-writer.js';
import { allocateGroups } from '../fib/next-hop-group.js';
import { allocatePoptrie } from '../fib/poptrie.js';
import { PoptrieWriter } from '../fib/poptrie-writer.js';
import { AdjacencyTable } from './adjacency.js';
import { AdjacencyRegistry } from './adjacency-registry.js';
import { FibOwner } from './fib-owner.js';
import { GroupRegistry } from './group-registry.js';
import { Mailbox } from './mailbox.js';
import { isToForwarder } from './message-check.js';
import type { Path, RouteRequest } from './messages.js';
import { WorkerStatus } from './worker-status.js';

const CHANGES = 600;
/** Routes of the neighbor that is lost and comes back. */
const ROUTES = 8;
/** How often one of them goes, and comes back with the next change; otherwise all move together. */
const REMOVED_EVERY = 3;
const FIRST_PREFIX = 0xc6336400;
const MAILBOX_BYTES = 4096;
const ADJACENCIES = { routes: 16, hosts: 0 };
const LINKS: readonly string[] = ['eth0', 'eth1', 'eth2'];

/**
 * Changes routes of a FIB that nothing is forwarded by: when a wire fails for the first time, what the main thread has to
 * do about it has been compiled.
 */
export class RouteRehearsal {
  private readonly ring = new SharedRing(new SharedArrayBuffer(SharedRing.bytesFor(MAILBOX_BYTES)));
  private readonly status = new WorkerStatus(WorkerStatus.allocate());
  private readonly mailbox = new Mailbox(this.ring, this.status, () => {});
  private readonly fib: FibOwner;
  private changes = 0;

  constructor() {
    const epochs = new Epochs(allocateEpochs(1));
    const table = new AdjacencyTable(new SharedArrayBuffer(AdjacencyTable.bytes(ADJACENCIES)), ADJACENCIES);
    const registry = new AdjacencyRegistry(table, this.mailbox, (name) => LINKS.indexOf(name));
    const groups = new GroupRegistry(new GroupWriter(allocateGroups(64), epochs), registry);
    this.fib = new FibOwner(new PoptrieWriter(allocatePoptrie({ nodes: 1024, leaves: 8192 }), epochs), groups);
  }

  /** One change, up to where the worker has seen it; false after the last. */
  step(): boolean {
    const change = this.changes++;
    const [link, other] = change % 2 === 0 ? (['eth1', 'eth2'] as const) : (['eth2', 'eth1'] as const);
    const upsert: RouteRequest[] = [];
    for (let route = 0; route < ROUTES; route++) {
      upsert.push({ prefix: prefixOf(route), paths: [via(link)], repair: via(other) });
    }
    const remove = change % REMOVED_EVERY === 0 ? [prefixOf(change % ROUTES)] : [];
    const message = { type: 'routes' as const, sequence: change, upsert, remove };
    // Messages come with a copy's shape.
    const copy: unknown = structuredClone(message);
    if (!isToForwarder(copy) || copy.type !== 'routes') return false;
    this.fib.change(copy.upsert, copy.remove);
    this.mailbox.fence(() => {});
    for (; this.ring.peek(); this.ring.pop()) this.status.handled += 1;
    this.mailbox.settle();
    return change < CHANGES;
  }
}

function prefixOf(route: number): RouteRequest['prefix'] {
  return { address: FIRST_PREFIX + route, length: 32 };
}

function via(link: string): Path {
  return { kind: 'neighbor', link, via: link === 'eth1' ? 0x0a000001 : 0x0a000101 };
}
