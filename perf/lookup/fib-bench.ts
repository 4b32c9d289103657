import { SharedRing } from '../../src/base/ring.js';
import { Epochs } from '../../src/fib/epoch.js';
import { GroupWriter } from '../../src/fib/group-writer.js';
import { type PoptrieSize, PoptrieWriter } from '../../src/fib/poptrie-writer.js';
import { Rib, type Route, type RouteChanges } from '../../src/fib/rib.js';
import type { RibPath } from '../../src/fib/rib-path.js';
import { AdjacencyTable } from '../../src/forward/adjacency.js';
import { AdjacencyRegistry } from '../../src/forward/adjacency-registry.js';
import { FibOwner } from '../../src/forward/fib-owner.js';
import { GroupRegistry } from '../../src/forward/group-registry.js';
import { MAILBOX_BYTES, Mailbox } from '../../src/forward/mailbox.js';
import { allocatePlane, type PlaneMemory } from '../../src/forward/plane.js';
import { WorkerStatus } from '../../src/forward/worker-status.js';
import { allocateHuge } from '../../src/kernel/huge-pages.js';
import { groupOf, type PrefixTable } from '../prefix-table.js';

/** Next hops of the table: a prefix has one of them by its hash. */
export const NEXT_HOPS = 64;

const LINK = 'eth1';
const FIRST_HOP = 0x0a000001; // 10.0.0.1

/** The paths of a route to next hop `hop` (1 …). */
export function pathsTo(hop: number): readonly RibPath[] {
  return [{ kind: 'neighbor', link: LINK, via: FIRST_HOP + hop }];
}

/** The table as routes, as the control plane has them when it has calculated. */
export function tableRoutes(table: PrefixTable): Route[] {
  const paths = Array.from({ length: NEXT_HOPS + 1 }, (_, hop) => pathsTo(hop));
  return Array.from(table.addresses, (address, index) => {
    const length = table.lengths[index];
    const to = paths[groupOf(address, length, NEXT_HOPS)];
    return { prefix: { address, length }, source: 'ospf-external', cost: 20, paths: to, repair: undefined };
  });
}

/** The way of a route from the RIB to the memory that workers read, without a worker: commands to it are done at once. */
export class FibBench {
  readonly plane: PlaneMemory = allocatePlane({ allocateFib: allocateHuge });
  private readonly rib = new Rib();
  private readonly trie: PoptrieWriter;
  private readonly owner: FibOwner;
  private readonly groups: GroupRegistry;
  private readonly mailbox: Mailbox;
  private readonly mail: SharedRing;
  private readonly status = new WorkerStatus(WorkerStatus.allocate());

  constructor() {
    const { plane } = this;
    const epochs = new Epochs(plane.epochs);
    const adjacencies = new AdjacencyTable(plane.adjacencies, plane.adjacencyCapacity);
    const mail = new SharedArrayBuffer(SharedRing.bytesFor(MAILBOX_BYTES));
    this.mail = new SharedRing(mail);
    this.mailbox = new Mailbox(new SharedRing(mail), this.status, () => {});
    const registry = new AdjacencyRegistry(adjacencies, this.mailbox, (name) => (name === LINK ? 1 : undefined));
    this.groups = new GroupRegistry(new GroupWriter(plane.groups, epochs), registry);
    this.trie = new PoptrieWriter(plane.fib, epochs);
    this.owner = new FibOwner(this.trie, this.groups);
  }

  /** Routes into the RIB; returns what changes in the FIB. */
  learn(routes: readonly Route[]): RouteChanges {
    return this.rib.replaceSource('ospf-external', routes);
  }

  /** Programs changes of best routes. */
  program({ best, gone }: RouteChanges): void {
    const refused = this.owner.change(best, gone);
    if (refused.length > 0) throw new RangeError(`${refused.length} routes refused: ${refused[0].reason}`);
  }

  /** One route (`hop` 0: none) through RIB and FIB. */
  change(address: number, length: number, hop: number): void {
    const prefix = { address, length };
    const route: Route | undefined =
      hop === 0 ? undefined : { prefix, source: 'ospf-external', cost: 20, paths: pathsTo(hop), repair: undefined };
    this.program(this.rib.update('ospf-external', prefix, route));
  }

  /** Has all routes of a group lead to next hop `hop`. */
  redirect(group: number, hop: number): void {
    if (!this.groups.redirect(group, pathsTo(hop), undefined))
      throw new RangeError(`group ${group} was not redirected`);
  }

  /** The next-hop group of exactly this prefix, 0 if there is none. */
  groupOf(address: number, length: number): number {
    return this.trie.get(address, length);
  }

  routesOf(group: number): number {
    return this.groups.routesOf(group);
  }

  size(): PoptrieSize {
    return this.owner.size();
  }

  /** Does what a worker would do with its commands. */
  settle(): void {
    for (; this.mail.peek(); this.mail.pop()) this.status.handled++;
    this.mailbox.settle();
  }
}
